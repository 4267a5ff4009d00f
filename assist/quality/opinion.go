package quality

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
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
