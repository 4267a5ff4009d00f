#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other, and says at the end which ones found something.
# What a target finds lies under testdata/fuzz of its package: go test (and so make test) tries it again from then on.
# Needs build/env.sh sourced. Usage: deploy/fuzz.sh [PACKAGE...]; FUZZTIME=10m for each target, TARGET=REGEXP picks some.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${PARLEY_ONNXRUNTIME:?run deploy/setup.sh, then source build/env.sh}"
time=${FUZZTIME:-10m} only=${TARGET:-.}
bad=() tried=0
# The fuzzing engine keeps what it found interesting in Go's build cache, so that every night goes on from the last.
while read -r package dir; do
  mapfile -t targets < <(cat "$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(f \*testing\.F).*/\1/p' | grep -E "$only" || true)
  for target in "${targets[@]}"; do
    echo "== $package $target" >&2
    tried=$((tried + 1))
    # One slow input must not look like a hang: the limit is for the whole run of a target.
    GOMEMLIMIT=${GOMEMLIMIT:-4GiB} go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -timeout 0 "$package" >&2 || bad+=("$package $target")
  done
done < <(go list -f '{{.ImportPath}} {{.Dir}}' "${@:-./...}")
if [ ${#bad[@]} -gt 0 ]; then
  printf 'found something: %s\n' "${bad[@]}"
  git status --short -- '*testdata/fuzz*' 2>/dev/null || true
  exit 1
fi
echo "$tried targets, $time each: nothing found"
[ $tried -gt 0 ]
