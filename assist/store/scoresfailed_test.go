package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestOutage(t *testing.T) { onBoth(t, testOutage) }

// testOutage: calls that could not be scored while none could wait no longer once one could; one that never can be does not
// have the others tried again and again. A keeper that is started anew tries all of them.
func testOutage(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc, ctx, broken := s.Scores(), t.Context(), call.NewID()
	mustRecord(t, s, script(broken, "alice", "en", "hello", false))
	k := &scoring.Keeper{Calls: without{s, broken}, Store: sc, Scorer: quality.New(quality.Options{})}
	waits := func(want bool, when string) {
		t.Helper()
		if ids, _, err := sc.Unscored(ctx, 10); err != nil || slices.Contains(ids, broken) == want {
			t.Errorf("%s it waits: want %v, %v", when, want, err)
		}
	}
	for i, want := range []bool{false, true} {
		if n, err := k.Pass(ctx); n != 0 || !errors.Is(err, errBroken) {
			t.Fatal(n, err)
		}
		waits(true, "failed,")
		mustRecord(t, s, script(call.NewID(), "bob", "en", "hello", false))
		if n, err := k.Pass(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		waits(want, fmt.Sprintf("after outage %d", i+1))
	}
	run, stop := context.WithCancel(ctx)
	tried := make(chan call.ID, 1)
	k = &scoring.Keeper{Calls: asked{s, tried}, Store: sc, Scorer: k.Scorer, Every: time.Hour}
	done := make(chan error, 1)
	go func() { done <- k.Run(run) }() // ends with stop
	if id := <-tried; id != broken {
		t.Error("tried", id)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// asked says which calls are read.
type asked struct {
	*store.Store
	ids chan<- call.ID
}

func (a asked) Get(ctx context.Context, id call.ID) (record.Detail, error) {
	a.ids <- id
	return a.Store.Get(ctx, id)
}

func TestFailingCallsAreLast(t *testing.T) { onBoth(t, testFailingCallsAreLast) }

// testFailingCallsAreLast: after a restart, calls that could not be scored are tried after those that were not tried, older ones
// though these are; and one that ends while they go on failing waits for one of them at most.
func testFailingCallsAreLast(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc, ctx := s.Scores(), t.Context()
	old := call.NewID()
	mustRecord(t, s, script(old, "alice", "en", "hello", false))
	broken := map[call.ID]bool{}
	for range 4 {
		id := call.NewID()
		broken[id] = true
		mustRecord(t, s, script(id, "bob", "en", "hello", false))
		if err := sc.Failed(ctx, scoring.Owed{Call: id}, scoring.FailedModel, "always"); err != nil {
			t.Fatal(err)
		}
	}
	if err := sc.Retry(ctx); err != nil { // as a keeper does that is started anew
		t.Fatal(err)
	}
	late := call.NewID()
	r := &failing{Store: s, broken: broken, then: func() { mustRecord(t, s, script(late, "carol", "en", "hello", false)) }}
	k := &scoring.Keeper{Calls: r, Store: sc, Scorer: quality.New(quality.Options{})}
	for _, want := range []struct{ scored, tried int }{{1, 1}, {0, 1}, {1, 1}, {0, 4}} {
		r.tried = nil
		if n, err := k.Pass(ctx); n != want.scored || len(r.tried) != want.tried || err != nil && !errors.Is(err, errBroken) {
			t.Fatalf("scored %d of %v, want %d of %d: %v", n, r.tried, want.scored, want.tried, err)
		}
		if want.scored == 1 && broken[r.tried[0]] {
			t.Error("tried first:", r.tried)
		}
	}
}

// failing cannot read some calls; then happens with the first of these.
type failing struct {
	*store.Store

	broken map[call.ID]bool
	then   func()
	tried  []call.ID
}

func (f *failing) Get(ctx context.Context, id call.ID) (record.Detail, error) {
	f.tried = append(f.tried, id)
	if !f.broken[id] {
		return f.Store.Get(ctx, id)
	}
	if f.then != nil {
		f.then()
		f.then = nil
	}
	return record.Detail{}, errBroken
}
