package knowledge

import (
	"cmp"
	"math"
	"slices"
)

// lexicon is an inverted index over two fields of each entry, the questions and the answer, scored by BM25 with the
// fields weighted before saturation. It is immutable once built and may be searched from many goroutines.
type lexicon struct {
	terms      map[string]int32 // term -> number
	postings   [][]posting
	idf        []float32
	lenQ, lenA []float32 // terms in each entry's fields, relative to the average
	unseen     float32   // idf of a term no entry has
}

// posting is one term in one entry.
type posting struct {
	entry    int32
	tfQ, tfA float32 // how often, in questions and answer
	share    float32 // saturated, 0..1: what the term adds to the score of the entry, as a share of the most possible
}

// Constants of BM25: saturation, how much the length counts in each field, and the weight of the fields.
const (
	bmK1      = 1.2
	bmBQ      = 0.5
	bmBA      = 0.75
	bmWeightQ = 2.0
	bmWeightA = 1.0
)

// newLexicon indexes entries given as the terms of all their questions and of their answer.
func newLexicon(questions, answers [][]string) *lexicon {
	l := &lexicon{
		terms: map[string]int32{},
		lenQ:  make([]float32, len(questions)), lenA: make([]float32, len(questions)),
	}
	var sumQ, sumA float32
	for i := range questions {
		for _, t := range questions[i] {
			l.count(t, int32(i), 1, 0)
		}
		for _, t := range answers[i] {
			l.count(t, int32(i), 0, 1)
		}
		l.lenQ[i], l.lenA[i] = float32(len(questions[i])), float32(len(answers[i]))
		sumQ, sumA = sumQ+l.lenQ[i], sumA+l.lenA[i]
	}
	n := float64(len(questions))
	for i := range questions {
		l.lenQ[i] /= max(1e-6, sumQ/float32(n))
		l.lenA[i] /= max(1e-6, sumA/float32(n))
	}
	l.idf = make([]float32, len(l.postings))
	for t, p := range l.postings {
		for i := range p {
			tf := bmWeightQ*p[i].tfQ/(1-bmBQ+bmBQ*l.lenQ[p[i].entry]) + bmWeightA*p[i].tfA/(1-bmBA+bmBA*l.lenA[p[i].entry])
			p[i].share = tf / (bmK1 + tf)
		}
		df := float64(len(p))
		l.idf[t] = float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
	}
	l.unseen = float32(math.Log(1 + (n+0.5)/0.5))
	return l
}

func (l *lexicon) count(term string, entry int32, q, a float32) {
	id, ok := l.terms[term]
	if !ok {
		id = int32(len(l.postings))
		l.terms[term] = id
		l.postings = append(l.postings, nil)
	}
	p := l.postings[id]
	if len(p) == 0 || p[len(p)-1].entry != entry {
		p = append(p, posting{entry: entry})
	}
	p[len(p)-1].tfQ += q
	p[len(p)-1].tfA += a
	l.postings[id] = p
}

// lexQuery is a query in the numbers of a lexicon: its different terms, with how much each is worth.
type lexQuery struct {
	ids    []int32 // -1 for a term no entry has
	weight []float32
	total  float32 // of weight; the best BM25 score possible is total*(k1+1)
}

func (l *lexicon) query(terms []string) lexQuery {
	var q lexQuery
	seen := map[string]bool{}
	for _, t := range terms {
		if seen[t] {
			continue
		}
		seen[t] = true
		id, w := int32(-1), l.unseen
		if n, ok := l.terms[t]; ok {
			id, w = n, l.idf[n]
		}
		q.ids, q.weight = append(q.ids, id), append(q.weight, w)
		q.total += w
	}
	return q
}

// score adds each entry's BM25 score to into, as a share of the best possible, 0..1.
func (l *lexicon) score(q lexQuery, into []float32) {
	if q.total == 0 {
		return
	}
	for i, id := range q.ids {
		if id < 0 {
			continue
		}
		f := q.weight[i] / q.total
		for _, p := range l.postings[id] {
			into[p.entry] += f * p.share
		}
	}
}

// covered is the part of the query's worth whose terms are in the set has.
func (q lexQuery) covered(has map[int32]bool) float32 {
	if q.total == 0 {
		return 0
	}
	var sum float32
	for i, id := range q.ids {
		if id >= 0 && has[id] {
			sum += q.weight[i]
		}
	}
	return sum / q.total
}

// told is the part of the worth of q whose terms the answer of an entry has and no question of it.
func (l *lexicon) told(q lexQuery, entry int32) float32 {
	var sum float32
	for i, id := range q.ids {
		if id < 0 {
			continue
		}
		at, ok := slices.BinarySearchFunc(l.postings[id], entry, func(p posting, entry int32) int { return cmp.Compare(p.entry, entry) })
		if ok && l.postings[id][at].tfQ == 0 {
			sum += q.weight[i]
		}
	}
	return sum / max(1e-6, q.total)
}

// unknown is the part of the query's worth whose terms no entry has.
func (q lexQuery) unknown() float32 {
	if q.total == 0 {
		return 0
	}
	var sum float32
	for i, id := range q.ids {
		if id < 0 {
			sum += q.weight[i]
		}
	}
	return sum / q.total
}

// rarest is the part of the worth of the two rarest words of the query that is in the set has.
func (q lexQuery) rarest(has map[int32]bool) float32 {
	order := make([]int, len(q.ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(q.weight[b], q.weight[a]) })
	var sum, all float32
	for _, i := range order[:min(2, len(order))] {
		all += q.weight[i]
		if q.ids[i] >= 0 && has[q.ids[i]] {
			sum += q.weight[i]
		}
	}
	return sum / max(1e-6, all)
}
