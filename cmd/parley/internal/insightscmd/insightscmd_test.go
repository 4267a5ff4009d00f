package insightscmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/insightscmd"
	"github.com/parley-voice/parley/pipeline/call"
)

func run(t *testing.T, home string, asJSON bool, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := insightscmd.New(&cli.Env{Out: &out, Err: &errs, JSON: asJSON, Home: home})
	err := clitest.Run(t, cmd, args...)
	return out.String(), err
}

func TestOnAFreshHome(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "none")
	out, err := run(t, home, true)
	var v insight.View
	if err != nil || json.Unmarshal([]byte(out), &v) != nil || len(v.Series) != 28 || v.Figures[0].N != 0 {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("looking made the data folder")
	}
	if out, err := run(t, home, false, "report"); err != nil || !strings.Contains(out, "No call ended") {
		t.Errorf("%s, %v", out, err)
	}
	for _, bad := range [][]string{{"--from", "soon"}, {"--by", "mood"}, {"--lang", "fr"}, {"--zone", "Mars"}, {"--compare", "x"}, {"report", "--day", "x"}, {"more"}} {
		if _, err := run(t, home, false, bad...); cli.Code(err) != cli.ExitUsage {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestFiguresAndReport(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().AddDate(0, 0, -1)
	var all []insight.Drawn
	for i := range 10 {
		outcome := insight.ByBot
		if i > 6 {
			outcome = insight.Open
		}
		all = append(all, insight.Drawn{Fact: insight.Fact{Call: call.NewID(), At: at, Queue: "bank", Lang: "en", Outcome: outcome, LengthS: 60}})
	}
	if err := s.Insights().SaveDrawn(t.Context(), insight.Version, at, all); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, home, false, "--zone", "UTC")
	if err != nil || !strings.Contains(out, "70.0 %") || !strings.Contains(out, "Resolved by the bot *") || !strings.Contains(out, "n 10") {
		t.Errorf("%s, %v", out, err)
	}
	day := at.Format(time.DateOnly)
	out, err = run(t, home, true, "report", "--day", day, "--lang", "zh", "--zone", "UTC")
	var got struct {
		Calls int    `json:"calls"`
		File  string `json:"file"`
	}
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || got.Calls != 10 || !insightscmd.Reported(home, day, "zh") {
		t.Fatalf("%s, %v", out, err)
	}
	info, err := os.Stat(got.File)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	page, err := os.ReadFile(got.File)
	if err != nil || !strings.Contains(string(page), "70.0 %") || strings.Contains(string(page), "<script") {
		t.Errorf("%s, %v", page, err)
	}
}
