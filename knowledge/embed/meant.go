package embed

import (
	"context"
	_ "embed" // the part below
	"fmt"
)

// Callers do not speak as FAQs are written. For their questions the upper layers of the English model are computed once more, each
// of their matrices with a small change (of rank 16) that tune.py has learnt from made-up callers: what comes out is the vector of
// what is meant, to be compared with the vectors of entries, which stay as they were.

//go:embed meant.en.onnxpart
var meantEn []byte

// meantParts are the parts there are, by the Hash of the model they belong to.
var meantParts = map[string][]byte{bgeSmallEn: meantEn} //nolint:gochecknoglobals // a constant list

// meantOutput is the output that a part adds.
const meantOutput = "meant"

// MeantPieces is Pieces for a question as a caller asks it, with a vector more, of what is meant by it: to be compared with vectors of
// entries, beside that of the text itself. It is nil where nothing was learnt for the model. The first call may block for
// a moment while the model is opened.
func (e *Embedder) MeantPieces(ctx context.Context, text string) (meant, whole, rows, weights []float32, err error) {
	s, err := e.meant.open(e.path)
	if err != nil {
		return nil, nil, nil, nil, fmt.Errorf("embed question: %w", err)
	}
	if s == nil {
		whole, rows, weights, err = e.Pieces(ctx, text)
		return nil, whole, rows, weights, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, nil, err
	}
	e.mu.Lock()
	p, ok := e.asked.get(text)
	e.mu.Unlock()
	if ok {
		return p.meant, p.whole, p.rows, p.weights, nil
	}
	ids := e.tok.Encode(text, maxTokens)
	out, err := infer(ctx, s, ids, len(ids), nil)
	if err != nil {
		return nil, nil, nil, nil, fmt.Errorf("embed question: %w", err)
	}
	t, err := lastLayer(s, out, ids)
	if err != nil {
		return nil, nil, nil, nil, fmt.Errorf("embed question: %w", err)
	}
	p = e.piecesOf(t, ids)
	if len(out[meantOutput].Float) != e.dim {
		return nil, nil, nil, nil, fmt.Errorf("embed question: output %s has %d numbers, not %d", meantOutput, len(out[meantOutput].Float), e.dim)
	}
	p.meant = scaled(out[meantOutput].Float)
	e.mu.Lock()
	e.asked.put(text, p)
	e.mu.Unlock()
	return p.meant, p.whole, p.rows, p.weights, nil
}
