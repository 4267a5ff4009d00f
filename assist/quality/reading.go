package quality

import (
	"cmp"
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
		means, err := s.means(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read question %s: %w", q.ID, err)
		}
		label, sureness := mostLikely(means)
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
		p.lean(p.sense)
		p.mayAsk = p.readings(q, means)
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

// reading is one of the things that a question may ask for, and how likely that is, 0 to 1.
type reading struct {
	label string
	share float64
	plan  plan
}

// leastReading is how likely what a question may ask for has to be to count.
const leastReading = 0.05

// readings are what q may ask for by its meaning, the likeliest first, each in the sense that p leans to.
func (p plan) readings(q *Question, means map[string]float64) (out []reading) {
	for label, share := range means {
		if share < leastReading {
			continue
		}
		r := reading{label, share, newPlan(q, strings.Split(label, "+")...)}
		r.plan.lean(p.sense)
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b reading) int {
		return cmp.Or(cmp.Compare(b.share, a.share), strings.Compare(a.label, b.label))
	})
	return out
}

// lean has a plan about what is forbidden ask in the sense that is likelier, where its words do not settle that.
func (p *plan) lean(sense *leanings) {
	if sense != nil && len(p.want) > 0 && p.want[0].kind == forbidden && !p.settled {
		p.good = sense[avoided] > sense[happened]
	}
}

// mayAsk adds what q may ask for, and the answers that it would have if it did.
func (k *closeness) mayAsk(q *Question) error {
	for _, r := range q.plan.mayAsk {
		k.out.add("asks "+r.label, r.share)
		asked := *q
		asked.plan = r.plan
		o, err := k.judge.asRead(&asked)
		if err != nil {
			return err
		}
		k.out["also "+string(o.value)] += r.share
		if r.plan.frames() {
			k.out["frames "+string(o.value)] += r.share
		}
	}
	return nil
}

// frames reports whether p asks, in every case, only for what opens or closes a call, which every call has.
func (p *plan) frames() bool {
	for _, c := range p.want {
		if !c.always || c.part == anywhere {
			return false
		}
	}
	return len(p.want) > 0 && p.when["en"]+p.when["zh"] == ""
}

// possible are p less the answers that the form and what was found, said, rule out: no notice of recording was given without its words; nothing is NA where the form says that none is a yes, or
// asks for what every call has and says nothing of calls that do not; and what every call has was done where its usual words were heard.
func (q *Question) possible(p chances, said signs) chances {
	yes, no := slices.Index(weighed[:], Yes), slices.Index(weighed[:], No)
	recording := q.plan.noticeOfRecording() // which has few words, and nothing else comes near it
	if recording && said["no read"] > 0 {
		p = p.without(yes)
	}
	if (recording && said["yes read"] > 0 || said["frames yes"] > sureFrames && said["yes by wording"] > 0) && p[no] > heardNot {
		p = p.without(no)
		for i := range p {
			p[i] *= 1 - heardNot
		}
		p[no] = heardNot
	}
	framing := 0.0
	for _, r := range q.plan.mayAsk {
		if r.plan.frames() {
			framing += r.share
		}
	}
	if q.plan.noneIsYes || (recording || framing > 0.5) && !q.mayNotApply() {
		return p.without(slices.Index(weighed[:], NA))
	}
	return p
}

// Of 1,003 answers to questions that are surer than sureFrames to ask for what opens or closes a call, of which the usual words had been found, people
// gave a share of heardNot as no.
const (
	sureFrames = 0.5
	heardNot   = 0.02
)

// mostLikely is the label with the highest probability, the first by name of several.
func mostLikely(means map[string]float64) (label string, p float64) {
	for name, x := range means {
		if x > p || x == p && name < label {
			label, p = name, x
		}
	}
	return label, p
}

// means is how likely q means each of the things that questions ask for, in the languages for which an Embedder is there; nil
// without any.
func (s *Scorer) means(ctx context.Context, q *Question) (map[string]float64, error) {
	sum, seen := map[string]float64{}, map[string]int{}
	n := 0.0
	for _, lang := range languages {
		text := q.reads(lang)
		if q.plan.noticeOfRecording() && q.plan.before != "" { // what it has to come before sounds like another question
			text = q.plan.core[lang]
		}
		if text == "" {
			continue
		}
		e, h, err := s.learnt(ctx, lang)
		if err != nil {
			return nil, err
		}
		if h == nil || len(h.Asks) == 0 {
			continue
		}
		v, err := e.Embed(ctx, []string{callers(text)})
		if err != nil {
			return nil, err
		}
		n++
		for name, p := range shares(h.Asks, v[0]) {
			sum[name] += math.Log(max(p, 1e-6))
			seen[name]++
		}
	}
	if n == 0 {
		return nil, nil
	}
	total := 0.0
	for _, name := range slices.Sorted(maps.Keys(sum)) { // in one order, as in shares
		sum[name] = math.Exp((sum[name] + (n-float64(seen[name]))*math.Log(1e-6)) / n) // some were learnt in one language alone
		total += sum[name]
	}
	for name := range sum {
		sum[name] /= total
	}
	return sum, nil
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
