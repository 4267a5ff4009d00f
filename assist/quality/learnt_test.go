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

// askedBy are questions of the forms of sets, with what people say that they ask for.
func askedBy(t *testing.T) []formAsk {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("data", "asked.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []formAsk
	for line := range strings.Lines(string(raw)) {
		c := strings.Split(strings.TrimSpace(line), "\t")
		if line[0] == '#' {
			continue
		}
		q := readGolden(t, c[0]).Form.Question(c[1])
		if q == nil || len(c) != 3 {
			t.Fatalf("data/asked.tsv: %q", line)
		}
		out = append(out, formAsk{c[0], c[2], callers(q.reads("en")), callers(q.reads("zh"))})
	}
	return out
}

// in is the question in a language.
func (a formAsk) in(lang string) string { return map[string]string{"en": a.en, "zh": a.zh}[lang] }

// TestAsksOfForms reads the questions of forms, of which it may misread a tenth by what is stored, which was learnt from them, too.
// Where PARLEY_LEARN is set it reads those of each part of the sets by what was learnt without it, and may misread a fifth.
func TestAsksOfForms(t *testing.T) {
	all := askedBy(t)
	guess := make([]map[string]map[string]float64, len(all))
	for i := range guess {
		guess[i] = map[string]map[string]float64{}
	}
	wrong := 10
	for lang, e := range models(t) {
		read := func(w map[string][]float64, which func(set string) bool) {
			for i, a := range all {
				if text := a.in(lang); text != "" && which(a.set) {
					v, err := e.Embed(t.Context(), []string{text})
					if err != nil {
						t.Fatal(err)
					}
					guess[i][lang] = shares(w, v[0])
				}
			}
		}
		if os.Getenv("PARLEY_LEARN") == "" {
			var b bents
			h, err := b.of(t.Context(), lang, e)
			if err != nil || h == nil {
				t.Fatalf("%s: %v, %v", lang, h, err)
			}
			read(h.Asks, func(string) bool { return true })
			continue
		}
		wrong, e = 5, remembering(t, lang, e)
		for fold := range folds {
			mine := func(set string) bool { return foldOf(t, set) == partOf(fold) }
			read(learnAsks(readAsks(t, lang, e, mine)), mine)
		}
	}
	right := 0
	for i, a := range all {
		if best, top := likeliest(guess[i], languages[:]); strings.Contains("+"+a.label+"+", "+"+best+"+") {
			right++
		} else {
			t.Logf("%s: %s read as %s (%.2f): %s %s", a.set, a.label, best, top, a.en, a.zh)
		}
	}
	t.Logf("%d of %d right", right, len(all))
	if wrong*(len(all)-right) > len(all) {
		t.Errorf("only %d of %d questions are read right", right, len(all))
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
		by[lang] = remembering(t, lang, e)
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
