package desk

import (
	"context"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Wish is what a call needs of the desk.
type Wish struct {
	Call   call.ID
	Why    string // asked, rule:<id>, transfer, agent_lost
	Lang   string
	Agent  string // only this person
	Queue  string // another queue than the route's
	Former string // the person the caller was with

	since time.Time // told again by a branch: waiting since then
}

// Taken is a call that a person has come to. Leg is what whoever carries sound gave to Arrive.
type Taken struct {
	Agent Agent
	Leg   any
}

// NobodyError tells that a caller gets no person now, and what to tell them.
type NobodyError struct {
	Why  string // nobody, closed, timeout, callback, refused
	Text string
	Bye  bool
	// Key, unless 0, takes the offer of the text to be called back: pressed later, it makes a search with the reason WishBack.
	Key rune
}

func (e *NobodyError) Error() string { return "desk: nobody takes the call: " + e.Why }

// seeking is a search under way.
type seeking struct {
	wish     Wish
	since    time.Time
	taken    chan Taken
	again    chan struct{} // the one who accepted did not come
	end      chan *NobodyError
	tell     func(text string)
	told     time.Time
	toldAt   int // place told last
	toldText string
	pending  string
	first    bool // the call's first search: it counts
}

const (
	patience  = 5 * time.Minute
	tellEvery = 30 * time.Second
	tellFirst = 1500 * time.Millisecond // somebody who comes at once is no news
)

// Seek finds a person for a call. It blocks until one has come (Arrive), nobody will (a *NobodyError) or ctx ends. Whoever
// comes is returned, also when ctx has ended just before. What the caller should hear meanwhile is passed to tell, which
// must not block.
func (d *Desk) Seek(ctx context.Context, w Wish, tell func(text string)) (Taken, error) {
	if w.Why == WishBack {
		return Taken{}, d.wishBack(ctx, w)
	}
	s, p, err := d.startSeek(w, tell)
	if err != nil {
		return Taken{}, err
	}
	t, err := d.await(ctx, w, s, p)
	d.endSeek(w.Call, s)
	return orCame(t, err, s.taken)
}

// orCame is what a search comes to that has ended with t and err and whom nobody can come to any more. Whoever came at the last
// moment is returned, since nobody else lets them go.
func orCame(t Taken, err error, came <-chan Taken) (Taken, error) {
	if err == nil {
		return t, nil
	}
	select {
	case last := <-came:
		return last, nil
	default:
		return t, err
	}
}

// await waits for somebody to come.
func (d *Desk) await(ctx context.Context, w Wish, s *seeking, p Policy) (Taken, error) {
	limit := p.Patience
	if limit <= 0 {
		limit = patience
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		select {
		case t := <-s.taken:
			return t, nil
		case <-s.again:
			d.requeue(w, s)
		case e := <-s.end:
			return Taken{}, e
		case <-late.C:
			if d.coming(s) {
				late.Reset(arriveWithin + time.Second)
				continue
			}
			return Taken{}, d.late(w, p)
		case <-ctx.Done():
			return Taken{}, context.Cause(ctx)
		}
	}
}

// coming reports whether somebody has accepted, whose leg may be here any moment.
func (d *Desk) coming(s *seeking) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return s.pending != ""
}

// late tells that nobody came.
func (d *Desk) late(w Wish, p Policy) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.calls[w.Call]; r != nil && w.Why != Called {
		return d.nobody(r, p, "timeout", say(sayLate, w.Lang), w.Lang)
	}
	return &NobodyError{Why: "timeout", Text: say(sayLate, w.Lang), Bye: p.Bye}
}

// startSeek puts the call into the queue.
func (d *Desk) startSeek(w Wish, tell func(text string)) (*seeking, Policy, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[w.Call]
	if r == nil {
		return nil, Policy{}, ErrUnknown
	}
	p := d.policy(r.view.Route, w.Queue)
	v := &r.view
	if w.Why == "agent_lost" && r.before == nil {
		r.before = &cause{v.Why, v.Reason}
	}
	v.Queue, v.With, v.Agent = p.Name, "queue", ""
	if w.Lang != "" {
		v.Lang = w.Lang
	}
	v.soughtFor(w.Why)
	v.summarise()
	want := d.want(r, w, p)
	again := !w.since.IsZero()
	if !again && w.Former == "" && w.Why != Called && p.Open != nil && !p.Open(d.now()) {
		return nil, p, d.nobody(r, p, "closed", p.closed(w.Lang), w.Lang)
	}
	if !again && !p.Wait && w.Former == "" && !d.router.Staffed(want) {
		return nil, p, d.nobody(r, p, "nobody", say(sayNobody, w.Lang), w.Lang)
	}
	s := &seeking{wish: w, since: want.Since, taken: make(chan Taken, 1), again: make(chan struct{}, 1), end: make(chan *NobodyError, 1), tell: tell, told: d.now().Add(tellFirst - tellEvery)}
	r.seek = s
	r.session.meet()
	if err := d.router.Enqueue(want); err != nil {
		return nil, p, err
	}
	if !r.handed && w.Why != Called { // whoever is called back did not wait for this
		r.handed = true
		s.first = true
		d.day.of(p.Name).handed++
	}
	d.changed()
	d.wake()
	return s, p, nil
}

// policy is that of a queue, "" for the one of the route.
func (d *Desk) policy(route, queue string) Policy {
	p := d.o.Queue(route)
	if queue == "" || queue == p.Name {
		return p
	}
	if d.o.Queues != nil {
		for _, x := range d.o.Queues() {
			if x.Name == queue {
				return x
			}
		}
	}
	p.Name = queue
	return p
}

func (d *Desk) want(r *running, w Wish, p Policy) Want {
	out := Want{
		Call: w.Call, Queue: p.Name, Lang: r.view.Lang, Skills: p.Skills, Value: r.view.Caller.Value, Anger: r.view.anger(), Since: d.now(),
		Agent: w.Agent, Former: w.Former, Front: w.Why == "agent_lost" || w.Why == Called,
	}
	if !w.since.IsZero() && w.since.Before(out.Since) {
		out.Since = w.since
	}
	if w.Why == "transfer" { // the former one gave the call away
		out.Former = ""
	}
	return out
}

// requeue looks again when the one who accepted did not come: at the front.
func (d *Desk) requeue(w Wish, s *seeking) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[w.Call]
	if r == nil {
		return
	}
	d.router.Release(s.pending, 0, d.now())
	_ = d.router.Set(s.pending, Away, "no connection", d.now())
	d.refresh(s.pending)
	s.pending = ""
	r.view.soughtFor(w.Why) // also when whoever was to return to it has not
	want := d.want(r, w, d.policy(r.view.Route, r.view.Queue))
	want.Since, want.Front = s.since, true
	if err := d.router.Enqueue(want); err != nil {
		d.log.Error("a caller could not be queued again", "call", string(w.Call), "err", err)
	}
	d.wake()
}

// endSeek takes the call out of the queue, whatever became of the search.
func (d *Desk) endSeek(id call.ID, s *seeking) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r != nil && r.seek != nil && r.seek != s { // this desk was given up and taken over again meanwhile
		return
	}
	if o := d.router.Drop(id, d.now()); o != nil {
		d.tell(o.Agent, "offer_gone", map[string]string{"id": o.ID, "why": "caller_left"})
		d.refresh(o.Agent)
	}
	if r != nil && r.seek == s {
		r.seek = nil
		if seat := d.router.seats[s.pending]; seat.on(id) && !slices.ContainsFunc(r.view.Parties, func(p Party) bool { return p.ID == s.pending }) {
			seat.set(Ready, "", d.now()) // accepted, and is not needed any more
			d.refresh(s.pending)
		}
		if r.view.With == "queue" {
			r.view.With = "bot"
		}
	}
	d.changed()
	d.wake()
}

// announce tells a waiting caller where they stand, now and then. The lock is held.
func (d *Desk) announce(r *running, now time.Time) {
	s := r.seek
	if now.Sub(s.told) < tellEvery {
		return
	}
	n, estimate, ok := d.router.Place(s.wish.Call, now)
	if !ok {
		return
	}
	first := s.toldAt == 0
	s.told, s.toldAt = now, n
	text := place(n, estimate, s.wish.Lang)
	if r.view.Channel == "chat" && text == s.toldText { // it stands there already
		return
	}
	s.toldText = text
	if first && d.mayCallBack(r) {
		text = join(s.wish.Lang, text, offerBack(d.backKey(), s.wish.Lang, r.view.Channel != "sip"))
	}
	s.tell(text)
}

// Accept gives an offered call to an agent, whose leg has to Arrive within some seconds.
func (d *Desk) Accept(offer, agent string) (call.ID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.leads() {
		return "", ErrGone
	}
	if _, ok := d.consults[offer]; ok {
		return d.acceptConsult(offer, agent)
	}
	w, err := d.router.Accept(offer, agent, d.now())
	if err != nil {
		return "", err
	}
	d.expect(w.Call, agent)
	return w.Call, nil
}

// acceptConsult takes a colleague's call. The lock is held.
func (d *Desk) acceptConsult(offer, agent string) (call.ID, error) {
	o := d.router.offers[offer]
	if o == nil || o.Agent != agent {
		return "", ErrGone
	}
	asker := d.consults[offer]
	delete(d.router.offers, offer)
	delete(d.consults, offer)
	if d.calls[o.Call] == nil {
		d.router.seats[agent].set(Ready, "", d.now())
		return "", ErrGone
	}
	d.router.Occupy(agent, o.Call, d.now())
	d.joining[agent] = o.Call
	since := d.router.seats[agent].since
	time.AfterFunc(arriveWithin, func() { d.stillOut(o.Call, agent, asker, since) }) // does nothing when they have come
	d.refresh(agent)
	return o.Call, nil
}

// Joins reports whether an agent's leg is for a call they were asked into as a colleague, and not for a caller who waits.
func (d *Desk) Joins(id call.ID, agent string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.joining[agent] != id {
		return false
	}
	delete(d.joining, agent)
	return true
}

// Return brings an agent back to the call they were cut off from.
func (d *Desk) Return(id call.ID, agent string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.router.Return(id, agent, d.now()); err != nil {
		return err
	}
	if r := d.calls[id]; r != nil && r.before != nil { // their own page was loaded again: they were cut off from nobody
		r.view.Why, r.view.Reason = r.before.why, r.before.reason
	}
	d.expect(id, agent)
	return nil
}

// arriveWithin bounds the wait for the leg of somebody who accepted.
const arriveWithin = 12 * time.Second

// expect waits for the leg of an agent in the background. The lock is held.
func (d *Desk) expect(id call.ID, agent string) {
	r := d.calls[id]
	if r == nil || r.seek == nil {
		return
	}
	s := r.seek
	s.pending = agent
	delete(d.lost, agent)
	if s.first {
		s.first = false
		d.day.of(r.view.Queue).took(d.now().Sub(s.since), d.policy(r.view.Route, r.view.Queue).within())
	}
	d.refresh(agent)
	time.AfterFunc(arriveWithin, func() { // does nothing when the leg has come
		d.mu.Lock()
		defer d.mu.Unlock()
		if r.seek == s && s.pending == agent {
			select {
			case s.again <- struct{}{}:
			default:
			}
		}
	})
}

// Arrive tells that the leg of an agent who accepted can carry sound.
func (d *Desk) Arrive(id call.ID, agent string, leg any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil || r.seek == nil || r.seek.pending != agent {
		return ErrGone
	}
	r.seek.pending = ""
	seat := d.router.seats[agent]
	if seat == nil {
		return ErrUnknown
	}
	r.view.agents = append(r.view.agents, agent)
	r.seek.taken <- Taken{Agent: seat.Agent, Leg: leg}
	return nil
}

// Decline refuses an offer.
func (d *Desk) Decline(offer, agent, why string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.router.offers[offer]
	if err := d.router.Decline(offer, agent, d.now()); err != nil {
		return err
	}
	d.unanswered(offer, o.Call, "declined")
	d.log.Info("an offer was declined", "agent", agent, "offer", offer, "why", why)
	d.refresh(agent)
	d.wake()
	return nil
}

// Lost is told that somebody's leg has gone by itself. They stay taken for the grace.
func (d *Desk) Lost(id call.ID, agent string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tell(agent, "banner", map[string]string{"part": "network", "state": "down", "text": "The sound of your call was cut off."})
	d.log.Warn("the leg of an agent was lost", "call", string(id), "agent", agent)
}
