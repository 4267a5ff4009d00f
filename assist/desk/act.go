package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/pipeline/call"
)

// Me is what an agent is doing.
type Me struct {
	State  State     `json:"state"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero" doc:"Of wrapup: when it ends by itself"`
	Reason string    `json:"reason,omitempty"`
}

// Ringing is an offer with what is known about the call.
type Ringing struct {
	View
	Offer
	Kind string `json:"kind"` // call, chat, consult: a colleague asks, or callback: they are rung once somebody has accepted
}

// Place is somewhere a call can be sent.
type Place struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"` // agent or queue
}

// Board is the whole desk of one agent.
type Board struct {
	Me     Me       `json:"me"`
	Offer  *Ringing `json:"offer"`
	Call   *View    `json:"call"`
	WrapUp any      `json:"wrapup"`
	Around
	// ICE are the servers that help the agent's browser through its network.
	ICE []ICEServer `json:"ice"`
	// Codes says that callers can be checked by a code they key in.
	Codes bool `json:"codes"`
}

// ICEServer is a STUN or TURN server as browsers take it.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Board is what an agent's desk looks like now.
func (d *Desk) Board(agent string) Board {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state(agent)
}

// state is Board. The lock is held.
func (d *Desk) state(agent string) Board {
	now := d.now()
	b := Board{Me: Me{State: Offline}, Around: d.around(agent, d.places(), now), ICE: []ICEServer{}, Codes: d.o.Codes}
	if d.o.ICE != nil {
		b.ICE = d.o.ICE()
	}
	s := d.router.seats[agent]
	if s == nil {
		return b
	}
	b.Me = Me{s.state, s.since, s.until, s.reason}
	if o := d.router.offers[s.offer]; o != nil {
		if r := d.calls[o.Call]; r != nil {
			b.Offer = &Ringing{Offer: *o, View: r.view.clone(), Kind: kindOfCall(r.view)}
			if d.consults[o.ID] != "" {
				b.Offer.Kind = "consult"
			}
		}
	} else if r := d.calls[s.call]; r != nil && s.state == Busy {
		v := r.view.clone()
		b.Call = &v
	}
	if w := d.wrapups[agent]; w != nil && s.state != Busy {
		b.WrapUp = w.Body
		if w.Body == nil {
			b.WrapUp = map[string]any{"call": w.View.Call, "pending": true}
		}
	}
	return b
}

func kindOfCall(v View) string {
	switch {
	case v.Channel == "chat":
		return "chat"
	case v.Why == Called && v.Parties[0].State == "ringing":
		return Called
	}
	return "call"
}

// Wrote is the call an agent writes down, ErrUnknown when there is none.
func (d *Desk) Wrote(agent string) (Written, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.wrapups[agent]
	if w == nil {
		return Written{}, ErrUnknown
	}
	return *w, nil
}

// Set changes what an agent does by their own wish.
func (d *Desk) Set(agent string, st State, why string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.router.Set(agent, st, why, d.now()); err != nil {
		return err
	}
	if st == Ready {
		delete(d.wrapups, agent)
	}
	d.refresh(agent)
	d.wake()
	return nil
}

// Call is the view of a running call, ErrUnknown when it does not run.
func (d *Desk) Call(id call.ID) (View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return View{}, ErrUnknown
	}
	return r.view.clone(), nil
}

// mine is a running call that agent takes part in. The lock is held.
func (d *Desk) mine(id call.ID, agent string) (*running, error) {
	r := d.calls[id]
	if r == nil || !slices.ContainsFunc(r.view.Parties, func(p Party) bool { return p.ID == agent && p.Who != "caller" }) {
		return nil, ErrUnknown
	}
	return r, nil
}

// Mine is the view of a running call that agent takes part in, ErrUnknown when they do not.
func (d *Desk) Mine(id call.ID, agent string) (View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return View{}, err
	}
	return r.view.clone(), nil
}

// Grant shows an offer to make good, or what was decided about it, in its call; supervisors are told too.
func (d *Desk) Grant(g allow.Grant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed()
	r := d.calls[g.Call]
	if r == nil {
		return
	}
	if i := slices.IndexFunc(r.view.Grants, func(x allow.Grant) bool { return x.ID == g.ID }); i >= 0 {
		r.view.Grants[i] = g
	} else {
		r.view.Grants = append(r.view.Grants, g)
	}
	r.line.Emit(call.KindGrant, g)
	r.view.Ceiling = nil // reckoned again, and told with the grant
	d.raise(r)
	d.tellView(&r.view)
}

// Do commands a call on behalf of an agent who takes part in it.
func (d *Desk) Do(id call.ID, agent string, c Command) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	if !r.has(agent) { // a colleague or a supervisor: the call is not theirs
		switch c.Do {
		case "mute", "whisper", "role", "leave":
		case "end":
			c = Command{Do: "leave"}
		default:
			return ErrState
		}
	}
	if c.Person == "" {
		c.Person = agent
	}
	if c.Do == "transfer" && c.Agent != "" {
		if s := d.router.seats[c.Agent]; s == nil || s.state == Offline {
			return ErrUnknown
		}
	}
	r.line.Do(c)
	return nil
}

// Card takes what an agent did with a card: used, dismissed, muted or helpful.
func (d *Desk) Card(id call.ID, agent, card, action string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	for i := range r.view.Cards {
		if c := &r.view.Cards[i]; c.ID == card {
			c.State = action
			r.line.Emit(call.KindCard, *c)
			if action == "dismissed" || action == "muted" {
				d.tellCall(&r.view, "card_gone", map[string]string{"id": card, "why": action})
			}
			return nil
		}
	}
	return ErrUnknown
}

// Check ticks an item of the checklist by hand.
func (d *Desk) Check(id call.ID, agent, item string, done bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	if !d.check(r, item, done, agent, nil) {
		return ErrUnknown
	}
	return nil
}

// Note keeps an agent's notes on a call.
func (d *Desk) Note(id call.ID, agent, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	r.view.Notes = text
	return nil
}

// Identify notes that the caller proved, or failed to prove, who they are.
func (d *Desk) Identify(id call.ID, agent, state, how string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	d.identified(r, Identity{State: state, How: how, By: agent, At: r.view.Duration})
	return nil
}

// ErrNotOne means that somebody is none of those the caller may be.
var ErrNotOne = errors.New("desk: the caller is not known to be this customer")

// Choose notes which of the customers a caller may be (Who.Maybe) they are, and how an agent found out: from then on they
// are that one, and verified. It blocks for the look-up.
func (d *Desk) Choose(ctx context.Context, id call.ID, agent, customer, how string) error {
	d.mu.Lock()
	r, err := d.mine(id, agent)
	if err == nil && !slices.ContainsFunc(r.view.Caller.Maybe, func(m Maybe) bool { return m.ID == customer }) {
		err = ErrNotOne
	}
	at := Occasion{Call: id}
	if err == nil {
		at.Queue, at.Number = r.view.Queue, r.view.Caller.Number
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	who, history, err := d.o.Customers.Person(ctx, at, customer)
	if err != nil {
		return fmt.Errorf("look up who was chosen: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r, err = d.mine(id, agent); err != nil {
		return err
	}
	d.met(r, who, history, Identity{State: "verified", How: how, By: agent, At: r.view.Duration})
	return nil
}
