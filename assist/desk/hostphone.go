package desk

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// phoning is a telephone that rings at the node of a call.
type phoning struct {
	call   call.ID
	name   string
	began  time.Time
	failed func(why string)
	off    bool // answered or called off: a node of before lets it ring on
	missed bool // a report of a node of before may have been about it
}

// ringsOn bounds how long a node of before lets a telephone ring that was called off.
const ringsOn = time.Minute

// Phone has the node of a call ring at a telephone; see Options.Phone.
func (h *Host) Phone(ctx context.Context, id call.ID, name string, failed func(why string)) {
	h.wg.Go(func() { // ends at once: Owner may not be asked under the desk's lock
		node := h.Owner(id)
		if node == "" {
			failed("unknown")
			return
		}
		ring, p := rand.Text(), &phoning{call: id, name: name, began: h.d.now(), failed: failed}
		h.out.Lock()
		h.stopped(p.began)
		h.phones[ring] = p
		h.out.Unlock()
		h.send(node, order{id, doPhone, raw(phoned{Ring: ring, Name: name, Consult: true})})
		context.AfterFunc(ctx, func() { // answered, called off, or the call is over
			h.out.Lock()
			p.off = true
			h.out.Unlock()
			h.send(node, order{id, doUnphone, raw(phoned{Ring: ring})})
		})
	})
}

// unrung is told that a telephone was not reached.
func (h *Host) unrung(id call.ID, x phoned) {
	for _, p := range h.over(id, x, h.d.now()) {
		p.failed(x.Why)
	}
}

// over returns whose ringing has ended by a report, and forgets them. One of a node of before does not say which ringing of a
// telephone it is about. If there is only one it is that; else it is known once there are as many reports as ringings.
func (h *Host) over(id call.ID, x phoned, now time.Time) (out []*phoning) {
	h.out.Lock()
	defer h.out.Unlock()
	h.stopped(now)
	var may []string
	missed := 1
	for ring, p := range h.phones {
		if ring == x.Ring || x.Ring == "" && p.call == id && p.name == x.Name {
			may = append(may, ring)
			if p.missed {
				missed++
			}
		}
	}
	if missed < len(may) {
		for _, ring := range may {
			if p := h.phones[ring]; !p.missed {
				p.missed = true
				break
			}
		}
		return nil
	}
	for _, ring := range may {
		if p := h.phones[ring]; !p.off {
			out = append(out, p)
		}
		delete(h.phones, ring)
	}
	return out
}

// stopped forgets telephones that were answered or called off and ring nowhere any more. The lock is held.
func (h *Host) stopped(now time.Time) {
	for ring, p := range h.phones {
		if p.off && now.Sub(p.began) > ringsOn {
			delete(h.phones, ring)
		}
	}
}
