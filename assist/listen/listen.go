// Package listen understands what is said in a call, turn by turn, for whoever plays it to the rules: the desk while a call runs,
// and whoever tries rules on calls on record, recordings and dialogues that are written down. What a turn means depends on what it
// replies to, so a Listener remembers that.
package listen

import (
	"context"
	"slices"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// Understander tells what the words of a turn want and how they sound (nlu.Understander does).
type Understander interface {
	Understand(ctx context.Context, t nlu.Turn) (nlu.Understanding, error)
}

// Judge tells what is made of a turn behind what was said before it, oldest first (concern.Judge does). Both block while a
// model runs and must end with ctx.
type Judge interface {
	Caller(ctx context.Context, before []concern.Said, text, lang string) (concern.Opinion, error)
	Agent(ctx context.Context, before []concern.Said, text, lang string) (concern.Conduct, error)
}

// Listener understands the turns of one call, one after the other, by one goroutine at a time.
type Listener struct {
	understand Understander
	judge      Judge
	before     []concern.Said // what was said last, oldest first
}

// remembered is how many turns are: more than a judge reads at once, unless they are very short.
const remembered = 8

// New returns a Listener for one call. Without understand the turns keep what is known of them, without judge words decide alone.
func New(understand Understander, judge Judge) *Listener {
	return &Listener{understand: understand, judge: judge}
}

// Turn fills in what the next turn means: intent and sentiment of a caller's where they are not known yet, then Case, and Concern and
// ConcernKind of a caller's, Conduct and ConductKind of an agent's. It blocks while models run. After an error the
// rest of t stays, and the same turn may be given once more.
func (l *Listener) Turn(ctx context.Context, t *rules.Turn) error {
	l.Pass(*t)
	lang, before := nlu.Language(t.Text, t.Lang), l.before[:len(l.before)-1]
	if t.Who != call.Caller {
		if l.judge == nil {
			return nil
		}
		c, err := l.judge.Agent(ctx, before, t.Text, lang)
		t.Case = rules.Case(c.Case)
		if t.Who == call.Agent { // the bot says what was written for it
			t.Conduct, t.ConductKind = c.Unfair, c.Kind
		}
		return err
	}
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
	o, err := l.judge.Caller(ctx, before, t.Text, lang)
	if err != nil {
		return err
	}
	t.Concern, t.ConcernKind, t.Case = o.Concern, o.Kind, rules.Case(o.Case)
	return nil
}

// Pass is Turn for one whose meaning nobody asks for: it is only remembered.
func (l *Listener) Pass(t rules.Turn) {
	now := concern.Said{Caller: t.Who == call.Caller, Text: t.Text}
	if n := len(l.before); n > 0 && l.before[n-1] == now { // given once more
		return
	}
	l.before = append(slices.Clone(l.before[max(0, len(l.before)-remembered+1):]), now)
}
