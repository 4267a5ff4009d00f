package insight

import (
	"encoding/json"
	"strings"

	"github.com/parley-voice/parley/pipeline/call"
)

// moves is how a call went between bot, queue and people, as its events tell.
type moves struct {
	handed   bool
	wait     Wait
	waitS    float64
	waits    []span // at the desk
	holds    []span
	agent    string
	name     string
	handleS  float64
	from     float64 // when a person first had the call
	had      bool    // a person had it
	away     bool    // it was sent to a telephone outside: what happened there is not heard
	callback bool
	alert    int
}

// follow reads the events of kinds call.KindTransfer, call.KindParty and call.KindAlert, in order. One that cannot be read
// is passed over.
func follow(evs []call.Event, length float64) moves {
	w := &walker{has: map[string]float64{}}
	for _, e := range evs {
		at := e.At.Seconds()
		switch e.Kind {
		case call.KindTransfer:
			var t call.Transfer
			if json.Unmarshal(e.Body, &t) == nil {
				w.transfer(t, at)
			}
		case call.KindParty:
			var p call.Part
			if json.Unmarshal(e.Body, &p) == nil {
				w.part(p, at)
			}
		case call.KindAlert:
			var a struct {
				Severity string `json:"severity"`
			}
			if json.Unmarshal(e.Body, &a) == nil {
				w.m.alert = max(w.m.alert, map[string]int{"info": 1, "warning": 2, "critical": 3}[a.Severity])
			}
		}
	}
	w.end(length)
	return w.m
}

// walker is follow on its way.
type walker struct {
	m       moves
	asked   float64 // when a person was asked for at the desk
	waiting bool
	first   bool // of the waits: that is the one that counts
	has     map[string]float64
	hold    float64
	held    bool
}

func (w *walker) transfer(t call.Transfer, at float64) {
	switch t.State {
	case "asked":
		w.first = !w.m.handed
		w.m.handed = true
		if t.Target == "desk" {
			w.asked, w.waiting = at, true
		}
	case "accepted":
		w.over(Taken, at)
	case "unavailable", "failed", "refused":
		if strings.HasSuffix(t.Why, "callback") { // the caller is rung back: a promise
			w.m.callback = true
		}
		w.over(Unserved, at)
	case "done":
		w.m.away = true
	}
}

// over ends a wait. Only the first one of a call counts, as what the caller met with.
func (w *walker) over(how Wait, at float64) {
	if !w.waiting {
		return
	}
	w.waiting = false
	w.m.waits = append(w.m.waits, span{w.asked, at})
	if w.first {
		w.m.wait, w.m.waitS = how, max(0, at-w.asked)
	}
}

func (w *walker) part(p call.Part, at float64) {
	switch p.Action {
	case "joined", "role":
		if p.Role != "agent" {
			w.leave(p.ID, at) // a colleague or a supervisor from now on
			return
		}
		if _, ok := w.has[p.ID]; !ok {
			w.has[p.ID] = at
		}
		if !w.m.had {
			w.m.had, w.m.from = true, at
		}
		w.m.agent = p.ID
		if p.Name != "" {
			w.m.name = p.Name
		}
		w.over(Taken, at)
	case "left", "lost", "transferred", "replaced", "ended":
		w.leave(p.ID, at)
	case "hold":
		if !w.held {
			w.hold, w.held = at, true
		}
	case "unhold":
		w.release(at)
	}
}

func (w *walker) leave(id string, at float64) {
	if from, ok := w.has[id]; ok {
		w.m.handleS += max(0, at-from)
		delete(w.has, id)
	}
}

func (w *walker) release(at float64) {
	if w.held {
		w.m.holds = append(w.m.holds, span{w.hold, at})
		w.held = false
	}
}

// end closes what is open at the end of the call.
func (w *walker) end(length float64) {
	w.over(Abandoned, length)
	w.release(length)
	for _, from := range w.has {
		w.m.handleS += max(0, length-from)
	}
}
