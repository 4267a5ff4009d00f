package quality

import (
	"maps"
	"math"
	"slices"
)

// An automatic fail is rare: the call that is failed should stand out among the calls that the same question was asked about.
// How much so decides, wherever there are enough of them, more than how likely it is alone; a question that is misread, or a
// threshold that is off, is so in all calls alike and fails few.

// enough is how many other calls there have to be, and mostBeside how many are compared at most.
const (
	enough     = 8
	MostBeside = 64 // how many other calls Beside needs at most: the latest ones
)

// How likely the answer that fails has to be: among others, and without enough of them. In thirteen forms by other hands that
// nothing was learnt from (158 fails, 106 calls) 0.3, 0.45 and 0.55 find .78, .68 and .62 of the answers with precision .65, .76
// and .84, and .86, .76 and .71 of the calls with .83, .90 and .94. No agent is to be failed in vain; what is near is looked at.
const (
	failsBeside = 0.45
	failsAlone  = 0.6
)

// nearFail is the part of what fails a call from which on an answer is near to failing it. Of the 670 answers in those forms that
// passed 49 are, 16 of them failed by people; of the other 621 people failed 34.
const nearFail = 2.0 / 3

// standing is what an automatic fail is decided by.
type standing struct {
	odds          float64 // how much speaks for the answer that fails, beside other calls
	alone         float64 // how likely it is by the call alone, 0..1
	fails, passes outcome
}

// decided is the answer when the one that fails the call is this likely and has to be so likely at least.
func (s *standing) decided(likely, least float64) outcome {
	o := s.passes
	if o.conf = 1 - likely; likely >= least {
		o = s.fails
		o.conf = likely
	}
	return o
}

// odds is how much speaks for the answer that fails, in log odds beside what is usual for the question.
func (o *opinion) odds(s signs) (sum float64) {
	for _, name := range slices.Sorted(maps.Keys(s)) { // in one order, as in shares
		sum += o.Speaks[name] * s[name]
	}
	return math.Round(1e6*sum) / 1e6
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// features are what says of a call whether it fails; the first is always 1.
type features [5]float64

// beside says how an answer that is so likely alone stands among others, of which there is one at least: its own log odds, and how
// far odds are above the middle, the highest and the third highest of the others. It sorts others.
func beside(alone, odds float64, others []float64) features {
	const sure = 1e-4
	alone = min(max(alone, sure), 1-sure)
	slices.Sort(others)
	n := len(others)
	middle := (others[(n-1)/2] + others[n/2]) / 2
	return features{1, math.Log(alone / (1 - alone)), odds - middle, odds - others[n-1], odds - others[max(n-3, 0)]}
}

// stands is the probability that a call fails whose odds stand like this.
func (o *opinion) stands(f features) float64 {
	sum := 0.0
	for i, x := range f {
		sum += o.Fails[i] * x
	}
	return sigmoid(sum)
}

// Beside is card with its automatic fails decided beside other calls: it must have been made by f just now, others are
// cards by f of other calls, of which those that were judged with the same weights count. Fewer than eight change nothing.
func (f *Form) Beside(card Card, others []Card) (Card, error) {
	learnt, err := opinions()
	if err != nil {
		return Card{}, err
	}
	odds := map[string][]float64{}
	for _, o := range others {
		if o.Meaning != card.Meaning || o.Call == card.Call {
			continue
		}
		for _, a := range o.Answers {
			if a.FailOdds != nil {
				odds[a.Question] = append(odds[a.Question], *a.FailOdds)
			}
		}
	}
	answers, changed := slices.Clone(card.Answers), false
	for i, a := range answers {
		st, list := a.standing, odds[a.Question]
		if st == nil || len(list) < enough {
			continue
		}
		n := st.decided(learnt.stands(beside(st.alone, st.odds, list)), failsBeside).answer(f.Question(a.Question))
		n.FailOdds, n.Beside, n.standing = a.FailOdds, len(list), st
		answers[i], changed = n, true
	}
	if !changed {
		return card, nil
	}
	return card.Again(f, answers), nil
}

// FailChance is how near an answer is to failing its call.
type FailChance struct {
	P      float64 // how likely it fails the call, 0..1
	From   float64 // from which P on it does
	Beside int     // other calls to the same question that it was compared with; 0: by this call alone
	Fails  bool
}

// Near reports whether the call passes and might as well fail: a person looks at it before others.
func (c FailChance) Near() bool { return !c.Fails && c.P >= nearFail*c.From }

// FailChance is how near a, an answer of c, is to failing the call. It reports false where no answer to the question fails the
// call, none was weighed, or a person answered.
func (c Card) FailChance(a Answer) (FailChance, bool) {
	if a.FailOdds == nil || a.By == ByPerson {
		return FailChance{}, false
	}
	out := FailChance{P: 1 - a.Confidence, From: failsAlone, Beside: a.Beside, Fails: slices.Contains(c.Fails, a.Question)}
	if a.Beside > 0 {
		out.From = failsBeside
	}
	if out.Fails {
		out.P = a.Confidence
	}
	return out, true
}

// Near are the ids of the questions whose answers nearly failed the call.
func (c Card) Near() []string {
	out := []string{}
	for _, a := range c.Answers {
		if chance, ok := c.FailChance(a); ok && chance.Near() {
			out = append(out, a.Question)
		}
	}
	return out
}
