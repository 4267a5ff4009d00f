#!/bin/bash
# The test that sets the clock in the middle of a call. The clock of a machine is everybody's, so Go's own is changed: the
# standard library's time.Now gets an offset for the time of day that the test can set. Everything is compiled once more with
# it, which takes minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/env.sh
src=$(go env GOROOT)/src/time
out=$PWD/build/_wallclock # go build ./... passes over it
mkdir -p "$out"
awk '/^func Now\(\) Time \{/ {now = 1}
	{print}
	now && /:= runtimeNow\(\)/ {print "\tsec += WallShift.Load()"; now = 0; found = 1}
	END {exit !found}' "$src/time.go" >"$out/time.go"
cat >"$out/wallshift.go" <<'GO'
package time

import "sync/atomic"

// WallShift is how many seconds the time of day is off.
var WallShift atomic.Int64
GO
printf '{"Replace": {"%s/time.go": "%s/time.go", "%s/wallshift.go": "%s/wallshift.go"}}\n' "$src" "$out" "$src" "$out" >"$out/overlay.json"
PARLEY_FAULTS=1 go test -overlay "$out/overlay.json" -tags nolibopusfile,wallclock ./cmd/parley/internal/node -run '^TestFaultsClock$' -count 1 -v -timeout 20m "$@"
