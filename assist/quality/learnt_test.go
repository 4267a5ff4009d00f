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

// TestAsksOfOtherSets reads the questions of each set with what was learnt without them where PARLEY_LEARN is set: from data
// alone, and from data and the forms of the other sets.
func TestAsksOfOtherSets(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	const parts = 4
	all := askedBy(t)
	sets := allSets(t)
	part := map[string]int{}
	for i, s := range sets {
		part[s] = i % parts
	}
	guess := map[bool][]map[string]map[string]float64{}
	for _, more := range []bool{false, true} {
		guess[more] = make([]map[string]map[string]float64, len(all))
		for i := range guess[more] {
			guess[more][i] = map[string]map[string]float64{}
		}
	}
	for lang, e := range models(t) {
		text := func(a formAsk) string { return map[string]string{"en": a.en, "zh": a.zh}[lang] }
		var vectors [][]float32
		for _, a := range all {
			v, err := e.Embed(t.Context(), []string{text(a)})
			if err != nil {
				t.Fatal(err)
			}
			vectors = append(vectors, v[0])
		}
		base, labels := readAsks(t, lang, e)
		alone := learnAsks(base, labels)
		for p := range parts {
			v, l := append([][]float32{}, base...), append([]string{}, labels...)
			for i, a := range all {
				if part[a.set] != p && text(a) != "" {
					v, l = append(v, vectors[i]), append(l, a.label)
				}
			}
			w := learnAsks(v, l)
			for i, a := range all {
				if part[a.set] == p && text(a) != "" {
					guess[false][i][lang], guess[true][i][lang] = shares(alone, vectors[i]), shares(w, vectors[i])
				}
			}
		}
	}
	for _, more := range []bool{false, true} {
		for _, langs := range [][]string{{"en"}, {"zh"}, {"en", "zh"}} {
			right, sureRight, sureN, n := 0, 0, 0, 0
			for i, a := range all {
				best, top := likeliest(guess[more][i], langs)
				if best == "" {
					continue
				}
				n++
				ok := best == a.label || strings.Contains("+"+a.label+"+", "+"+best+"+")
				if ok {
					right++
				} else if more && len(langs) == 2 {
					t.Logf("%s: %s read as %s (%.2f): %s %s", a.set, a.label, best, top, a.en, a.zh)
				}
				if top >= 0.5 {
					sureN++
					if ok {
						sureRight++
					}
				}
			}
			t.Logf("forms of others learnt from %v, %v: %d of %d right; of %d sure ones %d", more, langs, right, n, sureN, sureRight)
		}
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

// said is an agent's sentence in a set with what it does, as the answers of people show.
type said struct {
	sample

	set string
}

// saidIn are sentences of the calls of all sets in a language: those that people's answers make an offence, and those of
// calls without one.
func saidIn(t *testing.T, lang string, s *Scorer) []said {
	t.Helper()
	var out []said
	for _, dir := range allSets(t) {
		set := readGolden(t, dir)
		form, err := s.Understand(t.Context(), set.Form)
		if err != nil {
			t.Fatal(err)
		}
		answer := map[string]map[string]Value{}
		for _, l := range set.Labels {
			if answer[l.Call] == nil {
				answer[l.Call] = map[string]Value{}
			}
			if _, have := answer[l.Call][l.Question]; !have {
				answer[l.Call][l.Question] = l.Answer
			}
		}
		for _, c := range set.Calls {
			if languageOf(c) != lang {
				continue
			}
			card, err := s.Judge(t.Context(), form, c)
			if err != nil {
				t.Fatal(err)
			}
			clean, offence := map[string]bool{}, map[string]string{}
			for _, a := range card.Answers {
				q := form.Question(a.Question)
				if len(q.plan.want) != 1 || q.plan.want[0].kind != forbidden {
					continue
				}
				name := q.plan.want[0].name
				switch person := answer[c.ID][q.ID]; {
				case person == CannotTell || person == NA || person == "":
				case person != q.FailOn:
					clean[name] = true
				case a.Value == person && len(a.Evidence) > 0:
					offence[sentenceAt(c, a.Evidence[0])] = name
				}
			}
			for _, x := range newJudge(s, c).sents {
				if x.who != Agent {
					continue
				}
				if is := offence[x.text]; is != "" || len(clean) > 0 {
					out = append(out, said{sample{x.text, is, clean}, dir})
				}
			}
		}
	}
	return out
}

// sentenceAt is the folded sentence that holds e.
func sentenceAt(c Call, e Evidence) string {
	for _, s := range split(e.Turn, c.Turns[e.Turn], true) {
		if e.Start >= s.start && e.Start < s.end {
			return s.text
		}
	}
	return ""
}

// TestOffencesOfOtherSets looks for the offences in the calls of each set with what was learnt without it where PARLEY_LEARN
// is set.
func TestOffencesOfOtherSets(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	const parts = 4
	part := map[string]int{}
	for i, s := range allSets(t) {
		part[s] = i % parts
	}
	ms := models(t)
	by := map[string]Embedder{}
	for lang, e := range ms {
		by[lang] = e
	}
	s := New(Options{Embedders: by})
	for lang, e := range ms {
		var base []sample
		base = append(base, samples(t, lang)...)
		all := saidIn(t, lang, s)
		vector := func(text string) []float32 {
			v, err := e.Embed(t.Context(), []string{text})
			if err != nil {
				t.Fatal(err)
			}
			return v[0]
		}
		vectors := make([][]float32, len(all))
		for i, x := range all {
			vectors[i] = vector(x.text)
		}
		var first [][]float32
		for _, x := range base {
			first = append(first, vector(x.text))
		}
		for _, name := range []string{"promise", "rude", "threat"} {
			for _, positives := range []bool{false, true} {
				hit, of, wrong, innocents := 0, 0, 0, 0
				for p := range parts {
					v, from := append([][]float32{}, first...), append([]sample{}, base...)
					for i, x := range all {
						if part[x.set] != p && (positives || x.is == "") {
							v, from = append(v, vectors[i]), append(from, x.sample)
						}
					}
					w := learn(v, from, name)
					for i, x := range all {
						if part[x.set] != p {
							continue
						}
						found := sure(w, vectors[i]) > guilty[name]
						switch {
						case x.is == name:
							of++
							if found {
								hit++
							} else if positives {
								t.Logf("missed %s (%.2f): %s", name, sure(w, vectors[i]), x.text)
							}
						case x.is == "" && x.isNot[name]:
							innocents++
							if found {
								wrong++
								if positives {
									t.Logf("wrongly %s (%.2f): %s", name, sure(w, vectors[i]), x.text)
								}
							}
						}
					}
				}
				t.Logf("%s %s, offences of others learnt from %v: %d of %d found, %d of %d innocent ones too", lang, name, positives, hit, of, wrong, innocents)
			}
		}
	}
}
