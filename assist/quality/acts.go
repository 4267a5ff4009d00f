package quality

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// acts are shares of what a sentence may do, as promising or pressing somebody to buy, in the order of head.acts.
type acts []float64

// namesOf are the names of classes with weights w, in the order of acts.
func namesOf(w map[string][]float64) []string { return slices.Sorted(maps.Keys(w)) }

// sharesOf are the shares of classes with weights w in a sentence with vector v.
func sharesOf(w map[string][]float64, v []float32) acts {
	p := shares(w, v)
	out := make(acts, 0, len(p))
	for _, name := range namesOf(w) {
		out = append(out, p[name])
	}
	return out
}

// innocent is what a sentence does that does none of what was learnt.
const innocent = ""

// meets is how much of what is asked for in a something with the shares b does.
func (a acts) meets(b acts) (sum float64) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// profile is which acts a question is about: by its text, by its hints, and which faults by its text.
type profile struct{ asked, hinted, faults acts }

// profiles are those of q in each language that something was learnt for.
func (s *Scorer) profiles(ctx context.Context, q *Question) (map[string]profile, error) {
	out := map[string]profile{}
	for _, lang := range []string{"en", "zh"} {
		e, h, err := s.learnt(ctx, lang)
		if err != nil {
			return nil, err
		}
		if h == nil || len(h.Acts) == 0 {
			continue
		}
		names, faults := namesOf(h.Acts), namesOf(h.Faults)
		p := profile{make(acts, len(names)), make(acts, len(names)), make(acts, len(faults))}
		if text := q.reads(lang); text != "" {
			v, err := e.Embed(ctx, []string{callers(text)})
			if err != nil {
				return nil, err
			}
			is := shares(h.Asks, v[0])
			for _, label := range slices.Sorted(maps.Keys(is)) { // in one order, as in shares
				for name := range strings.SplitSeq(label, "+") {
					if i := slices.Index(names, name); i >= 0 {
						p.asked[i] += is[label]
					}
					if i := slices.Index(faults, name); i >= 0 {
						p.faults[i] += is[label]
					}
				}
			}
		}
		for _, hint := range q.Hints[lang] {
			v, err := e.Embed(ctx, []string{phrase(hint)})
			if err != nil {
				return nil, err
			}
			for i, x := range sharesOf(h.Acts, v[0]) {
				if names[i] != innocent {
					p.hinted[i] += x / float64(len(q.Hints[lang]))
				}
			}
		}
		out[lang] = p
	}
	return out, nil
}

// did is what a sentence does: of all acts, and of faults alone.
type did struct{ acts, faults acts }

// acts is what each of the sentences does, nothing for those that are not embedded.
func (j *judge) acts(h *head, list []sentence) ([]did, error) {
	out := make([]did, len(list))
	for i, s := range list {
		if len([]rune(s.text)) < 2 {
			continue
		}
		if a, ok := j.acted[s.text]; ok {
			out[i] = a
			continue
		}
		v, err := j.vector(s.text, false)
		if err != nil {
			return nil, err
		}
		if len(v) == h.Dims && len(h.Acts) > 0 {
			out[i] = did{sharesOf(h.Acts, v), sharesOf(h.Faults, v)}
			j.acted[s.text] = out[i]
		}
	}
	return out, nil
}

// acted adds whether the agent does what q is about: at most at all, and in one sentence that is also like a hint. hinted are the
// likenesses of the agent's sentences to the hints, asked those to the question.
func (k *closeness) acted(q *Question, agent []sentence, hinted, asked []float64) error {
	p, ok := q.plan.profiles[k.judge.lang]
	if !ok {
		return nil
	}
	all, err := k.judge.acts(k.head, agent)
	if err != nil {
		return err
	}
	most, both := make(acts, len(p.asked)), 0.0
	fault, guiltiest, near := 0.0, 0.0, 0.0
	clean := slices.Index(namesOf(k.head.Faults), innocent)
	for i, a := range all {
		for name, x := range a.acts {
			most[name] = max(most[name], x)
		}
		if a.acts == nil {
			both = max(both, hinted[i])
			continue
		}
		both = max(both, hinted[i]+p.asked.meets(a.acts)+p.hinted.meets(a.acts))
		if clean < 0 {
			continue
		}
		guilt := 1 - a.faults[clean]
		fault, guiltiest = max(fault, p.faults.meets(a.faults)), max(guiltiest, guilt)
		if asked != nil {
			near = max(near, guilt*asked[i])
		}
	}
	does := p.asked.meets(most)
	k.each("act", does)
	k.each("act squared", does*does)
	k.each("hinted act", both)
	k.each("hinted act squared", both*both)
	k.each("fault", fault)
	k.each("fault squared", fault*fault)
	k.forbidden("any fault", guiltiest) // whether a duty was done it does not say
	k.each("fault like the question", near)
	return nil
}
