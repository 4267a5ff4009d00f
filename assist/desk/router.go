package desk

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// State is what an agent is doing.
type State string

// The states of an agent. Only a ready one is offered calls.
const (
	Ready   State = "ready"
	Busy    State = "busy"   // rings or talks
	WrapUp  State = "wrapup" // writes down what a call came to
	Away    State = "away"   // does not take calls, by choice or after an offer that was not answered
	Offline State = "offline"
)

// Agent is a person who takes calls.
type Agent struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Langs  []string `json:"langs"`  // empty: all
	Skills []string `json:"skills"` // "soothing" is asked for by the angry
	Queues []string `json:"queues"` // empty: all
}

// Soothing is the skill of those whom angry callers are offered to first.
const Soothing = "soothing"

// Want is a caller who waits.
type Want struct {
	Call   call.ID
	Queue  string
	Lang   string
	Skills []string // wished for; an agent without them is taken only after half the patience
	Value  float64  // of the customer, 0..1: moves them forward in the queue
	Anger  float64  // 0..1
	Since  time.Time
	Agent  string // only this one
	Former string // whom the caller was with and lost: nobody else within the grace
	Front  bool   // before everybody else
}

// Offer is a call that rings at one agent.
type Offer struct {
	ID      string    `json:"id"`
	Call    call.ID   `json:"-"`
	Agent   string    `json:"-"`
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
	WhyYou  []string  `json:"why_you"`
}

// Times are the waits of a desk; zero values stand for the defaults.
type Times struct {
	Ring  time.Duration // an offer is open; 20 s
	Grace time.Duration // a lost agent may come back to their call; 12 s
	Again time.Duration // a declined call is not offered to the same agent again; 60 s
	Skill time.Duration // a wished skill is waited for; 30 s
}

func (t Times) complete() Times {
	t.Ring = cmp.Or(t.Ring, 20*time.Second)
	t.Grace = cmp.Or(t.Grace, 12*time.Second)
	t.Again = cmp.Or(t.Again, time.Minute)
	t.Skill = cmp.Or(t.Skill, 30*time.Second)
	return t
}

// seat is an agent at work.
type seat struct {
	Agent

	state  State
	since  time.Time
	until  time.Time // of WrapUp: when it ends by itself; zero: it does not
	reason string
	call   call.ID // rung for, talked to or written down
	offer  string
}

// waiter is a caller in the queue.
type waiter struct {
	Want

	offer    string // rings at an agent
	declined map[string]time.Time
}

// Router decides who takes which call. It is a pure state machine: it has no clock and no goroutine, and the same calls
// with the same times give the same result. It is not safe for concurrent use.
type Router struct {
	times   Times
	seats   map[string]*seat
	waiting []*waiter
	offers  map[string]*Offer
	count   int
	handle  time.Duration // mean time an agent is taken by a call, for estimates
}

// NewRouter returns a router without agents.
func NewRouter(t Times) *Router {
	return &Router{times: t.complete(), seats: map[string]*seat{}, offers: map[string]*Offer{}, handle: 4 * time.Minute}
}

// Sit lets an agent begin work, away until they say otherwise. One who is there already keeps their state: a second
// window is the same person.
func (r *Router) Sit(a Agent, now time.Time) {
	if s := r.seats[a.ID]; s != nil {
		s.Agent = a
		if s.state == Offline {
			s.state, s.since, s.reason = Away, now, ""
		}
		return
	}
	r.seats[a.ID] = &seat{Agent: a, state: Away, since: now}
}

// Set changes what an agent does by their own wish. Busy and WrapUp cannot be wished for, and a call or its wrap-up is
// not left this way.
func (r *Router) Set(agent string, st State, reason string, now time.Time) error {
	s := r.seats[agent]
	if s == nil {
		return ErrUnknown
	}
	if st == Busy || st == WrapUp || s.state == Busy && st != Offline {
		return fmt.Errorf("%w: %s cannot become %s", ErrState, s.state, st)
	}
	if s.state == Busy {
		return nil // the browser of somebody who talks was closed: their leg tells
	}
	s.set(st, reason, now)
	return nil
}

func (s *seat) set(st State, reason string, now time.Time) {
	if st != Busy && st != WrapUp {
		s.call = ""
	}
	s.state, s.since, s.until, s.reason, s.offer = st, now, time.Time{}, reason, ""
}

// on reports whether an agent, nil for nobody, has taken a call that has not ended for them.
func (s *seat) on(id call.ID) bool {
	return s != nil && s.state == Busy && s.call == id && s.offer == ""
}

// Enqueue adds a caller, who may be there once only.
func (r *Router) Enqueue(w Want) error {
	if r.find(w.Call) != nil {
		return fmt.Errorf("%w: the call waits already", ErrState)
	}
	r.waiting = append(r.waiting, &waiter{Want: w, declined: map[string]time.Time{}})
	return nil
}

// Drop takes a caller out of the queue, with the offer that is open for them. It returns that offer, nil when there is
// none.
func (r *Router) Drop(id call.ID, now time.Time) *Offer {
	i := slices.IndexFunc(r.waiting, func(w *waiter) bool { return w.Call == id })
	if i < 0 {
		return nil
	}
	w := r.waiting[i]
	r.waiting = slices.Delete(r.waiting, i, i+1)
	o := r.offers[w.offer]
	if o != nil {
		delete(r.offers, o.ID)
		if s := r.seats[o.Agent]; s != nil && s.offer == o.ID {
			s.set(Ready, "", now)
		}
	}
	return o
}

// Match makes new offers: the callers in order, each to the agent who fits best.
func (r *Router) Match(now time.Time) []Offer {
	var out []Offer
	var ready []*seat // looked for once: there may be thousands at work
	for _, id := range slices.Sorted(maps.Keys(r.seats)) {
		if s := r.seats[id]; s.state == Ready {
			ready = append(ready, s)
		}
	}
	for _, w := range r.order(now) {
		if w.offer != "" {
			continue
		}
		if s := r.seats[w.Agent]; s == nil || s.state == Away || s.state == Offline { // the one who was wished for has left
			w.Agent = ""
		}
		s, why := r.best(w, ready, now)
		if s == nil {
			continue
		}
		r.count++
		o := &Offer{ID: fmt.Sprintf("%s.%d", w.Call, r.count), Call: w.Call, Agent: s.ID, Since: now, Expires: now.Add(r.times.Ring), WhyYou: why}
		r.offers[o.ID], w.offer = o, o.ID
		s.set(Busy, "", now)
		s.call, s.offer = w.Call, o.ID
		out = append(out, *o)
	}
	return out
}

// Accept gives a call to the agent it rings at. The caller leaves the queue.
func (r *Router) Accept(offer, agent string, now time.Time) (Want, error) {
	o := r.offers[offer]
	if o == nil || o.Agent != agent || now.After(o.Expires) {
		return Want{}, ErrGone
	}
	w := r.find(o.Call)
	delete(r.offers, offer)
	if w == nil {
		return Want{}, ErrGone
	}
	r.waiting = slices.DeleteFunc(r.waiting, func(x *waiter) bool { return x == w })
	s := r.seats[agent]
	s.set(Busy, "", now)
	s.call = o.Call
	return w.Want, nil
}

// Return brings an agent back to a call they were cut off from, if the caller still waits for them.
func (r *Router) Return(id call.ID, agent string, now time.Time) (Want, error) {
	w, s := r.find(id), r.seats[agent]
	if w == nil || s == nil || w.Former != agent {
		return Want{}, ErrGone
	}
	r.Drop(id, now)
	s.set(Busy, "", now)
	s.call = id
	return w.Want, nil
}

// Decline takes an offer back from an agent who does not want it, and who stays ready for others.
func (r *Router) Decline(offer, agent string, now time.Time) error {
	o := r.offers[offer]
	if o == nil || o.Agent != agent {
		return ErrGone
	}
	r.take(o, now)
	r.seats[agent].set(Ready, "", now)
	return nil
}

// take takes an offer back.
func (r *Router) take(o *Offer, now time.Time) {
	delete(r.offers, o.ID)
	if w := r.find(o.Call); w != nil {
		w.offer = ""
		w.declined[o.Agent] = now
		if w.Agent == o.Agent { // the one who was wished for does not want, or is not there: anybody will do
			w.Agent = ""
		}
	}
}

// Expire takes back the offers that were not answered in time and returns them. Who does not answer is away.
func (r *Router) Expire(now time.Time) []Offer {
	var out []Offer
	for _, id := range slices.Sorted(maps.Keys(r.offers)) {
		o := r.offers[id]
		if now.Before(o.Expires) {
			continue
		}
		r.take(o, now)
		if s := r.seats[o.Agent]; s != nil && s.offer == o.ID {
			s.set(Away, "did not answer", now)
		}
		out = append(out, *o)
	}
	return out
}

// Release ends an agent's part in a call: they write down what it came to, for as long as wrapup at most, or are ready at once when it is 0.
func (r *Router) Release(agent string, wrapup time.Duration, now time.Time) {
	s := r.seats[agent]
	if s == nil || s.state != Busy || s.offer != "" {
		return
	}
	if took := now.Sub(s.since); took > 0 {
		r.handle += (took - r.handle) / 8
	}
	id := s.call
	if wrapup == 0 {
		s.set(Ready, "", now)
		return
	}
	s.set(WrapUp, "", now)
	s.call = id
	if wrapup < Endless {
		s.until = now.Add(wrapup)
	}
}

// Endless is a wrap-up that does not end by itself.
const Endless = time.Duration(math.MaxInt64)

// Overdue makes agents ready who have written for as long as they may, and returns who they are.
func (r *Router) Overdue(now time.Time) (agents []string) {
	for _, id := range slices.Sorted(maps.Keys(r.seats)) {
		if s := r.seats[id]; s.state == WrapUp && !s.until.IsZero() && !now.Before(s.until) {
			s.set(Ready, "", now)
			agents = append(agents, id)
		}
	}
	return agents
}

// Occupy marks an agent as taken by a call that was not offered: a supervisor who takes over, a colleague consulted.
func (r *Router) Occupy(agent string, id call.ID, now time.Time) {
	s := r.seats[agent]
	if s == nil {
		return
	}
	if o := r.offers[s.offer]; o != nil {
		r.take(o, now)
	}
	s.set(Busy, "", now)
	s.call = id
}

// Upset changes how angry a waiting caller is, 0..1.
func (r *Router) Upset(id call.ID, anger float64) {
	if w := r.find(id); w != nil {
		w.Anger = anger
	}
}

func (r *Router) find(id call.ID) *waiter {
	i := slices.IndexFunc(r.waiting, func(w *waiter) bool { return w.Call == id })
	if i < 0 {
		return nil
	}
	return r.waiting[i]
}
