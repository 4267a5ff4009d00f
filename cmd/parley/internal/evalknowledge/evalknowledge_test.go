package evalknowledge

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/cli/clitest"
	"github.com/parley-voice/parley/cmd/parley/internal/evalset"
	"github.com/parley-voice/parley/knowledge"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func eval(t *testing.T, models string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := New(&cli.Env{Out: &out, Err: &out, JSON: true, Models: models, Log: slog.New(slog.DiscardHandler)})
	err := clitest.Run(t, cmd, args...)
	return out.String(), err
}

func TestEval(t *testing.T) {
	models := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(models, "bge-small-zh", "model.onnx")); models == "" || err != nil {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	for name, c := range map[string]struct{ corpus, queries string }{
		"answers alone": {
			`{"id":1,"text":"Call us at any hour to report a lost card."}` + "\n" + `{"id":2,"text":"We are open from nine to five on working days."}` + "\n",
			`{"query":"I lost my card","relevant":[1]}` + "\n\n" + `{"query":"when are you open","relevant":["2"]}` + "\n" + `{"query":"order a pizza","relevant":[]}` + "\n",
		},
		"Chinese with questions": {
			`{"id":"a","question":"怎么退货","text":"在订单里点退货。"}` + "\n" + `{"id":"b","question":"多久发货","text":"当天。"}` + "\n",
			`{"query":"我要退货","relevant":["a"]}` + "\n" + `{"query":"几天能发货","relevant":["b"]}` + "\n",
		},
	} {
		out, err := eval(t, models, write(t, "corpus.jsonl", c.corpus), write(t, "queries.jsonl", c.queries))
		if err != nil {
			t.Fatal(name, err)
		}
		var r result
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(out, err)
		}
		if len(r.Ways) != 3 || r.Ways[2].Name != "fused" || r.Ways[2].R1 != 1 || r.Ways[2].P50 <= 0 || len(r.Curve) != 21 || r.AtBar.Bar != knowledge.AnswerBar {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// TestSeveral searches two corpora in two languages: each has its own figures, as if it were alone, and all queries count alike in those of both.
func TestSeveral(t *testing.T) {
	models := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(models, "bge-small-zh", "model.onnx")); models == "" || err != nil {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	en := []string{
		write(t, "corpus.jsonl", `{"id":1,"question":"When are you open?","text":"From nine to five on working days."}`+"\n"+`{"id":2,"question":"How do I report a lost card?","text":"Call us at any hour."}`),
		write(t, "queries.jsonl", `{"query":"When are you open?","relevant":[1]}`+"\n"+`{"query":"How do I report a lost card?","relevant":[2]}`+"\n"+`{"query":"order a pizza","relevant":[]}`),
	}
	zh := []string{
		write(t, "corpus.jsonl", `{"id":1,"question":"怎么退货","text":"在订单里点退货。"}`+"\n"+`{"id":2,"question":"多久发货","text":"当天。"}`+"\n"+`{"id":3,"question":"运费多少","text":"十元。"}`),
		write(t, "queries.jsonl", `{"query":"怎么退货","relevant":[2]}`), // which is not so
	}
	out, err := eval(t, models, slices.Concat(en, zh)...)
	if err != nil {
		t.Fatal(err)
	}
	var r several
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(out, err)
	}
	if len(r.Sets) != 2 || r.Entries != 5 || r.Queries != 4 || len(r.Curve) != 21 || r.AtBar.Wrong != 0.25 || math.Abs(r.AtBar.Answered-2.0/3) > 1e-9 {
		t.Errorf("together: %s", out)
	}
	for i, files := range [][]string{en, zh} {
		alone, err := eval(t, models, files...)
		if err != nil {
			t.Fatal(err)
		}
		var one result
		if err := json.Unmarshal([]byte(alone), &one); err != nil {
			t.Fatal(alone, err)
		}
		if got := r.Sets[i]; got.Files != [2]string(files) || got.AtBar != one.AtBar || got.Entries != one.Entries || got.Queries != one.Queries {
			t.Errorf("%+v, alone %+v", got, one)
		}
	}
	var b strings.Builder
	showSeveral(&b, r)
	if lines := strings.Split(strings.TrimSpace(b.String()), "\n"); len(lines) != 3 || !strings.Contains(lines[1], zh[0]) || !strings.Contains(lines[2], "4 queries, at 0.78: answered 0.667") {
		t.Errorf("shown:\n%s", b.String())
	}
}

func TestComplaints(t *testing.T) {
	good, queries := write(t, "c.jsonl", `{"id":"a","text":"x"}`), write(t, "q.jsonl", `{"query":"x","relevant":["a"]}`)
	for _, c := range []struct {
		name string
		args []string
		code int
		why  string
	}{
		{"one file", []string{good}, cli.ExitUsage, "a corpus and its queries, received 1"},
		{"a corpus without its queries", []string{good, queries, good}, cli.ExitUsage, "received 3"},
		{"bad bar", []string{good, queries, "--bar", "2"}, cli.ExitUsage, "--bar"},
		{"missing file", []string{good, "none.jsonl"}, cli.ExitFailed, "none.jsonl"},
		{"empty corpus", []string{write(t, "e.jsonl", "\n"), queries}, cli.ExitFailed, "no entries"},
		{"no queries", []string{good, write(t, "e.jsonl", "")}, cli.ExitFailed, "no queries"},
		{"not JSON", []string{write(t, "b.jsonl", "{}\nx"), queries}, cli.ExitFailed, "line 1"},
		{"id twice", []string{write(t, "b.jsonl", `{"id":"a","text":"x"}`+"\n"+`{"id":"a","text":"y"}`), queries}, cli.ExitFailed, "line 2"},
		{"unknown entry", []string{good, write(t, "b.jsonl", `{"query":"x","relevant":["b"]}`)}, cli.ExitFailed, "not in the corpus"},
		{"no weights", []string{good, queries}, cli.ExitFailed, "parley models pull"},
	} {
		if out, err := eval(t, t.TempDir(), c.args...); cli.Code(err) != c.code || out != "" || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: code %d, %v, printed %q", c.name, cli.Code(err), err, out)
		}
	}
}

func TestFigures(t *testing.T) {
	one := func(relevant []evalset.ID, place int, p float64, right bool) trial {
		q := query{Relevant: relevant}
		id := "x"
		if right {
			id = "a"
		}
		return trial{
			q: q, isTrue: right, place: map[knowledge.Way]int{knowledge.Fused: place}, ms: map[knowledge.Way]float64{knowledge.Fused: 2},
			hits: []knowledge.Hit{
				{Entry: knowledge.Entry{ID: id, Answer: id}, PRight: p},
				{Entry: knowledge.Entry{ID: "a", Answer: "second"}, PRight: min(p, 0.3)},
			},
		}
	}
	known := []evalset.ID{"a"}
	r := figures([]trial{one(known, 1, 0.9, true), one(known, 2, 0.5, false), one(known, 2, 0.9, false), one(nil, 0, 0.9, false), one(known, 0, 0.03, false)}, 2, 0.6)
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if f := r.Ways[2]; !near(f.R1, 0.25) || !near(f.R5, 0.75) || !near(f.MRR, 0.5) || f.P99 != 2 {
		t.Errorf("%+v", f)
	}
	if g := r.Gain; g.Over != "dense" || !near(g.R1, 0.25) || g.Low > g.R1 || g.High < g.R1 {
		t.Errorf("%+v", g)
	}
	if b := r.AtBar; !near(b.Answered, 0.25) || !near(b.Helped, 0.5) || !near(b.Wrong, 0.4) || !near(b.CalibrationError, (1.7+0.5+0.03)/5) {
		t.Errorf("%+v", b)
	}
	if r.Curve[20].Bar != 1 || r.Curve[20].Answered != 0 {
		t.Errorf("%+v", r.Curve[20])
	}
}

// TestCalibrationByChance draws what is right by the probabilities told: the error found is then by chance alone.
func TestCalibrationByChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var found, byChance float64
	const times, queries = 4000, 150
	for range times {
		var trials []trial
		for range queries {
			p := rng.Float64()
			trials = append(trials, trial{hits: []knowledge.Hit{{PRight: p}}, isTrue: rng.Float64() < p})
		}
		f, c := calibrationError(trials)
		found, byChance = found+f/times, byChance+c/times
	}
	if math.Abs(found-byChance) > 0.001 || found < 0.05 {
		t.Errorf("found %.4f on average, expected by chance %.4f", found, byChance)
	}
	if _, c := calibrationError([]trial{{hits: []knowledge.Hit{{PRight: 1}}, isTrue: true}}); c != 0 {
		t.Errorf("of what is certain: %.3f", c)
	}
}
