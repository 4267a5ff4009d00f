package embed

import (
	"context"
	"fmt"
)

// Bounds of what Words reads: of what was said before, and of the text, in pieces.
const (
	mostBefore = 96
	mostText   = 156
)

// Words computes what the model makes of each word of text behind what was said before it: the mean of the last layer over
// the pieces of the word. Each of at is where a word stands in text, [start,end) in bytes, and of how many pieces it is; a Han
// character and a punctuation mark are words of their own. Of a long text the first words come back, of a long before the last
// pieces count. The states are the caller's. It blocks for one run of the model and returns the context's error when ctx ends.
func (e *Embedder) Words(ctx context.Context, before, text string) (at [][3]int, states [][]float32, err error) {
	var first []int64
	for _, w := range e.tok.words(before) {
		first = e.tok.appendPieces(first, w.text)
	}
	ids := append([]int64{e.tok.cls}, first[max(0, len(first)-mostBefore):]...)
	ids = append(ids, e.tok.sep)
	second := len(ids)
	for _, w := range e.tok.words(text) {
		from := len(ids)
		ids = e.tok.appendPieces(ids, w.text)
		if len(ids) > second+mostText {
			ids = ids[:from]
			break
		}
		at = append(at, [3]int{w.start, w.end, len(ids) - from})
	}
	if len(at) == 0 {
		return nil, nil, nil
	}
	ids = append(ids, e.tok.sep)
	types := make([]int64, len(ids))
	for i := second; i < len(ids); i++ {
		types[i] = 1
	}
	t, err := e.lastOf(ctx, ids, types)
	if err != nil {
		return nil, nil, fmt.Errorf("read words: %w", err)
	}
	width, piece := int(t.Shape[2]), second
	states = make([][]float32, len(at))
	for i, w := range at {
		sum := make([]float32, width)
		for range w[2] {
			for k, x := range t.Float[piece*width : (piece+1)*width] {
				sum[k] += x / float32(w[2])
			}
			piece++
		}
		states[i] = sum
	}
	return at, states, nil
}
