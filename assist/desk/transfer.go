package desk

import "github.com/parley-voice/parley/pipeline/call"

// Transfer sends a caller on: to a queue or a colleague at once, or, warm, to a colleague whom the agent speaks to first
// while the caller is on hold.
func (d *Desk) Transfer(id call.ID, agent, to string, warm bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
	}
	if d.isPhone(to) {
		d.phone(r, agent, to, warm)
		return nil
	}
	colleague := d.router.seats[to]
	if warm {
		if colleague == nil || colleague.state != Ready || to == agent {
			return ErrState
		}
		r.line.Do(Command{Do: "hold", On: true})
		return d.consult(r, agent, to)
	}
	c := Command{Do: "transfer", Queue: to}
	if colleague != nil {
		c = Command{Do: "transfer", Agent: to}
	}
	r.line.Do(c)
	return nil
}

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

// phone puts the caller on hold and rings at a telephone. Whoever answers is consulted, or, blind, takes the agent's place;
// when nobody does, the caller is back with the agent, who is told. The lock is held.
func (d *Desk) phone(r *running, agent, to string, warm bool) {
	id := r.view.Call
	r.line.Do(Command{Do: "hold", On: true})
	d.o.Phone(id, to, warm, func(why string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if r := d.calls[id]; r != nil {
			r.line.Do(Command{Do: "hold", On: false})
			d.tell(agent, "banner", map[string]string{"part": "phone", "state": "down", "text": to + ": " + why})
		}
	})
}

// consult rings at a colleague, who joins the call when they accept. The lock is held.
func (d *Desk) consult(r *running, agent, to string) error {
	now := d.now()
	d.router.count++
	o := &Offer{ID: string(r.view.Call) + ".c", Call: r.view.Call, Agent: to, Since: now, Expires: now.Add(d.router.times.Ring), WhyYou: []string{"asked for by " + d.router.seats[agent].Name}}
	d.router.offers[o.ID] = o
	s := d.router.seats[to]
	s.set(Busy, "", now)
	s.call, s.offer = r.view.Call, o.ID
	d.consults[o.ID] = agent
	d.refresh(to)
	return nil
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
	if colleague == "" && what != "cancel" {
		return ErrState
	}
	switch what {
	case "complete":
		r.line.Do(Command{Do: "role", Person: colleague, Role: "agent"})
	case "cancel":
		if colleague != "" {
			r.line.Do(Command{Do: "leave", Person: colleague})
		}
		for oid, from := range d.consults {
			if o := d.router.offers[oid]; o != nil && from == agent && o.Call == id {
				delete(d.router.offers, oid)
				delete(d.consults, oid)
				d.router.seats[o.Agent].set(Ready, "", d.now())
				d.tell(o.Agent, "offer_gone", map[string]string{"id": oid, "why": "caller_left"})
				d.refresh(o.Agent)
			}
		}
	}
	r.line.Do(Command{Do: "hold", On: false})
	return nil
}
