package desk

import (
	"slices"
	"time"

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
