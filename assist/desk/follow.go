package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Event takes an event of a running call into its view and tells the windows that show it. It never blocks.
func (d *Desk) Event(id call.ID, at call.Offset, kind call.Kind, body any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return
	}
	v := &r.view
	v.Duration = max(v.Duration, at)
	switch b := body.(type) {
	case call.Turn:
		d.recovered(r, b)
		said := spoken(b)
		learnt := v.addTurn(said)
		r.session.feed(b)
		d.tellCall(v, "turn", said)
		if learnt {
			d.tellView(v)
		}
		if b.Who == call.Caller {
			d.router.Upset(id, v.anger())
			d.raise(r)
		}
		d.changed()
	case asr.Transcript:
		if kind == call.KindPartial {
			if b.Party == call.Caller {
				r.session.foresee(r.ctx, &d.wg, b.Text, b.Lang)
			}
			d.tellCall(v, "partial", map[string]any{"who": b.Party, "by": b.By, "text": b.Text, "start_s": b.Start, "lang": b.Lang})
		}
	case call.Part:
		r.session.follow(b)
		d.part(r, b)
	case call.Transfer:
		d.seeks(r)
	case call.Trouble:
		r.down[b.Part] = true
		d.tellCall(v, "banner", map[string]string{"part": b.Part, "state": "down", "text": b.Then})
	}
}

// seeks counts a call for which a person is sought, once, where it came in. The lock is held.
func (d *Desk) seeks(r *running) {
	if !r.sought {
		r.sought = true
		d.day.of(d.o.Queue(r.started.Route).Name).sought++
	}
}

// raise reckons again how far the agent may go, and tells when that changed. The lock is held.
func (d *Desk) raise(r *running) {
	if d.o.Ceiling == nil {
		return
	}
	c := d.o.Ceiling(r.view.clone())
	if c == nil {
		return
	}
	if c.Due && r.due == "" {
		r.due = r.view.Intent
	}
	if old := r.view.Ceiling; old == nil || old.Amount != c.Amount || old.WithMore != c.WithMore {
		r.view.Ceiling = c
		d.tellView(&r.view)
	}
	d.makeGood(r, c)
}

// part follows what people do in a call.
func (d *Desk) part(r *running, p call.Part) {
	v := &r.view
	i := slices.IndexFunc(v.Parties, func(x Party) bool { return x.ID == p.ID && x.Who != "caller" })
	set := func(state string) {
		if i >= 0 {
			v.Parties[i].State = state
		}
	}
	switch p.Action {
	case "joined":
		d.comes(r, p, i)
	case "left", "lost", "transferred", "replaced", "ended":
		d.goes(r, p, i)
	case "role":
		if i >= 0 {
			if p.Role == "agent" && v.Parties[i].Who == "supervisor" { // who hands over to a colleague knows
				d.tell(r.replaced, "banner", left(cmp.Or(p.Name, p.ID)))
			}
			v.Parties[i].Who = p.Role
			if v.Parties[i].State != "muted" {
				v.Parties[i].State = "talking"
			}
		}
		if p.Role == "agent" {
			v.Agent, v.With, r.replaced = p.ID, "agent", ""
			v.Muted = i >= 0 && v.Parties[i].State == "muted"
			d.router.Occupy(p.ID, v.Call, d.now())
		}
	case "hold", "unhold":
		v.OnHold = p.Action == "hold"
	case "mute", "unmute":
		set(map[string]string{"mute": "muted", "unmute": "talking"}[p.Action])
		if p.ID == v.Agent {
			v.Muted = p.Action == "mute"
		}
	case "whisper", "unwhisper":
		set(map[string]string{"whisper": "whispering", "unwhisper": "listening"}[p.Action])
	case "record", "pause", "refuse":
		v.Recording = map[string]string{"record": "on", "pause": "paused", "refuse": "off"}[p.Action]
	}
	for _, agent := range v.agents {
		d.refresh(agent)
	}
	d.changed()
}

// comes takes who has joined into the view; at i they are there already, -1 where they are not. The lock is held.
func (d *Desk) comes(r *running, p call.Part, i int) {
	v := &r.view
	d.came(r, p)
	state := "talking"
	switch p.Role {
	case "supervisor":
		state = "listening"
	case "colleague":
		state = "consult"
	default:
		v.With, v.Agent, v.OnHold = "agent", p.ID, false
		r.before, r.replaced = nil, ""
	}
	if i >= 0 { // has waited for the caller, who was called back
		v.Parties = slices.Delete(v.Parties, i, i+1)
	}
	v.Parties = append(v.Parties, Party{ID: p.ID, Who: p.Role, Name: p.Name, State: state})
	if !slices.Contains(v.agents, p.ID) {
		v.agents = append(v.agents, p.ID)
	}
	d.openLists(r)
}

// goes takes who is not in the call any more out of the view, where they are at i. The lock is held.
func (d *Desk) goes(r *running, p call.Part, i int) {
	v := &r.view
	if i >= 0 {
		v.Parties = slices.Delete(v.Parties, i, i+1)
	}
	if v.Agent == p.ID {
		v.Agent, v.Muted = "", false
	}
	if a := r.asking; a != nil && a.by == p.ID && d.router.offers[a.offer] != nil { // who has said yes may have the caller
		d.calledOff(r)
	}
	if p.Action == "replaced" {
		r.replaced = p.ID
	}
	if p.Action == "lost" {
		d.lost[p.ID] = lost{v.Call, d.now()}
	} else {
		d.release(r, p)
	}
}

// End takes a call out of view. It waits for nothing.
func (d *Desk) End(id call.ID, e call.Ended) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.calls[id]
	if r == nil {
		return
	}
	r.view.Ended, r.view.EndedBy = true, e.By
	r.view.Duration = call.Offset(e.Duration * float64(time.Second))
	for _, p := range slices.Clone(r.view.Parties) { // whoever is still in it
		if p.Who != "caller" {
			d.part(r, call.Part{Action: "ended", ID: p.ID, Name: p.Name, Role: p.Who})
		}
	}
	d.over(r)
}

// over takes a call out of view, with all that hangs on it. The lock is held.
func (d *Desk) over(r *running) {
	d.clear(r)
	d.stopSession(r)
	delete(d.calls, r.view.Call)
	if d.o.Over != nil {
		d.o.Over(r.view.clone())
	}
	for _, agent := range r.view.agents {
		d.refresh(agent)
	}
	d.changed()
}

// advice puts what a session says into the view of its call.
type advice struct {
	d  *Desk
	id call.ID
}

func (a *advice) with(f func(r *running)) {
	a.d.mu.Lock()
	defer a.d.mu.Unlock()
	if r := a.d.calls[a.id]; r != nil {
		f(r)
	}
}

func (a *advice) advised(cs []Card) {
	a.with(func(r *running) { a.d.show(r, cs) })
}

// show puts cards on top of the view's, in their order, and tells the windows. A card that is there, or was, is renewed,
// unless the agent has done something with it.
func (d *Desk) show(r *running, cs []Card) {
	for _, c := range slices.Backward(cs) { // windows put the one they are told last on top
		old := slices.IndexFunc(r.view.Cards, func(old Card) bool { return old.ID == c.ID })
		if old >= 0 {
			if st := r.view.Cards[old].State; st != "" && st != expired {
				continue
			}
			r.view.Cards = slices.Delete(r.view.Cards, old, old+1)
		}
		r.view.Cards = slices.Insert(r.view.Cards, 0, c)
		d.tellCall(&r.view, "card", c)
		if old < 0 {
			r.line.Emit(call.KindCard, c)
		}
	}
}

func (a *advice) fired(f rules.Firing, alerts []Alert, cs []Card) {
	a.with(func(r *running) {
		a.d.owe(r, f)
		for _, al := range alerts {
			a.d.alarm(r, al)
		}
		a.d.show(r, cs)
		for _, do := range f.Do {
			a.d.obey(r, f, do)
		}
		a.d.changed()
	})
}

// obey does what a rule wants beside showing something.
func (d *Desk) obey(r *running, f rules.Firing, do rules.Do) {
	switch do.Kind {
	case rules.Transfer: // only to somebody: cutting an answer short for nobody helps nobody; the alert stands
		if p := d.o.Queue(r.view.Route); r.view.With == "bot" && (p.Wait || d.router.Staffed(d.want(r, Wish{Call: r.view.Call}, p))) {
			r.line.Do(Command{Do: "hand_over", Why: "rule:" + f.Rule})
		}
	case rules.Tag:
		if name := do.Params["name"]; !slices.Contains(r.view.Tags, name) {
			r.view.Tags = append(r.view.Tags, name)
		}
	case rules.OpenList:
		d.openList(r, do.Params["id"])
	case rules.RaiseCeiling: // a cause on record, which the policy knows
		if r.due == "" {
			r.due = f.Rule
		}
		if !slices.Contains(r.view.Tags, f.Rule) {
			r.view.Tags = append(r.view.Tags, f.Rule)
		}
		d.raise(r)
	case rules.Identify:
		if st := do.Params["state"]; r.view.Caller.Identity.State != st {
			d.identified(r, Identity{State: st, How: do.Params["how"], By: "rule:" + f.Rule, At: r.view.Duration})
		}
	case rules.AskCode: // who has proved it need not prove it again
		if r.view.Caller.Identity.State != "verified" {
			if err := d.askCode(r, "rule:"+f.Rule); err != nil {
				d.log.Info("a rule's check by keypad is not made", "call", string(r.view.Call), "rule", f.Rule, "why", err)
			}
		}
	case rules.Ticket, rules.Webhook:
		if d.o.Obey != nil && !retold(r.line) {
			d.o.Obey(r.view.clone(), f, do)
		}
	}
}

// retold reports whether what comes now of a call was done by another desk.
func retold(l Line) bool {
	f, ok := l.(*farLine)
	return ok && f.retold.Load()
}

// openLists opens the checklists of every call, as soon as a person has it: those that no rule opens.
func (d *Desk) openLists(r *running) {
	if r.session.set == nil {
		return
	}
	for _, l := range r.session.set.General() {
		d.openList(r, l.ID)
	}
}

func (d *Desk) openList(r *running, id string) {
	if r.session.set == nil {
		return
	}
	for _, l := range r.session.set.Checklists() {
		if l.ID != id {
			continue
		}
		for _, it := range l.Items {
			key := l.ID + "/" + it.ID
			if !slices.ContainsFunc(r.view.Checklist, func(x Item) bool { return x.ID == key }) {
				r.view.Checklist = append(r.view.Checklist, Item{ID: key, Text: it.TextEn, TextZh: it.TextZh})
				if e, met := r.early[key]; met {
					d.check(r, key, true, "", e)
				}
			}
		}
	}
	d.tellCall(&r.view, "checklist", slices.Clone(r.view.Checklist))
}

func (a *advice) ticked(t rules.Tick) {
	a.with(func(r *running) {
		e := &Evidence{Turn: t.Turn}
		for _, reason := range t.Reasons {
			e.Text, e.At = reason.Quote, reason.Start
			break
		}
		if key := t.Checklist + "/" + t.Item; !a.d.check(r, key, true, "", e) {
			if r.early == nil {
				r.early = map[string]*Evidence{}
			}
			r.early[key] = e // a point is told once
		}
	})
}

// check ticks an item or takes the tick back.
func (d *Desk) check(r *running, id string, done bool, by string, e *Evidence) bool {
	for i := range r.view.Checklist {
		it := &r.view.Checklist[i]
		if it.ID != id {
			continue
		}
		it.Done, it.By, it.Evidence = done, by, e
		d.tellCall(&r.view, "checklist", slices.Clone(r.view.Checklist))
		r.line.Emit(call.KindCheck, *it)
		return true
	}
	return false
}

func (a *advice) broke(part string, err error) {
	a.d.log.Warn("advice failed", "call", string(a.id), "part", part, "err", err)
	a.with(func(r *running) {
		a.d.tellCall(&r.view, "banner", map[string]string{"part": part, "state": "down", "text": "No suggestions at the moment. The call goes on."})
	})
}
