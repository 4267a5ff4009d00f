package quality

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/onnx/onnxtest"
)

// asked are the questions that the snippets answer.
func asked() map[string][2]string {
	return map[string][2]string{
		"promise":    {"Did the agent avoid promising what is not theirs to promise?", "客服是否没有承诺自己无权承诺的事？"},
		"rude":       {"Was the agent polite throughout?", "客服是否始终礼貌？"},
		"identity":   {"Did the agent verify the caller before discussing the account?", "谈论账户之前客服是否核实了客户身份？"},
		"disclosure": {"Did the agent make the mandatory disclosures?", "客服是否作了必须的告知？"},
		"accuracy":   {"Was what the agent said correct?", "客服告知的内容是否准确？"},
		"secretask":  {"Did the agent avoid asking for passwords or one-time codes?", "客服是否没有索要密码或验证码？"},
	}
}

// snippet is a call made of the turns that decide one answer.
type snippet struct {
	what string
	want Value
	call Call
	line int
}

func readSnippets(t *testing.T) []snippet {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "snippets", "snippets.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []snippet
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		if strings.HasPrefix(in.Text(), "#") {
			continue
		}
		cells := strings.Split(in.Text(), "\t")
		if len(cells) != 5 {
			t.Fatalf("line %d has %d columns", n, len(cells))
		}
		c := Call{ID: "s", Lang: cells[2]}
		if cells[3] != "" {
			for _, f := range strings.Split(cells[3], "; ") {
				c.Facts = append(c.Facts, f)
			}
		}
		at := 0.0
		for _, turn := range strings.Split(cells[4], "|") {
			who := map[string]string{"A": Agent, "C": Caller}[turn[:1]]
			c.Turns = append(c.Turns, Turn{Who: who, Text: strings.TrimSpace(turn[2:]), StartS: at, EndS: at + 2})
			at += 2.5
		}
		out = append(out, snippet{cells[0], Value(cells[1]), c, n})
	}
	return out
}

// TestSnippets judges what decides an answer, alone, and counts the answers that are right for each question. Wrong ones are
// listed with -v. A third answer than the bad one, where the bad one was right, is a miss; the bad one, where it was not, is
// what fails calls wrongly.
func TestSnippets(t *testing.T) {
	t.Parallel()
	snippets(t, New(Options{}), 0.85, 0.35)
}

// TestMeaning judges the snippets and the sets of calls with the embedding models.
func TestMeaning(t *testing.T) {
	by := models(t)
	s := New(Options{Embedders: by, Readers: readersOf(t, by)})
	snippets(t, s, 0.85, 0.6)
	for _, g := range golden {
		all, fails, tell := measureGolden(t, s, g.dir)
		t.Logf("%s: kappa %.3f, fails %d right, %d wrong, %d missed, cannot tell %d of %d", g.dir, all.Kappa(),
			fails.Count(No, No), fails.Count(Yes, No), fails.Count(No, Yes), tell, all.N)
		if all.Kappa() < g.kappa-0.05 {
			t.Errorf("%s: kappa %.3f", g.dir, all.Kappa())
		}
	}
}

// models opens the embedding models, which end with the test.
func models(t *testing.T) map[string]Embedder {
	t.Helper()
	out := map[string]Embedder{}
	for _, lang := range []string{"en", "zh"} {
		dir := filepath.Dir(onnxtest.Weights(t, "bge-small-"+lang+"/model.onnx"))
		onnxtest.Start(t)
		e, err := embed.Open(dir)
		out[lang] = onnxtest.Opened(t, e, err)
	}
	return out
}

// snippets demands a precision and recall of the bad answer over all snippets.
func snippets(t *testing.T, s *Scorer, precision, recall float64) {
	t.Helper()
	var fails Agreement
	per := map[string]*Agreement{}
	for _, sn := range readSnippets(t) {
		q := asked()[sn.what]
		f := mustParse(t, oneQuestion(q[0], q[1]))
		card, err := s.Judge(t.Context(), f, sn.call)
		if err != nil {
			t.Fatal(err)
		}
		got := card.Answers[0]
		if per[sn.what] == nil {
			per[sn.what] = &Agreement{}
		}
		per[sn.what].Add(sn.want, got.Value)
		fails.Add(bad2(sn.want), bad2(got.Value))
		if got.Value != sn.want {
			t.Logf("line %d %s: %s, want %s: %s", sn.line, sn.what, got.Value, sn.want, got.Why)
		}
	}
	for what, a := range per {
		t.Logf("%s: %.2f of %d", what, a.Share(), a.N)
	}
	p := float64(fails.Count(No, No)) / float64(max(1, fails.Count(No, No)+fails.Count(Yes, No)))
	r := float64(fails.Count(No, No)) / float64(max(1, fails.Count(No, No)+fails.Count(No, Yes)))
	t.Logf("the bad answer: precision %.2f, recall %.2f", p, r)
	if p < precision || r < recall {
		t.Errorf("the bad answer has precision %.2f and recall %.2f, want %.2f and %.2f", p, r, precision, recall)
	}
}

// bad2 is No for the bad answer, Yes for any other.
func bad2(v Value) Value {
	if v == No {
		return No
	}
	return Yes
}
