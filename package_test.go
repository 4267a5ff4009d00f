package parley_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDebianPackage unpacks the package that PARLEY_PACKAGE names (make test-package builds it), as dpkg would: what the unit
// starts is there and runs with the libraries beside it, the configuration that comes with it is taken, an upgrade keeps it,
// and the scripts make the account and its folder.
func TestDebianPackage(t *testing.T) {
	file := os.Getenv("PARLEY_PACKAGE")
	if file == "" {
		t.Skip("builds the package first: make test-package")
	}
	dir := t.TempDir()
	root, control := filepath.Join(dir, "root"), filepath.Join(dir, "control")
	for flag, to := range map[string]string{"-x": root, "-e": control} {
		if out, err := exec.CommandContext(t.Context(), "dpkg-deb", flag, file, to).CombinedOutput(); err != nil {
			t.Fatalf("%s, %v", out, err)
		}
	}
	in := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	unit := read(t, in("/usr/lib/systemd/system/parley.service"))
	start := strings.Fields(regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(unit)[1])
	if to, err := os.Readlink(in("/usr/bin/parley")); err != nil || to != start[0] {
		t.Errorf("/usr/bin/parley leads to %s, the unit starts %s, %v", to, start[0], err)
	}
	config := start[slices.Index(start, "--config")+1]
	kept := read(t, filepath.Join(control, "conffiles"))
	for _, path := range []string{config, "/etc/parley/environment"} {
		if info, err := os.Stat(in(path)); err != nil || info.Mode().Perm() != 0o640 || !strings.Contains(kept, path+"\n") {
			t.Errorf("%s: %v %v; kept on an upgrade: %s", path, info, err, kept)
		}
	}
	if !strings.Contains(unit, "EnvironmentFile=-/etc/parley/environment\n") {
		t.Error("the unit does not read the variables that come with it")
	}
	libraries(t, in(start[0]), in("/opt/parley/lib"))
	cmd := exec.CommandContext(t.Context(), in(start[0]), "--config", in(config), "models", "list", "--json")
	cmd.Env = []string{"PARLEY_HOME=" + filepath.Join(dir, "home"), "PARLEY_MODELS=" + filepath.Join(dir, "models"), "PATH=" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "whisper") {
		t.Errorf("it does not run with the configuration that comes with it: %s, %v", out, err)
	}
	for _, path := range []string{"LICENCES.txt", "parley.cdx.json", "pages.cdx.json", "copyright", "operations.md", "CHANGELOG.md", "SECURITY.md", "monitoring/alerts.yml", "kamailio/kamailio.cfg"} {
		if info, err := os.Stat(in("/usr/share/doc/parley/" + path)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
	scripts(t, control)
}

// libraries are those beside the program, or of the C library.
func libraries(t *testing.T, program, beside string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ldd", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for line := range strings.Lines(string(out)) {
		name, at, ok := strings.Cut(strings.TrimSpace(line), " => ")
		switch {
		case !ok: // the loader
		case strings.HasPrefix(at, beside):
			own++
		case !regexp.MustCompile(`^lib(c|m|dl|pthread|rt|resolv)\.so`).MatchString(name):
			t.Errorf("%s comes from %s, which is not in the package", name, at)
		}
	}
	if own == 0 {
		t.Errorf("no library beside it is used: %s", out)
	}
}

// scripts runs those of the package among programs that only note how they are called.
func scripts(t *testing.T, control string) {
	t.Helper()
	bin := t.TempDir()
	notes := filepath.Join(bin, "notes")
	for _, name := range []string{"getent", "useradd", "install", "chown", "systemctl"} {
		stub := "#!/bin/sh\necho " + name + " \"$@\" >>" + notes + "\n[ " + name + " != getent ]\n" // there is no account yet
		if err := os.WriteFile(filepath.Join(bin, name), []byte(stub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	run := func(script string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "/bin/sh", append([]string{filepath.Join(control, script)}, args...)...)
		cmd.Env = []string{"PATH=" + bin}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s %v: %s, %v", script, args, out, err)
		}
		return string(out)
	}
	// A plain Debian has no sudo.
	if out := run("postinst", "configure", ""); !strings.Contains(out, "parley models pull") || strings.Contains(out, "sudo") {
		t.Errorf("the first time it says %q", out)
	}
	if out := run("postinst", "configure", "0.0.1"); out != "" {
		t.Errorf("on an upgrade it says %q", out)
	}
	run("prerm", "upgrade")
	run("prerm", "remove")
	did, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"useradd --system --home-dir /var/lib/parley", "install -d -o parley -g parley -m 0700 /var/lib/parley", "chown root:parley /etc/parley/parley.yaml /etc/parley/environment"} {
		if !bytes.Contains(did, []byte(want)) {
			t.Errorf("it does not %q: %s", want, did)
		}
	}
}
