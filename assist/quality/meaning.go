package quality

import (
	"math"
	"slices"
)

// mostEmbedded is how many texts of one call are compared by meaning, so that a call of ten minutes takes under a
// second. What has words in common with the question comes first.
const mostEmbedded = 64

// near is the similarity from which a sentence says what a hint says. The models put unrelated texts at different levels.
func (j *judge) near() float64 {
	if j.lang == "zh" {
		return 0.74
	}
	return 0.82
}

// vector is what s means, nil without an Embedder and once enough was embedded, which does not count what is needed in any
// case: the texts of the form. Vectors that were kept count as those that are made, so that both give the same answers.
func (j *judge) vector(s string, need bool) ([]float32, error) {
	if v, ok := j.vectors[s]; ok {
		return v, nil
	}
	e := j.scorer.opt.Embedders[j.lang]
	if e == nil || !need && j.spent >= mostEmbedded {
		return nil, nil
	}
	v, ok := j.kept.get(s)
	if !ok {
		made, err := e.Embed(j.ctx, []string{s})
		if err != nil {
			return nil, err
		}
		r := roughly(made[0])
		if v = r.vector(); !need {
			j.kept.put(s, r)
		}
	}
	if !need {
		j.spent++
	}
	j.vectors[s] = v
	return v, nil
}

// nearest is the sentence of window that is nearest in meaning to one of texts.
func (j *judge) nearest(texts []string, window []sentence) (sentence, float64, error) {
	var best sentence
	top := 0.0
	if len(texts) == 0 || j.scorer.opt.Embedders[j.lang] == nil {
		return best, 0, nil
	}
	var refs [][]float32
	for _, t := range texts {
		v, err := j.vector(phrase(t), true)
		if err != nil {
			return best, 0, err
		}
		refs = append(refs, v)
	}
	for _, s := range window {
		if len([]rune(s.text)) < 4 {
			continue
		}
		v, err := j.vector(s.text, false)
		if err != nil {
			return best, 0, err
		}
		if v == nil {
			continue
		}
		for _, r := range refs {
			if sim := dot(v, r); sim > top {
				top, best = sim, s
			}
		}
	}
	return best, top, nil
}

func dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	if math.IsNaN(sum) {
		return 0
	}
	return sum
}

// meaning answers a question that no concept covers: was something like the hints said, or something with the
// question's own words.
func (j *judge) meaning(q *Question, window []sentence) (outcome, error) {
	hints := q.Hints[j.lang]
	if quote := q.plan.quote[j.lang]; quote != "" {
		hints = append([]string{quote}, hints...)
	}
	for _, s := range window {
		if m := hinted(hints, s); m != nil && !negated(s.text, m[0]) {
			return j.found(s, m, 0.75, "wording", "a phrase of the hints was said"), nil
		}
	}
	core := q.plan.core[j.lang]
	want := terms(core)
	best, top := wordiest(window, want, hints, len(q.plan.quote) > 0)
	s, sim, err := j.nearest(hints, window)
	if err != nil {
		return outcome{}, err
	}
	t, close, err := j.nearest([]string{core}, window)
	if err != nil {
		return outcome{}, err
	}
	if asking.in(core) {
		questions := slices.DeleteFunc(slices.Clone(window), func(s sentence) bool { return !s.asks })
		if x, near, err := j.nearest(hints, questions); err != nil {
			return outcome{}, err
		} else if near >= j.near()-0.1 {
			return j.found(x, nil, 0.55, "meaning", "something close to a hint was asked"), nil
		}
	}
	switch {
	case sim >= j.near():
		return j.found(s, nil, 0.65, "meaning", "something close to a hint was said"), nil
	case top >= 0.6 && len(want) > 1 && !denied(best, core):
		return j.found(best, nil, 0.6, "wording", "the question's own words were said"), nil
	case top >= 0.3 && best.turn == t.turn && close >= j.near()-0.12 && !denied(best, core), sim >= j.near()-0.06 && top >= 0.3:
		return j.found(t, nil, 0.5, "meaning", "something close to the question was said"), nil
	}
	return absent("nothing close to the question was said"), nil
}

// wordiest is the sentence with the largest share of the words of a question, or of one of its hints, which count a little less unless
// the question quotes what is to be said.
func wordiest(window []sentence, want map[string]bool, hints []string, quotes bool) (best sentence, top float64) {
	for _, s := range window {
		have := terms(s.text)
		n := share(want, have)
		for _, h := range hints {
			if have := share(terms(fold(h)), have); quotes && have >= 0.6 {
				n = max(n, have)
			} else {
				n = max(n, 0.9*have)
			}
		}
		if n > top {
			top, best = n, s
		}
	}
	return best, top
}

// asking is a question of whether something was asked.
var asking = pat(`^(?:ask|asked|enquired?|inquired?|find out|found out)\b|\b(?:was|were) .{0,30}\basked\b`, `^(?:先|主动)?问|问(?:过|清|了|没问|到)`)

// denied reports whether s denies something and the question does not ask for that.
func denied(s sentence, core string) bool {
	return denies.MatchString(s.text) && !denies.MatchString(core)
}

// unwanted answers a question of what must not happen that no concept covers.
func (j *judge) unwanted(q *Question, window []sentence) (outcome, error) {
	fine, broken := Yes, No
	if !q.plan.good {
		fine, broken = No, Yes
	}
	var hints []string
	for _, h := range q.Hints[j.lang] {
		if !denies.MatchString(fold(h)) {
			hints = append(hints, h)
		}
	}
	want := terms(avoids.en.ReplaceAllString(avoids.zh.ReplaceAllString(q.plan.core[j.lang], " "), " "))
	for _, s := range window {
		m := hinted(hints, s)
		if m != nil && !negated(s.text, m[0]) {
			o := j.found(s, m, 0.65, "wording", "words that must not be said were said")
			o.value = broken
			return o, nil
		}
		if len(want) > 1 && share(want, terms(s.text)) >= 0.6 && !denies.MatchString(s.text) {
			o := j.found(s, nil, 0.55, "wording", "words that must not be said were said")
			o.value = broken
			return o, nil
		}
	}
	s, sim, err := j.nearest(hints, window)
	if err != nil {
		return outcome{}, err
	}
	if sim >= j.near()+0.02 && !denies.MatchString(s.text) {
		o := j.found(s, nil, 0.55, "meaning", "something close to what must not be said was said")
		o.value = broken
		return o, nil
	}
	return outcome{value: fine, conf: 0.65, by: "absence", why: "nothing of the kind was said"}, nil
}

// wrongValue reports whether s says c with another value than the facts about c have.
func (j *judge) wrongValue(c concept, s sentence) bool {
	said := amounts(s.text)
	for _, f := range j.facts {
		if !f.about(c) {
			continue
		}
		for _, unit := range []string{"money", "percent", "days", "clock", "weekday"} {
			due, have := of(f.amount, unit), of(said, unit)
			if len(due) > 0 && len(have) > 0 && !meet(due, have) && !j.elsewhere(have) {
				return true
			}
		}
	}
	return false
}
