package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Code is a check of the caller by a code that they key in.
type Code struct {
	// State is asked, or how the last one ended: verified, wrong (as often as may be), locked (too many wrong ones before),
	// none (nothing was keyed in, or nobody can be checked).
	State string `json:"state"`
	Typed int    `json:"typed,omitempty"` // digits so far
	Try   int    `json:"try,omitempty"`   // from 1
}

// Coded tells how a check goes on.
type Coded struct {
	Code
	Customer string `json:"customer,omitempty"` // verified: which of those the caller may be
	By       string `json:"by"`                 // who wanted it: an agent, or rule:ID
}

// ErrNobody means that it is not known whom the caller would have to be, so that there is nothing to check.
var ErrNobody = errors.New("desk: nobody is known by this number or address, so there is no code to check")

// AskCode has the caller key in their code for an agent who talks with them. ErrState while one is asked for, in a chat
// and where codes are not kept; ErrNobody when nobody is known whose code it could be.
func (d *Desk) AskCode(id call.ID, agent string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	return d.askCode(r, agent)
}

// askCode sends a caller to the keypad. The lock is held.
func (d *Desk) askCode(r *running, by string) error {
	who := r.view.candidates()
	switch {
	case !d.o.Codes || r.view.Channel == "chat" || r.view.Code != nil && r.view.Code.State == "asked":
		return ErrState
	case len(who) == 0:
		return ErrNobody
	}
	r.view.Code = &Code{State: "asked", Try: 1}
	r.line.Do(Command{Do: "code", Agent: by, Who: strings.Join(who, ",")})
	d.tellView(&r.view)
	return nil
}

// candidates are the customers the caller may be.
func (v *View) candidates() []string {
	if v.Caller.ID != "" {
		return []string{v.Caller.ID}
	}
	var out []string
	for _, m := range v.Caller.Maybe {
		out = append(out, m.ID)
	}
	return out
}

// Coded takes in how a check by keypad went. It returns at once.
func (d *Desk) Coded(id call.ID, c Coded) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return
	}
	r.view.Code = &c.Code
	i := Identity{How: "keypad", By: c.By, At: r.view.Duration}
	switch c.State {
	case "verified":
		i.State = "verified"
		if c.Customer != r.view.Caller.ID && d.o.Customers != nil { // one of several, who is known now
			at := Occasion{id, r.view.Queue, r.view.Caller.Number}
			d.wg.Go(func() { d.becomes(at, c.Customer, i) }) // ends by its own deadline
			return
		}
	case "wrong", "locked":
		i.State = "failed"
	default:
		d.tellView(&r.view)
		return
	}
	d.identified(r, i)
}

// identified notes who a caller was found to be, or not to be. The lock is held.
func (d *Desk) identified(r *running, i Identity) {
	r.view.Caller.Identity = i
	r.line.Emit(call.KindIdentity, i)
	d.tellView(&r.view)
	d.raise(r) // whoever is not verified gets less
	d.changed()
}

// becomes makes a caller one of the customers they may have been.
func (d *Desk) becomes(at Occasion, customer string, i Identity) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	who, history, err := d.o.Customers.Person(ctx, at, customer)
	if err != nil {
		d.log.Warn("who keyed in their code could not be looked up", "call", string(at.Call), "err", err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.calls[at.Call]; r != nil {
		d.met(r, who, history, i)
	}
}

// met takes in who a caller was found to be, how and by whom. The lock is held.
func (d *Desk) met(r *running, who Who, history []Contact, i Identity) {
	who.Number, who.Given = r.view.Caller.Number, r.view.Caller.Given // those of this call
	if who.Lang == "" {
		who.Lang = r.view.Caller.Lang
	}
	who.Identity = i
	r.line.Emit(call.KindIdentity, who.Identity)
	d.meet(r, who, history)
}
