package doctor

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// place writes files, by their paths under dir.
func place(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheServiceIsFound reads the unit that comes with Parley, and what an administrator changes of it.
func TestTheServiceIsFound(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("../../../../deploy/systemd/parley.service")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	etc, lib := filepath.Join(root, "etc"), filepath.Join(root, "lib")
	if s := installed([]string{etc, lib}); s != nil {
		t.Errorf("found %+v where nothing is", s)
	}
	place(t, root, map[string]string{"lib/parley.service": string(unit)})
	want := service{filepath.Join(lib, "parley.service"), "parley", "/var/lib/parley", "/var/lib/parley/models", "/etc/parley/parley.yaml", "/etc/parley/environment", "parley"}
	if s := installed([]string{etc, lib}); s == nil || *s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	place(t, root, map[string]string{"etc/parley.service.d/home.conf": "[Service]\nEnvironment=\"PARLEY_HOME=/srv/calls\"\nExecStart=\nExecStart=/opt/parley/parley serve --config=/srv/parley.yaml\n"})
	want.home, want.config = "/srv/calls", "/srv/parley.yaml"
	if s := installed([]string{etc, lib}); s == nil || *s != want {
		t.Errorf("changed: got %+v, want %+v", s, want)
	}
}

// TestUnit holds the unit to what Parley needs of systemd: ports below 1024, child processes that live until the last call has
// ended, and the time for that.
func TestUnit(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("../../../../deploy/systemd/parley.service")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]string{}
	for line := range strings.Lines(string(unit)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			has[key] = value
		}
	}
	for key, want := range map[string]string{
		"AmbientCapabilities": "CAP_NET_BIND_SERVICE", "CapabilityBoundingSet": "CAP_NET_BIND_SERVICE", "NoNewPrivileges": "true", "KillMode": "mixed", "Type": "notify",
	} {
		if has[key] != want {
			t.Errorf("%s is %q, want %q", key, has[key], want)
		}
	}
	stop, err := time.ParseDuration(has["TimeoutStopSec"] + "s")
	if drain := config.Default().Limits.Drain; err != nil || stop < drain+30*time.Second {
		t.Errorf("a stop may take %v, the drain alone takes %v", stop, drain)
	}
}

func TestWhatIsLookedAt(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := &service{unit: "parley.service", user: "parley", home: home, models: "/m", config: "/etc/parley/parley.yaml"}
	for name, tc := range map[string]struct {
		s            *service
		named        map[string]string
		config       string
		home, models string
		conf, says   string
	}{
		"no service":             {nil, nil, "", "/own", "/own/models", "", "the defaults, of this account"},
		"the service":            {s, nil, "", home, "/m", "/etc/parley/parley.yaml", "of the service of parley.service"},
		"another configuration":  {s, nil, "/tmp/new.yaml", home, "/m", "/tmp/new.yaml", "of the service of parley.service"},
		"a folder that is named": {s, map[string]string{"PARLEY_HOME": "/own"}, "", "/own", "/own/models", "", "of this account"},
	} {
		env := &cli.Env{Home: "/own", Models: "/own/models", Config: tc.config}
		c := choose(env, tc.s, func(k string) string { return tc.named[k] })
		if env.Home != tc.home || env.Models != tc.models || env.Config != tc.conf || c.State != OK || !strings.HasSuffix(c.Detail, tc.says) || !strings.Contains(c.Detail, tc.home) {
			t.Errorf("%s: %+v with %+v", name, c, env)
		}
	}
}

// TestVariables reads the file of variables that comes with the package, and secrets in it; what is set already stays.
func TestVariables(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../../../../deploy/debian/environment")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	place(t, dir, map[string]string{"environment": string(shipped) + "PARLEY_TOKEN=\"a long = secret\"\nPARLEY_DB='x'\n#PARLEY_OLD=1\n\n"})
	got := map[string]string{"PARLEY_DB": "mine"}
	set := func(k, v string) error { got[k] = v; return nil }
	for _, file := range []string{"", filepath.Join(dir, "none"), filepath.Join(dir, "environment")} {
		if err := (&service{variables: file}).inherit(func(k string) string { return got[k] }, set); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"PARLEY_HOME": "/var/lib/parley", "PARLEY_MODELS": "/var/lib/parley/models", "PARLEY_TOKEN": "a long = secret", "PARLEY_DB": "mine"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestRights finds what another account has made in the data folder.
func TestRights(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	place(t, home, map[string]string{"parley.db": "", "parley.yaml": ""})
	conf := filepath.Join(home, "parley.yaml")
	if c := rights(&service{unit: "u", user: me.Username, home: home}, home, conf, "", nil); c.State != OK {
		t.Errorf("my own: %+v", c)
	}
	nobody, err := user.Lookup("nobody")
	if err != nil || nobody.Uid == me.Uid {
		t.Skip("there is no other account")
	}
	if c := rights(&service{unit: "u", user: "nobody", home: home}, home, conf, "", nil); c.State != Missing || !strings.Contains(c.Detail, "parley.db") || !strings.Contains(c.Fix, "chown -R nobody") {
		t.Errorf("of another account: %+v", c)
	}
	if c := rights(&service{unit: "u", user: "nobody"}, filepath.Join(home, "none"), conf, "", nil); c.State != Missing || !strings.Contains(c.Detail, "cannot be read") {
		t.Errorf("a configuration that only I can read: %+v", c)
	}
	place(t, home, map[string]string{"recordings.key": ""})
	if c := rights(&service{unit: "u", user: "nobody"}, filepath.Join(home, "none"), "", filepath.Join(home, "recordings.key"), nil); c.State != Missing || !strings.Contains(c.Detail, "recordings.key cannot be read") || !strings.Contains(c.Fix, "chown nobody:") {
		t.Errorf("keys that only I can read: %+v", c)
	}
	for _, f := range []string{"tls/key.pem", "closed/key.pem"} {
		place(t, home, map[string]string{f: ""})
		if err := os.Chmod(filepath.Join(home, f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(home, 0o755), os.Chmod(filepath.Dir(home), 0o755), os.Chmod(filepath.Join(home, "closed"), 0o700)); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(home, "tls", "key.pem")
	elsewhere := func() Check {
		return rights(&service{unit: "u", user: "nobody"}, filepath.Join(home, "none"), "", "", []string{"", filepath.Join(home, "none.pem"), key})
	}
	if c := elsewhere(); c.State != OK {
		t.Errorf("a key for all: %+v", c)
	}
	key = filepath.Join(home, "closed", "key.pem")
	if c := elsewhere(); c.State != Missing || !strings.Contains(c.Detail, "key.pem cannot be read") || !strings.Contains(c.Fix, "chmod g+x "+filepath.Dir(key)) {
		t.Errorf("a key in a folder for me: %+v", c)
	}
	key = filepath.Join(home, "tls", "key.pem")
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	if c := elsewhere(); c.State != Missing || !strings.Contains(c.Detail, "key.pem cannot be read") || !strings.Contains(c.Fix, "chmod 640 "+key) {
		t.Errorf("a key for me alone: %+v", c)
	}
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	given := service{unit: "u", user: "nobody"}
	given.read("SupplementaryGroups=" + me.Gid)
	if c := rights(&given, filepath.Join(home, "none"), "", "", []string{key}); c.State != OK {
		t.Errorf("a key for a group that the unit gives: %+v", c)
	}
	if c := rights(&service{unit: "u", user: "no such account", home: home}, home, conf, "", nil); c.State != Missing {
		t.Errorf("an account that is not there: %+v", c)
	}
}

// TestRunning knows from the kernel's list who has the data folder.
func TestRunning(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	place(t, home, map[string]string{"events/lock": ""})
	info, err := os.Stat(filepath.Join(home, "events", "lock"))
	if err != nil {
		t.Fatal(err)
	}
	inode := info.Sys().(*syscall.Stat_t).Ino //nolint:forcetypeassert // on Linux
	locks := fmt.Sprintf("1: POSIX  ADVISORY  READ 12 fe:00:%d 0 EOF\n2: FLOCK  ADVISORY  WRITE 13 fe:00:1%[1]d 0 EOF\n", inode)
	if pid := running(write(t, locks), home); pid != 0 {
		t.Errorf("process %d has it, of other locks", pid)
	}
	if pid := running(write(t, locks+fmt.Sprintf("3: FLOCK  ADVISORY  WRITE 4711 fe:00:%d 0 EOF\n", inode)), home); pid != 4711 {
		t.Errorf("process %d", pid)
	}
	if pid := running("/proc/locks", t.TempDir()); pid != 0 {
		t.Errorf("process %d has an empty folder", pid)
	}
}
