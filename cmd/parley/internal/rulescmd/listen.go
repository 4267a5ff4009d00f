package rulescmd

import (
	"context"
	"errors"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/pipeline/call"
)

// Listener understands the caller's turns of a recorded call as the running system does.
type Listener struct {
	understand *nlu.Understander
	judge      *concern.Judge // nil with words only
	embedders  knowledgecmd.Embedders
}

// NewListener loads what Listen needs; with wordsOnly, meaning is left out. It fails when the
// models are not there. Close it after the last use.
func NewListener(ctx context.Context, env *cli.Env, wordsOnly bool) (*Listener, error) {
	l := &Listener{understand: nlu.New(nlu.Options{})}
	if wordsOnly {
		return l, nil
	}
	var err error
	if l.embedders, err = knowledgecmd.OpenEmbedders(env, "en", "zh"); err != nil {
		return nil, err
	}
	by, moods := map[string]concern.Embedder{}, map[string]sentiment.Embedder{}
	for lang, em := range l.embedders {
		by[lang], moods[lang] = em, em
	}
	l.understand = nlu.New(nlu.Options{Moods: sentiment.NewJudge(moods), Log: env.Log})
	if l.judge, err = concern.Train(ctx, by); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// listenOrWords is NewListener, but goes on with the words when there are no models, and says so.
func listenOrWords(ctx context.Context, env *cli.Env, wordsOnly bool) (*Listener, error) {
	l, err := NewListener(ctx, env, wordsOnly)
	if err != nil && ctx.Err() == nil {
		env.Log.Warn("meaning is not judged, words decide alone", "why", err)
		return NewListener(ctx, env, true)
	}
	return l, err
}

// Close frees the models.
func (l *Listener) Close() error { return l.embedders.Close() }

// Listen fills in what a turn means; before is what was last said to the caller. What the turn has already stays.
func (l *Listener) Listen(ctx context.Context, before string, t *rules.Turn) error {
	if t.Who != call.Caller {
		return l.reply(ctx, t)
	}
	u, err := l.understand.Understand(ctx, nlu.Turn{Text: t.Text, Lang: t.Lang})
	if err != nil {
		return err
	}
	if t.Intent == "" {
		t.Intent = u.Intent
	}
	if t.Sentiment == 0 {
		t.Sentiment = u.Sentiment
	}
	if l.judge == nil {
		return nil
	}
	o, err := l.judge.JudgeReply(ctx, before, t.Text, u.Lang)
	if err != nil {
		return err
	}
	t.Concern, t.ConcernKind, t.Case = o.Concern, o.Kind, rules.Case(o.Case)
	return nil
}

// reply fills in how much an agent's or a bot's turn leaves open.
func (l *Listener) reply(ctx context.Context, t *rules.Turn) error {
	if l.judge == nil {
		return nil
	}
	var err error
	t.Open, err = l.judge.Open(ctx, t.Text, nlu.Language(t.Text, t.Lang))
	return err
}
