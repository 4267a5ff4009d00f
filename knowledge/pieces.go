package knowledge

import (
	"context"
	"fmt"
	"slices"

	"github.com/parley-voice/parley/knowledge/vector"
)

// Pieces is a text as a model sees it: word pieces in their context. One vector for a whole text blurs what it says in
// each place; comparing piece by piece finds the sentence of a passage that is meant.
type Pieces struct {
	Whole   []float32 // vector of the whole text, length one
	Rows    []float32 // vectors of the pieces, length one each, one after the other
	Weights []float32 // how much each piece says, 0..1, by how common it is in the language
}

// Embedder makes vectors of length one, one for each text.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// PieceEmbedder is an Embedder that can also tell the vectors of a text's pieces, in the same run of the model.
type PieceEmbedder interface {
	Pieces(ctx context.Context, text string) (whole, rows, weights []float32, err error)
}

// MeantEmbedder is a PieceEmbedder that also knows callers: meant is the vector of what is meant by a question of theirs, to
// be compared with those of entries beside whole, which is that of its text; nil where it knows none.
type MeantEmbedder interface {
	MeantPieces(ctx context.Context, text string) (meant, whole, rows, weights []float32, err error)
}

// FittingEmbedder is an Embedder that also reads a question and an entry together: each of fits is how much better an entry answers
// the question than their vectors tell, as what is to be added to the logarithm of the odds. It is nil where the embedder cannot.
type FittingEmbedder interface {
	Fits(ctx context.Context, question string, entries []string) (fits []float32, err error)
}

// NewQuery makes a query of text, which has been through Clean. When em knows pieces the query has them, and searching
// makes those of entries it has not compared before (milliseconds each, once per index): such a query must not be used
// after ctx has ended. It blocks for as long as the model takes.
func NewQuery(ctx context.Context, em Embedder, text string) (Query, error) {
	return newQuery(ctx, em, text, true)
}

// newQuery is NewQuery, with what is meant by the text and what fits it only where meant says so: it takes some milliseconds more.
func newQuery(ctx context.Context, em Embedder, text string, meant bool) (Query, error) {
	q := Query{Text: text}
	p, ok := em.(PieceEmbedder)
	if !ok {
		vecs, err := em.Embed(ctx, []string{text})
		if err != nil {
			return q, fmt.Errorf("make vector of query: %w", err)
		}
		q.Vector = vecs[0]
		return q, nil
	}
	var err error
	var pieces Pieces
	if m, ok := em.(MeantEmbedder); ok && meant {
		q.Meant, pieces.Whole, pieces.Rows, pieces.Weights, err = m.MeantPieces(ctx, text)
	} else {
		pieces.Whole, pieces.Rows, pieces.Weights, err = p.Pieces(ctx, text)
	}
	if err != nil {
		return q, fmt.Errorf("make vectors of query: %w", err)
	}
	q.Vector, q.Pieces = pieces.Whole, &pieces
	q.Make = func(text string) (*Pieces, error) { return piecesOf(ctx, p, text) }
	if f, ok := em.(FittingEmbedder); ok && meant {
		q.Fits = func(entries []string) ([]float32, error) { return f.Fits(ctx, text, entries) }
	}
	return q, nil
}

func piecesOf(ctx context.Context, em PieceEmbedder, text string) (*Pieces, error) {
	whole, rows, weights, err := em.Pieces(ctx, text)
	return &Pieces{whole, rows, weights}, err
}

// deepMost is the number of entries up to which pieces are kept: about 15 kB for an FAQ entry, 100 kB for a page.
const deepMost = 5000

// Deepen makes the pieces of all entries, so that no search has to. It does nothing in bases that are searched
// without pieces: those of questions alone, and those of more than 5,000 entries. It blocks for milliseconds an entry and ends with ctx.
func (ix *Index) Deepen(ctx context.Context, em PieceEmbedder) error {
	if !ix.piecewise() {
		return nil
	}
	for i := range ix.entries {
		if ix.deep[i].Load() != nil {
			continue
		}
		p, err := ix.makePieces(int32(i), func(text string) (*Pieces, error) { return piecesOf(ctx, em, text) })
		if err != nil {
			return fmt.Errorf("compare entries by pieces: %w", err)
		}
		ix.deep[i].Store(p)
	}
	return nil
}

// piecewise tells whether entries are compared by pieces.
func (ix *Index) piecewise() bool {
	return !ix.once && (ix.mix.pieces > 0 || ix.paired()) && len(ix.entries) <= deepMost
}

// deepText is what of an entry is compared by pieces.
func (ix *Index) deepText(i int32) string {
	e := ix.entries[i]
	switch {
	case e.Question == "":
		return e.Answer
	case e.Answer == "":
		return e.Question
	case ix.paired():
		return e.Question + " " + opening(e.Answer)
	}
	return e.Question + " " + e.Answer
}

// pieces are an entry's, made for comparing.
type pieces struct {
	rows  *vector.Scan
	whole []float32 // of the whole text
	// asked are those of the question alone, with how much they say; nil where entries are not compared as pairs.
	asked  *vector.Scan
	weight []float32
}

// makePieces makes those of entry i.
func (ix *Index) makePieces(i int32, of func(text string) (*Pieces, error)) (*pieces, error) {
	p, err := of(ix.deepText(i))
	if err != nil {
		return nil, err
	}
	out := &pieces{rows: vector.New(p.Rows, ix.dim).Packed(), whole: p.Whole}
	if !ix.paired() {
		return out, nil
	}
	if p, err = of(ix.entries[i].Question); err != nil {
		return nil, err
	}
	out.asked, out.weight = vector.New(p.Rows, ix.dim).Packed(), p.Weights
	return out, nil
}

// compare fills s.near with the likenesses of entries, in their order. It leaves it empty when the query or one of the
// entries has no pieces.
func (ix *Index) compare(s *scores, entries []int32) {
	s.near = s.near[:0]
	deep := ix.deepOf(s, entries)
	for _, p := range deep {
		s.near = append(s.near, ix.likeness(s, s.query.Pieces, p))
	}
}

// deepOf are the pieces of entries, in their order, made where they are missing. It is nil when the query or one of the
// entries has none.
func (ix *Index) deepOf(s *scores, entries []int32) []*pieces {
	q := s.query.Pieces
	if q == nil || len(q.Weights) == 0 || len(q.Rows) != len(q.Weights)*ix.dim || !ix.piecewise() {
		return nil
	}
	out := make([]*pieces, 0, len(entries))
	for _, i := range entries {
		p := ix.deep[i].Load()
		if p == nil && s.query.Make != nil {
			if made, err := ix.makePieces(i, s.query.Make); err == nil {
				p = made
				ix.deep[i].Store(p)
			}
		}
		if p == nil {
			return nil
		}
		out = append(out, p)
	}
	return out
}

// likeness is the cosine of each piece of q with the nearest of p, on average by weight.
func (ix *Index) likeness(s *scores, q *Pieces, p *pieces) float32 {
	var sum, total float32
	for k, w := range q.Weights {
		sum, total = sum+w*ix.nearest(s, q, k, p), total+w
	}
	return sum / max(1e-6, total)
}

// nearest is the cosine of piece k of q with the one of p that is nearest to it.
func (ix *Index) nearest(s *scores, q *Pieces, k int, p *pieces) float32 {
	n := p.rows.Len()
	s.cosines = slices.Grow(s.cosines[:0], n)[:n]
	p.rows.Dots(q.Rows[k*ix.dim:(k+1)*ix.dim], s.cosines)
	most := float32(-1)
	for _, c := range s.cosines {
		most = max(most, c)
	}
	return most
}
