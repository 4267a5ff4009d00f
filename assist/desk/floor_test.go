package desk

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// wire is a call that writes down what is done to it.
type wire struct {
	mu   sync.Mutex
	done []Command
	kind []call.Kind
}

func (w *wire) Do(c Command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, c)
}

func (w *wire) Emit(kind call.Kind, _ any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kind = append(w.kind, kind)
}

// did is all that was done so far.
func (w *wire) did() []Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.done)
}

func (w *wire) last() Command {
	if done := w.did(); len(done) > 0 {
		return done[len(done)-1]
	}
	return Command{}
}

// shelf is a knowledge of one entry.
type shelf struct{}

func (shelf) Search(context.Context, knowledge.Ask) ([]knowledge.Hit, error) {
	return []knowledge.Hit{{Entry: knowledge.Entry{ID: "e1", Base: "bank", Question: "How do I block my card?", Answer: "Call us."}, PRight: 0.8}}, nil
}

// floor is a desk at work.
type floor struct {
	*Desk

	t    *testing.T
	wire *wire
	stop context.CancelFunc
	done chan error
}

func open(t *testing.T, o Options) *floor {
	ctx, cancel := context.WithCancel(t.Context())
	f := &floor{Desk: New(o), t: t, wire: &wire{}, stop: cancel, done: make(chan error, 1)}
	// Ends with stop.
	go func() { f.done <- f.Run(ctx) }()
	return f
}

func (f *floor) close() {
	f.stop()
	if err := <-f.done; err != nil {
		f.t.Error(err)
	}
	synctest.Wait()
}

func (f *floor) begin(id call.ID) {
	f.Begin(f.t.Context(), id, call.Started{From: "+441632960000", Route: "bank", Base: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", f.wire)
}

// ready lets an agent sit down and be ready.
func (f *floor) ready(id string) *Window {
	w := f.Open(Agent{ID: id, Name: id})
	if err := f.Set(id, Ready, ""); err != nil {
		f.t.Fatal(err)
	}
	return w
}

type result struct {
	taken Taken
	err   error
}

func (f *floor) seek(ctx context.Context, w Wish, tell func(string)) chan result {
	out := make(chan result, 1)
	// Ends when the search does.
	go func() {
		t, err := f.Seek(ctx, w, tell)
		out <- result{t, err}
	}()
	synctest.Wait()
	time.Sleep(time.Second)
	synctest.Wait()
	return out
}
