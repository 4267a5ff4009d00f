package quality

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/parley-voice/parley/nlu/softmax"
)

// A question that is read otherwise than it was meant is answered wrongly in nearly every call. So the answer that its reading
// gives is only one sign among others: how like the hints and the question anything is that was said, whether the facts and
// the caller speak of its case, and how sure the reading is. What each sign weighs was learnt from answers to forms that the
// rules had never seen; see TestOpinions.

//go:embed data/opinions.json
var opinionsJSON []byte

// signs are what speaks for an answer, by name, and how much of it there is, mostly 0 to 1.
type signs map[string]float64

func (s signs) add(name string, v float64) {
	if v != 0 {
		s[name] = v
	}
}

// weights are what each sign weighs for each of several answers.
type weights map[string][]float64

// shares are the probabilities of the answers.
func (w weights) shares(s signs) (p [3]float64) {
	for _, name := range slices.Sorted(maps.Keys(s)) { // in one order, so that the same call gets the same to the last digit
		for i, x := range w[name] {
			p[i] += x * s[name]
		}
	}
	softmax.Normalize(p[:])
	return p
}

// opinion is what was learnt of signs, for all languages.
type opinion struct {
	Senses  weights `json:"senses"`  // of the senses of a question
	Answers weights `json:"answers"` // of weighed
}

// opinions reads what was learnt, once.
var opinions = sync.OnceValues(func() (*opinion, error) {
	var o opinion
	if err := json.Unmarshal(opinionsJSON, &o); err != nil {
		return nil, fmt.Errorf("read what signs weigh: %w", err)
	}
	return &o, nil
})

// weighed are the answers that are weighed, in the order of their weights.
var weighed = [3]Value{Yes, No, NA}

// weigh is the answer to q when the one that its reading gives, o, is a sign among others.
func (j *judge) weigh(q *Question, o outcome) (outcome, error) {
	learnt, err := opinions()
	if err != nil {
		return outcome{}, err
	}
	s, nearest, err := j.signs(q, o)
	if err != nil || s == nil {
		return o, err
	}
	p, best := learnt.Answers.shares(s), 0
	for i := range p {
		if p[i] > p[best] {
			best = i
		}
	}
	if weighed[best] == o.value {
		o.conf = p[best]
		return o, nil
	}
	said := Yes // the answer of a call in which the thing was said
	if q.plan.sense.surest() == avoided {
		said = No
	}
	if weighed[best] == said && nearest != nil {
		o = j.found(*nearest, nil, p[best], "meaning", "of what was said this is nearest to the question")
		o.value = said
		return j.doubt(q.plan, nil, o), nil
	}
	why := "nothing that was said is near enough to the question"
	if weighed[best] == NA {
		why = "neither the facts nor the call are near enough to the question"
	}
	return outcome{value: weighed[best], conf: p[best], by: "absence", why: why}, nil
}

// signs are what speaks for the answers to q when its reading gives o, and the agent's sentence that is nearest to the question.
// They are nil where nothing was learnt for the call's Embedder.
func (j *judge) signs(q *Question, o outcome) (signs, *sentence, error) {
	e := j.scorer.opt.Embedders[j.lang]
	if e == nil {
		return nil, nil, nil
	}
	h, err := j.scorer.bents.of(j.ctx, j.lang, e)
	if err != nil || h == nil || len(h.Mean) == 0 {
		return nil, nil, err
	}
	out := readingSigns(q.plan.worded, len(q.plan.want) == 0, q.plan.trust, q.plan.sense, o)
	k := closeness{judge: j, mean: h.Mean, out: out, sense: q.plan.sense}
	nearest, err := k.said(q)
	if err != nil {
		return nil, nil, err
	}
	if err := k.applies(q); err != nil {
		return nil, nil, err
	}
	return out, nearest, nil
}

// telling are the ways to an answer that are signs of their own.
var telling = map[string]bool{"absence": true, "meaning": true, "facts": true}

// readingSigns are the signs of the answer o that a reading gives: words is the sense that it took the question in, sense what
// the question is likely to mean, trust how sure what was learnt is of the concepts, unknown says that it found none.
func readingSigns(words sense, unknown bool, trust float64, sense *leanings, o outcome) signs {
	v := string(o.value) + " "
	out := signs{v + "read": 1}
	out.add(v+"sense", sense[words])
	out.add(v+"trust", trust)
	if unknown {
		out.add(v+"unknown", 1)
	}
	if telling[o.by] {
		out.add(v+o.by, 1)
	}
	if words == done {
		return out
	}
	switch bad := map[bool]Value{true: Yes, false: No}[words == happened]; o.value {
	case bad:
		how := " wording"
		if o.by == "meaning" {
			how = " meaning"
		}
		out.add("bad "+senseNames[words]+how, sense[words])
	case Yes, No:
		out.add("fine "+senseNames[words], sense[words])
	}
	return out
}

// closeness collects the signs of how like a question a call is.
type closeness struct {
	judge *judge
	mean  []float32
	out   signs
	sense *leanings
}

// each adds a sign for each sense that the question may have.
func (k *closeness) each(name string, v float64) {
	for i, p := range k.sense {
		k.out.add(name+" "+senseNames[i], v*p)
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
	if err != nil || v == nil || len(v) != len(k.mean) {
		return nil, err
	}
	j.centred[s] = centred(v, k.mean)
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

// near are the likenesses of text to each of the sentences that are embedded, 0 for others.
func (k *closeness) near(text string, list []sentence) ([]float64, error) {
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
	hints, asked, least, words, top := -1.0, 0.0, 1.0, 0.0, -1.0
	take := func(i int, v float64) {
		if v > top {
			top, nearest = v, &agent[i]
		}
	}
	for _, hint := range q.Hints[j.lang] {
		like, err := k.near(phrase(hint), agent)
		if err != nil {
			return nil, err
		}
		most, want := -1.0, terms(fold(hint))
		for i, v := range like {
			most = max(most, v)
			take(i, v)
			if agent[i].asks {
				asked = max(asked, v)
			}
			words = max(words, share(want, j.words(agent[i])))
		}
		hints, least = max(hints, most), min(least, most)
	}
	if len(q.Hints[j.lang]) == 0 || len(agent) == 0 {
		k.each("no hint", 1)
	} else {
		k.each("hint", hints)
		k.each("least hint", least)
		k.each("hint asked", asked)
		k.each("words of hints", words)
	}
	k.each("always", 1)
	if q.AutoFail {
		k.each("fails", 1)
	}
	core := q.plan.core[j.lang]
	if core == "" {
		return nearest, nil
	}
	like, err := k.near(core, agent)
	if err != nil {
		return nil, err
	}
	words = 0
	for i := range like {
		words = max(words, share(terms(core), j.words(agent[i])))
		if hints < 0 {
			take(i, like[i])
		}
	}
	slices.SortFunc(like, func(a, b float64) int { return -cmp.Compare(a, b) })
	if n := min(3, len(like)); n > 0 {
		k.each("question", like[0])
		sum := 0.0
		for _, v := range like[:n] {
			sum += v
		}
		k.each("question thrice", sum/float64(n))
	}
	k.each("words of question", words)
	return nearest, nil
}

// applies adds whether facts and call speak of what the question asks and of its case.
func (k *closeness) applies(q *Question) error {
	j := k.judge
	if q.plan.when["en"]+q.plan.when["zh"] != "" {
		k.duty("case", 1)
		k.out.add("case of what must not be", 1-k.sense[done])
	}
	if q.plan.before != "" {
		k.duty("order", 1)
	}
	if len(j.facts) > 0 {
		k.duty("facts", 1)
	}
	if slices.ContainsFunc(j.facts, func(f fact) bool { return f.frees }) {
		k.duty("freeing fact", 1)
	}
	if core := q.plan.core[j.lang]; core != "" {
		if err := k.fact("question", core); err != nil {
			return err
		}
	}
	when := q.plan.when[j.lang]
	if when == "" {
		return nil
	}
	if err := k.fact("case", when); err != nil {
		return err
	}
	want, words := terms(when), 0.0
	for _, s := range j.sents {
		if s.who == Agent || s.who == Caller {
			words = max(words, share(want, j.words(s)))
		}
	}
	k.duty("words of case", words)
	for _, who := range []string{Agent, Caller} { // the agent first, before enough was embedded
		like, err := k.near(when, j.within(who, anywhere))
		if err != nil {
			return err
		}
		if len(like) > 0 {
			k.duty("case of "+who, slices.Max(like))
		}
	}
	return nil
}

// fact adds how like text the fact is that is most like it, and whether that frees of something.
func (k *closeness) fact(name, text string) error {
	t, err := k.vector(text, true)
	if err != nil || t == nil || len(k.judge.facts) == 0 {
		return err
	}
	most, frees, words, want := -1.0, false, 0.0, terms(text)
	for _, f := range k.judge.facts {
		v, err := k.vector(f.text, true)
		if err != nil {
			return err
		}
		if like := dot(t, v); like > most {
			most, frees = like, f.frees
		}
		words = max(words, share(want, f.terms))
	}
	k.duty("fact of "+name, most)
	if frees {
		k.duty("freeing fact of "+name, most)
	}
	if name == "case" {
		k.duty("words of fact of case", words)
	}
	return nil
}
