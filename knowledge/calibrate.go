package knowledge

import (
	"math"
)

// Bars that go with PRight. They are defaults: a route may set its own.
const (
	// AnswerBar is the probability from which the best entry is spoken at once.
	AnswerBar = 0.7
	// OfferBar is the probability from which an entry is worth offering as "did you mean".
	OfferBar = 0.15
	// MaxChoices is how many entries are offered at once.
	MaxChoices = 3
)

// Choices are the entries worth offering when the best is not sure enough to be spoken: at most MaxChoices with
// different answers, of those at or above OfferBar. It is empty when nothing fits.
func Choices(hits []Hit) []Hit {
	var out []Hit
	said := map[string]bool{}
	for _, h := range hits {
		if h.PRight < OfferBar && (len(out) == 0 || h.PRight < OfferBar/3) || len(out) == MaxChoices {
			break
		}
		if !said[h.Answer] {
			out = append(out, h)
		}
		said[h.Answer] = true
	}
	return out
}

// The features the probability is computed from. None depends on the number of entries, and cosines are
// compared with those the query and the base usually have.
const (
	featCosine  = iota // of the best entry's question (of its answer when it has none)
	featAnswer         // cosine of its answer beyond its question's, 0 when one is missing
	featStand          // how far its dense score stands out, in standard deviations over all entries
	featMargin         // how far it is before the best entry with another answer, in cosine
	featCovered        // share of the query's words, by worth, that the entry has
	featAsked          // share of the words of the nearest form of its question that the query has
	featSounds         // the same by sounds (Chinese)
	featUnknown        // share of the query's words that no entry has
	featAgree          // 1 when words alone put the entry first, too
	featLength         // logarithm of the number of different words in the query
	featNear           // how near the questions of the base are to one another (mean cosine of nearest neighbours)
	features
)

// measure computes the features of entry top for a query whose scores are fused.
func (ix *Index) measure(s *scores, top int32) [features]float64 {
	var f [features]float64
	if s.question != nil {
		f[featCosine] = float64(s.question[top])
		if s.question[top] == 0 {
			f[featCosine] = float64(s.answer[top])
		} else if ix.hasA[top] {
			f[featAnswer] = float64(s.answer[top]) - f[featCosine]
		}
		mean, dev := moments(s.dense)
		f[featStand] = (float64(s.dense[top]) - mean) / max(0.01, dev)
	}
	rival := float32(0)
	for _, i := range s.pool {
		if ix.answers[i] != ix.answers[top] {
			rival = max(rival, s.fused[i])
		}
	}
	f[featMargin] = float64(s.fused[top] - rival)
	has := map[int32]bool{}
	for _, id := range ix.held[top] {
		has[id] = true
	}
	f[featCovered] = float64(s.words.covered(has))
	f[featAsked] = ix.askedShare(s.words, top)
	if s.pinyin != nil {
		f[featSounds] = float64(s.pinyin[top])
	}
	f[featUnknown] = float64(s.words.unknown())
	if b := best(s.lexical, 1); len(b) > 0 && ix.answers[b[0]] == ix.answers[top] {
		f[featAgree] = 1
	}
	f[featLength] = math.Log(1 + float64(len(s.words.ids))/density(ix.lang))
	f[featNear] = ix.near
	return f
}

// askedShare is the share of the words of the nearest form of an entry's question that the query has.
func (ix *Index) askedShare(q lexQuery, entry int32) float64 {
	var in = map[int32]bool{}
	for _, id := range q.ids {
		in[id] = true
	}
	most := 0.0
	for _, v := range ix.variants[entry] {
		var sum float32
		for _, id := range v.terms {
			if in[id] {
				sum += ix.words.idf[id]
			}
		}
		most = max(most, float64(sum/max(1e-6, v.total)))
	}
	return most
}

// moments returns mean and standard deviation of v.
func moments(v []float32) (mean, dev float64) {
	var sum, squares float64
	for _, x := range v {
		sum += float64(x)
		squares += float64(x) * float64(x)
	}
	n := max(1, float64(len(v)))
	return sum / n, math.Sqrt(max(0, squares/n-sum/n*sum/n))
}

// calibrate fills PRight of hits, which are the entries in order.
func (ix *Index) calibrate(s *scores, order []int32, hits []Hit) {
	if len(order) == 0 {
		return
	}
	p := ix.model().probability(ix.measure(s, order[0]))
	hits[0].PRight = p
	// What is left is shared by the others after how far behind they are.
	rest := 1 - p
	var sum float64
	shares := make([]float64, len(order))
	for n, i := range order[1:] {
		if ix.answers[i] == ix.answers[order[0]] {
			hits[n+1].PRight = p
			continue
		}
		behind := float64(s.fused[order[0]] - s.fused[i])
		shares[n+1] = math.Exp(-behind / restScale)
		sum += shares[n+1]
	}
	for n := range order[1:] {
		if shares[n+1] > 0 {
			hits[n+1].PRight = min(p, rest*restShare*shares[n+1]/max(1, sum))
		}
	}
}

// How the probability that is left after the best entry goes to the others: the part that any entry gets at all, and the
// distance in fused score after which a share has fallen to 1/e.
const (
	restShare = 0.7
	restScale = 0.03
)

type logistic struct {
	bias   float64
	weight [features]float64
}

func (l logistic) probability(f [features]float64) float64 {
	z := l.bias
	for i, w := range l.weight {
		z += w * f[i]
	}
	return 1 / (1 + math.Exp(-z))
}
func (ix *Index) model() logistic { return logistic{} }
