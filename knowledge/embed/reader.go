package embed

import (
	"context"
	"fmt"
	"slices"
)

// Bounds of what a Reader reads, in pieces, as it was learnt (learn.py of assist/concern): of what was said before, and of what is
// said now.
const (
	mostBefore = 40
	mostNow    = 60
)

// readOutput is the output that the part of a Reader adds: numbers of what is said at the end of a talk.
const readOutput = "reads"

// Reader judges what is said at the end of a talk by what the lower layers of a model make of its pieces, on which a part puts
// layers of its own. It is safe for concurrent use and ends with its Embedder.
type Reader struct {
	e    *Embedder
	part part
}

// Reader returns one that runs the model with graph put behind it, which must have been learnt for this model (see Hash). The model
// is opened a second time when the first text is read.
func (e *Embedder) Reader(graph []byte) *Reader {
	r := &Reader{e: e, part: part{graph: graph, output: readOutput}}
	e.own(&r.part)
	return r
}

// Read judges what is said now behind what was said before it, oldest first: of both the last pieces count. What the numbers mean is
// for whoever learnt the part to say. It blocks for one run of these layers on 103 pieces at most, the first time also while the
// model is opened, and returns the context's error when ctx ends.
func (r *Reader) Read(ctx context.Context, before []string, now string) ([]float32, error) {
	s, err := r.part.open(r.e.path)
	if err != nil {
		return nil, fmt.Errorf("read what is said: %w", err)
	}
	tok := r.e.tok
	var said []int64
	for i := len(before) - 1; i >= 0 && len(said) < mostBefore; i-- {
		said = append(tok.pieces(before[i]), said...)
	}
	ids := append([]int64{tok.cls}, newest(said, mostBefore)...)
	ids = append(ids, tok.sep)
	second := len(ids)
	ids = append(append(ids, newest(tok.pieces(now), mostNow)...), tok.sep)
	out, err := infer(ctx, s, ids, second, nil)
	if err != nil {
		return nil, fmt.Errorf("read what is said: %w", err)
	}
	return slices.Clone(out[readOutput].Float), nil
}

// pieces are the token numbers of text, without marks around them.
func (t *Tokenizer) pieces(text string) []int64 {
	var ids []int64
	for _, word := range t.words(text) {
		ids = t.appendPieces(ids, word.text)
	}
	return ids
}

func newest(ids []int64, most int) []int64 { return ids[max(0, len(ids)-most):] }
