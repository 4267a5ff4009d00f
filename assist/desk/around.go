package desk

import (
	"maps"
	"slices"
	"time"
)

// Around is what an agent's page shows of others: who waits for them, and where they can send a call.
type Around struct {
	Waiting   int       `json:"waiting"` // callers whom the agent may take
	Longest   float64   `json:"longest_wait_s"`
	Since     time.Time `json:"longest_since,omitzero" doc:"Since when the first of them has waited"`
	Transfers []Place   `json:"transfers"`
}

// same reports whether a page that shows a need not be told b: the longest wait grows there by itself.
func (a Around) same(b Around) bool {
	return a.Waiting == b.Waiting && a.Since.Equal(b.Since) && slices.Equal(a.Transfers, b.Transfers)
}

// around is what agent sees of the others; all are the places for everybody. The lock is held.
func (d *Desk) around(agent string, all []Place, now time.Time) Around {
	a := Around{Transfers: []Place{}}
	for _, p := range all {
		if p.Kind != "agent" || p.ID != agent {
			a.Transfers = append(a.Transfers, p)
		}
	}
	s := d.router.seats[agent]
	if s == nil {
		return a
	}
	for _, w := range d.router.waiting {
		if r := d.calls[w.Call]; r == nil || !r.waits() || !s.serves(w.Want) {
			continue
		}
		if a.Waiting++; a.Since.IsZero() || w.Since.Before(a.Since) {
			a.Since, a.Longest = w.Since, now.Sub(w.Since).Seconds()
		}
	}
	return a
}

// places lists where calls can be sent: to telephones, to colleagues who are ready, and to queues. The lock is held.
func (d *Desk) places() []Place {
	out := []Place{}
	if d.o.Phones != nil {
		out = append(out, d.o.Phones()...)
	}
	queues := map[string]bool{}
	if d.o.Queues != nil { // people of all queues name none
		for _, p := range d.o.Queues() {
			queues[p.Name] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.router.seats)) {
		s := d.router.seats[id]
		if s.state == Ready {
			out = append(out, Place{id, s.Name, "agent"})
		}
		for _, q := range s.Queues {
			queues[q] = true
		}
	}
	for _, q := range slices.Sorted(maps.Keys(queues)) {
		out = append(out, Place{q, q, "queue"})
	}
	return out
}

// aroundEvery is how often agents are told what has changed around them, at most.
const aroundEvery = time.Second

// tellAround tells the agents whose page shows something of others that is so no more. The lock is held.
func (d *Desk) tellAround(now time.Time) {
	if !d.moved || now.Sub(d.toldAround) < aroundEvery {
		return
	}
	d.moved, d.toldAround = false, now
	all, seen := d.places(), map[string]Around{}
	for w := range d.windows {
		if w.agent == "" {
			continue
		}
		a, ok := seen[w.agent]
		if !ok {
			a = d.around(w.agent, all, now)
			seen[w.agent] = a
		}
		switch {
		case w.around.same(a):
		case w.send(Message{"around", a}):
			w.around = a
		default: // it is full: told once it has read
			d.moved = true
		}
	}
}
