package quality

import (
	"maps"
	"math"
	"slices"
)

// An automatic fail is rare: the call that is failed should stand out among the calls that the same question was asked about.
// How much so decides, wherever there are enough of them; a question that is misread, or a threshold that is off, is so in all
// calls alike and fails none.

// enough is how many other calls there have to be, and mostBeside how many are compared at most.
const (
	enough     = 8
	MostBeside = 64 // how many other calls Beside needs at most: the latest ones
)

// How likely the answer that fails has to be: among others, and without enough of them.
const (
	failsBeside = 0.3
	failsAlone  = 0.6
)

// standing is what an automatic fail is decided by.
type standing struct {
	odds          float64 // how much speaks for the answer that fails, by the call alone
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

// beside says how odds stand among others, of which there is one at least: how far they are above the middle, the highest and
// the third highest of the others. It sorts others.
func beside(odds float64, others []float64) [4]float64 {
	slices.Sort(others)
	n := len(others)
	middle := (others[(n-1)/2] + others[n/2]) / 2
	return [4]float64{1, odds - middle, odds - others[n-1], odds - others[max(n-3, 0)]}
}

// stands is the probability that a call fails whose odds stand like this.
func (o *opinion) stands(f [4]float64) float64 {
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
		n := st.decided(learnt.stands(beside(st.odds, list)), failsBeside).answer(f.Question(a.Question))
		n.FailOdds, n.standing = a.FailOdds, st
		answers[i], changed = n, true
	}
	if !changed {
		return card, nil
	}
	return card.Again(f, answers), nil
}
