#!/bin/bash
# What takes too long for every change: fuzzing, faults, a thousand kills, attacks, several nodes, a soak. Each part runs
# whatever became of the ones before; its output is in $LOGS/DATE/PART.log and one line of it in summary.txt.
#   deploy/nightly/run.sh [PART...]    default: all parts
# Environment: LOGS (build/nightly), KEEP_DAYS (14), FUZZTIME (10m per target), KILLS (1000), SOAK (30m).
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
logs=${LOGS:-build/nightly}/$(date +%F)
mkdir -p "$logs" || exit 1
find "${LOGS:-build/nightly}" -mindepth 1 -maxdepth 1 -type d -name '20??-??-??' -mtime +"${KEEP_DAYS:-14}" -exec rm -rf {} +
failed=0

part() { # NAME COMMAND...
	local name=$1 began=$SECONDS rc=0
	shift
	"$@" >"$logs/$name.log" 2>&1 </dev/null || rc=$?
	[ $rc = 0 ] || failed=1
	printf '%-9s %-6s %5d s  %s\n' "$name" "$([ $rc = 0 ] && echo passed || echo "exit $rc")" $((SECONDS - began)) "$logs/$name.log" | tee -a "$logs/summary.txt"
}

parts=("$@")
[ $# -gt 0 ] || parts=(setup package fuzz faults kills attacks cluster soak)
for p in "${parts[@]}"; do
	case $p in
	setup) part setup deploy/setup.sh --test --kamailio && . build/env.sh && part build deploy/build.sh ;;
	package) part package make test-package ;;
	fuzz) part fuzz make fuzz FUZZTIME="${FUZZTIME:-10m}" ;;
	faults) part clock deploy/wallclock.sh; part faults env PARLEY_FAULTS=1 bash -c '. build/env.sh; go test ./cmd/parley/internal/node -run Faults -count 1 -v -timeout 40m' ;;
	kills) part kills env PARLEY_KILLS="${KILLS:-1000}" bash -c '. build/env.sh; go test ./cmd/parley/internal/kills -count 1 -v -timeout 4h' ;;
	attacks) part attacks env PARLEY_ATTACKS=1 bash -c '. build/env.sh; go test ./cmd/parley/internal/node -run TestAttacks -count 1 -v -timeout 1h' ;;
	cluster) part cluster make test-cluster ;;
	soak) part soak bash -c '. build/env.sh; home=$(mktemp -d); PARLEY_HOME=$home bin/parley bench soak --for '"${SOAK:-30m}"'; rc=$?; rm -rf "$home"; exit $rc' ;;
	*)
		echo "no such part: $p" >&2
		exit 2
		;;
	esac
done
exit $failed
