package embed

import (
	"context"
	_ "embed" // the parts below
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// A vector for a question and one for an entry are made without either knowing the other. Where it matters, among the few
// entries that may answer, question and entry are read together: one run of the model for each, all its matrices with small
// changes that fits.py has learnt from made-up callers, and one number at the end.

//go:embed fits.en.onnxpart
var fitsEn []byte

//go:embed fits.zh.onnxpart
var fitsZh []byte

// fitsParts are the parts there are, by the Hash of the model they belong to.
var fitsParts = map[string][]byte{bgeSmallEn: fitsEn, bgeSmallZh: fitsZh} //nolint:gochecknoglobals // a constant list

// Bounds of what is read together, in pieces, as they were learnt with.
const (
	mostQuestion = 64
	mostEntry    = 72
)

// recentFits is how many pairs are remembered: a turn is looked up more than once while it is spoken.
const recentFits = 2048

// fitsTime bounds the reading of all pairs of a question, beyond which a busy machine does better without: a caller waits.
const fitsTime = 2500 * time.Millisecond

// Fits tells how much better each entry answers question than their vectors tell (below 0: worse), as what is to be added to the
// logarithm of the odds. It is nil where nothing was learnt for the model. It blocks for one run of the model for each entry, spread over the machine's cores, for two and a half seconds at most, and
// returns the context's error when ctx ends; the first call opens the model, which takes most of a second.
func (e *Embedder) Fits(ctx context.Context, question string, entries []string) ([]float32, error) {
	s, err := e.fits.open(e.path)
	if err != nil {
		return nil, fmt.Errorf("judge entries: %w", err)
	}
	if s == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, fitsTime)
	defer cancel()
	out := make([]float32, len(entries))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(onnx.Cores())
	for i, entry := range entries {
		// Ends with its one entry; Wait below waits for all.
		g.Go(func() error {
			v, err := e.fit(ctx, s, question, entry)
			out[i] = v
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("judge entries: %w", err)
	}
	return out, nil
}

func (e *Embedder) fit(ctx context.Context, s *onnx.Session, question, entry string) (float32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	key := strings.Join([]string{question, entry}, "\x00")
	e.mu.Lock()
	v, ok := e.fitted.get(key)
	e.mu.Unlock()
	if ok {
		return v, nil
	}
	ids := e.tok.Encode(question, mostQuestion+2)
	second := len(ids)
	ids = append(ids, e.tok.Encode(entry, mostEntry+2)[1:]...)
	out, err := infer(ctx, s, ids, second, nil)
	if err != nil {
		return 0, err
	}
	if n := len(out[fitsOutput].Float); n != 1 {
		return 0, fmt.Errorf("output %s has %d numbers, not 1", fitsOutput, n)
	}
	v = out[fitsOutput].Float[0]
	e.mu.Lock()
	e.fitted.put(key, v)
	e.mu.Unlock()
	return v, nil
}

// fitsOutput is the output that a part for Fits adds.
const fitsOutput = "fits"
