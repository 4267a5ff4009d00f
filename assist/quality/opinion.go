package quality

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
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

// chances are the probabilities of the answers weighed.
type chances [3]float64

// without are the chances once the answer at i is out of the question.
func (p chances) without(i int) chances {
	left := max(1-p[i], 1e-9)
	p[i] = 0
	for k := range p {
		p[k] /= left
	}
	return p
}

// logOdds are those of several answers, up to what they have in common.
type logOdds [3]float64

// shares are the probabilities.
func (z logOdds) shares() chances {
	softmax.Normalize(z[:])
	return chances(z)
}

// odds are the log odds of the answers.
func (w weights) odds(s signs) (z logOdds) {
	for _, name := range slices.Sorted(maps.Keys(s)) { // in one order, so that the same call gets the same to the last digit
		for i, x := range w[name] {
			z[i] += x * s[name]
		}
	}
	return z
}

// shares are the probabilities of the answers.
func (w weights) shares(s signs) chances { return w.odds(s).shares() }

// opinion is what was learnt of signs, for all languages.
type opinion struct {
	Senses  weights   `json:"senses"`  // of the senses of a question
	Answers answering `json:"answers"` // of weighed
	// Speaks is what each sign weighs for the answer that fails a call, beside other calls.
	Speaks map[string]float64 `json:"speaks"`
	Fails  features           `json:"fails"` // of beside
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

// weigh is the answer to q when the one that its reading gives, o, is a sign among others. Where an answer fails the call it also
// gives the odds of that one, and the answers with and without it.
func (j *judge) weigh(q *Question, o outcome) (outcome, *standing, error) {
	learnt, err := opinions()
	if err != nil {
		return outcome{}, nil, err
	}
	s, nearest, err := j.signs(q, o)
	if err != nil || s == nil {
		return o, nil, err
	}
	p := q.possible(learnt.Answers.chances(s), s)
	as := func(best int) outcome { return j.opined(q, o, weighed[best], p[best], nearest) }
	if !q.AutoFail {
		return as(greatest(p, -1)), nil, nil
	}
	bad := slices.Index(weighed[:], q.FailOn)
	fine := greatest(p, bad)
	st := &standing{odds: learnt.odds(s), alone: p[bad], fails: as(bad), passes: as(fine)}
	return st.decided(p[bad], failsAlone), st, nil
}

// greatest is the index of the greatest of p but that at not.
func greatest(p chances, not int) int {
	best := -1
	for i := range p {
		if i != not && (best < 0 || p[i] > p[best]) {
			best = i
		}
	}
	return best
}

// opined is v as the answer to q, of probability p, when its reading gave o and nearest was said.
func (j *judge) opined(q *Question, o outcome, v Value, p float64, nearest *sentence) outcome {
	if v == o.value {
		o.conf = p
		return o
	}
	said := Yes // the answer of a call in which the thing was said
	if q.plan.sense.surest() == avoided {
		said = No
	}
	if v == said && nearest != nil {
		o = j.found(*nearest, nil, p, "meaning", "of what was said this is nearest to the question")
		o.value = said
		return j.doubt(q.plan, nil, o)
	}
	why := "nothing that was said is near enough to the question"
	if v == NA {
		why = "neither the facts nor the call are near enough to the question"
	}
	return outcome{value: v, conf: p, by: "absence", why: why}
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
	out := readingSigns(q.plan.worded, q.plan.trust, q.plan.sense, o)
	k := closeness{judge: j, head: h, out: out, sense: q.plan.sense}
	nearest, err := k.said(q)
	if err != nil {
		return nil, nil, err
	}
	if err := k.applies(q); err != nil {
		return nil, nil, err
	}
	if err := k.mayAsk(q); err != nil {
		return nil, nil, err
	}
	return out, nearest, j.readSigns(q, out)
}

// readingSigns are the signs of the answer o that a reading gives: words is the sense that it took the question in, sense what
// the question is likely to mean, trust how sure what was learnt is of the concepts.
func readingSigns(words sense, trust float64, sense *leanings, o outcome) signs {
	v := string(o.value) + " "
	out := signs{v + "read": 1}
	out.add(v+"sense", sense[words])
	out.add(v+"trust", trust)
	if words == done {
		out.add(v+"by "+o.by, sense[words])
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
	hinted, words := make([]float64, len(agent)), 0.0 // how like a hint each sentence is
	for n, hint := range q.Hints[j.lang] {
		like, err := k.near(phrase(hint), agent)
		if err != nil {
			return nil, err
		}
		want := terms(fold(hint))
		for i, s := range agent {
			words = max(words, share(want, j.words(s)))
			if like != nil && (n == 0 || like[i] > hinted[i]) {
				hinted[i] = like[i]
			}
		}
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
	for _, r := range q.remarks(j.lang) { // what it says makes it a yes or a no
		near, err := k.near(r.when, agent)
		if err != nil {
			return nil, err
		}
		if name := "remark " + string(r.value) + " near"; r.value != NA && !lacking.in(r.when) && len(near) > 0 {
			k.out[name] = max(k.out[name], slices.Max(near))
		}
	}
	return nearest, k.acted(q, agent, hinted, like)
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
