package judging

import (
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

// NewEars judges meaning by embedders, which stay the caller's. Without any, words decide alone.
func NewEars(embedders knowledgecmd.Embedders) *Ears {
	e := &Ears{words: nlu.New(nlu.Options{})}
	if len(embedders) == 0 {
		return e
	}
	moods := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) sentiment.Embedder { return em })
	floors := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) floor.Reader { return em })
	e.words = nlu.New(nlu.Options{Moods: sentiment.NewJudge(moods), Floors: floor.NewJudge(floors)})
	e.meaning = embedders.Concern()
	return e
}

// Listener is for one call.
func (e *Ears) Listener() *listen.Listener { return listen.New(e.words, e.meaning) }
