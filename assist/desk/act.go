package desk

import (
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Me is what an agent is doing.
type Me struct {
	State  State     `json:"state"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"`
}

// Ringing is an offer with what is known about the call.
type Ringing struct {
	Offer
	View
	Kind string `json:"kind"` // call or chat
}

// Place is somewhere a call can be sent.
type Place struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"` // agent or queue
}

// Board is the whole desk of one agent.
type Board struct {
	Me        Me       `json:"me"`
	Offer     *Ringing `json:"offer"`
	Call      *View    `json:"call"`
	WrapUp    any      `json:"wrapup"`
	Waiting   int      `json:"waiting"`
	Longest   float64  `json:"longest_wait_s"`
	Transfers []Place  `json:"transfers"`
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
	b := Board{Me: Me{State: Offline}, Waiting: len(d.router.waiting), Transfers: d.places(agent)}
	for _, w := range d.router.waiting {
		b.Longest = max(b.Longest, now.Sub(w.Since).Seconds())
	}
	s := d.router.seats[agent]
	if s == nil {
		return b
	}
	b.Me = Me{s.state, s.since, s.reason}
	if o := d.router.offers[s.offer]; o != nil {
		if r := d.calls[o.Call]; r != nil {
			b.Offer = &Ringing{Offer: *o, View: r.view.clone(), Kind: kindOfCall(r.view.Channel)}
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

func kindOfCall(channel string) string {
	if channel == "chat" {
		return "chat"
	}
	return "call"
}

// places lists where agent can send a call: to colleagues who are ready, and to other queues.
func (d *Desk) places(agent string) []Place {
	out := []Place{}
	queues := map[string]bool{}
	for _, id := range sortedKeys(d.router.seats) {
		s := d.router.seats[id]
		if id != agent && s.state == Ready {
			out = append(out, Place{id, s.Name, "agent"})
		}
		for _, q := range s.Queues {
			queues[q] = true
		}
	}
	for _, q := range sortedKeys(queues) {
		out = append(out, Place{q, q, "queue"})
	}
	return out
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

// Do commands a call on behalf of an agent who takes part in it.
func (d *Desk) Do(id call.ID, agent string, c Command) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.mine(id, agent)
	if err != nil {
		return err
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
	r.view.Caller.Identity = Identity{State: state, How: how, By: agent, At: r.view.Duration}
	r.line.Emit(call.KindIdentity, r.view.Caller.Identity)
	d.tellCall(&r.view, "call", r.view.clone())
	return nil
}

// Seen marks an alert as seen by a supervisor.
func (d *Desk) Seen(id call.ID, alert string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return ErrUnknown
	}
	for i := range r.view.Alerts {
		if r.view.Alerts[i].ID == alert {
			r.view.Alerts[i].Seen = true
			d.changed()
			return nil
		}
	}
	return ErrUnknown
}

// Figure is a number on the supervisor's page with what it means.
type Figure struct {
	ID    string    `json:"id"`
	Value float64   `json:"value"`
	Unit  string    `json:"unit"`
	En    string    `json:"definition_en"`
	Zh    string    `json:"definition_zh"`
	Trend []float64 `json:"trend"`
}

// Queued is a waiting caller.
type Queued struct {
	Call     call.ID   `json:"call"`
	Caller   Who       `json:"caller"`
	Queue    string    `json:"queue"`
	Since    time.Time `json:"since"`
	Position int       `json:"position"`
	Estimate float64   `json:"estimate_s"`
	Lang     string    `json:"lang"`
}

// Staff is an agent as supervisors see them.
type Staff struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	State  State     `json:"state"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"`
	Call   call.ID   `json:"call,omitempty"`
	Skills []string  `json:"skills"`
	Langs  []string  `json:"langs"`
}

// Live is a running call as supervisors see it.
type Live struct {
	ID        call.ID   `json:"id"`
	Channel   string    `json:"channel"`
	Caller    Who       `json:"caller"`
	With      string    `json:"with"`
	Agent     string    `json:"agent,omitempty"`
	Queue     string    `json:"queue"`
	Intent    string    `json:"intent"`
	Started   time.Time `json:"started"`
	Sentiment []float64 `json:"sentiment"`
	Last      *LastSaid `json:"last"`
	OnHold    bool      `json:"on_hold"`
}

// LastSaid is the newest turn of a call.
type LastSaid struct {
	Who  call.Party `json:"who"`
	Text string     `json:"text"`
}

// Floor is everything a supervisor sees.
type Floor struct {
	At      time.Time `json:"at"`
	Figures []Figure  `json:"figures"`
	Queue   []Queued  `json:"queue"`
	Agents  []Staff   `json:"agents"`
	Calls   []Live    `json:"calls"`
	Alerts  []Alert   `json:"alerts"`
}

// Floor is what goes on now in the queues that see lets through.
func (d *Desk) Floor(see func(queue string) bool) Floor {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	f := Floor{At: now, Queue: []Queued{}, Agents: []Staff{}, Calls: []Live{}, Alerts: []Alert{}}
	for _, r := range d.calls {
		v := &r.view
		if !see(v.Queue) {
			continue
		}
		l := Live{ID: v.Call, Channel: v.Channel, Caller: v.Caller, With: v.With, Agent: v.Agent, Queue: v.Queue, Intent: v.Intent, Started: v.Started, Sentiment: slices.Clone(v.Sentiment), OnHold: v.OnHold}
		if n := len(v.Turns); n > 0 {
			l.Last = &LastSaid{v.Turns[n-1].Who, v.Turns[n-1].Text}
		}
		f.Calls = append(f.Calls, l)
		f.Alerts = append(f.Alerts, v.Alerts...)
		if r.seek != nil {
			n, e, ok := d.router.Place(v.Call, now)
			if ok {
				f.Queue = append(f.Queue, Queued{v.Call, v.Caller, v.Queue, r.seek.since, n, e.Seconds(), v.Lang})
			}
		}
	}
	slices.SortFunc(f.Calls, func(a, b Live) int { return a.Started.Compare(b.Started) })
	slices.SortFunc(f.Queue, func(a, b Queued) int { return a.Position - b.Position })
	slices.SortFunc(f.Alerts, func(a, b Alert) int { return int(b.At - a.At) })
	for _, id := range sortedKeys(d.router.seats) {
		s := d.router.seats[id]
		if s.state != Offline {
			f.Agents = append(f.Agents, Staff{s.ID, s.Name, s.state, s.since, s.reason, s.call, s.Skills, s.Langs})
		}
	}
	f.Figures = d.figures(f, now)
	return f
}

// figures are the numbers of the floor. They count since the node was started.
func (d *Desk) figures(f Floor, now time.Time) []Figure {
	longest := 0.0
	for _, q := range f.Queue {
		longest = max(longest, now.Sub(q.Since).Seconds())
	}
	ready, busy := 0, 0
	for _, a := range f.Agents {
		switch a.State {
		case Ready:
			ready++
		case Busy:
			busy++
		}
	}
	out := []Figure{
		{ID: "waiting", Value: float64(len(f.Queue)), Unit: "", En: "Callers who wait for a person now.", Zh: "正在等待人工的来电数。"},
		{ID: "longest_wait", Value: longest, Unit: "s", En: "Longest of these waits.", Zh: "当前最长等待时间。"},
		{ID: "ready", Value: float64(ready), En: "Agents who can take a call now.", Zh: "当前可接听的坐席数。"},
		{ID: "busy", Value: float64(busy), En: "Agents who ring or talk.", Zh: "振铃或通话中的坐席数。"},
		{ID: "calls", Value: float64(len(f.Calls)), En: "Calls under way.", Zh: "进行中的通话数。"},
	}
	if d.day.taken > 0 {
		out = append(out,
			Figure{ID: "service_level", Value: float64(d.day.inTime) / float64(d.day.handed), En: "Share of the calls handed to people that were taken within 20 s, since the start of this node.", Zh: "自启动以来20秒内接起的转人工来电占比。"},
			Figure{ID: "mean_wait", Value: d.day.waited.Seconds() / float64(d.day.taken), Unit: "s", En: "Mean wait of the calls that were taken.", Zh: "已接起来电的平均等待时间。"})
	}
	if d.day.calls > 0 {
		out = append(out, Figure{ID: "containment", Value: 1 - float64(d.day.handed)/float64(d.day.calls), En: "Share of the calls that never asked for a person, since the start of this node.", Zh: "自启动以来未转人工的来电占比。"})
	}
	for i := range out {
		out[i].Trend = []float64{}
	}
	return out
}
