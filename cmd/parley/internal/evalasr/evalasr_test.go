package evalasr

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr/score"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/pipeline/audio"
)

// folder writes a set with the given references; its recordings are tones.
func folder(t *testing.T, refs string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "refs.tsv"), []byte(refs), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if err := audio.WriteWAV(filepath.Join(dir, f), audio.Rate, 1, audio.Sine(300+100*float64(i), -20, time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func testEnv(models string) (*cli.Env, *bytes.Buffer) {
	var out bytes.Buffer
	return &cli.Env{Out: &out, Err: &bytes.Buffer{}, JSON: true, Models: models, Log: slog.New(slog.DiscardHandler)}, &out
}

func execute(t *testing.T, env *cli.Env, args ...string) error {
	t.Helper()
	cmd := New(env)
	return clitest.Run(t, cmd, args...)
}

func TestReadSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, refs string
		limit      int
		items      int
		metric     score.Metric
		bad        string
	}{
		{"english", "file\tseconds\ttext\na.wav\t1.0\thello there\nb.wav\t2\tyes\n", 0, 2, score.WER, ""},
		{"limit", "file\tseconds\ttext\na.wav\t1.0\thello there\nb.wav\t2\tyes\n", 1, 1, score.WER, ""},
		{"chinese, Windows lines", "\ufefffile\tseconds\ttext\r\na.wav\t1.0\t你好\r\n\r\n", 0, 1, score.CER, ""},
		{"no header", "a.wav\t1.0\thello\n", 0, 1, score.WER, ""},
		{"spaces for tabs", "file seconds text\na.wav 1.0 hello\n", 0, 0, "", "columns"},
		{"only a header", "file\tseconds\ttext\n", 0, 0, "", "no recordings"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := readSet(folder(t, c.refs), c.limit)
			if c.bad != "" {
				if err == nil || !strings.Contains(err.Error(), c.bad) {
					t.Errorf("error %v, want one about %q", err, c.bad)
				}
				return
			}
			if err != nil || len(s.items) != c.items || s.metric() != c.metric {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
}

// Arguments are complained about first, then files, then weights.
func TestComplaints(t *testing.T) {
	t.Parallel()
	good := folder(t, "file\tseconds\ttext\na.wav\t1\thello\n", "a.wav")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, cli.ExitUsage, "asr"},
		{[]string{"x", "--band", "pink"}, cli.ExitUsage, "clean, mulaw or noisy"},
		{[]string{"x", "--threads", "0"}, cli.ExitUsage, "--threads"},
		{[]string{filepath.Join(good, "missing")}, cli.ExitFailed, "refs.tsv"},
		{[]string{good, "--noise", filepath.Join(good, "missing.wav")}, cli.ExitFailed, "missing.wav"},
		{[]string{good}, cli.ExitFailed, "parley models pull"},
	} {
		env, _ := testEnv(t.TempDir())
		if err := execute(t, env, c.args...); cli.Code(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("eval asr %v: %v (exit %d), want exit %d and %q", c.args, err, cli.Code(err), c.code, c.want)
		}
	}
}

func TestBands(t *testing.T) {
	t.Parallel()
	dir := folder(t, "file\tseconds\ttext\na.wav\t1\ta\nb.wav\t1\tb\nc.wav\t1\tc\n", "a.wav", "b.wav", "c.wav")
	s, err := readSet(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := s.load(0)
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := telephone(pcm)
	if err != nil || math.Abs(audio.Level(narrow)-audio.Level(pcm)) > 1 {
		t.Errorf("telephone: level %.1f, was %.1f, %v", audio.Level(narrow), audio.Level(pcm), err)
	}
	m := &mixer{snr: 10}
	noisy, err := m.mix(s, 0, pcm)
	if err != nil {
		t.Fatal(err)
	}
	bed := make([]int16, len(pcm))
	for i := range pcm {
		bed[i] = noisy[i] - pcm[i]
	}
	if snr := audio.Level(pcm) - audio.Level(bed); math.Abs(snr-10) > 0.5 {
		t.Errorf("the voice is %.1f dB over the babble, want 10", snr)
	}
}

// Sound without speech is recognised as nothing, and --pairs shows what was compared.
func TestRun(t *testing.T) {
	models := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(models, "whisper-base", "ggml-base-q8_0.bin")); err != nil {
		t.Skip("needs the whisper weights: set PARLEY_MODELS, run parley models pull")
	}
	dir := folder(t, "file\tseconds\ttext\na.wav\t1\thello there\n", "a.wav")
	tsv := filepath.Join(t.TempDir(), "pairs.tsv")
	env, out := testEnv(models)
	if err := execute(t, env, dir, "--band", "mulaw", "--pairs", tsv); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Sets []figures `json:"sets"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.Sets) != 1 {
		t.Fatalf("output %q: %v", out, err)
	}
	f := got.Sets[0]
	if f.Name != filepath.Base(dir) || f.Value != 1 || f.Files != 1 || f.Metric != score.WER || f.Band != "mulaw" || f.Lang != "en" {
		t.Errorf("got %+v", f)
	}
	b, err := os.ReadFile(tsv)
	if err != nil || !strings.Contains(string(b), "hello there\t\thello there\t\n") {
		t.Errorf("pairs %q, %v", b, err)
	}
}
