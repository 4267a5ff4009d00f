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

// The weights of the scores of a Chinese entry with a question once it was read together with the query: beside how well it fits, its
// answer, its pieces and its sound say more than they do before. Fitted as those of pair.go are, on FAQs that were not learnt
// from; in English the same brings next to nothing.
const (
	readQuestion = 11.7
	readAnswer   = 14.7
	readBoth     = 1.1
	readWords    = 0.9
	readSounds   = 11.5
	readPieces   = 16.6
	readFits     = 0.54
)

// What is learnt of a question and an entry read together was learnt beside the sum of the cosines of what is said, of which this
// much counts, and against nothing answering the question, for which the sum has to be this high.
const (
	fitsSaid    = 0.96
	fitsFrom    = 18.0
	fitsFromZh  = 15.8
	mostFitLead = 10 // what a lead counts for at most
)

// fitsOf tells how well the best of r fit the query, and makes their sums with it; the others are taken to fit as little as the
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
		r.sums[k] = ix.readSum(s, r, k, fit)
		fits[k] += fitsSaid*r.said[k] - from
	}
	return fits
}

// readSum is what entry k of r is ordered by when it fits the query so well.
func (ix *Index) readSum(s *scores, r *rivals, k int, fit float64) float64 {
	if ix.lang != "zh" || len(r.deep) == 0 { // passages have no questions
		return r.sums[k] + pairFits*fit
	}
	i := r.first[k]
	sum := readQuestion*float64(s.question[i]) + readAnswer*float64(s.answer[i]) + readBoth*float64(r.both[k])
	sum += readWords*float64(s.lexical[i]) + readPieces*float64(r.likes[k]) + readFits*fit
	if s.pinyin != nil {
		sum += readSounds * float64(s.pinyin[i])
	}
	return sum
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
