package insight

import (
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Select picks the calls behind something in a view. Each field that is set narrows the choice.
type Select struct {
	Figure  string // only calls that count for it, or whose value is unknown
	Value   string // with Figure: yes, no or unknown
	By      By     // with Key
	Key     string
	Keyed   bool // Key counts, also when it is empty
	Outcome Outcome
	Topic   string
	Repeat  string // Repeat.Key: calls that follow one about this
	Again   bool   // Repeat counts, also when it is empty
	Spot    string // BlindSpot.ID
}

// Row is a call in a list.
type Row struct {
	Call    call.ID   `json:"call"`
	At      time.Time `json:"at"`
	Queue   string    `json:"queue"`
	Lang    string    `json:"lang"`
	Channel string    `json:"channel" enum:"phone,web,chat"`
	Agent   string    `json:"agent,omitempty" doc:"Name; empty: only the bot"`
	Intent  string    `json:"intent,omitempty"`
	Topic   string    `json:"topic,omitempty" doc:"Name"`
	Outcome Outcome   `json:"outcome" enum:"resolved_bot,resolved_person,promised,open,cannot_tell"`
	Judged  bool      `json:"judged" doc:"A person wrote the outcome down; otherwise it is the machine's view"`
	LengthS float64   `json:"length_s"`
	Reason  string    `json:"reason,omitempty"`
	Turn    int       `json:"turn,omitempty" doc:"Where to look"`
	AtS     float64   `json:"at_s,omitempty"`
	Value   *float64  `json:"value" doc:"Of the figure; null where it cannot be told"`
	Follows call.ID   `json:"follows,omitempty" doc:"The earlier call of the same caller"`
}

// Behind lists the calls that s picks, newest first. An unknown figure, topic or spot has none.
func Behind(q Query, d Data, s Select) []Row {
	b := build(&q, d)
	var spot map[call.ID]int
	if s.Spot != "" {
		spot = map[call.ID]int{}
		for _, one := range b.spots(d.Asked) {
			if one.ID == s.Spot {
				spot = one.calls
			}
		}
	}
	if s.Figure == "saved" { // the calls it is made of
		s.Figure, s.Value = "containment", "yes"
	}
	all := measures()
	m := slices.IndexFunc(all, func(m measure) bool { return m.ID == s.Figure })
	out := []Row{}
	for i := range slices.Backward(b.now) {
		l := &b.now[i]
		if !b.picked(l, s) {
			continue
		}
		r := b.row(l)
		if s.Figure != "" {
			if m < 0 {
				continue
			}
			v, st := all[m].of(l, &q.Options)
			if st == apart || s.Value == "yes" && (st != counts || v == 0) || s.Value == "no" && (st != counts || v != 0) || s.Value == "unknown" && st != unknown {
				continue
			}
			if st == counts {
				r.Value = &v
			}
		}
		if spot != nil {
			turn, ok := spot[l.Call]
			if !ok {
				continue
			}
			r.Turn = turn
			for _, a := range d.Asked {
				if a.Call == l.Call && a.Turn == turn {
					r.AtS, r.Reason = a.AtS, a.Text
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func (b *builder) picked(l *linked, s Select) bool {
	switch {
	case s.Keyed && b.key(l, s.By) != s.Key, s.Outcome != "" && l.Outcome != s.Outcome, s.Topic != "" && l.Topic != s.Topic:
		return false
	case s.Again && (l.prev == nil || reasonKey(l.prev) != s.Repeat):
		return false
	}
	return true
}

func (b *builder) row(l *linked) Row {
	r := Row{
		Call: l.Call, At: l.At, Queue: l.Queue, Lang: l.Lang, Channel: l.Channel, Agent: l.Name, Intent: l.Intent, Topic: b.names[l.Topic], Outcome: l.Outcome, Judged: l.Judged,
		LengthS: l.LengthS, Reason: l.Reason.Text, Turn: l.Reason.Turn, AtS: l.Reason.AtS,
	}
	if l.prev != nil {
		r.Follows = l.prev.Call
	}
	return r
}
