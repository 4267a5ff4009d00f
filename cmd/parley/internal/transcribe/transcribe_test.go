package transcribe

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

func testEnv(models string) (*cli.Env, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	return &cli.Env{Out: &out, Err: &errs, JSON: true, Models: models, Log: slog.New(slog.DiscardHandler)}, &out, &errs
}

func execute(t *testing.T, env *cli.Env, args ...string) error {
	t.Helper()
	cmd := New(env)
	return clitest.Run(t, cmd, args...)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"--caller", "a.wav"}, {"--agent", "a.wav"}, {"a.wav", "--caller", "a.wav", "--agent", "b.wav"},
		{"a.wav", "--form", "bank"}, {"a.wav", "--rules", "bank"}, {"a.wav", "--keep", "--queue", " "}, {"a.wav", "--threads", "0"}, {"a.wav", "--lang", ","},
	} {
		env, _, _ := testEnv(t.TempDir())
		if err := execute(t, env, args...); cli.Code(err) != cli.ExitUsage {
			t.Errorf("transcribe %v: %v, want a usage error", args, err)
		}
	}
}

// Files are complained about before weights, each by itself.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := map[string][]byte{
		"empty.wav": {}, "text.wav": []byte("this is not sound at all, whatever its name says"), "cut.flac": []byte("fLaC\x00\x00"),
	}
	args := []string{filepath.Join(dir, "missing.wav")}
	for name, b := range bad {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, p)
	}
	silent := filepath.Join(dir, "nothing.wav")
	if err := audio.WriteWAV(silent, audio.Rate, 1, nil); err != nil {
		t.Fatal(err)
	}
	args = append(args, silent)
	env, out, errs := testEnv(dir)
	err := execute(t, env, args...)
	if cli.Code(err) != cli.ExitFailed {
		t.Fatalf("error %v, want exit 1", err)
	}
	var got output
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("output %q: %v", out, err)
	}
	if len(got.Errors) != len(args) || len(got.Files) != 0 {
		t.Errorf("got %+v, want %d errors", got, len(args))
	}
	for _, a := range args {
		if !strings.Contains(errs.String(), a) {
			t.Errorf("no complaint about %s in %q", a, errs)
		}
	}
}

func TestMissingWeights(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "a.wav")
	if err := audio.WriteWAV(p, audio.Rate, 1, make([]int16, audio.Rate)); err != nil {
		t.Fatal(err)
	}
	env, _, _ := testEnv(t.TempDir())
	if err := execute(t, env, p); err == nil || !strings.Contains(err.Error(), "parley models pull") {
		t.Errorf("error %v does not say how to get the weights", err)
	}
}

func TestSwap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stereo, mono := filepath.Join(dir, "stereo.wav"), filepath.Join(dir, "mono.wav")
	for p, channels := range map[string]int{stereo: 2, mono: 1} {
		if err := audio.WriteWAV(p, audio.Rate, channels, make([]int16, channels*audio.Rate)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		job  job
		swap bool
		want []call.Party
	}{
		{job{path: stereo}, false, []call.Party{call.Caller, call.Agent}},
		{job{path: stereo}, true, []call.Party{call.Agent, call.Caller}},
		{job{path: mono}, false, []call.Party{unknown}},
		{job{path: mono, other: stereo}, false, []call.Party{call.Caller, call.Agent}},
		{job{path: mono, other: stereo}, true, []call.Party{call.Agent, call.Caller}},
	} {
		r, err := c.job.open(c.swap)
		if err != nil {
			t.Fatal(err)
		}
		var got []call.Party
		for _, x := range r.tracks {
			got = append(got, x.who)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v, swap %v: %v, want %v", c.job, c.swap, got, c.want)
		}
	}
}
