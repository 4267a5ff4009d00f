// Package brain wires what thinks: the knowledge, the embedding models, the understanding and the answer engine.
// serve, ask and the desk open the same one.
package brain

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/llm"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/floor"
	"github.com/parley-voice/parley/nlu/intent"
	"github.com/parley-voice/parley/nlu/sentiment"
)

// LLM is an OpenAI-compatible server that may phrase replies. An empty URL means none.
type LLM struct {
	URL   string
	Model string
	Key   string
}

// Options are the parts of the configuration that matter here.
type Options struct {
	Bar float64 // probability above which an approved answer is given, 0 is the engine's own
	LLM LLM
	// Intents is a YAML file of intents, "" for the built-in ones.
	Intents string
}

// Brain is everything between a text and a decision. Close it.
type Brain struct {
	Store        *knowledgecmd.Store
	Understander *nlu.Understander
	Engine       *answer.Engine
	Writer       *llm.Writer  // nil without a language model
	Phraser      *llm.Phraser // nil without a language model
}

// Open opens the knowledge of env and loads the models.
func Open(ctx context.Context, env *cli.Env, opt Options) (*Brain, error) {
	st, err := knowledgecmd.OpenStore(ctx, env, nil)
	if err != nil {
		return nil, err
	}
	intents, err := intentsOf(ctx, st, opt.Intents)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	moods := knowledgecmd.ByLang(st.Embedders(), func(em *embed.Embedder) sentiment.Embedder { return em })
	floors := knowledgecmd.ByLang(st.Embedders(), func(em *embed.Embedder) floor.Reader { return em })
	u := nlu.New(nlu.Options{Intents: intents, Moods: sentiment.NewJudge(moods), Floors: floor.NewJudge(floors), Log: env.Log})
	aopt := answer.Options{Bar: opt.Bar, Log: env.Log}
	b := &Brain{Store: st, Understander: u}
	if opt.LLM.URL != "" {
		m, err := llm.NewModel(llm.Config{URL: opt.LLM.URL, Model: opt.LLM.Model, Key: opt.LLM.Key})
		if err != nil {
			return nil, errors.Join(err, st.Close())
		}
		b.Phraser, b.Writer = llm.NewPhraser(m, env.Log), llm.NewWriter(m)
		aopt.Phraser = b.Phraser
	}
	b.Engine = answer.New(u, st, aopt)
	return b, nil
}

// intentsOf learns the intents of a file, or the built-in ones.
func intentsOf(ctx context.Context, st *knowledgecmd.Store, file string) (*intent.Classifier, error) {
	examples := intent.Default()
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read intents: %w: check the path", err)
		}
		if examples, err = intent.Parse(raw); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	by := knowledgecmd.ByLang(st.Embedders(), func(em *embed.Embedder) intent.Embedder { return em })
	return intent.Train(ctx, examples, intent.Options{Embedders: by})
}

// With returns an engine that knows e in place of the stored entry with its ID; see knowledge.Trier. The language model
// is left out: what it says is not the same twice.
func (b *Brain) With(ctx context.Context, e knowledge.Entry, bar float64) (*answer.Engine, error) {
	trial, err := b.Store.With(ctx, e)
	if err != nil {
		return nil, err
	}
	return answer.New(b.Understander, trial, answer.Options{Bar: bar}), nil
}

// Close closes the knowledge and frees the models. No answer may be in the making.
func (b *Brain) Close() error { return b.Store.Close() }
