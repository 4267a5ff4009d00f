package knowledge

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// sampleSet reads a sample FAQ and the questions that go with it.
func sampleSet(t testing.TB, base, lang string) labelled {
	t.Helper()
	set := labelled{name: base, lang: lang}
	raw, _ := samples.CSV(base)
	rows, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		set.entries = append(set.entries, Entry{ID: r[0], Base: base, Question: r[0], Answer: r[1], Similar: strings.Split(r[2], "|"), Lang: lang})
	}
	lines, err := os.ReadFile(filepath.Join("samples", "testdata", base+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		text, want, _ := strings.Cut(strings.TrimSpace(line), "\t")
		q := asked{text: text}
		if want != "-" {
			q.relevant = []string{want}
			if !slices.ContainsFunc(set.entries, func(e Entry) bool { return e.ID == want }) {
				t.Fatalf("%s: no entry %q", base, want)
			}
		}
		set.queries = append(set.queries, q)
	}
	return set
}

// misheard replaces characters by others of the same sound, one in six, as a recogniser does: always the same ones.
func misheard(set labelled) labelled {
	bySound := map[string][]rune{}
	var all []string
	for _, e := range set.entries {
		all = append(append(all, e.Question, e.Answer), e.Similar...)
	}
	for _, q := range set.queries {
		all = append(all, q.text)
	}
	seen := map[rune]bool{}
	for _, r := range strings.Join(all, "") {
		if hanzi.IsHan(r) && !seen[r] {
			seen[r] = true
			if s := hanzi.Pinyin(string(r)); len(s) == 1 {
				bySound[s[0]] = append(bySound[s[0]], r)
			}
		}
	}
	out := labelled{name: set.name + "~", lang: set.lang, entries: set.entries}
	for n, q := range set.queries {
		rs := []rune(q.text)
		for i, r := range rs {
			if (n*7+i*5)%6 != 0 || !hanzi.IsHan(r) {
				continue
			}
			s := hanzi.Pinyin(string(r))
			if others := bySound[s[0]]; len(s) == 1 && len(others) > 1 {
				rs[i] = others[(slices.Index(others, r)+1+n%(len(others)-1))%len(others)]
			}
		}
		out.queries = append(out.queries, asked{text: string(rs), relevant: q.relevant})
	}
	return out
}

// TestSamples asks the sample FAQs what people ask in their own words: the right entry comes first, is answered with
// at the default bar, and what the FAQ does not know is not answered.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		base, lang                     string
		first, answered, wrong, helped float64 // at least, at least, at most, at least
	}{
		{"bank", "en", 0.95, 0.65, 0.02, 0.95},
		{"shop", "zh", 0.93, 0.65, 0.02, 0.95},
	} {
		t.Run(c.base, func(t *testing.T) {
			set := sampleSet(t, c.base, c.lang)
			ix, queries := build(t, set)
			if len(set.entries) < 40 || len(queries) < 60 {
				t.Fatalf("%d entries, %d questions", len(set.entries), len(queries))
			}
			var known, first, answered, helped, wrong float64
			for n, q := range queries {
				relevant := set.queries[n].relevant
				hits := ix.Search(q, 5)
				p := place(hits, relevant)
				sure := len(hits) > 0 && hits[0].PRight >= AnswerBar
				if len(relevant) > 0 {
					known++
				}
				if p == 1 {
					first++
				}
				switch {
				case sure && p == 1:
					answered, helped = answered+1, helped+1
				case sure:
					wrong++
					t.Logf("wrong at %.2f: %q is answered with %q", hits[0].PRight, q.Text, hits[0].Question)
				case place(Choices(hits), relevant) > 0:
					helped++
				case len(relevant) > 0:
					t.Logf("not helped: %q, best %q at %.2f", q.Text, hits[0].Question, hits[0].PRight)
				}
			}
			first, answered, helped, wrong = first/known, answered/known, helped/known, wrong/float64(len(queries))
			t.Logf("first %.3f answered %.3f helped %.3f wrong %.3f", first, answered, helped, wrong)
			if first < c.first || answered < c.answered || helped < c.helped || wrong > c.wrong {
				t.Errorf("first %.3f (want %.2f), answered %.3f (%.2f), helped %.3f (%.2f), wrong %.3f (%.2f)",
					first, c.first, answered, c.answered, helped, c.helped, wrong, c.wrong)
			}
		})
	}
}

// TestOwnQuestions asks bases their own questions, the similar ones too, without capitals or marks: they are answered at once.
func TestOwnQuestions(t *testing.T) {
	sets := []labelled{sampleSet(t, "bank", "en"), sampleSet(t, "shop", "zh"), hardSet(t, "hospital.en"), hardSet(t, "airline.en")}
	for _, set := range sets {
		set.queries = nil
		for _, e := range set.entries {
			for _, q := range append([]string{e.Question}, e.Similar...) {
				q = strings.Trim(strings.ToLower(q), "?？.。")
				set.queries = append(set.queries, asked{text: q, relevant: []string{e.ID}})
			}
		}
		ix, queries := build(t, set)
		missed := 0
		for n, q := range queries {
			if h := ix.Search(q, 3); len(h) == 0 || h[0].PRight < AnswerBar || place(h, set.queries[n].relevant) != 1 {
				missed++
				t.Logf("%s: %q is answered with %q at %.2f", set.name, q.Text, h[0].Question, h[0].PRight)
			}
		}
		if missed*50 > len(queries) {
			t.Errorf("%s: %d of %d own questions are not answered", set.name, missed, len(queries))
		}
	}
}

// TestFillers asks the same questions the way they are spoken, with greetings and fillers around them.
func TestFillers(t *testing.T) {
	around := map[string][][2]string{
		"en": {{"hi um I was wondering, ", ""}, {"hello good morning, ", " please"}, {"uh yes I'd like to know ", " thanks"}, {"okay so, er, ", ", could you help me with that"}},
		"zh": {{"你好我想问一下", ""}, {"喂，", "啊谢谢"}, {"嗯那个，请问", "呢"}, {"您好，麻烦帮我看一下，", "，谢谢你"}},
	}
	for base, lang := range map[string]string{"bank": "en", "shop": "zh"} {
		set := sampleSet(t, base, lang)
		spoken := labelled{name: base, lang: lang, entries: set.entries}
		for n, q := range set.queries {
			a := around[lang][n%4]
			spoken.queries = append(spoken.queries, asked{text: a[0] + q.text + a[1], relevant: q.relevant})
		}
		var right [2]int
		for k, s := range []labelled{set, spoken} {
			ix, queries := build(t, s)
			for n, q := range queries {
				if h := ix.Search(q, 1); len(h) > 0 && h[0].PRight >= AnswerBar && place(h, s.queries[n].relevant) == 1 {
					right[k]++
				}
			}
		}
		t.Logf("%s: answered %d, with fillers %d", base, right[0], right[1])
		if right[1] < right[0]-4 {
			t.Errorf("%s: fillers cost %d answers", base, right[0]-right[1])
		}
	}
}
