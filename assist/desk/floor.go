package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/pipeline/call"
)

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
	By   string     `json:"by,omitempty"`   // id of the agent who said it
	Name string     `json:"name,omitempty"` // and what they are called
	Text string     `json:"text"`
}

// Alarm is an alert with what was said that caused it.
type Alarm struct {
	Alert

	Said []Quoted `json:"said" doc:"The turns it rests on, in their order, masked as on record; none once it was seen"`
}

// Quoted is a turn that an alert rests on.
type Quoted struct {
	Turn int         `json:"turn"`
	Who  call.Party  `json:"who"`
	By   string      `json:"by,omitempty"`   // id of the agent who said it
	Name string      `json:"name,omitempty"` // and what they are called
	Text string      `json:"text"`
	Lang string      `json:"lang,omitempty"`
	At   call.Offset `json:"at_s"`
}

// mostQuoted bounds the turns shown with an alert: one that counts what was said all along shows the last.
const mostQuoted = 3

// alarm is a with its turns: the one at which it came, and those that its reasons come from.
func (v *View) alarm(a Alert) Alarm {
	out := Alarm{Alert: a, Said: []Quoted{}}
	if a.Seen {
		return out
	}
	var rests []int
	for _, f := range a.findings() {
		rests = append(append(rests, f.rests()...), f.Turn)
	}
	for _, t := range v.Turns {
		if slices.Contains(rests, t.N) {
			out.Said = append(out.Said, Quoted{t.N, t.Who, t.By, t.Name, t.Text, t.Lang, t.Start})
		}
	}
	out.Said = out.Said[max(0, len(out.Said)-mostQuoted):]
	return out
}

// Floor is everything a supervisor sees.
type Floor struct {
	At      time.Time `json:"at"`
	Figures []Figure  `json:"figures"`
	Queue   []Queued  `json:"queue"`
	Agents  []Staff   `json:"agents"`
	Calls   []Live    `json:"calls"`
	Alerts  []Alarm   `json:"alerts"`
	Levels  []Level   `json:"levels"`
	// Callbacks are callers who will be called back as soon as somebody is free.
	Callbacks []callback.Wish `json:"callbacks"`
	// Approvals are offers above an agent's ceiling that wait for a supervisor.
	Approvals []Approval `json:"approvals"`
}

// Approval is an offer that a supervisor decides about.
type Approval struct {
	allow.Grant

	Agent  string   `json:"agent"` // name of who asks
	Caller Who      `json:"caller"`
	Limit  float64  `json:"limit"` // what a supervisor may grant by now
	Why    []string `json:"why"`
	WhyEn  []string `json:"why_en,omitempty"` // Why in either language
	WhyZh  []string `json:"why_zh,omitempty"`
}

// approvals are those of the queues that see lets through. The lock is held.
func (d *Desk) approvals(see func(string) bool) []Approval {
	out := []Approval{}
	if d.o.Asked == nil {
		return out
	}
	for _, g := range d.o.Asked() {
		r := d.calls[g.Call]
		if r == nil || !see(r.view.Queue) {
			continue
		}
		a := Approval{Grant: g, Agent: g.By, Caller: r.view.Caller, Why: []string{}}
		if s := d.router.seats[g.By]; s != nil {
			a.Agent = s.Name
		}
		if c := r.view.Ceiling; c != nil {
			a.Limit, a.Why, a.WhyEn, a.WhyZh = c.WithMore, c.Why, c.WhyEn, c.WhyZh
		}
		out = append(out, a)
	}
	return out
}

// Floor is what goes on now in the queues that see lets through.
func (d *Desk) Floor(see func(queue string) bool) Floor {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	f := Floor{At: now, Queue: []Queued{}, Agents: []Staff{}, Calls: []Live{}, Alerts: []Alarm{}, Callbacks: []callback.Wish{}}
	f.Approvals = d.approvals(see)
	if d.o.Callbacks != nil {
		for _, w := range d.o.Callbacks() {
			if see(w.Queue) {
				f.Callbacks = append(f.Callbacks, w)
			}
		}
	}
	d.floorCalls(&f, see)
	for _, id := range slices.Sorted(maps.Keys(d.router.seats)) {
		s := d.router.seats[id]
		if s.state != Offline {
			f.Agents = append(f.Agents, Staff{s.ID, s.Name, s.state, s.since, s.reason, s.call, s.Skills, s.Langs})
		}
	}
	at := d.sample(now)
	f.Figures, f.Levels = d.figures(at, see), d.levels(at, see)
	return f
}

// floorCalls fills in the calls, those of them that wait, and their alerts. The lock is held.
func (d *Desk) floorCalls(f *Floor, see func(queue string) bool) {
	type dated struct {
		Alarm

		at time.Time
	}
	var alerts []dated
	for _, r := range d.calls {
		v := &r.view
		if !see(v.Queue) {
			continue
		}
		f.Calls = append(f.Calls, v.live())
		for _, a := range v.Alerts {
			alerts = append(alerts, dated{v.alarm(a), r.began.Add(time.Duration(a.Last))})
		}
		if r.waits() {
			n, e, ok := d.router.Place(v.Call, f.At)
			if ok {
				f.Queue = append(f.Queue, Queued{v.Call, v.Caller, v.Queue, r.seek.since, n, e.Seconds(), v.Lang})
			}
		}
	}
	slices.SortFunc(f.Calls, func(a, b Live) int { return a.Started.Compare(b.Started) })
	slices.SortFunc(f.Queue, func(a, b Queued) int { return a.Position - b.Position })
	slices.SortFunc(alerts, func(a, b dated) int { return b.at.Compare(a.at) }) // a call's clock says nothing of another's
	for _, a := range alerts {
		f.Alerts = append(f.Alerts, a.Alarm)
	}
}

// waits reports whether a caller waits for a person. Who is called back is not on the line while an agent is sought for them.
func (r *running) waits() bool { return r.seek != nil && r.seek.wish.Why != Called }

// live is the call as supervisors see it.
func (v *View) live() Live {
	l := Live{ID: v.Call, Channel: v.Channel, Caller: v.Caller, With: v.With, Agent: v.Agent, Queue: v.Queue, Intent: v.Intent, Started: v.Started, Sentiment: slices.Clone(v.Sentiment), OnHold: v.OnHold}
	if n := len(v.Turns); n > 0 {
		t := v.Turns[n-1]
		l.Last = &LastSaid{t.Who, t.By, t.Name, t.Text}
	}
	return l
}
