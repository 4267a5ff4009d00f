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
		if ids, err := sc.Unscored(ctx, 10); err != nil || slices.Contains(ids, broken) == want {
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
