package bench

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.MainWithoutLeaks(m)) }

// run executes a benchmark and returns what it printed.
func run(t *testing.T, models string, args ...string) (outcome, error) {
	t.Helper()
	var b bytes.Buffer
	env := &cli.Env{Out: &b, Err: &bytes.Buffer{}, JSON: true, Models: models, Log: slog.New(slog.DiscardHandler)}
	cmd := New(env)
	var out outcome
	if err := clitest.Run(t, cmd, args...); err != nil {
		return out, err
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, b.String())
	}
	return out, nil
}

func silero(t *testing.T) string {
	t.Helper()
	models := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(models, "silero-vad", "silero_vad.onnx")); err != nil || os.Getenv("PARLEY_ONNXRUNTIME") == "" {
		t.Skip("needs PARLEY_ONNXRUNTIME and PARLEY_MODELS with silero-vad")
	}
	return models
}

// Legs and voice activity are measured on the real parts, and every figure of the outcome is there.
func TestFiguresAreThere(t *testing.T) {
	models := silero(t)
	for _, c := range []struct {
		args  []string
		ours  []string
		peers []string
	}{
		{[]string{"vad", "--streams", "8"}, []string{"streams_per_core", "window_us"}, []string{"silero-onnx"}},
		{[]string{"legs", "--calls", "10", "--for", "1s"}, []string{"legs", "cpu_ms_per_leg_s", "legs_two_cores", "tick_p99_ms"}, nil},
		{[]string{"knowledge", "--sizes", "1000", "--queries", "20", "--peer", "pgvector", "--database", pgtest.Database(t)},
			[]string{"p99_ms_1k", "lexical_p99_ms_1k", "dense_p99_ms_1k", "fused_p99_ms_1k", "recall_at_10_1k"}, []string{"pgvector"}},
	} {
		got, err := run(t, models, c.args...)
		if err != nil {
			t.Fatalf("bench %v: %v", c.args, err)
		}
		for _, name := range c.ours {
			if v, ok := got.Ours[name]; !ok || v < 0 {
				t.Errorf("bench %v: %s is %v (%v)", c.args, name, v, ok)
			}
		}
		for _, name := range c.peers {
			if len(got.Peers[name]) == 0 {
				t.Errorf("bench %v: nothing of peer %s", c.args, name)
			}
		}
		if r, ok := got.Peers["pgvector"]["recall_at_10_1k"]; ok && r < 0.9 {
			t.Errorf("bench %v: pgvector finds %v of the nearest", c.args, r)
		}
		if got.Machine == "" {
			t.Errorf("bench %v does not name the machine", c.args)
		}
	}
}

func TestComplaints(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"vad", "--streams", "0"}, "--streams"},
		{[]string{"legs", "--calls", "0"}, "--calls"},
		{[]string{"sip", "--rate", "0"}, "--rate"},
		{[]string{"knowledge", "--peer", "pgvector"}, "--database"},
		{[]string{"knowledge", "--peer", "elsewhere"}, "pgvector"},
		{[]string{"asr"}, "asr"},
		{[]string{"asr", "--limit", "0", "x"}, "--limit"},
		{[]string{"asr", filepath.Join(t.TempDir(), "missing")}, "refs.tsv"},
		{[]string{"vad"}, "parley models pull"},
	} {
		if _, err := run(t, t.TempDir(), c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("bench %v: %v, want one about %q", c.args, err, c.want)
		}
	}
}
