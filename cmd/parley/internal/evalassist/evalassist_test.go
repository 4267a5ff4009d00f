package evalassist

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	kb = `{"id":"f0","text":"Call us on 0800 555 010 and we block it at once.","question":"How do I block a lost card?"}
{"id":1,"text":"Statements are sent on the fifth of each month.","question":"When do I get my statement?"}
{"id":"z","question":"怎么退货？","text":"在订单里点退货。"}
`
	dialogues = `{"id":"d1","lang":"en","turns":[{"who":"agent","text":"Hello, how can I help?","start_s":0,"end_s":2},{"who":"caller","text":"I lost my card and nobody ever answers, I will go to the regulator.","start_s":2.5,"end_s":30}],"cards":[{"turn":1,"relevant":["f0"]}],"escalate_at":1}
{"id":2,"lang":"zh","turns":[{"who":"caller","text":"我想退货，怎么弄？","start_s":0,"end_s":30}],"cards":[{"turn":0,"relevant":["z"]}],"escalate_at":null}
`
)

func folder(t *testing.T, kb, dialogues string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"kb.jsonl": kb, "dialogues.jsonl": dialogues} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func run(t *testing.T, make func(*cli.Env) *cobra.Command, home, models string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := make(&cli.Env{Home: home, Out: &out, Err: &out, JSON: true, Models: models, Log: slog.New(slog.DiscardHandler)})
	err := clitest.Run(t, cmd, args...)
	return out.String(), err
}

// keptHome is a home whose caches stay from run to run: what is learnt from is embedded once for each set of weights.
func keptHome(t *testing.T) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(user, "parley", "tests", "home")
}

func TestFigures(t *testing.T) {
	dir := folder(t, kb, dialogues)
	models := os.Getenv("PARLEY_MODELS")
	_, err := os.Stat(filepath.Join(models, "bge-small-zh", "model.onnx"))
	weights := models != "" && err == nil
	args, home := []string{dir}, keptHome(t)
	if !weights {
		args = append(args, "--words-only")
	}
	out, err := run(t, NewEscalation, home, models, args...)
	if err != nil {
		t.Fatal(err)
	}
	var e escalation
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatal(out, err)
	}
	if e.Precision != 1 || e.Recall != 1 || e.LeadTurns != 0 || e.Dialogues != 2 || len(e.Wrong) != 0 {
		t.Errorf("%+v", e)
	}
	if !weights {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	if out, err = run(t, NewAssist, home, models, dir); err != nil {
		t.Fatal(err)
	}
	var a assist
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatal(out, err)
	}
	if a.RightTop1 != 1 || a.RightTop3 != 1 || a.Repeats != 0 || a.Cards == 0 || a.CardsPerMinute <= 0 {
		t.Errorf("%+v", a)
	}
}

func TestComplaints(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(*cli.Env) *cobra.Command
		args []string
		code int
		why  string
	}{
		{"no folder", NewEscalation, nil, cli.ExitUsage, "accepts 1"},
		{"missing", NewEscalation, []string{"nowhere"}, cli.ExitFailed, "dialogues.jsonl"},
		{"missing rules", NewEscalation, []string{folder(t, kb, dialogues), "--words-only", "--rules", "none.yaml"}, cli.ExitFailed, "none.yaml"},
		{"no dialogues", NewEscalation, []string{folder(t, kb, "\n")}, cli.ExitFailed, "no dialogues"},
		{"no turns", NewEscalation, []string{folder(t, kb, `{"id":"a"}`)}, cli.ExitFailed, "line 1"},
		{"bad turn", NewEscalation, []string{folder(t, kb, `{"id":"a","turns":[{"who":"caller","text":"x"}],"escalate_at":3}`)}, cli.ExitFailed, "escalate_at 3"},
		{"bad card", NewAssist, []string{folder(t, kb, `{"id":"a","turns":[{"who":"caller","text":"x"}],"cards":[{"turn":2}]}`)}, cli.ExitFailed, "card at turn 2"},
		{"no corpus", NewAssist, []string{folder(t, "", dialogues)}, cli.ExitFailed, "kb.jsonl"},
		{"empty corpus", NewAssist, []string{folder(t, "\n", dialogues)}, cli.ExitFailed, "no entries"},
		{"id twice", NewAssist, []string{folder(t, `{"id":"a","text":"x"}`+"\n"+`{"id":"a","text":"x"}`, dialogues)}, cli.ExitFailed, "line 2"},
		{"no weights", NewAssist, []string{folder(t, kb, dialogues)}, cli.ExitFailed, "parley models pull"},
	} {
		if out, err := run(t, c.make, t.TempDir(), t.TempDir(), c.args...); cli.Code(err) != c.code || out != "" || err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: code %d, %v, printed %q", c.name, cli.Code(err), err, out)
		}
	}
}

// TestSets holds the figures of two of the written sets, one a language, to what they were when the settings were chosen.
// The others are there for "parley eval assist"; vet, ferry, hotel and gas were not looked at while choosing.
func TestSets(t *testing.T) {
	models := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(models, "bge-small-zh", "model.onnx")); models == "" || err != nil {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	for _, name := range []string{"club.en", "driving.zh"} {
		out, err := run(t, NewAssist, t.TempDir(), models, filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var a assist
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatal(out, err)
		}
		if a.RightTop3 < 0.78 || a.RightTop3 < a.RightTop1 || a.CardsPerMinute > 4.1 || a.Repeats != 0 || a.Raised == 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestMostWithin(t *testing.T) {
	for _, c := range []struct {
		when []float64
		want int
	}{{nil, 0}, {[]float64{5}, 1}, {[]float64{0, 0, 59, 60, 61}, 3}, {[]float64{0, 61, 122}, 1}} {
		if got := mostWithin(c.when, 60); got != c.want {
			t.Errorf("%v: %d, want %d", c.when, got, c.want)
		}
	}
}

// TestColumn is what an agent sees: the newest first, what is needed again on top, what is old no more.
func TestColumn(t *testing.T) {
	card := func(id string, at float64) cards.Card {
		return cards.Card{Entry: knowledge.Entry{ID: id}, At: call.Offset(at * 1e9)}
	}
	var column []cards.Card
	for _, step := range []struct {
		now  float64
		got  []cards.Card
		want string
	}{
		{10, []cards.Card{card("a", 10), card("b", 10)}, "a b"},
		{20, []cards.Card{card("c", 20)}, "c a b"},
		{60, []cards.Card{card("b", 60)}, "b c a"},
		{70, nil, "b c a"},
		{105, nil, "b c"},
		{200, nil, ""},
	} {
		column = onTop(column, step.got, call.Offset(step.now*1e9))
		var ids []string
		for _, c := range column {
			ids = append(ids, c.Entry.ID)
		}
		if got := strings.Join(ids, " "); got != step.want {
			t.Errorf("after %.0f s: %q, want %q", step.now, got, step.want)
		}
	}
}
