package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge/vector"
)

// Entries that have a question and an answer, and no similar questions to speak of, are compared with a query in a way of
// their own: callers use the words of neither, but what they say is often nearer to the two together than to either.

// The weights of an entry's scores, fitted on the hard sets that are not held out and the samples so that right
// entries come first; fit.py fits the same kind of weights. Lexical scores and sounds are 0..1.
const (
	pairQuestion = 14.69 // cosine of its question
	pairAnswer   = 6.22  // of its answer
	pairBoth     = 10.62 // of the two as one text
	pairWords    = 3.39
	pairSounds   = 1.68
	pairPieces   = 10 // likeness by pieces, chosen on sets that came later
)

// pairCosine brings the sum back to the measure of a cosine.
const pairCosine = pairQuestion + pairAnswer + pairBoth

// paired tells whether the entries are compared in this way.
func (ix *Index) paired() bool {
	return ix.mix.pieces == 0 && ix.avec != nil && len(ix.owner) > 0 && float64(len(ix.owner)) < richFrom*float64(len(ix.entries))
}

// Warm opens the model of questions and makes the pieces of all entries of a base of questions and answers, or of short passages, of at most 2,000 of them, so
// that no search has to; in other bases it does nothing. It rests as long as it works, since calls come first, blocks for about 10 ms an entry and
// ends with ctx.
func (ix *Index) Warm(ctx context.Context, em PieceEmbedder) error {
	if !ix.paired() && !ix.readable() || len(ix.entries) > lookAll {
		return nil
	}
	if err := openModels(ctx, em); err != nil {
		return err
	}
	if !ix.piecewise() {
		return nil
	}
	for i := range ix.entries {
		if ix.deep[i].Load() != nil {
			continue
		}
		began := time.Now()
		p, err := ix.makePieces(int32(i), func(text string) (*Pieces, error) { return piecesOf(ctx, em, text) })
		if err != nil {
			return fmt.Errorf("make pieces of entries: %w", err)
		}
		ix.deep[i].Store(p)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Since(began)):
		}
	}
	return nil
}

// openModels opens the models that only questions are read by: the first takes most of a second for each.
func openModels(ctx context.Context, em PieceEmbedder) error {
	if m, ok := em.(MeantEmbedder); ok {
		if _, _, _, _, err := m.MeantPieces(ctx, ""); err != nil {
			return fmt.Errorf("open the model of questions: %w", err)
		}
	}
	if f, ok := em.(FittingEmbedder); ok {
		if _, err := f.Fits(ctx, "", []string{""}); err != nil {
			return fmt.Errorf("open the model of answers: %w", err)
		}
	}
	return nil
}

// openingMost is how many bytes of an answer are compared together with its question: what it is about is said early.
const openingMost = 300

// opening is the beginning of text, of whole words.
func opening(text string) string {
	if len(text) <= openingMost {
		return text
	}
	cut := openingMost
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	if at := strings.LastIndexByte(text[:cut], ' '); at > openingMost/2 {
		cut = at
	}
	return text[:cut]
}

// pairing is the best entry with how likely it is right, and the evidence for that.
type pairing struct {
	known bool
	top   int32
	p     float64
	ev    evidence
}

// likely are the cosines of a query's vector with an entry's question, its answer, and the two together.
type likely struct{ question, answer, both float32 }

// sum weighs them.
func (l likely) sum() float64 {
	return pairQuestion*float64(l.question) + pairAnswer*float64(l.answer) + pairBoth*float64(l.both)
}

// meant are the cosines of what is meant with entry i, those of what was said where nobody knows more.
func (ix *Index) meant(s *scores, i int32, p *pieces, both float32) likely {
	m := s.query.Meant
	if len(m) != ix.dim {
		return likely{s.question[i], s.answer[i], both}
	}
	question, answer := ix.cosines(m, i)
	return likely{question, answer, vector.Dot(m, p.whole)}
}

// cosines are those of v with the nearest question of entry i and with its answer, 0 without.
func (ix *Index) cosines(v []float32, i int32) (question, answer float32) {
	for at := ix.first[i]; at < ix.first[i+1]; at++ {
		question = max(question, vector.Dot(v, ix.qvec[int(at)*ix.dim:]))
	}
	if ix.hasA[i] {
		answer = vector.Dot(v, ix.avec[int(i)*ix.dim:])
	}
	return question, answer
}

// rivals are the entries compared for one query, with what the comparing told, all in one order.
type rivals struct {
	first []int32
	deep  []*pieces
	both  []float32 // cosines with question and answer together
	meant []likely
	likes []float32 // likenesses by pieces
	said  []float64 // sums of the cosines of what is said
	sums  []float64 // the same with what is meant and the words: the higher, the better
}

// top is the place of the best.
func (r *rivals) top() int {
	top := 0
	for k, sum := range r.sums {
		if sum > r.sums[top] {
			top = k
		}
	}
	return top
}

// rivals compares the best of the pool; it is nil when the query or an entry has no pieces.
func (ix *Index) rivals(s *scores) *rivals {
	first := s.pool[:min(compared, len(s.pool))]
	n := len(first)
	r := &rivals{slices.Clone(first), ix.deepOf(s, first), make([]float32, n), make([]likely, n), make([]float32, n), make([]float64, n), make([]float64, n)}
	if len(r.deep) == 0 {
		return nil
	}
	for k, i := range first {
		r.both[k] = vector.Dot(s.query.Vector, r.deep[k].whole)
		r.meant[k] = ix.meant(s, i, r.deep[k], r.both[k])
		r.said[k] = likely{s.question[i], s.answer[i], r.both[k]}.sum()
		r.likes[k] = ix.likeness(s, s.query.Pieces, r.deep[k])
		r.sums[k] = (r.said[k]+r.meant[k].sum())/2 + ix.heard(s, i) + pairPieces*float64(r.likes[k])
	}
	return r
}

// heard weighs the words and sounds that entry i has in common with the query.
func (ix *Index) heard(s *scores, i int32) float64 {
	sum := pairWords * float64(s.lexical[i])
	if s.pinyin != nil {
		sum += pairSounds * float64(s.pinyin[i])
	}
	return sum
}

// saidEnough is the probability from which vectors and words are sure enough for nothing to be read together with the question:
// four plainly worded questions in ten. On sets that were not learnt from, as many were answered wrongly as when all was read.
const saidEnough = 0.93

// pair orders the best of the pool, which is sorted, anew and notes how likely the best is right. It does nothing when the query or an entry has no pieces.
func (ix *Index) pair(s *scores) {
	r := ix.rivals(s)
	if r == nil {
		return
	}
	top := r.top()
	ev := ix.evidenceFor(s, r, top)
	p := sureSaid.probability(forksSaid(), &ev)
	if p < saidEnough || ix.readAll {
		if fits := ix.fitsOf(s, r); fits != nil {
			top = r.top()
			ev = ix.evidenceFor(s, r, top)
			ix.evidenceOfFits(&ev, r, top, fits)
			p = sureRead.probability(forksRead(), &ev)
		}
	}
	s.pair = pairing{known: true, top: r.first[top], p: p, ev: ev}
	ix.putInOrder(s, r)
}

// putInOrder makes the sums of r the fused scores of its entries, above those of the others of the pool, and sorts the pool by them.
func (ix *Index) putInOrder(s *scores, r *rivals) {
	above := float32(0)
	for _, i := range s.pool[len(r.first):] {
		above = max(above, s.fused[i])
	}
	above = max(0, above-float32(slices.Min(r.sums)/pairCosine)+1e-4)
	for k, i := range r.first {
		s.fused[i] = float32(r.sums[k]/pairCosine) + above
	}
	slices.SortFunc(s.pool, func(a, b int32) int { return cmp.Or(cmp.Compare(s.fused[b], s.fused[a]), cmp.Compare(a, b)) })
}
