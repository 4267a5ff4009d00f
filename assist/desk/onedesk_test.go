package desk

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestOneDeskOverManyNodes lets agents and callers of three nodes meet for eight minutes, or until ten have led, while
// leaders are lost and
// the network loses, delays and repeats: no call rings at two agents or is connected with two, no agent has two calls, and
// as soon as the network is well every caller gets somebody.
func TestOneDeskOverManyNodes(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { walk(t, seed) })
		})
	}
}

func walk(t *testing.T, seed uint64) {
	ctx, cancel := context.WithCancel(t.Context())
	w := build(t, ctx, 3, seed)
	w.mu.Lock()
	w.bad = true
	w.mu.Unlock()
	var agents sync.WaitGroup
	for i := range 5 {
		agents.Go(func() { w.agent(ctx, fmt.Sprint("agent", i)) })
	}
	calls := 0
	terms := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return int(w.term)
	}
	for began := time.Now(); time.Since(began) < 8*time.Minute || terms() < 10 && time.Since(began) < 20*time.Minute; time.Sleep(w.some(4 * time.Second)) {
		switch {
		case w.chance(0.7):
			calls++
			v, id := w.nodes[int(w.some(3))], call.ID(fmt.Sprint("c", calls))
			agents.Go(func() { w.caller(ctx, v, id) })
		case w.chance(0.5): // a node is cut off, for longer than the lease lasts
			v := w.nodes[int(w.some(3))]
			w.mu.Lock()
			v.cut = true
			w.moves++
			w.mu.Unlock()
			back := time.Second + w.some(6*time.Second)
			agents.Go(func() { time.Sleep(back); w.mu.Lock(); v.cut = false; w.mu.Unlock() })
		}
	}
	w.mu.Lock()
	w.bad = false
	w.mu.Unlock()
	time.Sleep(4 * time.Minute)
	w.mu.Lock()
	for id, since := range w.waiting {
		t.Errorf("%s still waits after %s", id, time.Since(since))
	}
	for _, s := range w.twice {
		t.Error(s)
	}
	if w.term < 10 || len(w.taken) < calls/2 {
		t.Errorf("%d terms, %d of %d calls taken: the walk is too tame", w.term, len(w.taken), calls)
	}
	if v := w.nodes[w.holder]; len(w.waiting) > 0 {
		t.Logf("leader %d term %d/%d settled %v, seats:", w.holder, v.host.term, w.term, v.host.settledFor)
		for id, s := range v.desk.router.seats {
			t.Logf("%s %s %s offer %q call %s", id, s.state, s.reason, s.offer, s.call)
		}
		t.Logf("waiting %d, calls %d, peers %d, with %v", len(v.desk.router.waiting), len(v.desk.calls), len(v.host.peers), w.with)
	}
	t.Logf("%d calls, %d taken by people, %d terms", calls, len(w.taken), w.term)
	w.mu.Unlock()
	cancel()
	agents.Wait()
	w.wg.Wait()
}
