package desk

import (
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// lost is an agent whose leg has gone by itself.
type lost struct {
	call call.ID
	at   time.Time
}

// forgetLost frees the agents who did not come back within the grace: they are away until they say otherwise. The lock is
// held.
func (d *Desk) forgetLost(now time.Time) {
	for agent, l := range d.lost {
		if now.Sub(l.at) < d.router.times.Grace {
			continue
		}
		delete(d.lost, agent)
		d.free(agent, l.call, "connection lost")
	}
}

// depart takes somebody off work whose page has been closed for long. Who talks stays until that is over; the caller of a
// chat, which has no leg that could be lost, is brought to somebody else. The lock is held.
func (d *Desk) depart(agent string, now time.Time) {
	if s := d.router.seats[agent]; s != nil && s.state == Busy {
		if r := d.calls[s.call]; r != nil && r.view.Channel == "chat" && r.view.Agent == agent {
			d.cut[agent] = true
			r.line.Do(Command{Do: "leave", Person: agent})
		}
		return
	}
	delete(d.absent, agent)
	_ = d.router.Set(agent, Offline, "", now) // nobody who is not at work can be refused to leave
	d.changed()
}

// free sets an agent away who is still marked as taken by a call. The lock is held.
func (d *Desk) free(agent string, id call.ID, why string) {
	if s := d.router.seats[agent]; s.on(id) {
		s.set(Away, why, d.now())
		d.refresh(agent)
	}
}

// clear frees everybody a call that has ended leaves behind: agents who were cut off write it down, colleagues who ring
// for it stop ringing. The lock is held.
func (d *Desk) clear(r *running) {
	id := r.view.Call
	for agent, l := range d.lost {
		if l.call == id {
			delete(d.lost, agent)
			if s := d.router.seats[agent]; s != nil && s.call == id {
				d.writes(r, agent, false)
			}
		}
	}
	for offer := range d.consults {
		if o := d.router.offers[offer]; o == nil || o.Call == id {
			d.withdraw(offer, "caller_left")
		}
	}
	for agent, c := range d.joining {
		if c == id {
			delete(d.joining, agent)
		}
	}
	for agent, s := range d.router.seats {
		if s.on(id) {
			s.set(Ready, "", d.now())
			d.refresh(agent)
		}
	}
}

// withdraw takes a colleague's offer back. The lock is held.
func (d *Desk) withdraw(offer, why string) {
	delete(d.consults, offer)
	o := d.router.offers[offer]
	if o == nil {
		return
	}
	delete(d.router.offers, offer)
	if s := d.router.seats[o.Agent]; s != nil && s.offer == offer {
		s.set(Ready, "", d.now())
	}
	d.tell(o.Agent, "offer_gone", map[string]string{"id": offer, "why": why})
	d.refresh(o.Agent)
}

// unanswered tells an agent that the colleague they asked for does not come, and takes the caller off hold. Other offers
// go on to somebody else by themselves. The lock is held.
func (d *Desk) unanswered(offer string, id call.ID, why string) {
	asker, ok := d.consults[offer]
	if !ok {
		return
	}
	delete(d.consults, offer)
	if r := d.calls[id]; r != nil {
		d.ask(r, nil, "")
	}
	d.alone(id, asker, why)
}

func (d *Desk) alone(id call.ID, asker, why string) {
	r := d.calls[id]
	if r == nil || !r.has(asker) { // the call has gone on without them
		return
	}
	r.line.Do(Command{Do: "hold", On: false})
	d.tell(asker, "banner", map[string]string{"part": "colleague", "state": "down", "text": why})
	d.refresh(asker)
}

// stillOut deals with a colleague who accepted, at since, and whose leg has not come.
func (d *Desk) stillOut(id call.ID, agent, asker string, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r != nil && slices.ContainsFunc(r.view.Parties, func(p Party) bool { return p.ID == agent && p.Who != "caller" }) {
		return
	}
	s := d.router.seats[agent]
	if s == nil || s.call != id || s.state != Busy || !s.since.Equal(since) { // left in the meantime, or is there for something else
		return
	}
	delete(d.joining, agent)
	d.free(agent, id, "no connection")
	if r != nil {
		d.ask(r, nil, "")
	}
	d.alone(id, asker, "no connection")
}

// expired is the state of a card that was not needed for CardLife.
const expired = "expired"

// age takes cards away that nobody needs any more. The lock is held.
func (d *Desk) age(r *running, now time.Time) {
	at := call.Offset(now.Sub(r.began))
	for i := range r.view.Cards {
		c := &r.view.Cards[i]
		if c.State == "" && c.Expires > 0 && at > c.Expires {
			c.State = expired
			d.tellCall(&r.view, "card_gone", map[string]string{"id": c.ID, "why": expired})
		}
	}
}

// recovered tells that recognition works again, once it shows. The lock is held.
func (d *Desk) recovered(r *running, t call.Turn) {
	if r.down["asr"] && t.Who != call.Bot {
		delete(r.down, "asr")
		d.tellCall(&r.view, "banner", map[string]string{"part": "asr", "state": "up", "text": ""})
	}
}
