#!/usr/bin/env bash
# Makes dist/parley_VERSION_amd64.deb from bin/, which deploy/build.sh made, with a list of all that is in it. Usage: deploy/debian/build.sh [VERSION]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ -x bin/parley ] || { echo "run deploy/build.sh first" >&2; exit 1; }
export VERSION=${1:-0.0.0~dev}
[ build/sbom/LICENCES.txt -nt bin/parley ] || { . build/env.sh; deploy/sbom.sh; }
mkdir -p dist
# In a module of its own, so that the packager's needs stay out of Parley's.
CGO_ENABLED=0 GOFLAGS=-mod=mod go run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4 package --config deploy/debian/nfpm.yaml --packager deb --target dist/
