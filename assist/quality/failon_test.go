package quality

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadings checks what the author of a form is told about a question, from its words alone.
func TestReadings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		question string
		bad      Value
		asks     Asked
		doubts   []Doubt
	}{
		{`text_en: "Did the agent thank the caller?", text_zh: "客服是否感谢了来电者？"`, No, AskedDone, nil},
		{`text_en: "Did the agent avoid promising a result?", text_zh: "客服是否避免承诺结果？"`, No, AskedAvoided, nil},
		{`text_en: "Did the agent promise a result?", text_zh: "客服是否承诺了结果？"`, Yes, AskedHappened, nil},
		{`text_en: "Was account data given without verifying the caller?", text_zh: "客服是否未核实身份就透露了账户信息？"`, Yes, AskedSkipped, nil},
		{`text_en: "Did the agent avoid promising a result?", text_zh: "客服是否承诺了结果？"`, No, AskedAvoided, []Doubt{DoubtLanguages}},
		{`text_en: "Was there music on the line?", text_zh: "线路上是否有音乐？"`, No, AskedDone, []Doubt{DoubtUnknown}},
		{`text_en: "Was there music on the line?", text_zh: "线路上是否有音乐？", fail_on: yes`, Yes, AskedDone, nil},
		{`text_en: "Did the agent promise a result?", text_zh: "客服是否承诺了结果？", fail_on: no`, No, AskedHappened, []Doubt{DoubtStated}},
		{`text_en: "Did the agent promise a result?", text_zh: "客服是否承诺了结果？", fail_on: no, answer_by: person`, No, AskedHappened, nil},
	} {
		f := mustParse(t, "form: f\nlanguages: [en, zh]\nquestions:\n  - {id: q, "+c.question+"}\n  - {id: s, type: several, text_en: x, text_zh: x, answer_by: person, options: [a, b]}\n")
		got := f.Readings()
		if len(got) != 1 {
			t.Fatalf("%s: %+v", c.question, got)
		}
		if r := got[0]; r.ID != "q" || r.FailOn != c.bad || r.Asks != c.asks || !slices.Equal(r.Doubts, c.doubts) || r.Stated != strings.Contains(c.question, "fail_on") {
			t.Errorf("%s: %+v", c.question, r)
		}
	}
}

// TestDoubtsOfAsks reads the questions of data, whose bad answer is known, as a form would have them: few are doubted, and
// of those that are misread more.
func TestDoubtsOfAsks(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh"} {
		raw, err := os.ReadFile(filepath.Join("data", "asks-"+lang+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		n, wrong, doubted, caught := 0, 0, 0, 0
		for line := range strings.Lines(string(raw)) {
			label, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
			if !ok {
				continue
			}
			q := &Question{TextEn: text}
			if lang == "zh" {
				q = &Question{TextZh: text}
			}
			q.plan = newPlan(q)
			q.FailOn = q.plan.failOn()
			r := q.reading()
			n++
			missed := (r.FailOn == Yes) != strings.HasSuffix(label, "!")
			if len(r.Doubts) > 0 {
				doubted++
			}
			if missed {
				wrong++
				if len(r.Doubts) > 0 {
					caught++
				}
			}
		}
		t.Logf("%s: of %d questions %d are misread, %d of these with a doubt; %d are doubted", lang, n, wrong, caught, doubted)
		if 3*doubted > n {
			t.Errorf("%s: %d of %d are doubted: nobody reads that many warnings", lang, doubted, n)
		}
		if caught*(n-doubted) < 2*(wrong-caught)*doubted {
			t.Errorf("%s: a doubt says little: %d of %d with one are misread, %d of %d without", lang, caught, doubted, wrong-caught, n-doubted)
		}
	}
}

// TestHiddenName: a name that was masked was given all the same.
func TestHiddenName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Value{
		"Hello, this is [name]. How can I help you today?": Yes, "Hello, [name] speaking.": Yes, "Hello, can I have your name? [name], right.": No,
	} {
		card, err := New(Options{}).Judge(t.Context(), mustParse(t, oneQuestion("Did the agent give their own name?", "")), dialogue("A: "+text, "C: I lost my card."))
		if err != nil || card.Answers[0].Value != want {
			t.Errorf("%s: %+v, %v", text, card.Answers, err)
		}
	}
}
