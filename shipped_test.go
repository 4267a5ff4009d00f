package parley_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestImageSaysWhatIsInIt has the container image hold what the Debian package says about what is shipped.
func TestImageSaysWhatIsInIt(t *testing.T) {
	t.Parallel()
	image, sbom := read(t, "Dockerfile"), read(t, "deploy/sbom.sh")
	made := regexp.MustCompile(`RUN .*deploy/sbom\.sh (\S+) \S+`).FindStringSubmatch(image)
	if made == nil || !strings.Contains(image, "COPY --from=build "+made[1]+" /usr/share/doc/parley\n") {
		t.Fatal("the Dockerfile does not keep what deploy/sbom.sh writes")
	}
	all := regexp.MustCompile(`src: \./(build/sbom/)?(\S+), dst: /usr/share/doc/parley/([A-Za-z.]+)}`).FindAllStringSubmatch(read(t, "deploy/debian/nfpm.yaml"), -1)
	if len(all) < 5 {
		t.Fatalf("the Debian package has only %q", all)
	}
	for _, m := range all {
		switch {
		case m[1] != "" && !strings.Contains(sbom, "$out/"+m[2]):
			t.Errorf("deploy/sbom.sh does not write %s", m[2])
		case m[1] == "" && !strings.Contains(image, "COPY "+m[2]+" /usr/share/doc/parley/"+m[3]+"\n"):
			t.Errorf("the image has no %s", m[3])
		}
	}
}

// TestLicencesAreFound gathers licences of parts that say it in each of their ways.
func TestLicencesAreFound(t *testing.T) {
	t.Parallel()
	_, add, found := strings.Cut(read(t, "deploy/sbom.sh"), "missing=0\n")
	add, _, more := strings.Cut(add, "modules=$(")
	if !found || !more {
		t.Fatal("deploy/sbom.sh has changed: cut its functions out in another way")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"mit/LICENSE": "Permission is hereby granted", "free/UNLICENSE": "released into the public domain", "told/README.md": "# Told\nWords.\n\n## License\n\nUnder the BSD license.\n## Use\nUse it.\n",
		"bare/README.md": "# Bare\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ part, says, want string }{
		{"mit", "", "\n== mit: LICENSE\nPermission is hereby granted"}, {"free", "", "\n== free: UNLICENSE\nreleased into the public domain"},
		{"told", "", "\n== told: it comes without a licence text; its README says\nUnder the BSD license.\n"},
		{"bare", "ISC", "\n== bare: it comes without a licence text; it says that it is under ISC\n"}, {"bare", "", "\n== bare: it comes without a licence text\n"},
	} {
		script := "set -euo pipefail; missing=0\n" + add + "\n" + `add "$1" "$2" "$3"`
		out, err := exec.CommandContext(t.Context(), "bash", "-c", script, "bash", c.part, filepath.Join(dir, c.part), c.says).Output()
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %q, %v", c.part, out, err)
		}
	}
}
