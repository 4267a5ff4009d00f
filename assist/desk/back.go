package desk

import (
	"context"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Why somebody is sought.
const (
	// Called is the reason of a search for a caller who is called back.
	Called = "callback"
	// WishBack is the reason of a search that is none: the caller takes the offer to be called back.
	WishBack = "wish_back"
)

// backKey is the key with which a caller asks to be called back.
func (d *Desk) backKey() rune {
	if d.o.BackKey != nil {
		if k := d.o.BackKey(); k != 0 {
			return k
		}
	}
	return '1'
}

// mayCallBack reports whether a caller can be called back: on the number they call from or, on the page, on the one they
// gave, which a person then dials. The lock is held.
func (d *Desk) mayCallBack(r *running) bool {
	if d.o.CallBack == nil {
		return false
	}
	c := r.view.Caller
	return r.view.Channel == "sip" && dialable(c.Number) || r.view.Channel == "web" && c.Given != nil && dialable(c.Given.Contact)
}

// nobody tells that a caller gets no person, and, where the queue wants it, offers to call them back. The lock is held.
func (d *Desk) nobody(r *running, p Policy, why, text, lang string) *NobodyError {
	r.view.With = "bot"
	d.changed()
	e := &NobodyError{Why: why, Text: text, Bye: p.Bye}
	if p.CallBack && d.mayCallBack(r) {
		e.Key, e.Bye, e.Text = d.backKey(), false, join(lang, text, offerBack(d.backKey(), lang, r.view.Channel != "sip"))
	}
	return e
}

// Key takes a key of a waiting caller: one of them (1, unless Options.BackKey says otherwise) asks to be called back. It
// returns what the caller is told, "" for nothing; the search then ends.
func (d *Desk) Key(ctx context.Context, id call.ID, digit rune) string {
	d.mu.Lock()
	r := d.calls[id]
	if r == nil || r.seek == nil || digit != d.backKey() || !d.mayCallBack(r) {
		d.mu.Unlock()
		return ""
	}
	s, v := r.seek, r.view.clone()
	d.mu.Unlock()
	d.wg.Go(func() { // ends by the deadline
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
		defer cancel()
		e := &NobodyError{Why: Called, Text: say(noted(v), s.wish.Lang), Bye: true}
		if err := d.o.CallBack(ctx, v); err != nil {
			d.log.Error("a wish to be called back was not kept", "call", string(id), "err", err)
			return // the caller goes on waiting, which is the truth
		}
		select {
		case s.end <- e:
		default:
		}
	})
	return ""
}

// keepWithin bounds how long it may take to keep a wish.
const keepWithin = 5 * time.Second

// wishBack keeps the wish of a caller who was offered to be called back.
func (d *Desk) wishBack(ctx context.Context, w Wish) error {
	d.mu.Lock()
	r := d.calls[w.Call]
	if r == nil {
		d.mu.Unlock()
		return ErrUnknown
	}
	may, p := d.mayCallBack(r), d.policy(r.view.Route, w.Queue)
	if r.view.Why == "" || w.Queue != "" {
		r.view.Queue = p.Name
	}
	r.view.Reason = reason(&r.view)
	v := r.view.clone()
	d.mu.Unlock()
	if !may {
		return &NobodyError{Why: "nobody", Text: say(sayNobody, w.Lang)}
	}
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	if err := d.o.CallBack(ctx, v); err != nil {
		d.log.Error("a wish to be called back was not kept", "call", string(w.Call), "err", err)
		return &NobodyError{Why: "refused", Text: say(sayNobody, w.Lang)} // nothing is promised that is not kept
	}
	return &NobodyError{Why: Called, Text: say(noted(v), w.Lang), Bye: true}
}

// Recall tells, of a call that has begun, that it is one back to a caller, and what they had called about.
func (d *Desk) Recall(id call.ID, reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.calls[id]; r != nil {
		r.view.Reason = reason
		r.view.Parties[0].State = "ringing"
	}
}

// Rings tells that the telephone of somebody who is called back rings for an agent, who waits for them.
func (d *Desk) Rings(id call.ID, a Agent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return
	}
	v := &r.view
	v.With, v.Agent = "agent", a.ID
	v.Parties = append(v.Parties, Party{ID: a.ID, Who: "agent", Name: a.Name, State: "talking"})
	d.refresh(a.ID)
	d.changed()
}

// Reached tells that somebody who is called back has answered: their call begins now.
func (d *Desk) Reached(id call.ID, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.calls[id]; r != nil {
		r.view.Started, r.view.Parties[0].State = at, "talking"
	}
}

// Unreached ends a call back to somebody who did not answer. The agent who waited is told why and is ready again: there
// is nothing to write down.
func (d *Desk) Unreached(id call.ID, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return
	}
	r.view.Parties = slices.DeleteFunc(r.view.Parties, func(p Party) bool { return p.Who != "caller" })
	r.view.agents = nil
	for agent, s := range d.router.seats {
		if s.on(id) {
			d.router.Release(agent, 0, d.now())
			d.tell(agent, "banner", map[string]string{"part": Called, "state": "down", "text": why})
			d.refresh(agent)
		}
	}
	d.over(r)
	d.wake()
}

// Free reports whether somebody who may take a call of a queue in a language is ready, and nobody waits for them.
func (d *Desk) Free(route, queue, lang string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.policy(route, queue)
	return (p.Open == nil || p.Open(d.now())) && d.router.Free(Want{Queue: p.Name, Lang: lang, Skills: p.Skills})
}

// dialable reports whether a caller's number could be called: withheld ones and names cannot.
func dialable(number string) bool {
	n := 0
	for _, r := range number {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r != '+' && r != ' ' && r != '-':
			return false
		}
	}
	return n >= 5
}
