package transcribe

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
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
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	return cmd.ExecuteContext(context.Background())
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"--caller", "a.wav"}, {"--agent", "a.wav"}, {"a.wav", "--caller", "a.wav", "--agent", "b.wav"},
		{"a.wav", "--analyse"}, {"a.wav", "--threads", "0"}, {"a.wav", "--lang", ","},
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

func TestMeasure(t *testing.T) {
	t.Parallel()
	s := func(v float64) call.Offset { return call.Offset(v * float64(time.Second)) }
	f := &file{Share: map[call.Party]float64{}, Turns: []turn{
		{Who: call.Caller, Start: s(1), End: s(4)}, {Who: call.Agent, Start: s(3), End: s(4)}, {Who: call.Agent, Start: s(6), End: s(20)},
	}}
	f.measure([]side{{who: call.Caller}, {who: call.Agent}}, 8*audio.Rate)
	for name, c := range map[string][2]float64{
		"silence": {f.Silence, 3}, "overlap": {f.Overlap, 1}, "caller": {f.Share[call.Caller], 0.5}, "agent": {f.Share[call.Agent], 0.5},
		"duration": {f.Duration, 8},
	} {
		if math.Abs(c[0]-c[1]) > 0.021 {
			t.Errorf("%s is %.3f, want %.3f", name, c[0], c[1])
		}
	}
}

func TestSwap(t *testing.T) {
	t.Parallel()
	p := filepath.Join(t.TempDir(), "a.wav")
	if err := audio.WriteWAV(p, audio.Rate, 2, make([]int16, 2*audio.Rate)); err != nil {
		t.Fatal(err)
	}
	for swap, want := range map[bool]call.Party{false: call.Caller, true: call.Agent} {
		sides, err := job{path: p}.load(swap)
		if err != nil || len(sides) != 2 || sides[0].who != want {
			t.Errorf("swap %v: %v, %v; want %s first", swap, sides, err, want)
		}
	}
}
