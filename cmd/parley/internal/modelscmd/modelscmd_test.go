package modelscmd

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/models"
)

// run runs the command over an empty folder of weights.
func run(t *testing.T, json bool, args ...string) (out, complaints string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := &cli.Env{Out: &stdout, Err: &stderr, JSON: json, Models: t.TempDir()}
	cmd := New(env)
	err := clitest.Run(t, cmd, args...)
	if err != nil {
		stderr.WriteString(err.Error())
	}
	return stdout.String(), stderr.String(), cli.Code(err)
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	mine := filepath.Join(t.TempDir(), "mine.bin")
	if err := os.WriteFile(mine, []byte("no weights"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args string
		code int
		says string
	}{
		{"list", cli.ExitDone, ""},
		{"list wisper-base", cli.ExitUsage, `did you mean "whisper-base"?`},
		{"pull nothing-like-it", cli.ExitUsage, "parley models list"},
		{"pull --lang xx", cli.ExitUsage, "give en or zh"},
		{"pull --lang zh whisper-base", cli.ExitUsage, "not both"},
		{"pull sensevoice-small", cli.ExitFailed, "parley models add FILE --as sensevoice-small"},
		{"where", cli.ExitUsage, "--help"},
		{"where silero-vad", cli.ExitFailed, "parley models pull silero-vad"},
		{"where silero-vad other.onnx", cli.ExitFailed, "not in the catalogue"},
		{"verify", cli.ExitCheck, "missing or wrong"},
		{"add " + mine + ".none", cli.ExitFailed, "check the path"},
		{"add " + mine, cli.ExitFailed, "--as NAME"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			t.Parallel()
			_, complaints, code := run(t, false, strings.Fields(tc.args)...)
			if code != tc.code || !strings.Contains(complaints, tc.says) {
				t.Errorf("exit %d, want %d; it says %q, want %q in it", code, tc.code, complaints, tc.says)
			}
		})
	}
}

func TestListAsJSON(t *testing.T) {
	t.Parallel()
	out, _, _ := run(t, true, "list")
	var got struct {
		Dir    string
		Models []listed
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for _, m := range got.Models {
		if m.State != "missing" || m.Licence.SPDX == "" || m.Licence.Attribution == "" || m.Commercial == "" {
			t.Errorf("%+v", m)
		}
	}
	if len(got.Models) < 5 || got.Dir == "" {
		t.Errorf("%d models in %q", len(got.Models), got.Dir)
	}
}

func TestProgressWithoutTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&out)
	now := time.Unix(0, 0)
	p.now = func() time.Time { return now }
	for i := range int64(30) {
		now = now.Add(time.Second)
		p.event(models.Event{Model: "m", File: "f", Stage: models.Fetching, Done: i * 1e6, Total: 30e6})
	}
	for range 3 {
		p.event(models.Event{Stage: models.Trouble, Note: "host cannot be reached"})
	}
	p.event(models.Event{Model: "m", File: "f", Stage: models.Ready, Done: 30e6, Total: 30e6})
	p.close()
	want := "  m/f (30 MB)\n  m/f 33%\n  m/f 66%\n  host cannot be reached\n  m/f ready (30 MB)\n"
	if out.String() != want {
		t.Errorf("printed\n%s, want\n%s", out.String(), want)
	}
}
