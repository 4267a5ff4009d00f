package desk

import (
	"context"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Written is what an agent has to write down after a call.
type Written struct {
	View View
	Body any // what Options.WrapUp gave, nil while it is in the making
}

// release frees a person whose part is over: who talked with the caller writes it down.
func (d *Desk) release(r *running, p call.Part) {
	if s := d.router.seats[p.ID]; s == nil || s.call != r.view.Call {
		return
	}
	if p.Role == "agent" {
		d.writes(r, p.ID, p.Action == "transferred" || p.Action == "replaced")
	} else {
		d.router.Release(p.ID, 0, d.now())
	}
	d.wake()
}

// writes has an agent write a call down, passed when somebody else has it now. The lock is held.
func (d *Desk) writes(r *running, agent string, passed bool) {
	d.wrapUp(r, agent, passed)
	d.router.Release(agent, d.policy(r.view.Route, r.view.Queue).writing(), d.now())
}

// writing is how long agents may write a call down.
func (p Policy) writing() time.Duration {
	if p.WrapUp <= 0 {
		return Endless
	}
	return p.WrapUp
}

// wrapUp has the summary of the call made for an agent, in the background: they can look at it as soon as it is there.
func (d *Desk) wrapUp(r *running, agent string, passed bool) {
	w := &Written{View: r.view.clone()}
	w.View.PassedOn = passed
	d.wrapups[agent] = w
	if d.o.WrapUp == nil {
		return
	}
	d.wg.Go(func() { // ends by the deadline
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		body, err := d.o.WrapUp(ctx, agent, w.View)
		if err != nil {
			d.log.Error("no summary of a call", "call", string(w.View.Call), "err", err)
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		w.Body = body
		if d.wrapups[agent] == w {
			d.tell(agent, "wrapup", body)
			d.refresh(agent)
		}
	})
}

// Wrapped ends an agent's writing: they are ready for the next call.
func (d *Desk) Wrapped(agent string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.router.seats[agent]
	if d.wrapups[agent] == nil && (s == nil || s.state != WrapUp) { // another desk may have had what was written
		return ErrState
	}
	delete(d.wrapups, agent)
	if s != nil && s.state == WrapUp {
		s.set(Ready, "", d.now())
	}
	d.refresh(agent)
	d.wake()
	return nil
}
