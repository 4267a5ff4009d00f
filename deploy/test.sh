#!/usr/bin/env bash
# Checks the formatting, vets, runs every test, and the packages that juggle goroutines once more under the race detector.
# Needs build/env.sh sourced and the default weights in $PARLEY_MODELS. The last lines say how many tests passed and why
# some were skipped. Usage: deploy/test.sh [PACKAGE...]
#
# What go test has tested before with the same code, files and environment it does not run again (closing lines: "not run
# again"); FRESH=1 runs everything.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${PARLEY_ONNXRUNTIME:?run deploy/setup.sh, then source build/env.sh}"
# Packages whose tests are calls or browsers in real time: they mostly wait, but what computes beside them disturbs them.
live=(./cmd/parley/internal/node ./pipeline/sip/... ./pipeline/webrtc ./assist/web ./assist/web/callpage)
# Packages whose bugs would be races; the others only compute, and the detector makes computing ten times slower.
race=(./pipeline ./pipeline/call ./pipeline/work ./pipeline/sip/... ./pipeline/events ./pipeline/turn ./assist/store ./assist/httpapi ./assist/desk ./assist/chat ./assist/access ./assist/scoring ./models/... ./tts)

mkdir -p build
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

echo "== gofmt" >&2
unformatted=$(gofmt -l $(git ls-files '*.go' 2>/dev/null || find . -name '*.go'))
if [ -n "$unformatted" ]; then echo "not formatted, run gofmt -w on: $unformatted"; exit 1; fi

echo "== go vet" >&2
go vet "${@:-./...}"

echo "== pages" >&2
deploy/pages.sh --check

# go test knows when code, files of the module and variables change, but not programs and weights: when those do, what it
# remembers is thrown away.
outside() {
  find -L "$PARLEY_MODELS" "${PARLEY_DATA:-/nonexistent}" "$(dirname "$PARLEY_ONNXRUNTIME")" -maxdepth 4 -type f -printf '%p %s %T@\n' 2>/dev/null | LC_ALL=C sort
  for program in chromium sipp svmap svwar svcrack espeak-ng node baresip linphonec "${PARLEY_LLAMA_SERVER:-none}"; do
    stat -L -c '%n %s %Y' "$(command -v "$program" || echo /nonexistent)" 2>/dev/null || echo "no $program"
  done
  uname -srm
}
known=$(go env GOCACHE)/../parley/tests-outside
now=$(outside | sha256sum)
if [ -n "${FRESH:-}" ] || [ "$(cat "$known" 2>/dev/null)" != "$now" ]; then
  go clean -testcache
  rm -rf "${XDG_CACHE_HOME:-$HOME/.cache}/parley/tests"
  mkdir -p "$(dirname "$known")" && echo "$now" >"$known"
fi

go build -o build/testsum ./deploy/testsum
fail=0
# tests NAME FLAG... PACKAGE... runs tests, and keeps what they said in build/NAME.json. Vetting was done above.
tests() {
  local name=$1
  shift
  go test -vet=off -timeout 15m -json "$@" 2>&1 | tee "build/$name.json" | build/testsum -part || fail=1
}
if [ $# -gt 0 ]; then
  echo "== go test" >&2
  tests test -p 1 -parallel 8 "$@"
  build/testsum -total build/test.json || fail=1
  exit $fail
fi
go build ./...
deploy/audit.sh >build/audit.log 2>&1 & # waits for the network
audit=$!
list() { for p in "$@"; do [ ! -d "${p%/...}" ] || go list "$p" 2>/dev/null; done; }
echo "== go test" >&2
tests test -p 2 -parallel 4 $(go list ./... | grep -vxFf <(list "${live[@]}"))
echo "== go test of what happens in real time" >&2
tests test-live -p 1 -parallel 8 $(list "${live[@]}")
echo "== go test -race" >&2
raced=$(list "${race[@]}")
apart=$(list "${live[@]}" | grep -xF "$raced" || true)
go build -race $raced || fail=1
[ -z "$apart" ] || tests test-race-live -race -short -p 1 -parallel 4 $apart
tests test-race -race -short -p 2 -parallel 4 $(grep -vxF "${apart:-none}" <<<"$raced")
echo "== known faults" >&2
wait $audit || fail=1
cat build/audit.log >&2
build/testsum -total build/test.json build/test-live.json build/test-race.json build/test-race-live.json || fail=1
exit $fail
