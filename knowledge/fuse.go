package knowledge

import (
	"cmp"
	"math"
	"slices"
)

// answerShare is the part the answer's cosine has in the dense score of an entry that has a question, too.
// A query as long as a passage is compared with the answers above all.
const (
	answerShare     = 0.2
	answerShareLong = 0.8
)

// pool is how many of the best entries of each ranking are fused. The scores of one ranking are compared with those of
// another by how far they stand out among these.
const pool = 20

// mix is how much the words (and sounds) weigh against the vectors in one base, both in units of their spread over the
// pool. Questions are short and worded freely: there meaning decides and words settle what is close. Passages are
// long, one vector says little about each of their sentences, and words count for more; so they do when the query itself
// is long. The numbers were chosen on sets of both kinds (see TestMeasureRanking).
type mix struct {
	words, sounds, pieces float64
}

const (
	mixQuestion = 0.02 // short texts: words decide between entries that mean nearly the same, no more
	mixSounds   = 0.2  // Chinese, any length: recognisers write what sounds the same
	mixPassage  = 0.55 // long texts, short query
	mixLong     = 1.0  // long query
	mixPieces   = 1.0  // likeness by pieces, long texts: short ones gained nothing by it
	shortText   = 12.0 // terms
	longText    = 40.0
	longFrom    = 15.0
	longQuery   = 60.0
)

// newMix weighs by the length of the texts a query is matched with.
func (ix *Index) newMix() mix {
	far := math.Log(max(1, ix.length/density(ix.lang))/shortText) / math.Log(longText/shortText)
	w := mixQuestion + (mixPassage-mixQuestion)*min(1, max(0, far))
	m := mix{words: w, pieces: mixPieces * min(1, max(0, far))}
	if ix.lang == "zh" {
		m.sounds = mixSounds
	}
	return m
}

// density is how many terms a word makes: in Chinese the pairs of characters come on top of the words.
func density(lang string) float64 {
	if lang == "zh" {
		return 2
	}
	return 1
}

// long tells how much a query of n terms is like a passage itself, 0..1.
func (ix *Index) long(n int) float64 {
	return min(1, max(0, (float64(n)/density(ix.lang)-longFrom)/(longQuery-longFrom)))
}

// forQuery returns the weight of the words for a query that is long by far.
func (m mix) forQuery(far float64) float64 { return m.words + (mixLong-m.words)*far }

// fuse fills s.fused, s.pool and s.near.
func (ix *Index) fuse(s *scores) {
	s.pool = ix.candidates(s)
	if !s.vectors { // nothing but words
		for _, i := range s.pool {
			s.fused[i] = s.lexical[i]
			if s.pinyin != nil {
				s.fused[i] += soundsAlone * s.pinyin[i]
			}
		}
		return
	}
	far := ix.long(len(s.words.ids))
	spread := deviation(s.dense, s.pool)
	words := float32(ix.mix.forQuery(far) * spread / max(1e-6, deviation(s.lexical, s.pool)))
	var sounds float32
	if s.pinyin != nil {
		sounds = float32(ix.mix.sounds * spread / max(1e-6, deviation(s.pinyin, s.pool)))
	}
	for _, i := range s.pool {
		s.fused[i] = s.dense[i] + words*s.lexical[i]
		if sounds > 0 {
			s.fused[i] += sounds * s.pinyin[i]
		}
	}
	slices.SortFunc(s.pool, func(a, b int32) int { return cmp.Or(cmp.Compare(s.fused[b], s.fused[a]), cmp.Compare(a, b)) })
	if ix.paired() {
		ix.pair(s)
		return
	}
	ix.deepen(s, spread)
	ix.readPassages(s)
}

// compared is how many of the best entries are compared by pieces.
const compared = 20

// deepen compares the best of the pool by pieces and adds what comes of it to their fused scores, which stay above those
// of the others.
func (ix *Index) deepen(s *scores, spread float64) {
	first := s.pool[:min(compared, len(s.pool))]
	ix.compare(s, first)
	if len(s.near) == 0 {
		return
	}
	least, mean, squares := slices.Min(s.near), 0.0, 0.0
	for _, l := range s.near {
		mean, squares = mean+float64(l), squares+float64(l)*float64(l)
	}
	n := float64(len(s.near))
	dev := math.Sqrt(max(0, squares/n-mean/n*mean/n))
	w := float32(ix.mix.pieces * spread / max(1e-6, dev))
	for k, i := range first {
		s.fused[i] += w * (s.near[k] - least)
	}
}

// soundsAlone is the weight of the sounds where there is no vector.
const soundsAlone = 0.5

// candidates are the best entries of each ranking.
func (ix *Index) candidates(s *scores) []int32 {
	var out []int32
	for _, by := range [][]float32{s.dense, s.lexical, s.pinyin} {
		for _, i := range best(by, pool) {
			if !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

// deviation is the standard deviation of the scores of the entries in of.
func deviation(by []float32, of []int32) float64 {
	var sum, squares float64
	for _, i := range of {
		sum += float64(by[i])
		squares += float64(by[i]) * float64(by[i])
	}
	n := float64(len(of))
	if n == 0 {
		return 0
	}
	return math.Sqrt(max(0, squares/n-sum/n*sum/n))
}
