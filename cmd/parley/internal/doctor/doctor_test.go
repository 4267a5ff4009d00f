package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, info string
		want       State
		says       string
	}{
		{"good", "model name\t: New\nflags\t\t: sse avx avx2 fma f16c bmi2\n", OK, "New"},
		{"old", "model name\t: Old\nflags\t\t: sse avx\n", Missing, "lacks avx2, fma, f16c, bmi2"},
		{"unknown", "", Advice, "cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := processor(write(t, tc.info))
			if c.State != tc.want || !strings.Contains(c.Detail, tc.says) || (c.State == Missing) != (c.Fix != "") {
				t.Errorf("%+v, want %s with %q and a fix only when missing", c, tc.want, tc.says)
			}
		})
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]State{
		"MemTotal: 9 kB\nMemAvailable:    8000000 kB\n": OK, "MemAvailable: 100000 kB\n": Missing, "": Advice,
	} {
		if c := memory(write(t, text)); c.State != want {
			t.Errorf("%q: %+v, want %s", text, c, want)
		}
	}
}

func TestBusyPortIsNamed(t *testing.T) {
	t.Parallel()
	var l net.ListenConfig
	taken, err := l.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := config.Default()
	cfg.SIP.UDP, cfg.SIP.TCP, cfg.HTTP.Listen = "127.0.0.1:0", "", taken.Addr().String()
	if checks := ports(context.Background(), cfg, 4711); len(checks) != 2 || checks[1].State != OK || !strings.Contains(checks[1].Detail, "4711") {
		t.Errorf("a port that Parley has itself: %+v", checks)
	}
	checks := ports(context.Background(), cfg, 0)
	if len(checks) != 2 || checks[0].State != OK {
		t.Fatalf("%+v", checks)
	}
	if c := checks[1]; c.State != Missing || !strings.Contains(c.Fix, "http.listen") {
		t.Errorf("%+v", c)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := write(t, "")
	if c := folders(filepath.Join(t.TempDir(), "not", "yet"), t.TempDir()); c[0].State != OK {
		t.Errorf("a folder that can be made: %+v", c[0])
	}
	if c := folders("/proc/parley", file); c[0].State != Missing || !strings.Contains(c[0].Fix, "PARLEY_HOME") {
		t.Errorf("a folder that cannot be made: %+v", c[0])
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	env := &cli.Env{Out: &out, Err: &out, JSON: true, Home: t.TempDir(), Models: t.TempDir()}
	checks := weights(env.Models, config.Default())
	if len(checks) < 5 || checks[0].State != Missing || !strings.HasPrefix(checks[0].Fix, "parley models pull ") {
		t.Fatalf("weights of an empty folder: %+v", checks)
	}
	err := report(env, checks)
	if cli.Code(err) != cli.ExitCheck {
		t.Errorf("exit %d, want %d", cli.Code(err), cli.ExitCheck)
	}
	var got struct {
		OK     bool
		Checks []Check
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.OK || len(got.Checks) != len(checks) {
		t.Errorf("%s: %v", out.String(), err)
	}
}

// TestEventServer tells when what an event server outside keeps is not sealed.
func TestEventServer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		url            string
		sealed, shared bool
		want           State
	}{{"", true, false, ""}, {"nats://a:4222", true, true, OK}, {"nats://a:4222", true, false, Advice}, {"nats://a:4222", false, true, Advice}} {
		cfg := config.Default()
		cfg.Events.URL, cfg.Security.SealRecords = tc.url, tc.sealed
		got := State("")
		for _, c := range secure(cfg, tc.shared, time.Now()) {
			if c.Name == "event server" {
				got = c.State
			}
		}
		if got != tc.want {
			t.Errorf("%+v: %q", tc, got)
		}
	}
}

// TestKeyFile looks at keys that are right, in the data folder, open to others, and gone.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	home, apart := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(apart, "e.key"), []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file string
		mode os.FileMode
		want State
		says string
		fix  string
	}{
		"apart":              {filepath.Join(apart, "a.key"), 0o600, OK, "", ""},
		"in the data folder": {filepath.Join(home, "b.key"), 0o600, Advice, "every backup holds the key", "move it"},
		"open to others":     {filepath.Join(apart, "c.key"), 0o644, Missing, "others may read", "chmod 600"},
		"gone":               {filepath.Join(apart, "d.key"), 0, Missing, "no such file", "bring it back"},
		"no keys":            {filepath.Join(apart, "e.key"), 0, Missing, "line 1", "put the copy"},
	} {
		if tc.mode != 0 {
			if _, err := seal.AddKey(tc.file); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(tc.file, tc.mode); err != nil {
				t.Fatal(err)
			}
		}
		if c := keyFile(t.Context(), tc.file, home); c.State != tc.want || !strings.Contains(c.Detail, tc.says) || (c.State == OK) != (c.Fix == "") || !strings.HasPrefix(c.Fix, tc.fix) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
