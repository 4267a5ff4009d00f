package embed

import (
	"context"
	_ "embed" // the part below
	"fmt"
	"os"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// Callers do not speak as FAQs are written. For their questions the upper layers of the English model are computed once more, each
// of their matrices with a small change (of rank 16) that tune.py has learnt from made-up callers: what comes out is the vector of
// what is meant, to be compared with the vectors of entries, which stay as they were. The part is an ONNX graph that is
// put behind the bytes of the model's own file, whose 8-bit weights it uses again: two such messages one after the other are one.

//go:embed meant.en.onnxpart
var meantEn []byte

// meantParts are the parts there are, by the Hash of the model they belong to.
var meantParts = map[string][]byte{meantEnFor: meantEn} //nolint:gochecknoglobals // a constant list

// meantEnFor is the Hash of bge-small-en.
const meantEnFor = "b3ddde66c235c665de63db6e0ef5f8d31010a48ca3d6785a3636605f6c87df06"

// meantOutput is the output that a part adds.
const meantOutput = "meant"

// withPart opens a model with a part behind it. Its outputs are the last layer and what is meant.
func withPart(path string, part []byte) (*onnx.Session, error) {
	in, out, err := onnx.Ports(path)
	if err != nil {
		return nil, err
	}
	model, err := os.ReadFile(path) //nolint:gosec // the folder is ours
	if err != nil {
		return nil, fmt.Errorf("open embedding model: %w", err)
	}
	o := onnx.Options{Threads: 1, Outputs: []string{out[0].Name, meantOutput}}
	for _, p := range in {
		o.Inputs = append(o.Inputs, p.Name)
	}
	return onnx.OpenBytes(path, append(model, part...), o)
}

// asking is the session for questions, opened when it is first needed; nil where the model has no part.
func (e *Embedder) asking() (*onnx.Session, error) {
	if e.part == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	e.opening.Lock()
	defer e.opening.Unlock()
	if e.meant == nil {
		s, err := withPart(e.path, e.part)
		if err != nil {
			return nil, err
		}
		e.meant = s
	}
	return e.meant, nil
}

// MeantPieces is Pieces for a question as a caller asks it, with a vector more, of what is meant by it: to be compared with vectors of
// entries, beside that of the text itself. It is nil where nothing was learnt for the model. The first call may block for
// a moment while the model is opened.
func (e *Embedder) MeantPieces(ctx context.Context, text string) (meant, whole, rows, weights []float32, err error) {
	s, err := e.asking()
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
	out, err := infer(ctx, s, ids, make([]int64, len(ids)))
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
