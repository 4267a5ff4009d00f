package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// seated is an agent at work, as the next leading desk finds them.
type seated struct {
	Agent  Agent     `json:"agent"`
	State  State     `json:"state"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty"`
	Call   call.ID   `json:"call,omitempty"`
	Via    []string  `json:"via"` // nodes that their pages are open at
}

type viaKey struct{}

// WithVia notes in ctx at which node the page is that asks.
func WithVia(ctx context.Context, node string) context.Context {
	return context.WithValue(ctx, viaKey{}, node)
}

// Via is the node that WithVia noted, "" for this one.
func Via(ctx context.Context) string {
	node, _ := ctx.Value(viaKey{}).(string)
	return node
}

// presence lists the agents at work.
func (d *Desk) presence() []seated {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := []seated{}
	for _, id := range slices.Sorted(maps.Keys(d.router.seats)) {
		s := d.router.seats[id]
		if s.state == Offline {
			continue
		}
		x := seated{Agent: s.Agent, State: s.state, Since: s.since, Until: s.until, Reason: s.reason, Call: s.call, Via: []string{}}
		if s.state == Busy && s.offer != "" { // it rings: the next desk offers anew
			x.State, x.Call = Ready, ""
		}
		for w := range d.windows {
			if w.agent == id && !slices.Contains(x.Via, w.via) {
				x.Via = append(x.Via, w.via)
			}
		}
		slices.Sort(x.Via)
		out = append(out, x)
	}
	return out
}

// seat lets agents be at work again, as another desk had them. Until they open a window they count as just gone.
func (d *Desk) seat(all []seated) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for _, x := range all {
		if d.router.seats[x.Agent.ID] != nil {
			continue
		}
		d.router.seats[x.Agent.ID] = &seat{Agent: x.Agent, state: x.State, since: x.Since, until: x.Until, reason: x.Reason, call: x.Call}
		d.absent[x.Agent.ID] = now
	}
	d.changed()
}

// reset forgets all calls and agents and closes all windows, whose pages then ask for the desk anew.
func (d *Desk) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, r := range d.calls {
		d.stopSession(r)
		delete(d.calls, id)
	}
	for w := range d.windows {
		delete(d.windows, w)
		w.once.Do(func() { close(w.C) })
	}
	d.router = NewRouter(d.o.Times)
	d.absent, d.wrapups, d.consults = map[string]time.Time{}, map[string]*Written{}, map[string]string{}
	d.cut = map[string]bool{}
	d.joining, d.lost, d.was = map[string]call.ID{}, map[string]lost{}, map[string]was{}
	d.day, d.trend = day{date: d.now().Format(time.DateOnly)}, nil
}

func (d *Desk) stopSession(r *running) {
	close(r.session.in)
	r.stop()
}

// adopt takes a call into view as another desk had it.
func (d *Desk) adopt(ctx context.Context, s state, line Line) {
	r := &running{view: s.View, line: line, handed: s.Handed, sought: s.Sought, down: s.Down}
	v := &r.view
	v.agents, v.Caller.Value, v.Asking = s.Agents, s.Value, "" // who is rung, the desk before knew
	if r.down == nil {
		r.down = map[string]bool{}
	}
	if v.With == "queue" {
		v.With = "bot" // until the search is told
	}
	d.enter(ctx, r, s.Began.started())
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range v.Parties {
		if s := d.router.seats[p.ID]; s != nil && p.Who != "caller" && s.state != Busy && p.Who != "supervisor" {
			d.router.Occupy(p.ID, v.Call, d.now())
		}
	}
}

// snapshot is a call as it is now; false when it does not run.
func (d *Desk) snapshot(id call.ID) (state, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return state{}, false
	}
	s := state{View: r.view.clone(), Began: beganWith(r.started, r.view.Channel), Agents: slices.Clone(r.view.agents), Value: r.view.Caller.Value, Handed: r.handed, Sought: r.sought, Down: maps.Clone(r.down)}
	return s, true
}

// took settles that a person is in a call, whatever was arranged: nobody else rings for it, and they have no other.
func (d *Desk) took(id call.ID, agent string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if o := d.router.Drop(id, now); o != nil && o.Agent != agent {
		d.tell(o.Agent, "offer_gone", map[string]string{"id": o.ID, "why": "taken"})
		d.refresh(o.Agent)
	}
	if s := d.router.seats[agent]; s != nil && (s.state != Busy || s.call != id) {
		d.router.Occupy(agent, id, now)
		d.refresh(agent)
	}
	d.wake()
}

// was is what an agent was doing when the node of their page died.
type was struct {
	state   State
	writing time.Time // seat.until
	until   time.Time
}

// gone lets the agents leave at once whose pages were open at a node that died. Who opens a page elsewhere soon is what
// they were.
func (d *Desk) gone(node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for w := range d.windows {
		if w.via == node {
			delete(d.windows, w)
			w.once.Do(func() { close(w.C) })
			if w.agent != "" && !d.windowed(w.agent) {
				d.leave(w.agent, now)
			}
		}
	}
	d.wake()
}

func (d *Desk) windowed(agent string) bool {
	for w := range d.windows {
		if w.agent == agent {
			return true
		}
	}
	return false
}

// leave takes an agent off work whose page is gone for good. The lock is held.
func (d *Desk) leave(agent string, now time.Time) {
	s := d.router.seats[agent]
	if s == nil {
		return
	}
	state, writing := s.state, s.until
	if o := d.router.offers[s.offer]; o != nil { // it rings where nobody hears it
		if _, consult := d.consults[o.ID]; consult {
			d.unanswered(o.ID, o.Call, "no answer")
		}
		d.router.take(o, now)
		s.set(Ready, "", now)
		state = Ready
	}
	if state == Ready || state == Away || state == WrapUp {
		d.was[agent] = was{state, writing, now.Add(leaveAfter)}
	}
	d.absent[agent] = now // for who talks, and leaves when that is over
	if s.state != Busy {
		d.depart(agent, now)
	}
}

// vacate lets the agents leave who were seated by another desk and whose pages were open only at nodes that are not there.
func (d *Desk) vacate(all []seated, there func(node string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for _, x := range all {
		if !d.windowed(x.Agent.ID) && !slices.ContainsFunc(x.Via, there) {
			d.leave(x.Agent.ID, now)
		}
	}
}

// untie frees agents who are marked as talking in a call that does not run or that they are not in, and do not come to it
// any more.
func (d *Desk) untie(unknownOnly bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for agent, s := range d.router.seats {
		if s.state != Busy || s.offer != "" {
			continue
		}
		r := d.calls[s.call]
		if r != nil && (unknownOnly || d.joining[agent] == s.call || d.lost[agent].call == s.call ||
			r.seek != nil && r.seek.pending == agent ||
			slices.ContainsFunc(r.view.Parties, func(p Party) bool { return p.ID == agent && p.Who != "caller" })) {
			continue
		}
		s.set(Away, "connection lost", d.now())
		d.refresh(agent)
	}
}
