#!/usr/bin/env bash
# Builds the pages and bin/parley, and puts the shared libraries it needs, all but the C library's own, into bin/lib beside it.
# Needs build/env.sh sourced. Usage: deploy/build.sh [OUTPUT FOLDER]
#
# PARLEY_VERSION is what "parley --version" says; without it, what git knows of the commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:-bin}
: "${PARLEY_ONNXRUNTIME:?run deploy/setup.sh, then source build/env.sh}"

deploy/pages.sh
echo "building $out/parley" >&2
mkdir -p "$out/lib"
version=${PARLEY_VERSION:-$(git describe --tags --always --dirty 2>/dev/null || true)}
go build -ldflags '-s -w -extldflags "-Wl,-rpath,$ORIGIN/lib"'" -X github.com/parley-voice/parley/cmd/parley/internal/config.version=$version" -o "$out/parley" ./cmd/parley

copy() { # only when it differs, through a rename: a running parley keeps the file it has
  cmp -s "$1" "$out/lib/$(basename "$1")" && return
  cp -L "$1" "$out/lib/.new" && mv "$out/lib/.new" "$out/lib/$(basename "$1")"
}
copy "$PARLEY_ONNXRUNTIME"
ldd "$out/parley" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | while read -r lib; do
  case $(basename "$lib") in
    libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libresolv.so.*) ;; # the C library stays the machine's
    *) case $(readlink -f "$lib") in "$(readlink -f "$out/lib")"/*) ;; *) copy "$lib" ;; esac ;;
  esac
done
