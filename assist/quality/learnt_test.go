package quality

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// allSets are the folders under testdata with calls and answers.
func allSets(t *testing.T) []string {
	t.Helper()
	forms, err := filepath.Glob(filepath.Join("testdata", "*", "form.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range forms {
		out = append(out, filepath.Base(filepath.Dir(f)))
	}
	return out
}

// formAsk is a question and what it asks for.
type formAsk struct{ set, label, en, zh string }

// askedBy are the questions of the forms of all sets, with what they were understood to ask once people had looked at that.
func askedBy(t *testing.T) []formAsk {
	t.Helper()
	var out []formAsk
	for _, dir := range allSets(t) {
		for _, q := range readGolden(t, dir).Form.Questions {
			if q.Kind() != YesNo || q.By != "" || len(q.plan.quote) > 0 {
				continue
			}
			label := q.Asks()
			if label == "" {
				label = other
			}
			out = append(out, formAsk{dir, label, callers(q.reads("en")), callers(q.reads("zh"))})
		}
	}
	return out
}

// TestAsksOfOtherSets reads the questions of each set with what was learnt without it where PARLEY_LEARN is set.
func TestAsksOfOtherSets(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	all := askedBy(t)
	guess := make([]map[string]map[string]float64, len(all))
	for i := range guess {
		guess[i] = map[string]map[string]float64{}
	}
	for lang, e := range models(t) {
		l := readLessons(t, lang, remembering(e))
		for fold := range folds {
			w := l.asks(t, partOf(fold))
			for i, a := range all {
				text := map[string]string{"en": a.en, "zh": a.zh}[lang]
				if foldOf(t, a.set) != partOf(fold) || text == "" {
					continue
				}
				v, err := l.by.Embed(t.Context(), []string{text})
				if err != nil {
					t.Fatal(err)
				}
				guess[i][lang] = shares(w, v[0])
			}
		}
	}
	for _, langs := range [][]string{{"en"}, {"zh"}, {"en", "zh"}} {
		right, sureRight, sureN, n := 0, 0, 0, 0
		for i, a := range all {
			best, top := likeliest(guess[i], langs)
			if best == "" {
				continue
			}
			n++
			ok := best == a.label || strings.Contains("+"+a.label+"+", "+"+best+"+")
			if ok {
				right++
			} else if len(langs) == 2 {
				t.Logf("%s: %s read as %s (%.2f): %s %s", a.set, a.label, best, top, a.en, a.zh)
			}
			if top >= 0.5 {
				sureN++
				if ok {
					sureRight++
				}
			}
		}
		t.Logf("%v: %d of %d right; of %d sure ones %d", langs, right, n, sureN, sureRight)
	}
}

// likeliest multiplies the probabilities of several languages.
func likeliest(by map[string]map[string]float64, langs []string) (string, float64) {
	sum := map[string]float64{}
	total := 0.0
	for _, l := range langs {
		for name := range by[l] {
			p := 1.0
			for _, o := range langs {
				if q, ok := by[o][name]; ok {
					p *= q
				} else if len(by[o]) > 0 {
					p *= 1e-6
				}
			}
			sum[name] = p
		}
	}
	best, top := "", 0.0
	for name, p := range sum {
		total += p
		if p > top {
			best, top = name, p
		}
	}
	if total == 0 {
		return "", 0
	}
	return best, top / total
}

// TestCallsOfOtherSets judges the calls of each set with what was learnt without it where PARLEY_LEARN is set: rules made by
// hand have seen all of them, what was learnt has not.
func TestCallsOfOtherSets(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	by, all := map[string]Embedder{}, map[string]*lessons{}
	for lang, e := range models(t) {
		by[lang] = remembering(e)
		all[lang] = readLessons(t, lang, by[lang])
		all[lang].readSenses(t)
	}
	var pool, fails Agreement
	for fold := range folds {
		s := New(Options{Embedders: by})
		s.bents.fits = map[string]*head{}
		for lang, l := range all {
			s.bents.fits[lang] = l.head(t, partOf(fold))
			l.senseHeads(s.bents.fits[lang], func(set string) bool { return foldOf(t, set) == partOf(fold) })
		}
		for _, dir := range allSets(t) {
			if foldOf(t, dir) != partOf(fold) {
				continue
			}
			set := readGolden(t, dir)
			var err error
			if set.Form, err = s.Understand(t.Context(), set.Form); err != nil {
				t.Fatal(err)
			}
			a, f := measureSet(t, s, set)
			t.Logf("%s: kappa %.3f, fails %d right, %d wrong, %d missed", dir, a.Kappa(), f.Count(No, No), f.Count(Yes, No), f.Count(No, Yes))
			pool.join(a)
			fails.join(f)
		}
	}
	t.Logf("all: kappa %.3f, fails %d right, %d wrong, %d missed", pool.Kappa(), fails.Count(No, No), fails.Count(Yes, No), fails.Count(No, Yes))
}

func (a *Agreement) join(b Agreement) {
	for k, n := range b.table {
		for range n {
			a.Add(k[0], k[1])
		}
	}
}
