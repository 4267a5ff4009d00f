// Package listen understands what is said in a call, turn by turn, for whoever plays it to the rules: the desk while a call runs,
// and whoever tries rules on calls on record, recordings and dialogues that are written down. What a turn means depends on what it
// replies to, so a Listener remembers that.
package listen

import (
	"context"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// Understander tells what the words of a turn want and how they sound (nlu.Understander does).
type Understander interface {
	Understand(ctx context.Context, t nlu.Turn) (nlu.Understanding, error)
}

// Judge tells what is made of the meaning of a turn behind what the other side said last (concern.Judge does). Both block while a
// model runs and must end with ctx.
type Judge interface {
	Caller(ctx context.Context, before, text, lang string) (concern.Opinion, error)
	Agent(ctx context.Context, before, text, lang string) (concern.Conduct, error)
}

// Listener understands the turns of one call, one after the other, by one goroutine at a time.
type Listener struct {
	understand Understander
	judge      Judge
	told, said string // what was last said to the caller, and by them
}

// New returns a Listener for one call. Without understand the turns keep what is known of them, without judge words decide alone.
func New(understand Understander, judge Judge) *Listener {
	return &Listener{understand: understand, judge: judge}
}

// Turn fills in what the next turn means: intent and sentiment of a caller's where they are not known yet, then Concern,
// ConcernKind and Case of a caller's, Conduct, ConductKind and Open of another's. It blocks while models run. After an error the
// rest of t stays, and the same turn may be given once more.
func (l *Listener) Turn(ctx context.Context, t *rules.Turn) error {
	lang := nlu.Language(t.Text, t.Lang)
	if t.Who != call.Caller {
		l.Pass(*t)
		if l.judge == nil {
			return nil
		}
		c, err := l.judge.Agent(ctx, l.said, t.Text, lang)
		t.Open = c.Open
		if t.Who == call.Agent { // the bot says what was written for it
			t.Conduct, t.ConductKind = c.Unfair, c.Kind
		}
		return err
	}
	l.Pass(*t)
	if l.understand != nil {
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
		lang = u.Lang
	}
	if l.judge == nil {
		return nil
	}
	o, err := l.judge.Caller(ctx, l.told, t.Text, lang)
	if err != nil {
		return err
	}
	t.Concern, t.ConcernKind, t.Case = o.Concern, o.Kind, rules.Case(o.Case)
	return nil
}

// Pass is Turn for one whose meaning nobody asks for: it is only remembered.
func (l *Listener) Pass(t rules.Turn) {
	if t.Who == call.Caller {
		l.said = t.Text
	} else {
		l.told = t.Text
	}
}
