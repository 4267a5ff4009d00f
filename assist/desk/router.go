package desk

import (
	"cmp"
	"fmt"
	"maps"
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
	s.state, s.since, s.reason, s.offer = st, now, reason, ""
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

// order is the queue as it is served: those who were cut off first, then by the time waited, which value and anger make
// longer than it is. Everybody's turn comes: a minute more of waiting outweighs either.
func (r *Router) order(now time.Time) []*waiter {
	out := slices.Clone(r.waiting)
	weight := func(w *waiter) float64 {
		s := now.Sub(w.Since).Seconds() + 60*w.Value + 45*w.Anger
		if w.Front {
			s += 1e6
		}
		return s
	}
	slices.SortStableFunc(out, func(a, b *waiter) int { return cmp.Compare(weight(b), weight(a)) })
	return out
}

// best is the one of seats who fits w best, and why; nil when nobody does.
func (r *Router) best(w *waiter, seats []*seat, now time.Time) (*seat, []string) {
	var best *seat
	var bestWhy []string
	bestScore := -1.0
	for _, s := range seats {
		score, why := r.fit(w, s, now)
		if score > bestScore {
			best, bestScore, bestWhy = s, score, why
		}
	}
	return best, bestWhy
}

// fit says how well an agent fits a caller, below 0 when not at all. An hour of idleness counts 1; what else counts is
// more, so that the longest idle is chosen among equals.
func (r *Router) fit(w *waiter, s *seat, now time.Time) (float64, []string) {
	waited := now.Sub(w.Since)
	switch {
	case s.state != Ready, !s.serves(w.Want):
		return -1, nil
	case w.Former != "" && w.Former != s.ID && waited < r.times.Grace:
		return -1, nil
	}
	if at, ok := w.declined[s.ID]; ok && now.Sub(at) < r.times.Again {
		return -1, nil
	}
	idle := now.Sub(s.since)
	score := min(idle.Hours(), 1)
	why := []string{"idle " + short(idle)}
	if w.Lang != "" && len(s.Langs) > 0 {
		why = append(why, "speaks "+w.Lang)
		if len(s.Langs) == 1 { // leave those of several languages for those who need them
			score += 0.5
		}
	}
	for _, k := range w.Skills {
		if slices.Contains(s.Skills, k) {
			score += 4
			why = append(why, "skill "+k)
		} else if waited < r.times.Skill {
			return -1, nil
		}
	}
	soothes := slices.Contains(s.Skills, Soothing)
	switch {
	case soothes && w.Anger >= 0.5:
		score += 8
		why = append(why, "the caller is upset")
	case soothes: // kept free for the upset
		score -= 0.4
	}
	if w.Former == s.ID {
		score += 16
		why = append(why, "was on this call")
	}
	if w.Value > 0.5 {
		why = append(why, "valued customer")
	}
	return max(score, 0), why
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

// Release ends an agent's part in a call: they write down what it came to, or are ready at once.
func (r *Router) Release(agent string, wrapup bool, now time.Time) {
	s := r.seats[agent]
	if s == nil || s.state != Busy || s.offer != "" {
		return
	}
	if took := now.Sub(s.since); took > 0 {
		r.handle += (took - r.handle) / 8
	}
	id := s.call
	if wrapup {
		s.set(WrapUp, "", now)
		s.call = id
		return
	}
	s.set(Ready, "", now)
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

// short writes a duration for people: 40 s, 3 min.
func short(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
