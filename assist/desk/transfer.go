package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-voice/parley/pipeline/call"
)

// Transfer sends a caller on: to a queue or a colleague at once, or, warm, to a colleague whom the agent speaks to first
// while the caller is on hold.
func (d *Desk) Transfer(id call.ID, agent, to string, warm bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	phone, colleague := d.isPhone(to), d.router.seats[to]
	switch {
	case !r.has(agent), (warm || phone) && (r.view.Channel == "chat" || d.consulted(r) || r.asking != nil):
		return ErrState // one colleague at a time, and nobody speaks in a chat
	case phone:
		d.phone(r, agent, to, warm)
	case warm && (colleague == nil || colleague.state != Ready || to == agent):
		return ErrState
	case warm:
		r.line.Do(Command{Do: "hold", On: true})
		d.consult(r, agent, to)
	default:
		return d.sendOn(r, to, colleague)
	}
	return nil
}

// ErrNobodyThere means that a caller cannot be sent somewhere, as nobody who could take them is at work there.
var ErrNobodyThere = errors.New("desk: nobody who could take the call is at work there now")

// sendOn sends a caller to a queue or a colleague, as long as somebody may come: whoever has the call keeps it otherwise. The
// lock is held.
func (d *Desk) sendOn(r *running, to string, colleague *seat) error {
	c := Command{Do: "transfer", Queue: to}
	if colleague != nil {
		c = Command{Do: "transfer", Agent: to}
	}
	p := d.policy(r.view.Route, c.Queue)
	open := colleague != nil || p.Open == nil || p.Open(d.now())
	staff := d.router.staff(d.want(r, Wish{Call: r.view.Call, Agent: c.Agent}, p))
	if !p.Wait && !(open && slices.ContainsFunc(staff, func(s *seat) bool { return !r.has(s.ID) })) {
		return ErrNobodyThere
	}
	d.calledOff(r)
	r.line.Do(c)
	return nil
}

// consulted reports whether a colleague is in a call, or about to come. The lock is held.
func (d *Desk) consulted(r *running) bool {
	for _, c := range d.joining {
		if c == r.view.Call {
			return true
		}
	}
	return slices.ContainsFunc(r.view.Parties, func(p Party) bool { return p.Who == "colleague" })
}

// has reports whether a person is the one who has the call.
func (r *running) has(agent string) bool { return r.view.Agent == agent }

// asking is somebody who is being rung for an agent.
type asking struct {
	by, who string             // who asked, and whom: an agent's id or a telephone's
	offer   string             // at an agent
	stays   bool               // the caller is theirs as soon as they come
	stop    context.CancelFunc // of a telephone's ringing
}

// ask notes who is being rung, or with nil that nobody is any more. The lock is held.
func (d *Desk) ask(r *running, a *asking, name string) {
	if r.asking == nil && a == nil {
		return
	}
	if old := r.asking; old != nil && old.stop != nil {
		old.stop()
	}
	r.asking, r.view.Asking = a, name
	d.tellView(&r.view)
}

// calledOff takes back that somebody is rung for an agent. Who has accepted, or is just answering a telephone, may come all the same: they
// are let go when they do. The lock is held.
func (d *Desk) calledOff(r *running) {
	a := r.asking
	if a == nil {
		return
	}
	d.ask(r, nil, "")
	switch {
	case a.offer == "":
		r.unwanted = append(r.unwanted, PhonePerson+a.who)
	case d.router.offers[a.offer] != nil:
		d.withdraw(a.offer, "called_off")
	default: // has accepted, and is free for somebody else at once
		r.unwanted = append(r.unwanted, a.who)
		delete(d.joining, a.who)
		if s := d.router.seats[a.who]; s.on(r.view.Call) {
			d.tell(a.who, "offer_gone", map[string]string{"id": a.offer, "why": "called_off"})
			s.set(Ready, "", d.now())
			d.refresh(a.who)
			d.wake()
		}
	}
}

// PhonePerson begins the id of a person at a telephone; the rest is the name of the telephone.
const PhonePerson = "phone:"

func (d *Desk) isPhone(to string) bool {
	if d.o.Phones == nil || d.o.Phone == nil {
		return false
	}
	for _, p := range d.o.Phones() {
		if p.ID == to {
			return true
		}
	}
	return false
}

// phone puts the caller on hold and rings at a telephone. Whoever answers is consulted, or, blind, takes the agent's place: not
// before the desk knows that they were not called off meanwhile. When nobody answers, the caller is back with the agent, who is
// told. The lock is held.
func (d *Desk) phone(r *running, agent, to string, warm bool) {
	id := r.view.Call
	ctx, stop := context.WithCancel(r.ctx)
	a := &asking{by: agent, who: to, stays: !warm, stop: stop}
	r.line.Do(Command{Do: "hold", On: true})
	d.ask(r, a, d.phoneTitle(to))
	d.o.Phone(ctx, id, to, func(why string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		r := d.calls[id]
		if r == nil || r.asking != a { // called off, or the call has gone on without it
			return
		}
		d.ask(r, nil, "")
		r.line.Do(Command{Do: "hold", On: false})
		d.tell(agent, "banner", map[string]string{"part": "phone", "state": "down", "text": to + ": " + why})
	})
}

func (d *Desk) phoneTitle(id string) string {
	for _, p := range d.o.Phones() {
		if p.ID == id && p.Name != "" {
			return p.Name
		}
	}
	return id
}

// consult rings at a colleague, who joins the call when they accept. The lock is held.
func (d *Desk) consult(r *running, agent, to string) {
	now, by := d.now(), agent
	if s := d.router.seats[agent]; s != nil {
		by = s.Name
	}
	d.router.count++
	o := &Offer{ID: fmt.Sprintf("%s.c%d", r.view.Call, d.router.count), Call: r.view.Call, Agent: to, Since: now, Expires: now.Add(d.router.times.Ring), WhyYou: []string{"asked for by " + by}}
	d.router.offers[o.ID] = o
	s := d.router.seats[to]
	s.set(Busy, "", now)
	s.call, s.offer = r.view.Call, o.ID
	d.consults[o.ID] = agent
	d.ask(r, &asking{by: agent, who: to, offer: o.ID}, s.Name)
	d.refresh(to)
}

// Consult goes on with a warm transfer: complete leaves the caller with the colleague, cancel sends the colleague away
// and takes the caller back, merge lets all three talk.
func (d *Desk) Consult(id call.ID, agent, what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	colleague := ""
	for _, p := range r.view.Parties {
		if p.Who == "colleague" {
			colleague = p.ID
		}
	}
	if !r.has(agent) || colleague == "" && what != "cancel" {
		return ErrState
	}
	switch what {
	case "complete":
		r.line.Do(Command{Do: "role", Person: colleague, Role: "agent"})
	case "cancel":
		if colleague != "" {
			r.line.Do(Command{Do: "leave", Person: colleague})
		}
		d.calledOff(r)
	}
	r.line.Do(Command{Do: "hold", On: false})
	return nil
}

// came ends that somebody is being rung, and lets go who was called off meanwhile. The lock is held.
func (d *Desk) came(r *running, p call.Part) {
	d.tell(p.ID, "banner", map[string]string{"part": "network", "state": "up", "text": ""})
	i := slices.Index(r.unwanted, p.ID)
	if i >= 0 {
		r.unwanted = slices.Delete(r.unwanted, i, i+1)
	}
	a := r.asking
	switch {
	case a != nil && d.router.offers[a.offer] == nil && (p.ID == a.who || p.ID == PhonePerson+a.who): // perhaps called off, and asked again
		if a.stays && p.Role == "colleague" {
			r.line.Do(Command{Do: "role", Person: p.ID, Role: "agent"})
		}
		d.ask(r, nil, "")
	case i >= 0 && !d.router.seats[p.ID].on(r.view.Call): // else they have accepted again since, as the one the caller was sent to
		r.line.Do(Command{Do: "leave", Person: p.ID})
	}
}
