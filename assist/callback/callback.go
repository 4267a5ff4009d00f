// Package callback keeps the wishes of callers who would rather be called back than wait, and has them called when
// somebody is free to talk to them. A wish is for one number: the one the network delivered with the call. It is dialled a
// few times at most, never by two at once, never again once they were reached, and given up when the caller rings again,
// when it is old, or when a person takes it back. It knows neither SIP nor SQL.
package callback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Options are what a Keeper works with. Zero limits stand for the defaults.
type Options struct {
	Store Store
	// Free reports whether somebody who may take the call is ready and nobody waits for them. It must not block.
	Free func(w Wish) bool
	// Leads reports whether it is this keeper that calls people back, of several that share a store; nil: it is. When it
	// comes to be, the wishes are read again. It must not block.
	Leads func() bool
	// Dial calls and returns when the call is over, nil when they talked with a person. It calls reached as soon as they do.
	// ErrNotNow and ErrNever are special; any other error is a try that came to nothing. It ends with ctx.
	Dial func(ctx context.Context, w Wish, reached func()) error
	// GaveUp has a person look after a wish that is given up, before it is over; nil: nobody does. It may be called more than once
	// for one, and again later when it fails, and must not call the keeper.
	GaveUp func(ctx context.Context, w Wish) error
	Tries  int           // 3
	Every  time.Duration // between two tries; 10 min
	Keep   time.Duration // a wish older than this is given up; 24 h
	AtOnce int           // calls at the same time; 1
	Most   int           // open wishes; 200
	Log    *slog.Logger  // nil discards
	Now    func() time.Time
}

// Keeper calls people back. Its methods may be called from any goroutine; Run makes it work.
type Keeper struct {
	o       Options
	write   sync.Mutex // held while something is stored, so that what is stored last is what is true last
	unsaved []Wish     // what calls have come to and the store did not take, oldest first; write is held

	mu     sync.Mutex
	open   []Wish // oldest first
	placed map[string]context.CancelCauseFunc
	loaded bool
	wg     sync.WaitGroup
}

// New returns a keeper.
func New(o Options) *Keeper {
	o.Tries, o.AtOnce, o.Most = cmp.Or(o.Tries, 3), cmp.Or(o.AtOnce, 1), cmp.Or(o.Most, 200)
	o.Every, o.Keep = cmp.Or(o.Every, 10*time.Minute), cmp.Or(o.Keep, 24*time.Hour)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keeper{o: o, placed: map[string]context.CancelCauseFunc{}}
}

// Add keeps a wish. A number that waits already keeps its place in the order, with the newer reason.
func (k *Keeper) Add(ctx context.Context, w Wish) error {
	k.write.Lock()
	defer k.write.Unlock()
	if err := k.load(ctx); err != nil {
		return err
	}
	k.mu.Lock()
	now := k.o.Now().UTC()
	i := slices.IndexFunc(k.open, func(o Wish) bool { return o.Number == w.Number && o.State == Waiting })
	if i < 0 && len(k.open) >= k.o.Most {
		k.mu.Unlock()
		return ErrFull
	}
	w.State, w.Tries, w.Since, w.Next = Waiting, 0, now, now
	if i >= 0 {
		old := k.open[i]
		w.ID, w.Since, w.State, w.Tries, w.Next = old.ID, old.Since, old.State, old.Tries, old.Next
	}
	k.mu.Unlock()
	if err := k.o.Store.Put(ctx, w); err != nil {
		return fmt.Errorf("keep the wish to be called back: %w", err)
	}
	k.set(w)
	return nil
}

// set puts a wish that is stored into the list, or takes it out when it is over.
func (k *Keeper) set(w Wish) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.open, func(o Wish) bool { return o.ID == w.ID })
	over := w.State != Waiting && w.State != Dialling && w.State != Talking
	switch {
	case i >= 0 && over:
		k.open = slices.Delete(k.open, i, i+1)
	case i >= 0:
		k.open[i] = w
	case !over:
		k.open = append(k.open, w)
	}
}

// catchUp stores what the store did not take before. write is held.
func (k *Keeper) catchUp(ctx context.Context) error {
	for len(k.unsaved) > 0 {
		if _, err := k.update(ctx, k.unsaved[0]); err != nil {
			return err
		}
		k.unsaved = k.unsaved[1:]
	}
	return nil
}

// load catches up, and reads the open wishes once. Those that were being dialled when the process ended wait again; those that were
// reached have talked. write is held.
func (k *Keeper) load(ctx context.Context) error {
	if err := k.catchUp(ctx); err != nil || k.loaded {
		return err
	}
	all, err := k.o.Store.Open(ctx)
	if err != nil {
		return fmt.Errorf("read who is to be called back: %w", err)
	}
	var open []Wish
	for _, w := range all {
		switch w.State {
		case Talking:
			w.State, w.Why = Done, "talked"
			if err := k.o.Store.Put(ctx, w); err != nil {
				return fmt.Errorf("store what became of a wish to be called back: %w", err)
			}
			continue
		case Dialling:
			w.State, w.Next = Waiting, k.o.Now().UTC().Add(k.o.Every)
		}
		open = append(open, w)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open, k.loaded = open, true
	return nil
}

// Open lists the open wishes, oldest first.
func (k *Keeper) Open() []Wish {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.open)
}

// Rang tells that somebody calls from a number: a wish for it is not needed any more. A call to it that is being placed
// ends with ErrRang; one in which they talk goes on.
func (k *Keeper) Rang(ctx context.Context, number string) error {
	k.mu.Lock()
	for _, w := range k.open {
		if stop := k.placed[w.ID]; stop != nil && w.Number == number && w.State == Dialling {
			stop(ErrRang)
		}
	}
	k.mu.Unlock()
	return k.end(ctx, func(w Wish) bool { return w.Number == number && w.State == Waiting }, "rang again", "")
}

// Cancel takes a wish back on behalf of a person.
func (k *Keeper) Cancel(ctx context.Context, id, by string) error {
	found := false
	err := k.end(ctx, func(w Wish) bool {
		found = found || w.ID == id && w.State == Waiting
		return w.ID == id && w.State == Waiting
	}, "taken back", by)
	if err == nil && !found {
		err = ErrUnknown
	}
	return err
}

func (k *Keeper) end(ctx context.Context, which func(Wish) bool, why, by string) error {
	k.write.Lock()
	defer k.write.Unlock()
	if err := k.load(ctx); err != nil {
		return err
	}
	for _, w := range k.Open() {
		if !which(w) {
			continue
		}
		w.State, w.Why, w.By = Cancelled, why, by
		if _, err := k.put(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// update stores what became of a wish. It reports false, and stores nothing, when the store has it no more: the caller was erased, and
// must not come back.
func (k *Keeper) update(ctx context.Context, w Wish) (there bool, err error) {
	all, err := k.o.Store.Open(ctx)
	if err == nil && slices.ContainsFunc(all, func(o Wish) bool { return o.ID == w.ID }) {
		there = true
		if w.State == Failed && k.o.GaveUp != nil {
			err = k.o.GaveUp(ctx, w)
		}
		if err == nil {
			err = k.o.Store.Put(ctx, w)
		}
	}
	if err != nil {
		return false, fmt.Errorf("store what became of a wish to be called back: %w", err)
	}
	return there, nil
}

// put is update, and shows the wish, or forgets it when the store has. write is held.
func (k *Keeper) put(ctx context.Context, w Wish) (there bool, err error) {
	if there, err = k.update(ctx, w); err != nil {
		return false, err
	}
	if !there {
		w.State = Cancelled
	}
	k.set(w)
	return there, nil
}

// look is how often the keeper looks for somebody to call.
const look = 2 * time.Second

// Run calls people back until ctx ends; then it waits for the calls it placed.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	defer k.wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if k.o.Leads != nil && !k.o.Leads() {
				k.forget()
				continue
			}
			if err := k.step(ctx); err != nil && ctx.Err() == nil {
				k.o.Log.Error("nobody can be called back", "err", err)
			}
		}
	}
}

// forget has the wishes read again before the next use.
func (k *Keeper) forget() {
	k.write.Lock()
	defer k.write.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.ContainsFunc(k.open, func(w Wish) bool { return w.State == Dialling }) { // a call that is placed goes on
		k.open, k.loaded = nil, false
	}
}

// step gives up what is too old and calls whoever is due and has somebody to talk to.
func (k *Keeper) step(ctx context.Context) error {
	k.write.Lock()
	defer k.write.Unlock()
	if err := k.load(ctx); err != nil {
		return err
	}
	now := k.o.Now()
	open := k.Open()
	dialling := 0
	for _, w := range open {
		if w.State != Waiting {
			dialling++
		}
	}
	for _, w := range open {
		switch {
		case w.State != Waiting:
		case now.Sub(w.Since) > k.o.Keep:
			w.State, w.Why = Failed, "too old"
			if _, err := k.put(ctx, w); err != nil {
				return err
			}
		case dialling < k.o.AtOnce && !now.Before(w.Next) && k.o.Free(w):
			w.State = Dialling
			w.Tries++
			there, err := k.put(ctx, w)
			if err != nil {
				return err
			}
			if there {
				dialling++
				k.place(ctx, w)
			}
		}
	}
	return nil
}

// place has somebody called. write is held.
func (k *Keeper) place(ctx context.Context, w Wish) {
	ctx, stop := context.WithCancelCause(ctx)
	k.mu.Lock()
	k.placed[w.ID] = stop
	k.mu.Unlock()
	k.wg.Go(func() { // ends with the call, which ends with ctx
		k.dial(ctx, w)
		k.mu.Lock()
		delete(k.placed, w.ID)
		k.mu.Unlock()
		stop(nil)
	})
}

// dial places one call and keeps what came of it.
func (k *Keeper) dial(ctx context.Context, w Wish) {
	talked := false
	err := k.o.Dial(ctx, w, func() {
		talked, w.State = true, Talking
		k.keep(ctx, w)
	})
	switch {
	case err == nil, talked:
		w.State, w.Why = Done, "talked"
	case errors.Is(context.Cause(ctx), ErrRang):
		w.State, w.Why = Cancelled, "rang again"
	case errors.Is(err, ErrNever):
		w.State, w.Why = Failed, err.Error()
	case errors.Is(err, ErrNotNow), ctx.Err() != nil:
		w.State, w.Why, w.Next = Waiting, err.Error(), k.o.Now().UTC().Add(time.Minute)
		w.Tries--
	case w.Tries >= k.o.Tries:
		w.State, w.Why = Failed, err.Error()
	default:
		w.State, w.Why, w.Next = Waiting, err.Error(), k.o.Now().UTC().Add(k.o.Every)
	}
	if err != nil {
		k.o.Log.Info("a call back came to nothing", "call", w.ID, "try", w.Tries, "state", string(w.State), "err", err)
	}
	k.keep(ctx, w)
}

// keep stores what became of a wish, even when ctx has ended. It counts also when the store fails, which is tried again: a
// wish that stayed as it was would be taken for a call that goes on, and nobody else would be called.
func (k *Keeper) keep(ctx context.Context, w Wish) {
	sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	k.write.Lock()
	defer k.write.Unlock()
	k.set(w)
	k.unsaved = append(k.unsaved, w)
	if err := k.catchUp(sctx); err != nil {
		k.o.Log.Error("what came of a call back is not stored yet", "call", w.ID, "err", err)
	}
}
