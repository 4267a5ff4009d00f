package judging

import (
	"context"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/listen"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/floor"
	"github.com/parley-voice/parley/nlu/sentiment"
)

// Ears are what the turns of recorded calls are understood with, as the running system does. They are safe for concurrent use.
type Ears struct {
	words   *nlu.Understander
	meaning listen.Judge // nil: words decide alone
}

// NewEars learns to judge meaning by embedders, which stay the caller's. Without any, words decide alone. It blocks for a minute where
// the vectors of the examples are not kept.
func NewEars(ctx context.Context, embedders knowledgecmd.Embedders) (*Ears, error) {
	e := &Ears{words: nlu.New(nlu.Options{})}
	if len(embedders) == 0 {
		return e, nil
	}
	moods := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) sentiment.Embedder { return em })
	floors := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) floor.Reader { return em })
	e.words = nlu.New(nlu.Options{Moods: sentiment.NewJudge(moods), Floors: floor.NewJudge(floors)})
	j, err := concern.Train(ctx, knowledgecmd.ByLang(embedders, func(em *embed.Embedder) concern.Embedder { return em }))
	if err != nil {
		return nil, err
	}
	e.meaning = j
	return e, nil
}

// Listener is for one call.
func (e *Ears) Listener() *listen.Listener { return listen.New(e.words, e.meaning) }
