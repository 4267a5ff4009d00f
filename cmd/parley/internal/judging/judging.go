// Package judging makes the scorers of calls, the same ones for a running node, its measurement and recordings made
// elsewhere, so that one call gets the same answers from all of them.
package judging

import (
	"context"
	"errors"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/quality/reads"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/work"
)

// Scorer judges by the models of meaning in embedders, which may be nil and stay the caller's, and asks model what forms
// leave to a language model; nil leaves that to people.
func Scorer(embedders knowledgecmd.Embedders, model quality.Model) *quality.Scorer {
	by := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) quality.Embedder { return em })
	readers := map[string]reads.Reader{}
	for lang, em := range embedders {
		if m := reads.For(em.Hash()); m != nil {
			readers[lang] = em.Reader(m.Part)
		}
	}
	return quality.New(quality.Options{Model: model, Embedders: by, Readers: readers})
}

// Idly runs fn in the lowest class of q, on one thread and only while nothing urgent runs. Where fn had to give way it is
// run again from where it stopped, as soon as there is room, so that a busy line delays it and does not end it. It returns
// the error of fn or that of ctx.
func Idly(q *work.Queue) func(ctx context.Context, fn func(context.Context) error) error {
	return func(ctx context.Context, fn func(context.Context) error) error {
		for {
			gaveWay := false
			err := q.Do(ctx, work.Background, "", func(ctx context.Context) error {
				err := fn(ctx)
				gaveWay = err != nil && errors.Is(context.Cause(ctx), work.ErrYield)
				return err
			})
			if !gaveWay || ctx.Err() != nil {
				return err
			}
		}
	}
}
