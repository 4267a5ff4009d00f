package quality

import (
	"math"
	"slices"
	"strings"
)

// closeness collects the signs of how like a question a call is.
type closeness struct {
	judge *judge
	head  *head
	out   signs
	sense *leanings
}

// each adds a sign for each sense that the question may have.
func (k *closeness) each(name string, v float64) {
	for i, p := range k.sense {
		k.out.add(name+" "+senseNames[i], v*p)
	}
}

// forbidden adds a sign for each sense in which a question may ask about what must not happen.
func (k *closeness) forbidden(name string, v float64) {
	for _, s := range []sense{avoided, happened} {
		k.out.add(name+" "+senseNames[s], v*k.sense[s])
	}
}

// duty adds a sign that counts for what should be done.
func (k *closeness) duty(name string, v float64) { k.out.add(name, v*k.sense[done]) }

// vector is what s means beside the middle of all sentences, which is what they have in common; nil as judge.vector.
func (k *closeness) vector(s string, need bool) ([]float32, error) {
	j := k.judge
	if v, ok := j.centred[s]; ok {
		return v, nil
	}
	v, err := j.vector(s, need)
	if err != nil || v == nil || len(v) != len(k.head.Mean) {
		return nil, err
	}
	j.centred[s] = centred(v, k.head.Mean)
	return j.centred[s], nil
}

func centred(v, mean []float32) []float32 {
	out, size := make([]float32, len(v)), 0.0
	for i := range v {
		out[i] = v[i] - mean[i]
		size += float64(out[i]) * float64(out[i])
	}
	if size == 0 {
		return out
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(size))
	}
	return out
}

// near are the likenesses of text to each of the sentences that are embedded, 0 for others; nil for no text.
func (k *closeness) near(text string, list []sentence) ([]float64, error) {
	if text == "" {
		return nil, nil
	}
	t, err := k.vector(text, true)
	if err != nil || t == nil {
		return nil, err
	}
	out := make([]float64, len(list))
	for i, s := range list {
		if len([]rune(s.text)) < 2 {
			continue
		}
		v, err := k.vector(s.text, false)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[i] = dot(t, v)
		}
	}
	return out, nil
}

// said adds how like the question and its hints anything is that the agent said, and returns the nearest sentence, nil for none.
func (k *closeness) said(q *Question) (nearest *sentence, err error) {
	j := k.judge
	agent := j.within(Agent, anywhere)
	hinted, words, err := k.hinted(q, agent)
	if err != nil {
		return nil, err
	}
	k.each("always", 1)
	if q.AutoFail {
		k.each("fails", 1)
	}
	core := q.plan.core[j.lang]
	like, err := k.near(core, agent)
	if err != nil {
		return nil, err
	}
	by := like
	if len(q.Hints[j.lang]) == 0 || len(agent) == 0 {
		k.each("no hint", 1)
	} else {
		k.each("hint", slices.Max(hinted))
		k.each("words of hints", words)
		by = hinted
	}
	words = 0
	for _, s := range agent {
		words = max(words, share(terms(core), j.words(s)))
	}
	if len(by) > 0 {
		nearest = &agent[slices.Index(by, slices.Max(by))]
	}
	if len(like) > 0 {
		k.each("question", slices.Max(like))
	}
	k.each("words of question", words)
	if err := k.remarked(q, agent); err != nil {
		return nil, err
	}
	return nearest, k.acted(q, agent, hinted, like)
}

// hinted is how like a hint of the question each sentence of the agent is, and the most words of a hint that are in one of them, 0..1.
func (k *closeness) hinted(q *Question, agent []sentence) (hinted []float64, words float64, err error) {
	j := k.judge
	hinted = make([]float64, len(agent))
	for n, hint := range q.Hints[j.lang] {
		like, err := k.near(phrase(hint), agent)
		if err != nil {
			return nil, 0, err
		}
		want := terms(fold(hint))
		for i, s := range agent {
			words = max(words, share(want, j.words(s)))
			if like != nil && (n == 0 || like[i] > hinted[i]) {
				hinted[i] = like[i]
			}
		}
	}
	return hinted, words, nil
}

// remarked adds how like anything the agent said is to what, by the question's own words, makes it a yes or a no.
func (k *closeness) remarked(q *Question, agent []sentence) error {
	for _, r := range q.remarks(k.judge.lang) {
		near, err := k.near(r.when, agent)
		if err != nil {
			return err
		}
		if name := "remark " + string(r.value) + " near"; r.value != NA && !lacking.in(r.when) && len(near) > 0 {
			k.out[name] = max(k.out[name], slices.Max(near))
		}
	}
	return nil
}

// applies adds whether facts speak of what the question asks and of its case.
func (k *closeness) applies(q *Question) error {
	j := k.judge
	if q.plan.when["en"]+q.plan.when["zh"] != "" {
		k.duty("case", 1)
	} else if q.plan.before != "" {
		k.duty("order", 1)
	}
	switch {
	case q.plan.noneIsYes:
		k.out.add("remark yes", 1)
	case q.mayNotApply():
		k.out.add("remark na", 1)
	case q.others >= someSay:
		k.out.add("others remark na", 1)
	}
	if len(j.facts) == 0 {
		return nil
	}
	k.duty("facts", 1)
	if core := q.plan.core[j.lang]; core != "" {
		most, _, err := k.fact(core)
		if err != nil {
			return err
		}
		k.duty("fact of question", most)
		if err := k.factsSay(core); err != nil {
			return err
		}
	}
	if when := q.plan.when[j.lang]; when != "" {
		most, frees, err := k.fact(when)
		if err != nil {
			return err
		}
		k.duty("fact of case", most)
		if frees {
			k.duty("freeing fact of case", most)
		}
	} else if order := q.plan.before; order != "" && j.lang == "en" {
		most, _, err := k.fact(order)
		if err != nil {
			return err
		}
		k.duty("fact of order", most)
	}
	return nil
}

// someSay questions of a form say themselves when they do not apply: the others are likely to apply always.
const someSay = 2

// factsSay adds what the facts, part by part, say of what is asked, text: that it was left out or done wrongly, that it was done, that it
// must or may not be, that it did not come up.
func (k *closeness) factsSay(text string) error {
	t, err := k.vector(text, true)
	if err != nil || t == nil || len(k.head.Told) == 0 {
		return err
	}
	most := make(acts, len(k.head.Told))
	for _, f := range k.judge.facts {
		for _, part := range parts.Split(f.text, -1) {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			v, err := k.vector(part, true)
			if err != nil || v == nil {
				return err
			}
			says := sharesOf(k.head.Told, k.judge.vectors[part])
			like := max(dot(t, v), 0)
			for i, x := range says {
				most[i] = max(most[i], x*like)
			}
		}
	}
	for i, name := range namesOf(k.head.Told) {
		k.each("told "+name, most[i])
	}
	return nil
}

// fact is how like text the fact is that is most like it, and whether that frees of something.
func (k *closeness) fact(text string) (most float64, frees bool, err error) {
	t, err := k.vector(text, true)
	if err != nil || t == nil {
		return 0, false, err
	}
	most = -1
	for _, f := range k.judge.facts {
		v, err := k.vector(f.text, true)
		if err != nil {
			return 0, false, err
		}
		if like := dot(t, v); like > most {
			most, frees = like, f.frees
		}
	}
	return most, frees, nil
}
