package insight

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Embedder turns texts into vectors of length one.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Drawer is where the Keeper finds calls and puts their facts.
type Drawer interface {
	// Due are ended calls to draw facts of at a time, up to limit: those without any, with facts of another version than v, and
	// those whose summary a person wrote since. Where there are none, those that could not be counted, again then, and have waited.
	Due(ctx context.Context, v int, at time.Time, limit int) (ids []call.ID, again bool, err error)
	// Failed has a call wait that could not be counted: Due gives it out again after RetryIn.
	Failed(ctx context.Context, id call.ID, at time.Time) error
	// Source is what facts are drawn from, without Who; record.ErrUnknown when the call is gone.
	Source(ctx context.Context, id call.ID) (Source, error)
	// SaveDrawn stores facts, drawn of calls as they were at a time, in place of older ones of the same calls. A topic that is "" leaves the one the call has.
	SaveDrawn(ctx context.Context, v int, at time.Time, all []Drawn) error
}

// Grouper keeps topics.
type Grouper interface {
	Topics(ctx context.Context) ([]Topic, error)
	// Reasons are the reasons in a language with a vector since a time, the newest up to limit.
	Reasons(ctx context.Context, lang string, since time.Time, limit int) ([]Reason, error)
	Spaces(ctx context.Context) (map[string]Space, error)
	SaveRun(ctx context.Context, r Run, at time.Time) error
}

// Keeper draws the facts of ended calls and finds topics. Its fields are set before Run.
type Keeper struct {
	Calls     Drawer
	Groups    Grouper
	Embedders map[string]Embedder // by language; texts in other languages get no topic
	Who       func(ctx context.Context, c record.Call) (string, error)
	// Do runs work where it does not slow live audio, nil runs it at once. It may run fn again after fn returned an error.
	Do  func(ctx context.Context, fn func(context.Context) error) error
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil discards

	ran   time.Time // when topics were found last
	fresh int       // calls drawn since
}

const (
	every     = 5 * time.Second // between looks for ended calls
	batch     = 32
	firstWait = 10 * time.Minute // until a call is tried again that could not be counted
	mostWait  = 6 * time.Hour
	regroup   = time.Hour           // between looks for topics
	window    = 60 * 24 * time.Hour // of the calls topics are found in
	mostCalls = 20000               // of a language
)

// RetryIn is how long a call waits that could not be counted, after so many tries, 1 or more: ten minutes, then twice as long each
// time, six hours at most.
func RetryIn(tries int) time.Duration {
	return min(mostWait, firstWait<<min(max(tries, 1)-1, 10))
}

func (k *Keeper) now() time.Time {
	if k.Now != nil {
		return k.Now()
	}
	return time.Now()
}

func (k *Keeper) do(ctx context.Context, fn func(context.Context) error) error {
	if k.Do == nil {
		return fn(ctx)
	}
	return k.Do(ctx, fn)
}

// Run draws facts of what has ended, also of what ended before there were any, and finds topics every hour and as soon as
// many calls are new, until ctx ends; it returns nil then.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		n, err := k.Pass(ctx)
		if err == nil && n < batch && k.due() {
			err = k.Regroup(ctx)
		}
		if err != nil && ctx.Err() == nil && k.Log != nil {
			k.Log.Warn("calls were not counted", "err", err, "drawn", n)
		}
		if n == batch && err == nil { // there is more: a record from before
			if ctx.Err() != nil {
				return nil
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// due reports whether topics are to be found again.
func (k *Keeper) due() bool {
	age := k.now().Sub(k.ran)
	return k.ran.IsZero() || k.fresh > 0 && age >= regroup || k.fresh >= 50 && age >= regroup/6
}

// Pass draws the facts of up to 32 calls and returns how many that were. A call that cannot be read does not hold up the
// others; it is tried again after RetryIn, when there is nothing else to do.
func (k *Keeper) Pass(ctx context.Context) (int, error) {
	began := k.now().UTC() // what a person writes from then on may not be in the facts
	ids, again, err := k.Calls.Due(ctx, Version, began, batch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	topics, spaces, err := k.known(ctx)
	if err != nil {
		return 0, err
	}
	var all []Drawn
	var bad error
	done := 0
	for _, id := range ids {
		d, err := k.draw(ctx, id)
		if done++; errors.Is(err, record.ErrUnknown) {
			continue
		}
		if err != nil {
			if bad = errors.Join(bad, k.failed(ctx, id, err)); again {
				break // it may have taken long, and a call may have ended meanwhile
			}
			continue
		}
		d.place(topics, spaces)
		all = append(all, d)
	}
	if err := k.Calls.SaveDrawn(ctx, Version, began, all); err != nil {
		return 0, errors.Join(bad, err)
	}
	k.fresh += len(all)
	return done, bad
}

// draw makes what is known of a call, with vectors.
func (k *Keeper) draw(ctx context.Context, id call.ID) (d Drawn, err error) {
	s, err := k.Calls.Source(ctx, id)
	if err == nil && k.Who != nil {
		s.Who, err = k.Who(ctx, s.Call.Call)
	}
	if err != nil {
		return d, err
	}
	err = k.do(ctx, func(ctx context.Context) error {
		d = Draw(s)
		return k.embed(ctx, d.Questions)
	})
	return d, err
}

// failed has a call wait that could not be counted, and returns err. It does not where the program ends.
func (k *Keeper) failed(ctx context.Context, id call.ID, err error) error {
	err = fmt.Errorf("count call %s: %w", id, err)
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, k.Calls.Failed(ctx, id, k.now()))
}

// known are the topics by language and what vectors are compared in.
func (k *Keeper) known(ctx context.Context) (map[string][]Topic, map[string]Space, error) {
	topics, err := k.Groups.Topics(ctx)
	if err != nil {
		return nil, nil, err
	}
	byLang := map[string][]Topic{}
	for _, t := range topics {
		byLang[t.Lang] = append(byLang[t.Lang], t)
	}
	spaces, err := k.Groups.Spaces(ctx)
	return byLang, spaces, err
}

// place gives the call the nearest topic of the last run.
func (d *Drawn) place(topics map[string][]Topic, spaces map[string]Space) {
	if len(d.Questions) == 0 || !d.Questions[0].Reason {
		return
	}
	q := d.Questions[0]
	d.Fact.Topic = TopicOf(q.Vector, spaces[q.Lang], topics[q.Lang])
}

// embed makes the vectors.
func (k *Keeper) embed(ctx context.Context, all []Question) error {
	byLang := map[string][]int{}
	for i, q := range all {
		if k.Embedders[q.Lang] != nil {
			byLang[q.Lang] = append(byLang[q.Lang], i)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(byLang)) {
		texts := make([]string, 0, len(byLang[lang]))
		for _, i := range byLang[lang] {
			texts = append(texts, all[i].Text)
		}
		vecs, err := k.Embedders[lang].Embed(ctx, texts)
		if err != nil {
			return fmt.Errorf("embed questions: %w", err)
		}
		for n, i := range byLang[lang] {
			all[i].Vector = vecs[n]
		}
	}
	return nil
}

// Regroup finds the topics of the last 60 days anew.
func (k *Keeper) Regroup(ctx context.Context) error {
	now := k.now()
	topics, _, err := k.known(ctx)
	if err != nil {
		return err
	}
	for _, lang := range slices.Sorted(maps.Keys(k.Embedders)) {
		reasons, err := k.Groups.Reasons(ctx, lang, now.Add(-window), mostCalls)
		if err != nil {
			return err
		}
		if len(reasons) == 0 && len(topics[lang]) == 0 {
			continue
		}
		var run Run
		if err := k.do(ctx, func(context.Context) error { run = Regroup(lang, reasons, topics[lang]); return nil }); err != nil {
			return err
		}
		if err := k.Groups.SaveRun(ctx, run, now.UTC()); err != nil {
			return err
		}
	}
	k.ran, k.fresh = now, 0
	return nil
}
