package call

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/pipeline/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// phone runs the command with args; no weights are there.
func phone(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out bytes.Buffer
	env := &cli.Env{Out: &out, Err: &bytes.Buffer{}, JSON: true, Home: t.TempDir(), Models: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	cmd := New(env)
	err = clitest.Run(t, cmd, args...)
	return out.String(), err
}

// TestBadSound: a sound file that cannot be played is told before anybody is dialled, with its name.
func TestBadSound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	header := filepath.Join(dir, "header.wav")
	if err := audio.WriteWAV(header, audio.Rate, 1, nil); err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty.wav": {[]byte{}, "it is empty"}, "cut.wav": {head[:30], "cut off"}, "silent.wav": {head, "holds no sound"},
		"mp3.wav": {append([]byte("ID3\x04"), make([]byte, 500)...), "it looks like MP3; convert it"}, "text.wav": {[]byte("hello"), "no RIFF"},
		"folder": {nil, "is a directory"}, "missing.wav": {nil, "check the path"},
	} {
		p := filepath.Join(dir, name)
		switch {
		case name == "folder":
			err = os.Mkdir(p, 0o755)
		case c.data != nil:
			err = os.WriteFile(p, c.data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		out, err := phone(t, "sip:bank@127.0.0.1:9", "--wav", p)
		if cli.Code(err) != cli.ExitFailed || out != "" || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), p) != 1 {
			t.Errorf("%s: %v, printed %q; want one line about it with %q", name, err, out, c.want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	t.Parallel()
	const to = "sip:bank@127.0.0.1:9"
	for want, args := range map[string][]string{
		"accepts 1 arg":      {},
		"is not a SIP":       {"bank"},
		"empty":              {to, "--say", " "},
		"no key":             {to, "--dtmf", "12x"},
		"--loss":             {to, "--loss", "2"},
		"--jitter":           {to, "--jitter", "-1"},
		"neither en nor zh":  {to, "--lang", "fr"},
		"quieter":            {to, "--echo", "6"},
		"must be at least 1": {to, "--calls", "0"},
		"unknown flag":       {to, "--what"},
	} {
		if out, err := phone(t, args...); err == nil || out != "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	if _, err := phone(t, to, "--say", "hello"); cli.Code(err) != cli.ExitFailed || !strings.Contains(err.Error(), "parley models pull") {
		t.Errorf("without weights: %v", err)
	}
}
