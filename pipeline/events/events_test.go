package events_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *events.Bus {
	t.Helper()
	b, err := events.Open(t.Context(), events.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// soon is a context for what takes milliseconds on a machine that is not busy with something else.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// emit publishes n kept events, alternating between those that are waited for and those that are not.
func emit(t *testing.T, l *events.Log, n int) {
	t.Helper()
	for i := range n {
		if err := l.Emit(soon(t), call.Offset(i)*1e6, call.KindKey, call.Key{Digit: fmt.Sprint(i)}, i%3 == 2 || i == n-1); err != nil {
			t.Fatal(err)
		}
	}
}

func next(t *testing.T, s *events.Subscription) call.Event {
	t.Helper()
	e, err := s.Next(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func subscribe(t *testing.T, b *events.Bus, f events.Filter) *events.Subscription {
	t.Helper()
	s, err := b.Subscribe(soon(t), f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestOrderAndResume(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	one, two := events.NewLog(b, call.NewID(), time.Now()), events.NewLog(b, call.NewID(), time.Now())
	emit(t, one, 40)
	emit(t, two, 10)

	s := subscribe(t, b, events.Filter{Call: one.ID()})
	for i := range 40 {
		if e := next(t, s); e.Seq != uint64(i+1) || e.Pos != uint64(i+1) || e.Call != one.ID() {
			t.Fatalf("event %d of call one: got seq %d pos %d of %s", i+1, e.Seq, e.Pos, e.Call)
		}
	}
	if e := next(t, subscribe(t, b, events.Filter{Call: one.ID(), AfterSeq: 30})); e.Seq != 31 {
		t.Errorf("after 30: got %d, want 31", e.Seq)
	}
	if e := next(t, subscribe(t, b, events.Filter{AfterPos: 40})); e.Call != two.ID() || e.Seq != 1 {
		t.Errorf("after place 40: got seq %d of %s", e.Seq, e.Call)
	}
	fresh := subscribe(t, b, events.Filter{New: true})
	beyond := subscribe(t, b, events.Filter{AfterPos: 1000})
	emit(t, two, 1)
	if e := next(t, fresh); e.Seq != 11 {
		t.Errorf("new only: got seq %d, want 11", e.Seq)
	}
	if e := next(t, beyond); e.Seq != 11 {
		t.Errorf("after a place beyond the end: got seq %d, want 11", e.Seq)
	}
	if n, err := b.Last(soon(t)); err != nil || n != 51 {
		t.Errorf("last: got %d, %v, want 51", n, err)
	}
}

func TestLiveEventsAreNotKept(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	l := events.NewLog(b, call.NewID(), time.Now())
	s := subscribe(t, b, events.Filter{})
	if err := l.Emit(soon(t), 0, call.KindPartial, map[string]string{"text": "I lo"}, true); err != nil {
		t.Fatal(err)
	}
	if e := next(t, s); e.Kind != call.KindPartial || e.Seq != 0 || e.Pos != 0 {
		t.Errorf("got %s seq %d pos %d, want an unnumbered partial", e.Kind, e.Seq, e.Pos)
	}
	emit(t, l, 1)
	if e := next(t, s); e.Seq != 1 {
		t.Errorf("got seq %d, want 1: a partial must not take a number", e.Seq)
	}
	if n, _ := b.Last(soon(t)); n != 1 {
		t.Errorf("%d events kept, want 1", n)
	}
}

func TestSlowReaderLosesOnlyLiveEvents(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	l := events.NewLog(b, call.NewID(), time.Now())
	s := subscribe(t, b, events.Filter{})
	const kept = 1000
	for i := range kept {
		for range 2 {
			if err := l.Emit(soon(t), 0, call.KindPartial, nil, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Emit(soon(t), 0, call.KindKey, call.Key{Digit: "1"}, i == kept-1); err != nil {
			t.Fatal(err)
		}
	}
	for want := uint64(1); want <= kept; {
		if e := next(t, s); e.Seq == want {
			want++
		} else if e.Seq != 0 {
			t.Fatalf("got seq %d, want %d", e.Seq, want)
		}
	}
}

func TestRepetitionIsKeptOnce(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	e := call.Event{V: call.Version, Call: call.NewID(), Seq: 1, Kind: call.KindKey}
	for range 3 {
		if err := b.Publish(soon(t), e); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := b.Last(soon(t)); err != nil || n != 1 {
		t.Errorf("%d events kept (%v), want 1", n, err)
	}
}

func TestPublishRefusesBadEvents(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	for name, e := range map[string]call.Event{
		"no call":        {Seq: 1, Kind: call.KindKey},
		"wildcard":       {Call: "*", Seq: 1, Kind: call.KindKey},
		"dots":           {Call: "a.b", Seq: 1, Kind: call.KindKey},
		"path":           {Call: "../x", Seq: 1, Kind: call.KindKey},
		"no number":      {Call: "a", Kind: call.KindKey},
		"no kind":        {Call: "a", Seq: 1},
		"kind with star": {Call: "a", Seq: 1, Kind: "call.*"},
		"bad body":       {Call: "a", Seq: 1, Kind: call.KindKey, Body: []byte("{")},
	} {
		if err := b.Publish(soon(t), e); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if b.PublishAsync(e) {
			t.Errorf("%s: accepted without waiting", name)
		}
	}
	if _, err := b.Subscribe(soon(t), events.Filter{Call: "a.>"}); err == nil {
		t.Error("a subscription to a wildcard was accepted")
	}
}

func TestReopenKeepsEventsAndRefusesASecondProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	l := events.NewLog(b, call.NewID(), time.Now())
	emit(t, l, 5)
	if _, err := events.Open(t.Context(), events.Options{Dir: dir}); !errors.Is(err, events.ErrInUse) {
		t.Fatalf("second open: got %v, want ErrInUse", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(soon(t), call.Event{Call: "a", Seq: 1, Kind: call.KindKey}); !errors.Is(err, events.ErrClosed) {
		t.Errorf("publish after close: got %v, want ErrClosed", err)
	}
	s := subscribe(t, open(t, dir), events.Filter{Call: l.ID(), AfterSeq: 3})
	if e := next(t, s); e.Seq != 4 {
		t.Errorf("after reopening: got seq %d, want 4", e.Seq)
	}
}

func TestConsumeHandsOverAllAndRetries(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	l := events.NewLog(b, call.NewID(), time.Now())
	emit(t, l, 20)
	var mu sync.Mutex
	var got []uint64
	failed := false
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	// Ends when ctx is cancelled below.
	go func() {
		done <- b.Consume(ctx, 3, func(_ context.Context, evs []call.Event) error {
			mu.Lock()
			defer mu.Unlock()
			if !failed {
				failed = true
				return errors.New("disk full")
			}
			for _, e := range evs {
				got = append(got, e.Pos)
			}
			return nil
		})
	}()
	emit(t, l, 30)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !failed || len(got) != 0 && got[0] != 4 {
		t.Errorf("failed %v, got %v", failed, got)
	}
	for i, p := range got {
		if p != uint64(i+4) {
			t.Fatalf("got places %v, want 4, 5, 6 …", got)
		}
	}
}

func TestConsumeDrainsAtTheEnd(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	l := events.NewLog(b, call.NewID(), time.Now())
	var n int
	first := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	// Ends when ctx is cancelled below.
	go func() {
		done <- b.Consume(ctx, 0, func(_ context.Context, evs []call.Event) error {
			if n == 0 {
				close(first)
			}
			n += len(evs)
			return nil
		})
	}()
	emit(t, l, 1)
	<-first
	emit(t, l, 400)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n != 401 {
		t.Errorf("handled %d events, want 401", n)
	}
}

func TestCloseEndsReaders(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	l := events.NewLog(b, call.NewID(), time.Now())
	emit(t, l, 1)
	seen := make(chan struct{})
	done := make(chan error, 1)
	// Ends when the bus is closed below.
	go func() {
		for e, err := range b.Watch(t.Context(), l.ID(), 0) {
			if err != nil {
				done <- err
				return
			}
			if e.Seq == 1 {
				close(seen)
			}
		}
	}()
	<-seen
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want io.EOF", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the reader did not end with the bus")
	}
}
