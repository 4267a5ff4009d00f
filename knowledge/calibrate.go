package knowledge

import "math"

// Bars that go with PRight. They are defaults: a route may set its own. They were chosen on questions that the weights
// were not fitted on (see fit.py), so that about 2 % of all questions are answered wrongly.
const (
	// AnswerBar is the probability from which the best entry is spoken at once.
	AnswerBar = 0.78
	// OfferBar is the probability from which the best entry is worth offering as "did you mean".
	OfferBar = 0.09
	// ChoiceBar is the probability from which another entry is offered beside the best: low, because the right entry is
	// among the first three far oftener than it comes first.
	ChoiceBar = 0.005
	// MaxChoices is how many entries are offered at once.
	MaxChoices = 3
)

// Choices are the entries worth offering when the best one of hits is not sure enough to be spoken: at most MaxChoices
// with different answers, best first. It is empty when nothing fits.
func Choices(hits []Hit) []Hit {
	if len(hits) == 0 || hits[0].PRight < OfferBar {
		return nil
	}
	var out []Hit
	said := map[string]bool{}
	for _, h := range hits {
		if len(out) == MaxChoices || h.PRight < ChoiceBar {
			break
		}
		if !said[h.Answer] {
			out = append(out, h)
		}
		said[h.Answer] = true
	}
	return out
}

// The features the probability is computed from. None grows with the number of entries, and the cosine is compared
// with those the questions of the base have among themselves, so that the same weights serve bases of all kinds.
const (
	featCosine    = iota // of the best entry's question (of its answer when it has none), above the base's nearness
	featStand            // how far its dense score stands out, in standard deviations over all entries
	featMargin           // how far its fused score is before the best entry with another answer
	featLead             // how far its dense score is before that of any entry with another answer, at most mostLead
	featReply            // cosine of its answer above usualReply, 0 without one
	featReplyLead        // how far that cosine is before the answer of any other entry, at most mostLead
	featWords            // its lexical score
	featSounds           // its score by sounds
	featCovered          // share of the query's words, by worth, that the entry has
	featRarest           // the same of the query's two rarest words
	featElsewhere        // share of the query's words that other entries have and this one has not
	featFit              // how well it fits the query, read together with it (evFit), 0 where it was not read
	features
)

const (
	mostLead   = 0.15
	usualReply = 0.6
)

type logistic struct {
	bias   float64
	weight [features]float64
}

// richFrom is the mean number of ways to ask an entry from which a base counts as one with similar questions.
const richFrom = 1.5

// The weights, fitted by logistic regression on questions with a known answer, each asked twice: of the base as it is,
// and with the right entry taken out of it, so that the nearest wrong entry is learnt as wrong. TestMeasureCalibration
// prints how they do.
var (
	// bare is for questions without similar ones, where callers' wording is far from the entry's: fit.py, on the
	// hard sets that are not held out and on the samples.
	bare = logistic{-2.379, [features]float64{featCosine: 1.733, featStand: 0.618, featLead: 10.496, featReply: 1.008,
		featReplyLead: 2.654, featWords: 0.235, featSounds: 0.6, featCovered: 0.323, featRarest: 0.473}}
	// rich is for questions with similar ones: fit.py, on the samples and BANKING77, a quarter of its intents left out.
	rich = logistic{-5.147, [features]float64{featCosine: 12.8, featStand: 1.461, featLead: 5.397, featSounds: 2.173, featCovered: 0.976}}
	// alone is for questions without answers: BANKING77, CLINC150, BQ and the samples, 65 % of the questions with an answer.
	alone = logistic{-1.147, [features]float64{featCosine: 14.45, featStand: 0.077, featMargin: 20.8, featElsewhere: -1.976}}
	// passages is for texts without questions: XQuAD and a bank's FAQ without its questions, 70 % with an answer.
	passages = logistic{-1.48, [features]float64{featCosine: 5.986, featMargin: 13.482, featCovered: 1.369}}
	// passagesRead is for passages that were read together with the query: fit.py, on passages and on answers without their questions.
	passagesRead = logistic{-1.846, [features]float64{featMargin: 27.068, featCovered: 0.185, featFit: 0.236}}
)

// modelFor returns the weights for the kind of base, and for whether its passages were read together with the query.
func (ix *Index) modelFor(s *scores) logistic {
	switch {
	case s.pair.known && ix.unasked:
		return passagesRead
	case ix.mix.words >= mixPassage/2:
		return passages
	case float64(len(ix.owner)) >= richFrom*float64(len(ix.entries)):
		return rich
	case ix.avec == nil:
		return alone
	}
	return bare
}

func (l logistic) probability(f [features]float64) float64 {
	z := l.bias
	for i, w := range l.weight {
		z += w * f[i]
	}
	return 1 / (1 + math.Exp(-z))
}

// sameText is the cosine from which two texts are the same but for form.
const sameText = 0.985

// sameWords is the share of words in common from which query and question differ in words of form alone.
const sameWords = 0.98

// clearLead is the lead in dense score that such a query must have: "how do I pay" and "when do I pay" have the same words.
const clearLead = 0.02

// longSure is what the probability is drawn up to for queries as long as passages, which are unlike those the weights
// were fitted on: enough to offer what was found, too little to answer with it.
const longSure = 0.35

// calibrate fills PRight of hits, which are the entries in order.
func (ix *Index) calibrate(s *scores, order []int32, hits []Hit) {
	if len(order) == 0 {
		return
	}
	top := order[0]
	f := ix.measure(s, top)
	p := ix.modelFor(s).probability(f)
	if ix.paired() && s.pair.known && s.pair.top == top {
		p = s.pair.p
	}
	switch {
	case !s.vectors:
		p = wordsAlone(f[featCovered], ix.askedShare(s.words, top))
	case s.question[top] >= sameText && f[featMargin] > 0:
		p = max(p, 0.95)
	case f[featLead] > clearLead && min(f[featCovered], ix.askedShare(s.words, top)) >= sameWords:
		p = max(p, 0.9)
	}
	if far := ix.long(len(s.words.ids)); s.vectors && p < longSure {
		p += far * (longSure - p)
	}
	hits[0].PRight = p
	// What is left is shared by the others after how far behind they are.
	var sum float64
	shares := make([]float64, len(order))
	for n, i := range order[1:] {
		if ix.answers[i] != ix.answers[top] {
			shares[n+1] = math.Exp(-float64(s.fused[top]-s.fused[i]) / restScale)
			sum += shares[n+1]
		}
	}
	for n := range order[1:] {
		hits[n+1].PRight = p
		if shares[n+1] > 0 {
			hits[n+1].PRight = min(p, (1-p)*restShare*shares[n+1]/max(1, sum))
		}
	}
}

// How the probability that is left after the best entry goes to the others: the part that any entry gets at all, and the
// distance in fused score after which a share has fallen to 1/e.
const (
	restShare = 0.7
	restScale = 0.03
)

// wordsAlone is the probability when there are no vectors: an entry is sure only when query and question have the same
// words, because words in common say little about what is meant.
func wordsAlone(covered, asked float64) float64 {
	both := min(covered, asked)
	return 0.9 * both * both
}

// noRival is the margin where there is no other entry to be before: what is usual for right entries.
const noRival = 0.06

// measure computes the features of entry top for a query whose scores are fused.
func (ix *Index) measure(s *scores, top int32) [features]float64 {
	var f [features]float64
	if s.vectors {
		f[featCosine] = float64(s.question[top]) - ix.near
		if s.question[top] == 0 {
			f[featCosine] = float64(s.answer[top]) - ix.near
		}
		mean, dev := moments(ix.looked(s))
		f[featStand] = (float64(s.dense[top]) - mean) / max(0.01, dev)
	}
	rival := float32(0)
	for _, i := range s.pool {
		if ix.answers[i] != ix.answers[top] {
			rival = max(rival, s.fused[i])
		}
	}
	f[featWords] = float64(s.lexical[top])
	if s.pinyin != nil {
		f[featSounds] = float64(s.pinyin[top])
	}
	f[featLead] = ix.lead(s, s.dense, top)
	if s.answer[top] != 0 {
		f[featReply], f[featReplyLead] = float64(s.answer[top])-usualReply, ix.lead(s, s.answer, top)
	}
	f[featMargin] = noRival
	if rival > 0 {
		// The likeness by pieces widens all distances; the weights were fitted without it.
		f[featMargin] = float64(s.fused[top]-rival) / (1 + ix.mix.pieces)
	}
	has := map[int32]bool{}
	for _, id := range ix.held[top] {
		has[id] = true
	}
	f[featCovered] = float64(s.words.covered(has))
	f[featRarest] = float64(s.words.rarest(has))
	f[featElsewhere] = 1 - f[featCovered] - float64(s.words.unknown())
	if s.words.total == 0 { // nothing but words of form was said
		f[featElsewhere] = 0
	}
	f[featFit] = s.pair.ev[evFit]
	return f
}

// lead is how far the score of an entry is before those of entries with another answer, at most mostLead; it is below
// zero when one of them is better.
func (ix *Index) lead(s *scores, by []float32, top int32) float64 {
	rival := float32(0)
	for _, i := range s.pool {
		if ix.answers[i] != ix.answers[top] {
			rival = max(rival, by[i])
		}
	}
	return min(mostLead, float64(by[top]-rival))
}

// askedShare is the share of the words of the nearest form of an entry's question that the query has.
func (ix *Index) askedShare(q lexQuery, entry int32) float64 {
	in := map[int32]bool{}
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

// looked are the dense scores of the entries whose vectors were looked at.
func (ix *Index) looked(s *scores) []float32 {
	if ix.qscan == nil {
		return s.dense
	}
	var out []float32
	for _, v := range s.dense {
		if v != 0 {
			out = append(out, v)
		}
	}
	return out
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
