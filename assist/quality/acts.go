package quality

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// acts are shares of what a sentence may do, as promising or pressing somebody to buy, in the order of head.acts.
type acts []float64

// acts are the names of what sentences do.
func (h *head) acts() []string { return slices.Sorted(maps.Keys(h.Acts)) }

// does is what a sentence with vector v does.
func (h *head) does(v []float32) acts {
	p := shares(h.Acts, v)
	out := make(acts, 0, len(p))
	for _, name := range h.acts() {
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

// profile is which acts a question is about.
type profile struct{ asked, hinted acts } // by its text, by its hints

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
		names := h.acts()
		p := profile{make(acts, len(names)), make(acts, len(names))}
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
				}
			}
		}
		for _, hint := range q.Hints[lang] {
			v, err := e.Embed(ctx, []string{phrase(hint)})
			if err != nil {
				return nil, err
			}
			for i, x := range h.does(v[0]) {
				if names[i] != innocent {
					p.hinted[i] += x / float64(len(q.Hints[lang]))
				}
			}
		}
		out[lang] = p
	}
	return out, nil
}

// acts is what each of the sentences does, nil for those that are not embedded.
func (j *judge) acts(h *head, list []sentence) ([]acts, error) {
	out := make([]acts, len(list))
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
			out[i] = h.does(v)
			j.acted[s.text] = out[i]
		}
	}
	return out, nil
}

// acted adds whether the agent does what q is about: at most at all, and in one sentence that is also like a hint. hinted are the
// likenesses of the agent's sentences to the hints.
func (k *closeness) acted(q *Question, agent []sentence, hinted []float64) error {
	p, ok := q.plan.profiles[k.judge.lang]
	if !ok {
		return nil
	}
	did, err := k.judge.acts(k.head, agent)
	if err != nil {
		return err
	}
	most, both := make(acts, len(p.asked)), 0.0
	for i, a := range did {
		for name, x := range a {
			most[name] = max(most[name], x)
		}
		if a == nil {
			both = max(both, hinted[i])
			continue
		}
		both = max(both, hinted[i]+p.asked.meets(a)+p.hinted.meets(a))
	}
	does := p.asked.meets(most)
	k.each("act", does)
	k.each("act squared", does*does)
	k.each("hinted act", both)
	k.each("hinted act squared", both*both)
	return nil
}
