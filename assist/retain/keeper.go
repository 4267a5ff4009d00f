package retain

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Due is a call that has something to be forgotten.
type Due struct {
	Call    call.ID
	Caller  string
	Started time.Time
}

// Shelf is what is forgotten by days. Its methods may block on the disk.
type Shelf interface {
	// Due are ended calls that began before a time and still have the thing, oldest first, after a call, at most limit.
	Due(ctx context.Context, t Thing, before time.Time, after Due, limit int) ([]Due, error)
	// Forget removes the thing of the calls, all or none.
	Forget(ctx context.Context, t Thing, ids []call.ID) error
	Holds(ctx context.Context, lifted bool) ([]Hold, error)
	Tidy(ctx context.Context, hard bool) error
	// Return removes what was written about erased calls after they were erased, and returns how much that was.
	Return(ctx context.Context) (int, error)
}

// Keeper forgets what has been kept for its days. Its fields are set before Run and not changed after.
type Keeper struct {
	Shelf Shelf
	Days  func() Days            // may change while it runs
	Files func(call.ID) error    // removes the recording of a call; that there is none is no error
	Notes func(call.ID) error    // removes the transcripts beside it
	Same  func(a, b string) bool // whether two callers are the same; nil compares the texts
	Log   *slog.Logger           // nil discards
	Every time.Duration          // between two rounds; 0 = 10 min
	Pause time.Duration          // between two steps; 0 = 200 ms
	Now   func() time.Time       // nil = time.Now
}

// step is how many calls are forgotten at a time, so that nobody waits long for the database.
const step = 20

// Run forgets until ctx ends. What fails is tried again in the next round.
func (k *Keeper) Run(ctx context.Context) error {
	every := k.Every
	if every == 0 {
		every = 10 * time.Minute
	}
	for {
		n, err := k.Round(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to stop
		}
		if err != nil {
			k.log().Error("old calls were not forgotten; it is tried again", "err", err)
		} else if n > 0 {
			k.log().Info("old calls forgotten", "things", n)
		}
		if !rest(ctx, every) {
			return nil
		}
	}
}

func (k *Keeper) log() *slog.Logger {
	if k.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return k.Log
}

// rest waits, and reports false when ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Round forgets everything that is due now and returns how many things of how many calls that were.
func (k *Keeper) Round(ctx context.Context) (int, error) {
	total, err := k.Shelf.Return(ctx)
	if err != nil {
		return 0, err
	}
	holds, err := k.Shelf.Holds(ctx, false)
	if err != nil {
		return total, err
	}
	now := time.Now
	if k.Now != nil {
		now = k.Now
	}
	for thing, days := range k.Days().each {
		n, err := k.forget(ctx, thing, now().AddDate(0, 0, -days), holds)
		if total += n; err != nil {
			return total, err
		}
	}
	if total == 0 {
		return 0, nil
	}
	return total, k.Shelf.Tidy(ctx, false)
}

// forget removes one thing of all calls that began before a time, step by step.
func (k *Keeper) forget(ctx context.Context, thing Thing, before time.Time, holds []Hold) (int, error) {
	pause := k.Pause
	if pause == 0 {
		pause = 200 * time.Millisecond
	}
	total := 0
	for after := (Due{}); ; {
		due, err := k.Shelf.Due(ctx, thing, before, after, step)
		if err != nil || len(due) == 0 {
			return total, err
		}
		after = due[len(due)-1]
		ids := k.free(due, holds)
		if len(ids) == 0 {
			continue
		}
		if err := k.files(thing, ids); err != nil {
			return total, err
		}
		if err := k.Shelf.Forget(ctx, thing, ids); err != nil {
			return total, err
		}
		if total += len(ids); !rest(ctx, pause) {
			return total, context.Cause(ctx)
		}
	}
}

// free leaves out the calls on hold.
func (k *Keeper) free(due []Due, holds []Hold) []call.ID {
	var ids []call.ID
	for _, d := range due {
		held := slices.ContainsFunc(holds, func(h Hold) bool {
			return h.Call != "" && h.Call == d.Call || h.Caller != "" && (h.Caller == d.Caller || k.Same != nil && k.Same(h.Caller, d.Caller))
		})
		if !held {
			ids = append(ids, d.Call)
		}
	}
	return ids
}

// files goes first: a crash after it finds the call due again.
func (k *Keeper) files(thing Thing, ids []call.ID) error {
	remove := k.Files
	switch thing {
	case Text:
		remove = k.Notes
	case Events:
		return nil
	}
	for _, id := range ids {
		if err := remove(id); err != nil {
			return err
		}
	}
	return nil
}
