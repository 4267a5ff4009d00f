package knowledge

import "github.com/parley-voice/parley/knowledge/vector"

// lookAll is the number of entries up to which every vector is compared in full; in larger bases the nearest ones are
// found by a scan first.
const lookAll = 2000

// scanned is how many of the nearest questions and answers a scan looks for.
const scanned = 120

// scores are the entries' scores in each ranking, by number of entry.
type scores struct {
	words    lexQuery
	sounds   lexQuery
	lexical  []float32
	pinyin   []float32 // nil unless Chinese
	question []float32 // best cosine of a question, 0 without one
	answer   []float32 // cosine of the answer
	dense    []float32
	fused    []float32 // 0 outside the pool
	pool     []int32   // the entries that were fused
	vectors  bool      // the query had a vector
	query    Query
	near     []float32 // likeness by pieces of the first of the pool; empty without
	cosines  []float32 // room for likeness
	pair     pairing   // what comparing with question and answer together told
}

// newScores returns scores of zero, from those used before.
func (ix *Index) newScores() *scores {
	n := len(ix.entries)
	s, ok := ix.space.Get().(*scores)
	if !ok {
		s = &scores{lexical: make([]float32, n), dense: make([]float32, n), fused: make([]float32, n), question: make([]float32, n), answer: make([]float32, n)}
		if ix.sounds != nil {
			s.pinyin = make([]float32, n)
		}
		return s
	}
	for _, v := range [][]float32{s.lexical, s.dense, s.fused, s.question, s.answer, s.pinyin} {
		clear(v)
	}
	s.pool, s.near, s.vectors, s.words, s.sounds = s.pool[:0], s.near[:0], false, lexQuery{}, lexQuery{}
	s.pair = pairing{}
	return s
}

// scores computes the separate rankings; fuse joins them.
func (ix *Index) scores(q Query) *scores {
	s := ix.newScores()
	s.query = q
	s.words = ix.words.query(Terms(q.Text, ix.lang))
	ix.words.score(s.words, s.lexical)
	if ix.sounds != nil {
		s.sounds = ix.sounds.query(syllablePairs(q.Text))
		ix.sounds.score(s.sounds, s.pinyin)
	}
	if len(q.Vector) == ix.dim && ix.dim > 0 {
		ix.denseScores(q.Vector, s)
	}
	return s
}

// denseScores fills question, answer and dense.
func (ix *Index) denseScores(v []float32, s *scores) {
	s.vectors = true
	share := float32(answerShare + (answerShareLong-answerShare)*ix.long(len(s.words.ids)))
	if ix.qscan != nil {
		ix.scanScores(v, s)
	} else {
		for i, owner := range ix.owner {
			s.question[owner] = max(s.question[owner], vector.Dot(v, ix.qvec[i*ix.dim:]))
		}
		for i := range ix.entries {
			if ix.hasA[i] {
				s.answer[i] = vector.Dot(v, ix.avec[i*ix.dim:])
			}
		}
	}
	for i := range ix.entries {
		switch {
		case s.question[i] == 0:
			s.dense[i] = s.answer[i]
		case !ix.hasA[i]:
			s.dense[i] = s.question[i]
		default:
			s.dense[i] = (1-share)*s.question[i] + share*s.answer[i]
		}
	}
}

// scanScores fills question and answer for the entries nearest by either, and for those the words or sounds found.
func (ix *Index) scanScores(v []float32, s *scores) {
	var wanted []int32
	for _, h := range ix.qscan.Search(v, scanned) {
		wanted = append(wanted, ix.owner[h.Row])
	}
	for _, h := range ix.ascan.Search(v, scanned) {
		if ix.hasA[h.Row] {
			wanted = append(wanted, h.Row)
		}
	}
	wanted = append(wanted, best(s.lexical, pool)...)
	wanted = append(wanted, best(s.pinyin, pool)...)
	for _, i := range wanted {
		if s.question[i] != 0 || s.answer[i] != 0 {
			continue
		}
		for at := ix.first[i]; at < ix.first[i+1]; at++ {
			s.question[i] = max(s.question[i], vector.Dot(v, ix.qvec[int(at)*ix.dim:]))
		}
		if ix.hasA[i] {
			s.answer[i] = vector.Dot(v, ix.avec[int(i)*ix.dim:])
		}
	}
}

// nearness is the mean cosine between an entry's first vector and the nearest one of an entry that says something else,
// over at most 200 entries.
func (ix *Index) nearness() float64 {
	vecs, owner := ix.qvec, ix.owner
	if len(owner) == 0 {
		vecs, owner = ix.avec, nil
	}
	usual := usualNearness
	if ix.lang == "zh" {
		usual = usualNearnessZh
	}
	if ix.dim == 0 || len(ix.entries) < 2 {
		return usual
	}
	n := len(vecs) / ix.dim
	of := func(i int) int32 {
		if owner == nil {
			return int32(i)
		}
		return owner[i]
	}
	var sum float64
	var count int
	for i := 0; i < n; i += 1 + n/200 {
		var most float32
		v := vecs[i*ix.dim : (i+1)*ix.dim]
		if ix.qscan != nil {
			most = ix.nearestOther(v, of(i))
		}
		for k := 0; k < n && ix.qscan == nil; k++ {
			if ix.answers[of(k)] != ix.answers[of(i)] {
				most = max(most, vector.Dot(v, vecs[k*ix.dim:]))
			}
		}
		sum, count = sum+float64(most), count+1
	}
	return (sum + usualWeight*usual) / (float64(count) + usualWeight)
}

// What the nearness usually is, which stands in for bases too small to tell and counts like usualWeight questions in others.
const (
	usualNearness   = 0.75
	usualNearnessZh = 0.67
	usualWeight     = 5
)

// nearestOther is the cosine of the nearest vector of an entry that says something else, 0 when none is near.
func (ix *Index) nearestOther(v []float32, self int32) float32 {
	scan := ix.qscan
	if len(ix.owner) == 0 {
		scan = ix.ascan
	}
	for _, h := range scan.Search(v, 16) {
		other := h.Row
		if len(ix.owner) > 0 {
			other = ix.owner[h.Row]
		}
		if ix.answers[other] != ix.answers[self] {
			return h.Score
		}
	}
	return 0
}
