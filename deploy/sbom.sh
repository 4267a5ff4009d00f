#!/usr/bin/env bash
# Lists all that is shipped, with licences: the Go modules in the binary and the packages in the pages as CycloneDX JSON,
# the native libraries and the weights with them, and every licence as text.
# Needs build/env.sh sourced and the program built. Usage: deploy/sbom.sh [OUTPUT FOLDER [FOLDER OF THE PROGRAM]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:-build/sbom} bin=${2:-bin}
version=v1.10.0 # of cyclonedx-gomod
: "${PARLEY_ONNXRUNTIME:?run deploy/setup.sh, then source build/env.sh}"
[ -x "$bin/parley" ] || { echo "sbom: $bin/parley is not built: run deploy/build.sh" >&2; exit 1; }
command -v npm >/dev/null || { echo "sbom: npm is missing: run deploy/setup.sh" >&2; exit 1; }
mkdir -p "$out"

tool=${XDG_CACHE_HOME:-$HOME/.cache}/parley/tools/cyclonedx-gomod-$version
if [ ! -x "$tool" ]; then
  echo "compiling cyclonedx-gomod $version, once" >&2
  tmp=$(mktemp -d)
  trap 'rm -rf "$tmp"' EXIT
  GOBIN=$tmp GOFLAGS='' CGO_ENABLED=0 go install "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$version"
  mkdir -p "$(dirname "$tool")"
  mv "$tmp/cyclonedx-gomod" "$tool"
fi
# From the binary, not from go.mod: what is not linked is not shipped. The texts of the licences are gathered below.
GOFLAGS='' "$tool" bin -json -licenses -output-version 1.6 -output "$out/parley.cdx.json" "$bin/parley" 2>"$out/licences.log" >&2 || { cat "$out/licences.log" >&2; exit 1; }
deploy/pages.sh --modules # the texts of their licences lie there
tmp_pages=$(mktemp -d)
trap 'rm -rf "$tmp_pages" "${tmp:-}"' EXIT
node -e ' // npm names no package without a version
  const fs = require("fs"), [from, to] = process.argv.slice(1);
  for (const f of ["package.json", "package-lock.json"]) {
    const p = JSON.parse(fs.readFileSync(from + "/" + f, "utf8"));
    p.version = "0.0.0";
    if (p.packages) p.packages[""].version = "0.0.0";
    fs.writeFileSync(to + "/" + f, JSON.stringify(p));
  }' assist/web/app "$tmp_pages"
(cd "$tmp_pages" && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx --sbom-type application) >"$out/pages.cdx.json"

licences=$out/LICENCES.txt
{
  echo "Licences of what Parley is shipped with."
  echo
  echo "== Parley"
  cat LICENSE
} >"$licences"
missing=0
stated() { # FOLDER: what its README says under a heading on its licence
  awk 'tolower($0) ~ /^#+ *licen[cs]e/ { on = 1; next } /^#/ { on = 0 } on' "$1"/README* 2>/dev/null | sed '/./,$!d'
}
add() { # NAME FOLDER [LICENCE IT SAYS]
  local f found= text
  for f in "$2"/LICEN[CS]E* "$2"/UNLICEN[CS]E* "$2"/COPYING* "$2"/licen[cs]e* "$2"/NOTICE* "$2"/ThirdPartyNotices.txt; do
    [ -f "$f" ] || continue
    printf '\n== %s: %s\n' "$1" "$(basename "$f")"
    cat "$f"
    found=1
  done
  [ -n "$found" ] && return
  text=$(stated "$2") || true
  if [ -n "$text" ]; then
    printf '\n== %s: it comes without a licence text; its README says\n%s\n' "$1" "$text"
    return
  fi
  printf '\n== %s: it comes without a licence text%s\n' "$1" "${3:+; it says that it is under $3}"
  [ -n "${3:-}" ] || { echo "sbom: $1 comes without a licence text: look at its README" >&2; missing=$((missing + 1)); }
}
modules=$(go version -m "$bin/parley" | awk '$1 == "dep" { print $2 "@" $3 }')
for m in $modules; do
  dir=$(go list -m -f '{{.Dir}}' "${m%@*}")
  add "Go module $m" "$dir" >>"$licences"
done
pages=0
while IFS=$'\t' read -r name at says; do
  add "npm package $name" "assist/web/app/$at" "$says" >>"$licences"
  pages=$((pages + 1))
done < <(node -e '
  const lock = JSON.parse(require("fs").readFileSync("assist/web/app/package-lock.json", "utf8"));
  for (const [at, p] of Object.entries(lock.packages)) if (at && !p.dev && !p.optional) console.log(at.replace(/^.*node_modules\//, "") + "@" + p.version + "\t" + at + "\t" + (p.license || ""));')
add "ONNX Runtime" "$(dirname "$PARLEY_ONNXRUNTIME")" >>"$licences"
go_whisper=$(go list -m -f '{{.Dir}}' github.com/ggerganov/whisper.cpp/bindings/go)
add "whisper.cpp (linked as a static library)" "$go_whisper" >>"$licences"
for lib in "$bin"/lib/*; do # those of the machine it was built on, with Debian's own record of them
  package=$(dpkg -S "$(basename "$lib")" 2>/dev/null | head -1 | cut -d: -f1) || true
  [ -n "${package:-}" ] && [ -f "/usr/share/doc/$package/copyright" ] || continue
  printf '\n== library %s: Debian package %s\n' "$(basename "$lib")" "$package" >>"$licences"
  cat "/usr/share/doc/$package/copyright" >>"$licences"
done
# Weights are fetched, not shipped; the catalogue knows their licences.
{ printf '\n== Weights that "parley models pull" fetches\n'; "$bin/parley" models list; } >>"$licences"
echo "$out: $(echo "$modules" | wc -l) Go modules, $pages npm packages, $missing without any word on a licence, $(grep -c '^== ' "$licences") parts in LICENCES.txt" >&2
