package desk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Run reports until ctx ends, then once more what is left, and waits for what it started.
func (b *Branch) Run(ctx context.Context) error {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	defer b.wg.Wait()
	for {
		more := b.report(ctx)
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			for range 20 { // the ends of the last calls
				if !b.report(context.WithoutCancel(ctx)) {
					break
				}
			}
			b.drop()
			b.bye(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
		case <-b.poke:
		}
	}
}

// bye tells that this node ends.
func (b *Branch) bye(ctx context.Context) {
	r, _ := b.write()
	r.Bye = true
	ctx, cancel := context.WithTimeout(ctx, reportWithin)
	defer cancel()
	if _, err := b.o.Post.Report(ctx, raw(r)); err != nil {
		b.log.Debug("the desk was not told that this node ends", "err", err)
	}
}

// drop ends the sessions of calls that did not end.
func (b *Branch) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.calls {
		if !t.over {
			t.finish()
		}
	}
}

// report tells what is new and takes the answer in; true when there is more to tell.
func (b *Branch) report(ctx context.Context) bool {
	r, more := b.write()
	ctx, cancel := context.WithTimeout(ctx, reportWithin)
	defer cancel()
	data, err := b.o.Post.Report(ctx, raw(r))
	if err != nil {
		return false
	}
	var a receipt
	if err := json.Unmarshal(data, &a); err != nil {
		b.log.Error("the answer of the desk cannot be read", "err", err)
		return false
	}
	orders, fresh := b.settle(a)
	for _, o := range orders {
		b.carryOut(o)
	}
	return more || fresh || len(orders) > 0
}

// write makes the next report.
func (b *Branch) write() (report, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	r := report{Node: b.o.Node, Boot: b.o.Boot, N: b.n, Term: b.term, Done: b.done}
	size, more := 0, false
	for _, id := range b.order {
		t := b.calls[id]
		last := t.from + uint64(len(t.lines)) - 1
		if t.taken >= last {
			continue
		}
		if size > portion {
			more = true
			break
		}
		c := callReport{Call: id, From: t.taken + 1, Told: t.ever}
		if c.From < t.from { // the leader has not even what the lines rest on
			c.Base, c.From = t.base, t.from
		}
		for _, l := range t.lines[c.From-t.from:] {
			c.Lines = append(c.Lines, l)
			if size += len(l.Body) + 80; size > portion {
				more = true
				break
			}
		}
		r.Calls = append(r.Calls, c)
	}
	return r, more
}

// settle takes in what a receipt says and returns the orders to be carried out; fresh says that another node leads.
func (b *Branch) settle(a receipt) (orders []order, fresh bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.Term < b.term {
		return nil, false
	}
	b.heard = time.Now()
	if a.Term > b.term {
		b.term, b.done, b.peer = a.Term, 0, 0
	}
	if a.Peer != b.peer {
		b.peer, fresh = a.Peer, true
		for _, t := range b.calls {
			t.taken = 0
		}
	}
	for _, id := range a.Again {
		if t := b.calls[id]; t != nil {
			t.taken, fresh = 0, true
		}
	}
	for id, n := range a.Taken {
		t := b.calls[id]
		if t == nil {
			continue
		}
		t.taken, t.ever = max(t.taken, n), max(t.ever, n)
		if t.over && t.taken >= t.from+uint64(len(t.lines))-1 {
			b.forget(id)
		}
	}
	for i, o := range a.Orders {
		if n := a.First + uint64(i); n > b.done { //nolint:gosec // not negative
			b.done = n
			orders = append(orders, o)
		}
	}
	return orders, fresh
}

// forget drops a call that is over and told. The lock is held.
func (b *Branch) forget(id call.ID) {
	delete(b.calls, id)
	for i, o := range b.order {
		if o == id {
			b.order = append(b.order[:i:i], b.order[i+1:]...)
			return
		}
	}
}
