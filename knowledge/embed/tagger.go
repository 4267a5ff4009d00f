package embed

import (
	"context"
	"fmt"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// Bounds of what a Tagger reads, in pieces, as it was learnt (marked.py of nlu/redact): of what was said before, and of the text.
const (
	mostSaid = 64
	mostText = 156
)

// Names of what the part of a Tagger adds to the model: an input of what is known of the looks of each piece, one number a
// look, and an output of one number a piece.
const (
	tagInput  = "looks"
	tagOutput = "tags"
)

// Tagger judges each word of a text by a model whose matrices a part changes a little, as those of questions are (see MeantPieces).
// It is safe for concurrent use and ends with its Embedder.
type Tagger struct {
	e     *Embedder
	part  part
	looks int
}

// Tagger returns one that runs the model with graph put behind it, which reads so many looks of a word. The graph must have been
// learnt for this model (see Hash). The model is opened a second time when the first text is read, or by Warm.
func (e *Embedder) Tagger(graph []byte, looks int) *Tagger {
	t := &Tagger{e: e, part: part{graph: graph, output: tagOutput}, looks: looks}
	e.own(&t.part)
	return t
}

// Warm opens the model, which takes a moment, so that the first text need not wait for it.
func (t *Tagger) Warm() error {
	_, err := t.part.open(t.e.path)
	return err
}

// Tag judges the words of text behind what was said before it, turn by turn. Each of at is where a word stands in text, [start,end)
// in bytes, and of how many pieces it is; a Han character and a punctuation mark are words of their own; its judgement is the
// mean over the pieces. look tells the looks of a word, as bits, in the i-th turn of said, or in the text where i is len(said).
// Of a long text the first words come back, of what was said before the last pieces count. It blocks for one run of the
// model and returns the context's error when ctx ends.
func (t *Tagger) Tag(ctx context.Context, said []string, text string, look func(i int, at [3]int) uint64) (at [][3]int, judged []float32, err error) {
	s, err := t.part.open(t.e.path)
	if err != nil {
		return nil, nil, fmt.Errorf("judge words: %w", err)
	}
	var before line
	for i, turn := range said {
		before.add(t.e.tok, turn, func(at [3]int) uint64 { return look(i, at) }, 0)
	}
	cut := max(0, len(before.ids)-mostSaid)
	l := line{ids: []int64{t.e.tok.cls}, looks: []uint64{0}}
	l.ids, l.looks = append(l.ids, before.ids[cut:]...), append(l.looks, before.looks[cut:]...)
	l.end(t.e.tok)
	second := len(l.ids)
	at = l.add(t.e.tok, text, func(at [3]int) uint64 { return look(len(said), at) }, mostText)
	if len(at) == 0 {
		return nil, nil, nil
	}
	l.end(t.e.tok)
	out, err := infer(ctx, s, l.ids, second, map[string]onnx.Tensor{tagInput: t.looksOf(l)})
	if err != nil {
		return nil, nil, fmt.Errorf("judge words: %w", err)
	}
	given := out[tagOutput].Float
	if len(given) != len(l.ids) {
		return nil, nil, fmt.Errorf("judge words: output %s has %d numbers for %d pieces", tagOutput, len(given), len(l.ids))
	}
	judged, piece := make([]float32, len(at)), second
	for i, w := range at {
		for _, x := range given[piece : piece+w[2]] {
			judged[i] += x / float32(w[2])
		}
		piece += w[2]
	}
	return at, judged, nil
}

// looksOf are the looks of each piece of l, as the part reads them.
func (t *Tagger) looksOf(l line) onnx.Tensor {
	looks := make([]float32, 0, len(l.looks)*t.looks)
	for _, of := range l.looks {
		for k := range t.looks {
			looks = append(looks, float32(of>>k&1))
		}
	}
	return onnx.Floats(looks, 1, int64(len(l.looks)), int64(t.looks))
}

// line is what a model reads: the pieces, and the looks of the word each belongs to.
type line struct {
	ids   []int64
	looks []uint64
}

// add appends the words of text until there are more than most pieces of them, where most is not 0, and returns where they stand.
func (l *line) add(tok *Tokenizer, text string, look func(at [3]int) uint64, most int) (at [][3]int) {
	begin := len(l.ids)
	for _, w := range tok.words(text) {
		from := len(l.ids)
		l.ids = tok.appendPieces(l.ids, w.text)
		if most > 0 && len(l.ids) > begin+most {
			l.ids = l.ids[:from]
			break
		}
		place := [3]int{w.start, w.end, len(l.ids) - from}
		seen := look(place)
		for range place[2] {
			l.looks = append(l.looks, seen)
		}
		at = append(at, place)
	}
	return at
}

// end appends the mark behind a text.
func (l *line) end(tok *Tokenizer) { l.ids, l.looks = append(l.ids, tok.sep), append(l.looks, 0) }
