package knowledge

import (
	"cmp"
	"math"
	"slices"
)

// judged is how many of the best entries are read together with the question.
const judged = 8

// pairFits is the weight of how well an entry fits beside its sum of cosines.
const pairFits = 0.2

// What is learnt of a question and an entry read together was learnt beside the sum of the cosines of what is said, of which this
// much counts, and against nothing answering the question, for which the sum has to be this high.
const (
	fitsSaid    = 0.96
	fitsFrom    = 18.0
	fitsFromZh  = 15.8
	mostFitLead = 10 // what a lead counts for at most
)

// fitsOf tells how well the best of r fit the query, and adds it to their sums; the others are taken to fit as little as the
// least of these. It is nil, and changes nothing, when nobody can tell.
func (ix *Index) fitsOf(s *scores, r *rivals) []float64 {
	if s.query.Fits == nil {
		return nil
	}
	order := make([]int, len(r.first))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.sums[b], r.sums[a]) })
	order = order[:min(judged, len(order))]
	texts := make([]string, len(order))
	for n, k := range order {
		texts[n] = ix.deepText(r.first[k])
	}
	told, err := s.query.Fits(texts)
	if err != nil || len(told) != len(order) {
		return nil
	}
	fits := slices.Repeat([]float64{float64(slices.Min(told))}, len(r.first))
	for n, k := range order {
		fits[k] = float64(told[n])
	}
	from := fitsFrom
	if ix.lang == "zh" {
		from = fitsFromZh
	}
	for k, fit := range fits {
		r.sums[k] += pairFits * fit
		fits[k] += fitsSaid*r.said[k] - from
	}
	return fits
}

// evidenceOfFits measures how well the top of r fits among all, of which fits has one number each.
func (ix *Index) evidenceOfFits(ev *evidence, r *rivals, top int, fits []float64) {
	rival, whole := math.Inf(-1), math.Exp(-fits[top])
	for k, e := range r.first {
		if ix.answers[e] != ix.answers[r.first[top]] {
			rival = max(rival, fits[k])
		}
		whole += math.Exp(fits[k] - fits[top])
	}
	ev[evFit], ev[evFitLead], ev[evFitShare] = fits[top], min(mostFitLead, fits[top]-rival), 1/whole
}
