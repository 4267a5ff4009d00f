package knowledge

import "slices"

// mostRead is the number of terms that the passages of a base may have on average to be read together with a query: of longer ones
// not half would be read (mostEntry of embed).
const mostRead = 45

// readable tells whether the base is one of short passages without questions, of which the best are read together with a query.
func (ix *Index) readable() bool {
	return ix.unasked && !ix.once && len(ix.entries) <= deepMost && ix.length <= mostRead*density(ix.lang)
}

// readPassages puts the best of the pool in the order of what is meant, and of how well they fit, read together with the query. It
// changes nothing where they are sure enough without, or when nobody can read them.
func (ix *Index) readPassages(s *scores) {
	if s.query.Fits == nil || !ix.readable() || len(s.pool) == 0 {
		return
	}
	if top := best(s.fused, 1)[0]; !ix.readAll && ix.modelFor(s).probability(ix.measure(s, top)) >= saidEnough {
		return
	}
	r := ix.rivalPassages(s)
	fits := ix.fitsOf(s, r)
	if fits == nil {
		return
	}
	top := r.top()
	s.pair = pairing{known: true, top: r.first[top]}
	ix.evidenceOfFits(&s.pair.ev, r, top, fits)
	ix.putInOrder(s, r)
}

// rivalPassages compares the best of the pool as rivals does, each passage standing for its question, too.
func (ix *Index) rivalPassages(s *scores) *rivals {
	first := slices.Clone(s.pool[:min(compared, len(s.pool))])
	r := &rivals{first: first, said: make([]float64, len(first)), sums: make([]float64, len(first))}
	for k, i := range first {
		r.said[k] = pairCosine * float64(s.dense[i])
		meant := r.said[k]
		if m := s.query.Meant; len(m) == ix.dim {
			meant = pairCosine * float64(max(ix.cosines(m, i))) // short ones stand for questions
		}
		r.sums[k] = (r.said[k]+meant)/2 + ix.heard(s, i)
		if len(s.near) > k {
			r.sums[k] += pairPieces * float64(s.near[k])
		}
	}
	return r
}
