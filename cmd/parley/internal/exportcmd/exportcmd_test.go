package exportcmd

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/pipeline/call"
)

func execute(t *testing.T, home string, args ...string) (result, error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := New(&cli.Env{Out: &out, Err: &errs, JSON: true, Home: home, Log: slog.New(slog.DiscardHandler)})
	err := clitest.Run(t, cmd, args...)
	var r result
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err, out.String())
		}
	}
	return r, err
}

func keep(t *testing.T, home string, at time.Time) call.ID {
	t.Helper()
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := call.NewID()
	var evs []call.Event
	for i, b := range []any{call.Started{From: "1", Route: "q", At: at}, call.Turn{N: 1, Who: call.Caller, Text: "hello", Lang: "en", End: call.Offset(time.Second)}, call.Ended{Duration: 2}} {
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, call.Event{V: 1, Call: id, Seq: uint64(i + 1), Kind: []call.Kind{call.KindStarted, call.KindTurn, call.KindEnded}[i], Body: raw})
	}
	if _, err := s.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestExport(t *testing.T) {
	t.Parallel()
	home, out := t.TempDir(), t.TempDir()
	old := keep(t, home, time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC))
	young := keep(t, home, time.Date(2026, 2, 5, 12, 0, 0, 0, time.UTC))
	r, err := execute(t, home, "--format", "vcon", "--out", out)
	if err != nil || r.Calls != 2 || r.Skipped != 0 || len(r.Files) != 2 {
		t.Fatal(r, err)
	}
	if r, err := execute(t, home, "--format", "vcon", "--out", out); err != nil || r.Calls != 0 || r.Skipped != 2 {
		t.Error("a second run:", r, err)
	}
	if r, err := execute(t, home, "--format", "vtt", "--out", out, "--from", "2026-02-01"); err != nil || r.Calls != 1 || filepath.Base(r.Files[0]) != string(young)+".vtt" {
		t.Error("from February:", r, err)
	}
	if r, err := execute(t, home, string(old), "../x", "--format", "contactlens", "--out", out); cli.Code(err) != cli.ExitFailed || r.Calls != 1 || len(r.Errors) != 1 {
		t.Error("a call that is not there:", r, err)
	}
	if r, err := execute(t, home, "--out", out, "--answers"); err != nil || r.Calls != 2 {
		t.Error(r, err)
	}
	if _, err := os.Stat(filepath.Join(out, "answers.csv")); err != nil {
		t.Error(err)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--format", "xml"}, {"--format", "vtt", "--answers"}, {"--audio"}, {"id", "--from", "2026-01-01"}, {"--from", "yesterday"}, {"--from", "2026-02-01", "--to", "2026-01-01"},
	} {
		if _, err := execute(t, t.TempDir(), args...); cli.Code(err) != cli.ExitUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := execute(t, t.TempDir()); cli.Code(err) != cli.ExitFailed {
		t.Error("no data folder:", err)
	}
}
