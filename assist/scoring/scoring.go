// Package scoring keeps a scorecard for every ended call: it finds calls that have none, judges them one at a time in the
// background, and says what a changed form would change before it is used. A person's answers stand beside the machine's.
package scoring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// Machine is the rater of answers that no person gave.
const Machine = "machine"

// Errors callers branch on.
var (
	ErrUnknown = errors.New("scoring: there is no such score, form or question")
	ErrStale   = errors.New("scoring: it was changed in between: read it again")
	ErrAnswer  = errors.New("scoring: the question cannot be answered with this")
	ErrState   = errors.New("scoring: this cannot be done now")

	// Why somebody can do no more in a calibration; each is ErrState.
	ErrClosed = fmt.Errorf("%w: the calibration is closed", ErrState)
	ErrAway   = fmt.Errorf("%w: this person does not take part", ErrState)
	ErrShown  = fmt.Errorf("%w: the result was shown", ErrState)
)

// Sheet is one scored call.
type Sheet struct {
	Call    call.ID      `json:"call"`
	Form    string       `json:"form"`
	Version int          `json:"version" doc:"Version of the form that the score was made with"`
	By      string       `json:"by" doc:"machine, or the id of the person who answered last"`
	At      time.Time    `json:"at"`
	Rev     int          `json:"rev" doc:"Counts the changes; give it back as expect"`
	Card    quality.Card `json:"card"`
}

// Form is one version of a form.
type Form struct {
	ID      string    `json:"id"`
	Version int       `json:"version"`
	YAML    string    `json:"yaml"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Retired bool      `json:"retired,omitempty" doc:"Out of use: it judges no more calls; the scores made with it stay"`
}

// Calls are the recorded calls. Get returns record.ErrUnknown for one that is gone.
type Calls interface {
	Get(ctx context.Context, id call.ID) (record.Detail, error)
}

// Store keeps sheets and forms.
type Store interface {
	// Forms are the newest versions, by id, those out of use among them.
	Forms(ctx context.Context) ([]Form, error)
	// Unscored are ended calls that were not looked at yet, newest first, up to limit; where there are none those that could not be
	// judged, again then, that have waited.
	Unscored(ctx context.Context, limit int) (ids []call.ID, again bool, err error)
	// SaveScored stores the sheets of a call, none when no form is for it, and the words it can be found by, and marks it as
	// looked at. A sheet that a person has changed stays as it is.
	SaveScored(ctx context.Context, id call.ID, sheets []Sheet, words []string) error
	// Scored are the sheets made with a form since a moment, newest first, up to limit.
	Scored(ctx context.Context, form string, since time.Time, limit int) ([]Sheet, error)
	// Unjudged are the ended calls since a moment that were looked at and have no sheet of a form, newest first, up to limit
	// after the first skip of them.
	Unjudged(ctx context.Context, form string, since time.Time, skip, limit int) ([]Past, error)
	// Owe has the calls judged by a form that was not there when they ended.
	Owe(ctx context.Context, form string, ids []call.ID) error
	// Owed are those that are still to be judged so, newest first, up to limit; where there are none those that could not be judged
	// and have waited.
	Owed(ctx context.Context, limit int) ([]Owed, error)
	// SaveOwed stores the sheet that was made, if any; the call is owed no longer.
	SaveOwed(ctx context.Context, o Owed, made []Sheet) error
	// Failed has a call wait that could not be judged, by the form it is owed a score by, or by any: Unscored and Owed give it out
	// again after Wait.
	Failed(ctx context.Context, o Owed, code, why string) error
	// Retry has all of those given out again now.
	Retry(ctx context.Context) error
	// Weigh has calls stand in the order of their risk that were stored before it was.
	Weigh(ctx context.Context) error
}

// Vectors keep what the sentences of calls mean, so that scoring a call again needs no model.
type Vectors interface {
	// Vectors reads those of a call into v where they were made with v.Model; it leaves v as it is where there are none.
	Vectors(ctx context.Context, id call.ID, v *quality.Vectors) error
	// SaveVectors stores them in place of those there were. It does nothing for a call that is gone.
	SaveVectors(ctx context.Context, id call.ID, v *quality.Vectors) error
}

// Keeper scores calls. Its fields are set before the first use. All methods may be called from any goroutine.
type Keeper struct {
	Calls   Calls
	Store   Store
	Scorer  *quality.Scorer
	Vectors Vectors // nil keeps none
	// Do runs one judgement where it does not slow live audio, nil runs it at once. It may run fn again after fn returned
	// an error.
	Do       func(ctx context.Context, fn func(context.Context) error) error
	Every    time.Duration // between looks for ended calls, 0 for 2 s
	Patience time.Duration // how long a replay makes vectors that are not kept, 0 for a minute; see Replay
	Log      *slog.Logger  // nil discards

	understood forms
	outage     outage
}

const batch = 32

// Run scores what has ended, also what ended while nobody ran, until ctx ends, and returns nil then. What could not be judged
// before is tried again at once, after everything else: it may be what it was started anew for.
func (k *Keeper) Run(ctx context.Context) error {
	every := k.Every
	if every == 0 {
		every = 2 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	if err := k.Store.Retry(ctx); err != nil && ctx.Err() == nil && k.Log != nil {
		k.Log.Warn("calls that could not be scored wait on", "err", err)
	}
	for {
		if n, err := k.Pass(ctx); err != nil && ctx.Err() == nil && k.Log != nil {
			k.Log.Warn("scoring calls failed", "err", err, "scored", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Pass scores what is there now and returns how many calls that were. A call that cannot be judged does not hold up the
// others; it is tried again after Wait, or where calls can be scored again after a time when none could. Calls that are owed a
// score wait until no other one can be judged.
func (k *Keeper) Pass(ctx context.Context) (int, error) {
	n, err := k.pass(ctx)
	if k.outage.over(n, err, time.Now()) {
		err = errors.Join(err, k.Store.Retry(ctx))
	}
	return n, errors.Join(err, k.Store.Weigh(ctx))
}

func (k *Keeper) pass(ctx context.Context) (int, error) {
	ids, again, err := k.Store.Unscored(ctx, batch)
	if err != nil {
		return 0, err
	}
	n, bad := k.ended(ctx, ids, again)
	if n > 0 || ctx.Err() != nil {
		return n, bad
	}
	n, err = k.owed(ctx)
	return n, errors.Join(bad, err)
}

// ended judges calls that have just ended, or that could not be judged before, and returns how many it could.
func (k *Keeper) ended(ctx context.Context, ids []call.ID, again bool) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	forms, err := k.forms(ctx)
	if err != nil {
		return 0, err
	}
	var yield func() (bool, error)
	if again {
		yield = k.waiting(ctx)
	}
	return each(ids, yield, func(id call.ID) error {
		if err := k.failed(ctx, Owed{Call: id}, k.one(ctx, forms, id)); err != nil {
			return fmt.Errorf("score call %s: %w", id, err)
		}
		return nil
	})
}

// waiting reports whether a call has ended that was not looked at: it does not wait behind those that fail again and again.
func (k *Keeper) waiting(ctx context.Context) func() (bool, error) {
	return func() (bool, error) {
		ids, again, err := k.Store.Unscored(ctx, 1)
		return err != nil || len(ids) > 0 && !again, err
	}
}

// each has do work on all, whatever fails, and returns how many it could. After a failure, which may have taken long, it goes on
// only while yield says no; nil: always.
func each[T any](all []T, yield func() (bool, error), do func(T) error) (n int, bad error) {
	for _, x := range all {
		err := do(x)
		if err == nil {
			n++
			continue
		}
		stop := false
		if yield != nil {
			var failed error
			stop, failed = yield()
			err = errors.Join(err, failed)
		}
		if bad = errors.Join(bad, err); stop {
			break
		}
	}
	return n, bad
}

// ready is a form in use as it was read.
type ready struct {
	Form
	parsed *quality.Form
	broken error // why it cannot be read: another version of this program stored it
}

func (k *Keeper) forms(ctx context.Context) ([]ready, error) {
	all, err := k.Store.Forms(ctx)
	if err != nil {
		return nil, err
	}
	var out []ready
	for _, f := range all {
		if f.Retired {
			continue
		}
		p, err := k.Read(ctx, f.YAML)
		var broken unreadable
		if err != nil && !errors.As(err, &broken) {
			return nil, fmt.Errorf("read form %s version %d: %w", f.ID, f.Version, err)
		}
		out = append(out, ready{f, p, broken.error})
	}
	return out, nil
}

// one judges a call that has ended. By forms that cannot be read it is judged once they can.
func (k *Keeper) one(ctx context.Context, forms []ready, id call.ID) error {
	var good []ready
	for _, f := range forms {
		if f.broken == nil {
			good = append(good, f)
		} else if err := k.Store.Owe(ctx, f.ID, []call.ID{id}); err != nil {
			return err
		}
	}
	sheets, c, err := k.judged(ctx, good, id)
	if errors.Is(err, record.ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	return k.Store.SaveScored(ctx, id, sheets, Words(c))
}

// judged are the sheets of a call, whose vectors are kept.
func (k *Keeper) judged(ctx context.Context, forms []ready, id call.ID) ([]Sheet, quality.Call, error) {
	d, err := k.Calls.Get(ctx, id)
	if err != nil {
		return nil, quality.Call{}, err
	}
	c := Call(d)
	v, err := k.vectors(ctx, c)
	if err != nil {
		return nil, c, err
	}
	sheets, err := k.sheets(ctx, forms, c, v)
	if err != nil {
		return nil, c, err
	}
	return sheets, c, k.saveVectors(ctx, id, v)
}

// sheets are those of the forms that are for a call.
func (k *Keeper) sheets(ctx context.Context, forms []ready, c quality.Call, v *quality.Vectors) ([]Sheet, error) {
	var out []Sheet
	for _, f := range forms {
		if !For(f.parsed, c) {
			continue
		}
		card, err := k.judge(ctx, k.Scorer, f.parsed, c, v)
		if errors.Is(err, quality.ErrNoTurns) {
			continue // nothing was said: no score, not 0
		}
		if err != nil {
			return nil, modelError{err}
		}
		if card, err = k.beside(ctx, f, card); err != nil {
			return nil, err
		}
		if card, err = k.Scorer.Ask(ctx, f.parsed, c, card); err != nil { // not within Do: it waits for a server, not for this machine
			return nil, modelError{err}
		}
		out = append(out, Sheet{Call: call.ID(c.ID), Form: f.ID, Version: f.Version, By: Machine, At: time.Now().UTC(), Card: card})
	}
	return out, nil
}

// For reports whether a form is for a call: its queue and its language. A call in a language that no form has is not
// scored.
func For(f *quality.Form, c quality.Call) bool {
	lang, _, _ := strings.Cut(c.Lang, "-")
	return (len(f.Queues) == 0 || slices.Contains(f.Queues, c.Queue)) && (lang == "" || slices.Contains(f.Languages, lang))
}

// Call is a recorded call as forms see it.
func Call(d record.Detail) quality.Call {
	c := quality.Call{ID: string(d.ID), Lang: d.Lang, Queue: d.Route}
	for _, t := range d.Turns {
		q := quality.Turn{Who: string(t.Who), Text: t.Text, StartS: time.Duration(t.Start).Seconds(), EndS: time.Duration(t.End).Seconds()}
		if t.Confidence > 0 {
			q.Confidence = &t.Confidence
		}
		c.Turns = append(c.Turns, q)
	}
	return c
}

// Words are what a call is found by, each once: lower-case words, Chinese ones as they are cut, and each character and each two
// together in these, since who looks for 退 or 优惠 means 退款 and 优惠券 too.
func Words(c quality.Call) []string {
	seen := map[string]bool{}
	for _, t := range c.Turns {
		for _, w := range Query(t.Text) {
			seen[w] = true
			runes := []rune(w)
			for i, r := range runes {
				if !hanzi.IsHan(r) {
					continue
				}
				seen[string(r)] = true
				if i > 0 && hanzi.IsHan(runes[i-1]) {
					seen[string(runes[i-1:i+1])] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func notWord(r rune) bool {
	return strings.ContainsRune(" \t\n.,;:!?\"()[]，。；：！？、“”‘’（）《》…", r)
}

// Query are the words that a reviewer looks for, each once, as calls are found by them.
func Query(s string) []string {
	seen := map[string]bool{}
	for _, w := range hanzi.Segment(strings.ToLower(hanzi.Simplify(s))) {
		for w := range strings.FieldsFuncSeq(w, notWord) {
			seen[w] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
