package knowledge

import (
	"math"
	"slices"
)

// What the probability of the best entry is computed from where entries are compared as pairs of question and answer.
// Everything is measured among the entries compared, which are at most 20.
const (
	evMargin       = iota // how far its sum is before the best with another answer, in the measure of the weights
	evShare               // its share of the whole, were the sums logits
	evOutSum              // how far its sum is above the mean, in standard deviations
	evOutBoth             // the same of the cosine with question and answer together
	evOutAsked            // the same of the cosine with its question
	evLeadAsked           // how far that cosine is before the best with another answer
	evLeadWords           // the same of the likeness by pieces
	evAsked               // cosine with its question
	evAnswer              // with its answer
	evBoth                // with the two together
	evForward             // likeness of the query's pieces to those of question and answer
	evForwardAsked        // to those of its question alone
	evBack                // likeness of its question's pieces to the query's
	evUneven              // standard deviation of the likenesses of the query's pieces: of a near miss all but a word or two fit exactly
	evLeast               // the likeness of the piece that fits worst
	evLeastTwo            // of the two that do, on average
	evBackLeast           // of the piece of its question that fits the query worst
	evWords               // lexical score
	evCovered             // share of the query's words, by worth, that the entry has
	evRarest              // the same of the two rarest
	evAskedShare          // share of its question's words that the query has
	evUnknown             // share of the query's words that no entry has
	evLength              // logarithm of the number of pieces of the query
	evMeantAsked          // cosine of what is meant with its question
	evMeantAnswer         // with its answer
	evMeantBoth           // with the two together
	evMeantLead           // how far their sum is before the best with another answer, in the measure of the weights
	evMeantOut            // how far it is above the mean, in standard deviations
	evFit                 // how well it fits the query, read together with it
	evFitLead             // how far that is before the best with another answer
	evFitShare            // its share of the whole, with nothing as one more answer
	evChinese
	evTold // share of the query's words, by worth, that its answer has and its question has not
	evidences
)

// evidence is what speaks for and against an entry.
type evidence [evidences]float64

// evidenceFor measures the top of r among all of r.
func (ix *Index) evidenceFor(s *scores, r *rivals, top int) evidence {
	first, sums, both, meant, likes := r.first, r.sums, r.both, r.meant, r.likes
	i := first[top]
	var ev evidence
	q, answers := s.query.Pieces, ix.answers
	rival := func(by func(k int) float64) float64 {
		most := math.Inf(-1)
		for k, e := range first {
			if answers[e] != answers[i] {
				most = max(most, by(k))
			}
		}
		return by(top) - most
	}
	asked, total, whole := make([]float32, len(first)), make([]float32, len(first)), 0.0
	for k, e := range first {
		asked[k], total[k] = s.question[e], float32(sums[k])
		whole += math.Exp(sums[k] - sums[top])
	}
	ev[evMargin] = min(noRival*pairCosine, rival(func(k int) float64 { return sums[k] }))
	ev[evLeadAsked] = min(mostLead, rival(func(k int) float64 { return float64(asked[k]) }))
	ev[evLeadWords] = min(mostLead, rival(func(k int) float64 { return float64(likes[k]) }))
	ev[evShare] = 1 / whole
	ev[evOutSum], ev[evOutBoth], ev[evOutAsked] = outstanding(total, top, 0.1), outstanding(both, top, 0.005), outstanding(asked, top, 0.005)
	m, meantSums := meant[top], make([]float32, len(first))
	for k := range meant {
		meantSums[k] = float32(meant[k].sum())
	}
	ev[evMeantAsked], ev[evMeantAnswer], ev[evMeantBoth] = float64(m.question), float64(m.answer), float64(m.both)
	ev[evMeantLead] = min(noRival*pairCosine, rival(func(k int) float64 { return meant[k].sum() }))
	ev[evMeantOut] = outstanding(meantSums, top, 0.1)
	ev[evAsked], ev[evAnswer], ev[evBoth], ev[evForward] = float64(asked[top]), float64(s.answer[i]), float64(both[top]), float64(likes[top])
	ix.measurePieces(s, r.deep[top], &ev)
	has := map[int32]bool{}
	for _, id := range ix.held[i] {
		has[id] = true
	}
	ev[evWords], ev[evAskedShare] = float64(s.lexical[i]), ix.askedShare(s.words, i)
	ev[evTold] = float64(ix.words.told(s.words, i)) * density(ix.lang) // in Chinese pairs of characters, seldom the same ones, make up half of the worth
	ev[evCovered], ev[evRarest], ev[evUnknown] = float64(s.words.covered(has)), float64(s.words.rarest(has)), float64(s.words.unknown())
	ev[evLength] = math.Log(float64(len(q.Weights)))
	if ix.lang == "zh" {
		ev[evChinese] = 1
	}
	return ev
}

// outstanding is how far v[top] is above the mean of v, in standard deviations of at least least.
func outstanding(v []float32, top int, least float64) float64 {
	mean, dev := moments(v)
	return (float64(v[top]) - mean) / max(least, dev)
}

// saysSomething is the weight from which a piece counts when single ones are looked at: punctuation and words of form do not.
const saysSomething = 0.3

// measurePieces compares the pieces of the query with those of an entry, in both directions.
func (ix *Index) measurePieces(s *scores, p *pieces, ev *evidence) {
	q := s.query.Pieces
	near := make([]float32, len(q.Weights))
	toAsked := make([]float32, len(q.Weights))
	fromAsked := slices.Repeat([]float32{-1}, p.asked.Len())
	cosines := make([]float32, p.asked.Len())
	for k := range q.Weights {
		near[k] = ix.nearest(s, q, k, p)
		p.asked.Dots(q.Rows[k*ix.dim:(k+1)*ix.dim], cosines)
		toAsked[k] = -1
		for j, c := range cosines {
			toAsked[k], fromAsked[j] = max(toAsked[k], c), max(fromAsked[j], c)
		}
	}
	ev[evForwardAsked], ev[evBack] = weighed(toAsked, q.Weights), weighed(fromAsked, p.weight)
	some := telling(near, q.Weights)
	_, ev[evUneven] = moments(some)
	slices.Sort(some)
	ev[evLeast] = float64(some[0])
	ev[evLeastTwo] = (ev[evLeast] + float64(some[min(1, len(some)-1)])) / 2
	if back := telling(fromAsked, p.weight); len(back) > 0 {
		ev[evBackLeast] = float64(slices.Min(back))
	}
}

// weighed is the mean of v by weight.
func weighed(v, weight []float32) float64 {
	var sum, total float32
	for i, x := range v {
		sum, total = sum+weight[i]*x, total+weight[i]
	}
	return float64(sum / max(1e-6, total))
}

// telling are the values of v whose weight says something, all of them when none does.
func telling(v, weight []float32) []float32 {
	var out []float32
	for i, x := range v {
		if weight[i] > saysSomething {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return slices.Clone(v)
	}
	return out
}
