package quality

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/parley-voice/parley/nlu/softmax"
)

// other is what the heads say of a question that is about none of the concepts.
const other = "other"

// Understand returns f with its questions read by meaning, too: people word a question in more ways than any list of words
// has. It is f itself where the Scorer has no Embedder that something was learnt for. f is not changed; the error is that
// of an Embedder.
func (s *Scorer) Understand(ctx context.Context, f *Form) (*Form, error) {
	var out *Form
	for i := range f.Questions {
		q := &f.Questions[i]
		if q.Kind() != YesNo || q.By != "" {
			continue
		}
		label, sureness, err := s.asksFor(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read question %s: %w", q.ID, err)
		}
		p := q.plan
		names, change := p.reread(label, sureness)
		if change {
			p = newPlan(q, names...)
		}
		if p.trust = 0; p.asksAny(strings.Split(label, "+")) {
			p.trust = sureness
		}
		p.worded = p.senseOfWords()
		if p.sense, err = s.leans(ctx, q, p); err != nil {
			return nil, fmt.Errorf("read in which sense question %s asks: %w", q.ID, err)
		}
		if !change && p.sense == nil {
			continue
		}
		if p.profiles, err = s.profiles(ctx, q); err != nil {
			return nil, fmt.Errorf("read what question %s is about: %w", q.ID, err)
		}
		if p.sense != nil && len(p.want) > 0 && p.want[0].kind == forbidden && !p.settled {
			p.good = p.sense[avoided] > p.sense[happened]
		}
		if out == nil {
			c := *f
			c.Questions = slices.Clone(f.Questions)
			out = &c
		}
		n := &out.Questions[i]
		if n.plan = p; !n.failOn {
			n.FailOn = p.failOn()
		}
	}
	if out == nil {
		return f, nil
	}
	out.lenient()
	return out, nil
}

// How sure the meaning of a question has to be, where its words say nothing, little, or something else.
const (
	sureAlone   = 0.12
	sureLoose   = 0.30
	sureAgainst = 0.40
	sureOther   = 0.50 // that it asks for none of the usual things
)

// reread is what a question asks for that means label, and whether that replaces what its words were taken for.
func (p plan) reread(label string, sureness float64) (names []string, change bool) {
	if label == "" || len(p.quote) > 0 {
		return nil, false
	}
	if names = strings.Split(label, "+"); len(conceptsNamed(names...)) == 0 { // other, or a misdeed: its own words say what is asked
		return names, len(p.want) > 0 && sureness >= sureOther
	}
	switch {
	case len(p.want) == 0:
		return names, sureness >= sureAlone
	case p.asksAny(names):
		return nil, false
	case p.loose:
		return names, sureness >= sureLoose
	}
	return names, sureness >= sureAgainst
}

// asksAny reports whether p asks for one of the concepts with these names.
func (p plan) asksAny(names []string) bool {
	return slices.ContainsFunc(p.want, func(c concept) bool { return slices.Contains(names, c.name) })
}

// asksFor is what the question means, in the languages for which an Embedder is there, and the probability of that.
func (s *Scorer) asksFor(ctx context.Context, q *Question) (label string, sureness float64, err error) {
	sum, seen := map[string]float64{}, map[string]int{}
	n := 0.0
	for _, lang := range []string{"en", "zh"} {
		text := q.reads(lang)
		if text == "" {
			continue
		}
		e, h, err := s.learnt(ctx, lang)
		if err != nil {
			return "", 0, err
		}
		if h == nil || len(h.Asks) == 0 {
			continue
		}
		v, err := e.Embed(ctx, []string{callers(text)})
		if err != nil {
			return "", 0, err
		}
		n++
		for name, p := range shares(h.Asks, v[0]) {
			sum[name] += math.Log(max(p, 1e-6))
			seen[name]++
		}
	}
	if n == 0 {
		return "", 0, nil
	}
	total := 0.0
	for _, name := range slices.Sorted(maps.Keys(sum)) { // in one order, as in shares
		sum[name] += (n - float64(seen[name])) * math.Log(1e-6) // learnt in one language alone
		sum[name] = math.Exp(sum[name] / n)
		total += sum[name]
		if label == "" || sum[name] > sum[label] || sum[name] == sum[label] && name < label {
			label = name
		}
	}
	return label, sum[label] / total, nil
}

// shares are the probabilities of classes with weights w, which add up to 1.
func shares(w map[string][]float64, v []float32) map[string]float64 {
	names := slices.Sorted(maps.Keys(w)) // in one order, so that the total is the same to the last digit
	p := make([]float64, len(names))
	for c, name := range names {
		line := w[name]
		p[c] = line[len(line)-1]
		for i := range v {
			p[c] += line[i] * float64(v[i])
		}
	}
	softmax.Normalize(p)
	out := make(map[string]float64, len(names))
	for c, name := range names {
		out[name] = p[c]
	}
	return out
}

// named makes the plan ask for the concepts with these names.
func (p *plan) named(names []string) {
	p.want = append(p.want, conceptsNamed(names...)...)
	if len(p.want) == 1 && slices.Contains([]string{"empathy", "hold", "interrupt"}, p.want[0].name) {
		p.before = ""
	}
}
