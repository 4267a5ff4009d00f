package peoplecmd

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parley runs "parley people" in home and returns what it printed.
func parley(t *testing.T, home string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	env := &cli.Env{Out: &out, Err: &out, JSON: true, Home: home, Public: "https://phone.example", Log: slog.New(slog.DiscardHandler)}
	cmd := New(env)
	err := clitest.Run(t, cmd, args...)
	return out.String(), err
}

func TestPeopleFromTheTerminal(t *testing.T) {
	home := t.TempDir()
	out, err := parley(t, home, "add", "Wei@Example.com", "--role", "agent", "--queue", "shop", "--at", "https://parley.example/")
	var a added
	if err != nil || json.Unmarshal([]byte(out), &a) != nil || a.Login != "wei@example.com" || !strings.HasPrefix(a.Link, "https://parley.example/welcome?login=wei%40example.com&token=") {
		t.Fatal(out, err)
	}
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"add", "wei@example.com", "--role", "agent"}, cli.ExitFailed},
		{[]string{"add", "bob"}, cli.ExitUsage},
		{[]string{"add", "bob", "--role", "king"}, cli.ExitUsage},
		{[]string{"invite", "nobody"}, cli.ExitFailed},
		{[]string{"disable", "WEI@example.com"}, cli.ExitDone},
		{[]string{"invite", "wei@example.com"}, cli.ExitUsage},
		{[]string{"enable", "wei@example.com"}, cli.ExitDone},
		{[]string{"invite", "wei@example.com"}, cli.ExitDone},
		{[]string{"audit", "--had", "x"}, cli.ExitUsage},
		{[]string{"audit", "--had", "1:00"}, cli.ExitCheck},
		{[]string{"audit"}, cli.ExitDone},
	} {
		if out, err := parley(t, home, c.args...); cli.Code(err) != c.code {
			t.Errorf("%v: %d, %v, %s", c.args, cli.Code(err), err, out)
		}
	}
	if out, err := parley(t, home, "list"); err != nil || !strings.Contains(out, `"state":"invited"`) || strings.Contains(out, "token") {
		t.Error(out, err)
	}
	if out, err := parley(t, home, "invite", "wei@example.com"); err != nil || json.Unmarshal([]byte(out), &a) != nil || !strings.HasPrefix(a.Link, "https://phone.example/welcome?login=wei%40example.com&token=") {
		t.Errorf("the link does not begin with access.public: %s, %v", out, err)
	}
	info, err := os.Stat(filepath.Join(home, "audit.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if err := os.WriteFile(filepath.Join(home, "audit.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := parley(t, home, "list"); err == nil {
		t.Error("a damaged key was used")
	}
}
