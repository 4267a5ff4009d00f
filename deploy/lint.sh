#!/usr/bin/env bash
# Runs golangci-lint with .golangci.yml: the one on PATH if it is version 2, otherwise compiles the pinned one once into the
# user's cache (several minutes on two cores). Needs build/env.sh sourced.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=v2.15.0
lint=$(command -v golangci-lint || true)
if [ -z "$lint" ] || ! "$lint" version 2>/dev/null | grep -q 'version v\?2\.'; then
  lint=${XDG_CACHE_HOME:-$HOME/.cache}/parley/tools/golangci-lint-$version
  if [ ! -x "$lint" ]; then
    echo "compiling golangci-lint $version, once" >&2
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    GOBIN=$tmp GOFLAGS='' CGO_ENABLED=0 go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
    mkdir -p "$(dirname "$lint")"
    mv "$tmp/golangci-lint" "$lint"
  fi
fi
"$lint" run --build-tags nolibopusfile "${@:-./...}"
