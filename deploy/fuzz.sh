#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other, and says at the end which ones found something.
# What a target finds lies under testdata/fuzz of its package: go test (and so make test) tries it again from then on.
# Needs build/env.sh sourced. Usage: deploy/fuzz.sh [PACKAGE...]; FUZZTIME=10m for each target, TARGET=REGEXP picks some, KEEP=4
# copies as many small inputs of each that reached new code to testdata/fuzz too, so that make test replays them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${PARLEY_ONNXRUNTIME:?run deploy/setup.sh, then source build/env.sh}"
time=${FUZZTIME:-10m} only=${TARGET:-.}
bad=() tried=0 keep=${KEEP:-0}
corpus=$(go env GOCACHE)/fuzz

# kept copies inputs of TARGET of PACKAGE to the folder DIR, from the smallest to the largest below 4 kB, evenly.
kept() {
  local from=$corpus/$1/$2 to=$3/testdata/fuzz/$2
  [ "$keep" -gt 0 ] && [ -d "$from" ] || return 0
  mkdir -p "$to"
  find "$from" -type f -size -8 -printf '%s %p\n' | sort -n | cut -d' ' -f2- |
    awk -v most="$keep" '{ all[NR] = $0 } END { step = NR > most ? NR / most : 1; for (i = step; i <= NR + 0.01; i += step) print all[int(i)] }' |
    while read -r f; do cp "$f" "$to/"; done
}

# The fuzzing engine keeps what it found interesting in Go's build cache, so that every night goes on from the last.
while read -r package dir; do
  mapfile -t targets < <(cat "$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(f \*testing\.F).*/\1/p' | grep -E "$only" || true)
  for target in "${targets[@]}"; do
    echo "== $package $target" >&2
    tried=$((tried + 1))
    # One slow input must not look like a hang: the limit is for the whole run of a target.
    GOMEMLIMIT=${GOMEMLIMIT:-4GiB} go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -timeout 0 "$package" >&2 || bad+=("$package $target")
    kept "$package" "$target" "$dir"
  done
done < <(go list -f '{{.ImportPath}} {{.Dir}}' "${@:-./...}")
if [ ${#bad[@]} -gt 0 ]; then
  printf 'found something: %s\n' "${bad[@]}"
  git status --short -- '*testdata/fuzz*' 2>/dev/null || true
  exit 1
fi
echo "$tried targets, $time each: nothing found"
[ $tried -gt 0 ]
