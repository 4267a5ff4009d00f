package events_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/pipeline/events"
)

// shared is an event server of its own.
func shared(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the event server does not start")
	}
	return s.ClientURL()
}

func join(t *testing.T, url string) *events.Bus {
	t.Helper()
	b, err := events.Open(t.Context(), events.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestPeersAskEachOther(t *testing.T) {
	url := shared(t)
	a, b := join(t, url), join(t, url)
	if _, err := a.Ask(soon(t), "nobody", nil); !errors.Is(err, events.ErrNobody) {
		t.Errorf("asking nobody: %v", err)
	}
	heard := make(chan string, 1)
	stop, err := b.Hear("desk.b", func(_ context.Context, data []byte) ([]byte, error) {
		if string(data) == "no" {
			return nil, errors.New("not\nnow")
		}
		if string(data) == "tell" {
			heard <- string(data)
		}
		return append([]byte("you said "), data...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Ask(soon(t), "desk.b", []byte("hello")); err != nil || string(got) != "you said hello" {
		t.Errorf("answer %q, %v", got, err)
	}
	if _, err := a.Ask(soon(t), "desk.b", []byte("no")); !errors.Is(err, events.ErrRefused) {
		t.Errorf("a refusal: %v", err)
	}
	a.Tell("desk.b", []byte("tell"))
	select {
	case <-heard:
	case <-time.After(30 * time.Second):
		t.Error("what was told was not heard")
	}
	stop()
	if _, err := a.Ask(soon(t), "desk.b", nil); !errors.Is(err, events.ErrNobody) {
		t.Errorf("after stop: %v", err)
	}
}

// holder runs a lease and counts how many hold it at once.
type holder struct {
	*events.Lease

	stop func()
	term atomic.Uint64
}

func hold(t *testing.T, b *events.Bus, name string, life time.Duration) *holder {
	t.Helper()
	l, err := b.Lease(soon(t), "test", name, life)
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{Lease: l}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(ctx, func(term uint64, _ string) { h.term.Store(term) }) }) // ends with stop
	h.stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(h.stop)
	return h
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited for", what)
		}
	}
}

// TestLeaseHasOneHolder gives a lease back, lets its holder vanish, and looks all the while that nobody shares it.
func TestLeaseHasOneHolder(t *testing.T) {
	const life = 10 * time.Second // longer than a busy machine keeps a holder from renewing it
	url := shared(t)
	var all []*holder
	for i := range 3 {
		all = append(all, hold(t, join(t, url), fmt.Sprint("n", i), life))
	}
	held := func() (out []int, term uint64) {
		terms := map[int]uint64{}
		for i, h := range all {
			if n, ok := h.Held(); ok {
				terms[i] = n
			}
		}
		for i, h := range all { // who gave it back while the others were asked does not share it
			if n, ok := h.Held(); ok && n == terms[i] {
				out, term = append(out, i), n
			}
		}
		return out, term
	}
	ctx, cancel := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	watch.Go(func() { // ends with cancel
		for ctx.Err() == nil {
			if now, _ := held(); len(now) > 1 {
				t.Error("held by", now)
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	var last uint64
	for round := range 2 {
		until(t, "a holder", func() bool { now, _ := held(); return len(now) == 1 })
		now, term := held()
		if len(now) == 0 || term <= last {
			t.Fatalf("round %d: term %d after %d", round, term, last)
		}
		last = term
		all[now[0]].stop() // gives it back
	}
	until(t, "the last one", func() bool { now, _ := held(); return len(now) == 1 })
	now, term := held()
	l := all[now[0]].Lease
	if err := l.Keep(soon(t), "note", term, []byte("mine")); err != nil {
		t.Error(err)
	}
	if err := l.Keep(soon(t), "note", term-1, []byte("old")); err == nil {
		t.Error("an older term wrote over a newer one")
	}
	if got, err := l.Kept(soon(t), "note"); err != nil || string(got) != "mine" {
		t.Errorf("kept %q, %v", got, err)
	}
	cancel()
	watch.Wait()
}

// TestLeaseOfAVanishedHolder takes a lease over whose holder does not answer any more.
func TestLeaseOfAVanishedHolder(t *testing.T) {
	const life = 2 * time.Second
	url := shared(t)
	gone := join(t, url)
	a := hold(t, gone, "a", life)
	until(t, "the first holder", func() bool { _, ok := a.Held(); return ok })
	b := hold(t, join(t, url), "b", life)
	if _, ok := b.Held(); ok {
		t.Error("taken while it was held")
	}
	first, _ := a.Held()
	_ = gone.Close()
	until(t, "the second holder", func() bool {
		n, ok := b.Held()
		if _, still := a.Held(); ok && still {
			t.Error("held by both")
		}
		return ok && n > first
	})
	if b.Holder() != "b" {
		t.Errorf("holder %q", b.Holder())
	}
}

// BenchmarkAsk is a question of one node to another, answered over a server of their own.
func BenchmarkAsk(b *testing.B) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: b.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(10 * time.Second) {
		b.Fatal("the event server does not start")
	}
	var nodes [2]*events.Bus
	for i := range nodes {
		if nodes[i], err = events.Open(b.Context(), events.Options{URL: s.ClientURL()}); err != nil {
			b.Fatal(err)
		}
		defer func() { _ = nodes[i].Close() }()
	}
	stop, err := nodes[1].Hear("desk", func(_ context.Context, data []byte) ([]byte, error) { return data[:100], nil })
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	data := make([]byte, 600)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := nodes[0].Ask(b.Context(), "desk", data); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
