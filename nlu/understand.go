package nlu

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"

	"github.com/parley-voice/parley/nlu/floor"
	"github.com/parley-voice/parley/nlu/sentiment"
)

// Intents tells the intent of a text; p is the probability that it is right, 0..1, and name is "" when none is sure
// enough. It must be safe for concurrent use.
type Intents interface {
	Classify(ctx context.Context, text, lang string) (name string, p float64, err error)
}

// Moods tells how a text sounds, -1 (angry, sad) to 1 (pleased). It must be safe for concurrent use.
type Moods interface {
	Mood(ctx context.Context, text, lang string) (float64, error)
}

// Floors tells how likely whoever said a text has more to say, and how likely they want the other side to wait, 0..1. It must be
// safe for concurrent use.
type Floors interface {
	Floor(ctx context.Context, text, lang string) (open, wait float64, err error)
}

// sureWait is how likely somebody wants the other side to wait from which on that is done.
const sureWait = 0.5

// Options are what New needs; the zero value understands everything but the intents of a file.
type Options struct {
	Intents Intents      // nil: only small talk has an intent
	Moods   Moods        // nil: sentiment is told by the words alone
	Floors  Floors       // nil: whether a sentence goes on is told by the words alone
	Log     *slog.Logger // nil discards
}

// Understander joins language, commands, intent and sentiment. It is safe for concurrent use.
type Understander struct {
	intents Intents
	moods   Moods
	floors  Floors
	log     *slog.Logger
}

// New returns an Understander.
func New(opt Options) *Understander {
	u := &Understander{intents: opt.Intents, moods: opt.Moods, floors: opt.Floors, log: opt.Log}
	if u.log == nil {
		u.log = slog.New(slog.DiscardHandler)
	}
	if u.floors == nil {
		u.floors = floor.NewJudge(nil)
	}
	return u
}

// Understand tells what t means. It fails only when ctx has ended: without a working classifier of intents or judge of moods
// the rest is still understood.
func (u *Understander) Understand(ctx context.Context, t Turn) (Understanding, error) {
	lang := Language(t.Text, t.Lang)
	if lang == "" {
		lang = "en"
	}
	h := command(t, lang)
	out := Understanding{
		Lang: lang, Command: h.command, Choice: h.choice, Alone: h.command != None && h.alone, Backchannel: h.backchannel,
	}
	open, wait, err := u.floor(ctx, t.Text, lang) // first, since it reads the text as all who come after need it
	if err != nil {
		return Understanding{}, err
	}
	out.Open = open
	if out.Sentiment, err = u.mood(ctx, t.Text, lang); err != nil {
		return Understanding{}, err
	}
	plain := normal(t.Text)
	switch out.Command {
	case None, Stop, Yes, No:
		if name := smallTalkOf(plain, strings.ReplaceAll(plain, " ", "")); name != "" && out.Command == None {
			out.Intent, out.IntentP, out.SmallTalk = name, 1, true
			return out, nil
		}
		if out.Command == None && wait >= sureWait {
			out.Command, out.Alone = Stop, true
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

// floor tells what the caller does with the floor. Where nobody can tell, the text is all they have to say.
func (u *Understander) floor(ctx context.Context, text, lang string) (open, wait float64, err error) {
	open, wait, err = u.floors.Floor(ctx, text, lang)
	switch {
	case ctx.Err() != nil:
		return 0, 0, fmt.Errorf("judge floor: %w", context.Cause(ctx))
	case err != nil:
		u.log.Warn("whether a sentence goes on not judged, it ends", "err", err)
		return 0, 0, nil
	}
	return math.Round(1000*open) / 1000, wait, nil
}

// mood tells how text sounds, by its words where nothing better works.
func (u *Understander) mood(ctx context.Context, text, lang string) (float64, error) {
	if u.moods == nil {
		return sentiment.Score(text, lang), nil
	}
	v, err := u.moods.Mood(ctx, text, lang)
	switch {
	case ctx.Err() != nil:
		return 0, fmt.Errorf("judge mood: %w", context.Cause(ctx))
	case err != nil:
		u.log.Warn("mood not judged, words decide", "err", err)
		return sentiment.Score(text, lang), nil
	}
	return v, nil
}
