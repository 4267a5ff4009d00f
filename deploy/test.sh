#!/usr/bin/env bash
# Checks the formatting, vets, runs every test, and the packages that juggle goroutines once more under the race detector.
# Needs build/env.sh sourced and the default weights in $PARLEY_MODELS. The last lines say how many tests passed and why
# some were skipped. Usage: deploy/test.sh [PACKAGE...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${PARLEY_ONNXRUNTIME:?run deploy/setup.sh, then source build/env.sh}"
# Packages whose bugs would be races; the others only compute, and the detector makes computing ten times slower.
race=(./pipeline ./pipeline/call ./pipeline/work ./pipeline/sip/... ./pipeline/events ./pipeline/turn ./assist/store ./assist/httpapi ./assist/desk ./assist/chat ./assist/access ./assist/scoring ./models/... ./tts)

echo "== gofmt" >&2
unformatted=$(gofmt -l $(git ls-files '*.go' 2>/dev/null || find . -name '*.go'))
if [ -n "$unformatted" ]; then echo "not formatted, run gofmt -w on: $unformatted"; exit 1; fi

echo "== go vet" >&2
go vet "${@:-./...}"

echo "== pages" >&2
deploy/pages.sh --check

mkdir -p build
go build ./... # on all cores, unlike what follows
go build -o build/testsum ./deploy/testsum
fail=0
echo "== go test" >&2
# One package at a time: tests of calls measure time, and speech models fill both cores of a small machine.
go test -p 1 -timeout 15m -json "${@:-./...}" 2>&1 | tee build/test.json | build/testsum -part || fail=1
if [ $# -eq 0 ]; then
  echo "== known faults" >&2
  deploy/audit.sh || fail=1
  echo "== go test -race" >&2
  have=()
  for p in "${race[@]}"; do [ -d "${p%/...}" ] && [ -n "$(go list "$p" 2>/dev/null)" ] && have+=("$p"); done
  [ ${#have[@]} -eq 0 ] || { go build -race "${have[@]}" && go test -race -short -p 1 -timeout 10m -json "${have[@]}" 2>&1 | tee build/test-race.json | build/testsum -part; } || fail=1
  build/testsum -total build/test.json build/test-race.json || fail=1
else
  build/testsum -total build/test.json || fail=1
fi
exit $fail
