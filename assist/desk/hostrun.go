package desk

import (
	"context"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Run looks after the branches until ctx ends.
func (h *Host) Run(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	defer h.wg.Wait()
	defer h.Drop()
	for {
		select {
		case <-tick.C:
			h.step(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// step settles, forgets silent nodes, and keeps what the next leader needs.
func (h *Host) step(ctx context.Context) {
	h.mu.Lock()
	term, now := h.term, h.d.now()
	if term == 0 {
		h.mu.Unlock()
		return
	}
	for node, p := range h.peers {
		if now.Sub(p.seen) > silentAfter {
			h.log.Warn("a node is silent: its calls and agents are gone from the desk", "node", node, "calls", len(p.calls))
			h.bury(node, p)
		}
	}
	age := now.Sub(h.began)
	if !h.settled && age >= settleWithin {
		h.settle(term)
	}
	if h.seats != nil && age > 3*time.Second {
		h.d.untie(age < arriveWithin)
		if age > arriveWithin {
			h.seats = nil
		}
	}
	for node, p := range h.peers {
		for id, f := range p.calls {
			if now.Sub(f.kept) >= keepEvery && f.dirty {
				h.keep(node, id, f, now)
			}
		}
	}
	kept, settled := h.kept, h.settled
	h.mu.Unlock()
	if settled {
		h.store(ctx, term, kept)
	}
}

// store keeps who is at work for the next leader, when that changed.
func (h *Host) store(ctx context.Context, term uint64, kept string) {
	seats := string(raw(h.d.presence()))
	if seats == kept {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reportEvery)
	defer cancel()
	if err := h.o.Keep(ctx, term, []byte(seats)); err != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.unkept {
			h.log.Warn("who is at work is not stored for the next leader for now", "err", err)
		}
		h.unkept = true
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unkept = false
	if h.term == term {
		h.kept = seats
	}
}

// settle begins to offer calls. The lock is held.
func (h *Host) settle(term uint64) {
	h.settled = true
	if h.seats == nil {
		h.seats = []seated{}
	}
	h.d.vacate(h.seats, func(node string) bool { return h.peers[node] != nil })
	h.out.Lock()
	h.settledFor = term
	h.out.Unlock()
	h.d.wake()
}

// bury ends the calls of a node that is gone and lets the agents leave whose pages it served. The lock is held.
func (h *Host) bury(node string, p *peer) {
	delete(h.peers, node)
	h.out.Lock()
	if b := h.orders[node]; b != nil { // if it comes back it knows how many there were
		b.first, b.all = b.first+uint64(len(b.all)), nil
	}
	h.out.Unlock()
	for id, f := range p.calls {
		f.unseek()
		h.d.End(id, call.Ended{Why: "cut"})
	}
	h.d.gone(node)
	if h.o.Gone != nil {
		h.o.Gone(node)
	}
}

// keep sends a node the state of a call, so that it need not remember every line. The lock is held.
func (h *Host) keep(node string, id call.ID, f *far, now time.Time) {
	s, ok := h.d.snapshot(id)
	if !ok {
		return
	}
	s.Seq, s.Seek = f.taken, f.wish
	f.kept, f.dirty = now, len(s.View.Parties) > 1 // people change it without a line
	h.send(node, order{id, doKeep, raw(s)})
}
