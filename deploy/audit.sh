#!/usr/bin/env bash
# Asks the feeds of known faults about what is shipped: govulncheck for Go, npm audit for the pages. A feed that cannot be
# reached is said and skipped; a known fault in what is used fails. Needs build/env.sh sourced.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=v1.9.0 # of govulncheck
fail=0
feed=${GOVULNDB:-https://vuln.go.dev}
if ! curl -fsS -m 10 -o /dev/null "$feed/index/modules.json" 2>/dev/null; then
  echo "audit: $feed cannot be reached: govulncheck was not run" >&2
else
  tool=${XDG_CACHE_HOME:-$HOME/.cache}/parley/tools/govulncheck-$version
  if [ ! -x "$tool" ]; then
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    GOBIN=$tmp GOFLAGS='' CGO_ENABLED=0 go install "golang.org/x/vuln/cmd/govulncheck@$version" && mkdir -p "$(dirname "$tool")" && mv "$tmp/govulncheck" "$tool"
  fi
  "$tool" -db "$feed" -tags nolibopusfile ./cmd/parley || fail=1
fi
out=$(cd assist/web/app && npm audit --omit dev --package-lock-only --json 2>/dev/null </dev/null)
case $(node -e 'const a = JSON.parse(require("fs").readFileSync(0, "utf8") || "{}"); console.log(a.metadata ? "total " + a.metadata.vulnerabilities.total : "no")' <<<"$out" 2>/dev/null) in
  "total 0") echo "audit: npm knows of no fault in the pages' packages" >&2 ;;
  total*) echo "$out"; fail=1 ;;
  *) echo "audit: npm's feed cannot be reached: npm audit was not run" >&2 ;;
esac
exit $fail
