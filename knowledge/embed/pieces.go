package embed

import (
	"context"
	"fmt"
	"math"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// pieces are what Pieces returns.
type pieces struct{ whole, rows, weights, meant []float32 }

// Pieces returns the vector of a text, those of its word pieces one after the other, and how much each piece says, 0..1,
// from one run of the model. The last texts are kept, and
// what is returned may be shared with later callers and must not be changed. It returns the context's error when ctx ends.
func (e *Embedder) Pieces(ctx context.Context, text string) (whole, rows, weights []float32, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	e.mu.Lock()
	p, ok := e.pieces.get(text)
	e.mu.Unlock()
	if ok {
		return p.whole, p.rows, p.weights, nil
	}
	ids := e.tok.Encode(text, maxTokens)
	t, err := e.last(ctx, ids)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("embed text piece by piece: %w", err)
	}
	p = e.piecesOf(t, ids)
	e.mu.Lock()
	e.pieces.put(text, p)
	e.cache.put(text, p.whole)
	e.mu.Unlock()
	return p.whole, p.rows, p.weights, nil
}

// piecesOf cuts the model's last layer for the tokens ids into pieces.
func (e *Embedder) piecesOf(t onnx.Tensor, ids []int64) pieces {
	width := int(t.Shape[2])
	p := pieces{whole: scaled(t.Float[:width])}
	for i := 1; i < len(ids)-1; i++ {
		p.rows = append(p.rows, scaled(t.Float[i*width:(i+1)*width])...)
		p.weights = append(p.weights, e.tok.weight(ids[i]))
	}
	return p
}

// Where the words begin in a vocabulary that is ordered by how common they are, as the English one is.
const firstWord = 1990

// Characters that carry little in a Chinese question, and what they weigh: its vocabulary is not ordered.
const (
	formChars  = `的了吗呢吧啊呀嘛哦么是在有我你您他她它们这那个些和与及或就都也还又很太更最请问想要会能可以怎样如何什为哪谁几一下把被给对到从向以而且并但如果时候里上下中呃嗯知道说`
	formWeight = 0.15
)

// weight tells how much a piece says, 0..1: nearly nothing for punctuation, the more the rarer where the vocabulary is
// ordered by frequency, else one.
func (t *Tokenizer) weight(id int64) float32 {
	if t.marks[id] {
		return 0.02
	}
	if !t.byFrequency {
		if t.form[id] {
			return formWeight
		}
		return 1
	}
	return float32(min(1, max(0.05, math.Log(float64(max(1, id-firstWord)))/10)))
}
