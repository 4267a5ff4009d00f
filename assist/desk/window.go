package desk

import "sync"

// Message is something that changed, for a window.
type Message struct {
	Event string
	Data  any
}

// windowDepth bounds what waits for a slow window.
const windowDepth = 256

// Window is one open page of an agent or a supervisor. C gives what changed; it is closed when the window fell behind,
// and the page then opens another one, whose first message is the whole state.
type Window struct {
	C     chan Message
	d     *Desk
	agent string // "" for a supervisor's
	via   string // node the page is at, "" this one
	once  sync.Once

	around Around // as it was told last
}

// Close ends the window. It may be called more than once.
func (w *Window) Close() { w.d.shut(w) }

// send hands a message over without waiting. The desk's lock is held.
func (w *Window) send(m Message) bool {
	select {
	case w.C <- m:
		return true
	default:
		return false
	}
}

// tell sends to every window of an agent. The lock is held.
func (d *Desk) tell(agent, event string, data any) {
	for w := range d.windows {
		if w.agent != agent || w.agent == "" {
			continue
		}
		if !w.send(Message{event, data}) {
			delete(d.windows, w)
			w.once.Do(func() { close(w.C) })
		}
		if b, ok := data.(Board); ok {
			w.around = b.Around
		}
	}
}

// tellCall sends to the windows of everybody who has the call, not of supervisors who only listen to it. The lock is held.
func (d *Desk) tellCall(v *View, event string, data any) {
	for _, p := range v.Parties {
		if p.Who != "caller" && p.Who != "supervisor" {
			d.tell(p.ID, event, data)
		}
	}
}

// tellView tells everybody who has the call what is known of it, without its turns and cards: those are told one by one, and a long
// call would be sent whole after each of its turns. The lock is held.
func (d *Desk) tellView(v *View) {
	short := *v
	short.Turns, short.Cards = nil, nil
	d.tellCall(v, "call", short.clone())
}

func (d *Desk) shut(w *Window) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.windows[w]; !ok {
		return
	}
	delete(d.windows, w)
	w.once.Do(func() { close(w.C) })
	if w.agent == "" {
		return
	}
	for o := range d.windows {
		if o.agent == w.agent {
			return
		}
	}
	d.absent[w.agent] = d.now() // gone for good only when no window opens again soon
}

// Open opens a window of an agent, who is at work from then on. Its first message is the whole desk.
func (d *Desk) Open(a Agent) *Window { return d.OpenVia(a, "") }

// OpenVia opens a window for a page at another node.
func (d *Desk) OpenVia(a Agent, node string) *Window {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.absent, a.ID)
	d.router.Sit(a, d.now())
	d.resume(a.ID)
	w := &Window{C: make(chan Message, windowDepth), d: d, agent: a.ID, via: node}
	d.windows[w] = struct{}{}
	b := d.state(a.ID)
	w.around = b.Around
	w.send(Message{"desk", b})
	if d.cut[a.ID] {
		delete(d.cut, a.ID)
		w.send(Message{"banner", left("")})
	}
	d.changed()
	return w
}

// left tells an agent why a call is not theirs any more: by took it over, "": they were cut off from it.
func left(by string) map[string]string {
	return map[string]string{"part": "left", "state": "down", "text": by}
}

// resume gives somebody back what they were doing: in a call, or before the node of their page died. The lock is held.
func (d *Desk) resume(agent string) {
	s, now := d.router.seats[agent], d.now()
	if old, ok := d.was[agent]; ok {
		delete(d.was, agent)
		if now.Before(old.until) && s.state == Away {
			s.set(old.state, "", now)
			s.until = old.writing
			d.wake()
		}
	}
	if s.state == Busy {
		return
	}
	for id, r := range d.calls {
		for _, p := range r.view.Parties {
			if p.ID == agent && (p.Who == "agent" || p.Who == "colleague") {
				d.router.Occupy(agent, id, now)
			}
		}
	}
}

// OverlookVia opens a supervisor's window for a page at a node, "" this one: it is told "live" whenever something changed, at most
// twice a second.
func (d *Desk) OverlookVia(node string) *Window {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := &Window{C: make(chan Message, 4), d: d, via: node}
	d.windows[w] = struct{}{}
	w.send(Message{"live", nil})
	return w
}

// refresh tells an agent the whole state of their desk. The lock is held.
func (d *Desk) refresh(agent string) {
	d.tell(agent, "desk", d.state(agent))
	d.changed()
}

// changed notes that supervisors have to be told, and agents what concerns them. The lock is held.
func (d *Desk) changed() { d.dirty, d.moved = true, true }

// live tells supervisors that something changed. A window that has not read the last news needs no other. The lock is
// held.
func (d *Desk) live() {
	if !d.dirty {
		return
	}
	d.dirty = false
	for w := range d.windows {
		if w.agent == "" {
			w.send(Message{"live", nil})
		}
	}
}
