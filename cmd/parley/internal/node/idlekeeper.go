package node

import (
	"context"
	"slices"

	"github.com/parley-voice/parley/assist/concern"
)

// idleKeeper embeds texts of the program while no caller waits for anything, a few at a time: at the first start there are
// thousands. What callers say it embeds at once, like the embedder that it is.
type idleKeeper struct {
	concern.Embedder
	kept concern.Keeper
	idly func(ctx context.Context, fn func(context.Context) error) error // see judging.Idly
}

// idleTexts are embedded at a time, which takes most of a second. Those that had to give way are begun again.
const idleTexts = 128

// EmbedKept implements concern.Keeper. It blocks until all are embedded or ctx has ended.
func (k idleKeeper) EmbedKept(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, 0, len(texts))
	for some := range slices.Chunk(texts, idleTexts) {
		var vecs [][]float32
		err := k.idly(ctx, func(ctx context.Context) (err error) {
			vecs, err = k.kept.EmbedKept(ctx, some)
			return err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, vecs...)
	}
	return out, nil
}
