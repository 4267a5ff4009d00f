package desk

import (
	"cmp"
	"slices"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Finding is what a rule warns of.
type Finding struct {
	Rule     string      `json:"rule"`
	Severity string      `json:"severity"` // info, warning, critical
	Text     string      `json:"text"`
	TextZh   string      `json:"text_zh"`
	At       call.Offset `json:"at_s"`
	Turn     int         `json:"turn"`
	Why      []Why       `json:"why"`
	Level    int         `json:"level"` // how grave, as the rule says: 0 low, 1 medium, 2 high, 3 critical
	Priority int         `json:"priority"`
}

// Alert warns agent and supervisor of one trouble, however many rules find it: of the gravest finding, with the others beside
// it. It is news when it comes, and again when it becomes graver, or goes on after a supervisor has seen it.
type Alert struct {
	Finding

	ID   string      `json:"id"`
	Call call.ID     `json:"call"`
	Seen bool        `json:"seen"`
	News int         `json:"news"`           // how often it was news
	Last call.Offset `json:"last_s"`         // when it was last
	More []Finding   `json:"more,omitempty"` // the other findings, newest first
	// Supervisor says that it calls a supervisor to the call.
	Supervisor bool `json:"supervisor,omitempty"`
	// PartOf is, of a finding on record that made an alert grow, the id of that alert.
	PartOf string `json:"part_of,omitempty"`
	// SeenTurn is the newest turn there was when it was seen.
	SeenTurn int `json:"seen_turn,omitempty"`
}

// Why is one reason of an alert.
type Why struct {
	What  string      `json:"what"`
	Value any         `json:"value"`
	Turn  int         `json:"turn,omitempty"`
	At    call.Offset `json:"at_s,omitempty"`
	Quote string      `json:"quote,omitempty"`
	Share float64     `json:"share"`
}

// Levels of an alert.
const (
	low = iota
	medium
	high
	gravest
)

// levelOf is how grave an alert of a rule's level is.
func levelOf(name string) int {
	switch name {
	case "critical":
		return gravest
	case "high":
		return high
	case "info", "low":
		return low
	}
	return medium
}

// Graded is a finding as grave as a rule's level, and otherwise empty.
func Graded(level string) Finding { return graded(levelOf(level)) }

func graded(level int) Finding {
	f := Finding{Level: level, Severity: "critical"}
	switch level {
	case low:
		f.Severity = "info"
	case medium:
		f.Severity = "warning"
	}
	return f
}

// alertOf is the alert that a rule wants, the gravest where it wants several: a rule that alerts and also wants a supervisor
// says one thing, and says itself how grave it is; one that only wants a supervisor is critical. False where it wants none.
func alertOf(f rules.Firing, why []Why) (Alert, bool) {
	level, says, calls := -1, false, false
	for _, d := range f.Do {
		switch {
		case d.Kind == rules.Alert:
			level, says = max(level, levelOf(d.Params["level"])), true
		case d.Kind == rules.Transfer && d.Params["to"] == "supervisor": // of others the queue shows who wants a person
			calls = true
		}
	}
	if calls && !says {
		level = high
	}
	if level < 0 {
		return Alert{}, false
	}
	a := Alert{Supervisor: calls, Finding: graded(level)}
	a.Rule, a.Priority, a.Text, a.TextZh, a.At, a.Turn, a.Why = f.Rule, f.Priority, f.TextEn, f.TextZh, f.End, f.Turn, why
	return a, true
}

// rests are the turns that a finding rests on: those that its reasons come from, or else the one at which it came.
func (f *Finding) rests() []int {
	var out []int
	for _, w := range f.Why {
		if w.Turn > 0 && w.Share > 0 {
			out = append(out, w.Turn)
		}
	}
	if len(out) == 0 && f.Turn > 0 {
		out = append(out, f.Turn)
	}
	return out
}

// findings are all findings of an alert, the gravest first.
func (a *Alert) findings() []Finding { return append([]Finding{a.Finding}, a.More...) }

// same reports whether b is about the trouble of a: it rests on a turn that a rests on, or both call a supervisor.
func (a *Alert) same(b *Alert) bool {
	return a.Supervisor && b.Supervisor || slices.ContainsFunc(a.findings(), func(f Finding) bool {
		return slices.ContainsFunc(b.rests(), func(n int) bool { return slices.Contains(f.rests(), n) })
	})
}

// grow takes the finding of b into a. A rule that fires again renews its finding.
func (a *Alert) grow(b Alert) {
	worse := b.Level > a.Level
	if worse || a.Seen && slices.Max(append(b.rests(), 0)) > a.SeenTurn {
		a.News++
		a.Last, a.Seen, a.SeenTurn = b.At, false, 0
	}
	all := slices.DeleteFunc(a.findings(), func(f Finding) bool { return f.Rule == b.Rule })
	all = append(all, b.Finding)
	top := slices.MaxFunc(all, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Level, y.Level), cmp.Compare(x.Priority, y.Priority))
	})
	a.Finding, a.More = top, slices.DeleteFunc(all, func(f Finding) bool { return f.Rule == top.Rule })
	slices.SortStableFunc(a.More, func(x, y Finding) int { return cmp.Compare(y.At, x.At) })
	a.Supervisor = a.Supervisor || b.Supervisor
}

// alarm shows an alert, as a new one or in the one that there is about the same trouble, and puts the finding on record. The
// lock is held.
func (d *Desk) alarm(r *running, a Alert) {
	v := &r.view
	a.Call, a.News, a.Last = v.Call, 1, a.At
	if i := slices.IndexFunc(v.Alerts, func(x Alert) bool { return x.same(&a) }); i >= 0 {
		old := &v.Alerts[i]
		old.grow(a)
		a.News, a.PartOf = 0, old.ID
		d.tellCall(v, "alert", *old)
	} else {
		v.Alerts = append(v.Alerts, a)
		d.tellCall(v, "alert", a)
	}
	r.line.Emit(call.KindAlert, a)
}

// Owed is what a rule wants beside showing something: a ticket, a webhook. It is on record, ahead of the rule's alert, before it is
// done, so that a crash in between only puts it off.
type Owed struct {
	rules.Firing

	Lang     string `json:"lang"`
	Queue    string `json:"queue"`
	Customer string `json:"customer,omitempty"` // ID, where the caller is known
}

// owes reports whether somebody beside the desk has to do what d says (Options.Obey).
func owes(d rules.Do) bool { return d.Kind == rules.Ticket || d.Kind == rules.Webhook }

// owe puts on record what is to be done of a firing. The lock is held.
func (d *Desk) owe(r *running, f rules.Firing) {
	if slices.ContainsFunc(f.Do, owes) {
		r.line.Emit(call.KindOwed, Owed{Firing: f, Lang: r.view.Lang, Queue: r.view.Queue, Customer: r.view.Caller.ID})
	}
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
		if a := &r.view.Alerts[i]; a.ID == alert {
			a.Seen, a.SeenTurn = true, 0
			if n := len(r.view.Turns); n > 0 {
				a.SeenTurn = r.view.Turns[n-1].N
			}
			d.changed()
			return nil
		}
	}
	return ErrUnknown
}
