package nlu

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/parley-voice/parley/nlu/sentiment"
)

// Intents tells the intent of a text; p is the probability that it is right, 0..1, and name is "" when none is sure
// enough. It must be safe for concurrent use.
type Intents interface {
	Classify(ctx context.Context, text, lang string) (name string, p float64, err error)
}

// Options are what New needs; the zero value understands everything but the intents of a file.
type Options struct {
	Intents Intents      // nil: only small talk has an intent
	Log     *slog.Logger // nil discards
}

// Understander joins language, commands, intent and sentiment. It is safe for concurrent use.
type Understander struct {
	intents Intents
	log     *slog.Logger
}

// New returns an Understander.
func New(opt Options) *Understander {
	u := &Understander{intents: opt.Intents, log: opt.Log}
	if u.log == nil {
		u.log = slog.New(slog.DiscardHandler)
	}
	return u
}

// Understand tells what t means. It fails only when ctx has ended: without a working classifier of intents the rest is
// still understood.
func (u *Understander) Understand(ctx context.Context, t Turn) (Understanding, error) {
	lang := Language(t.Text, t.Lang)
	if lang == "" {
		lang = "en"
	}
	h := command(t, lang)
	out := Understanding{
		Lang: lang, Command: h.command, Choice: h.choice, Alone: h.command != None && h.alone, Backchannel: h.backchannel,
		Sentiment: sentiment.Score(t.Text, lang),
	}
	plain := normal(t.Text)
	switch out.Command {
	case None, Stop, Yes, No:
		if name := smallTalkOf(plain, strings.ReplaceAll(plain, " ", "")); name != "" && out.Command == None {
			out.Intent, out.IntentP, out.SmallTalk = name, 1, true
			return out, nil
		}
	default:
		out.Intent, out.IntentP = string(out.Command), 1
		return out, nil
	}
	if u.intents == nil || plain == "" || out.Alone || out.Backchannel {
		return out, nil
	}
	name, p, err := u.intents.Classify(ctx, t.Text, lang)
	switch {
	case ctx.Err() != nil:
		return Understanding{}, fmt.Errorf("classify intent: %w", context.Cause(ctx))
	case err != nil:
		u.log.Warn("intent not classified", "err", err)
	default:
		out.Intent, out.IntentP = name, p
	}
	return out, nil
}
