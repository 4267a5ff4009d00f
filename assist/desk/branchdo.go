package desk

import (
	"context"
	"encoding/json"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// carryOut does what the desk wants.
func (b *Branch) carryOut(o order) {
	b.mu.Lock()
	t := b.calls[o.Call]
	if t == nil || t.over {
		b.mu.Unlock()
		return
	}
	q := t.seek
	b.mu.Unlock()
	var err error
	switch o.Do {
	case doCommand:
		err = with(o.Body, t.line.Do)
	case doEmit:
		err = emit(t.line, o.Body)
	case doKnow:
		err = with(o.Body, func(c rules.Customer) { b.know(t, c) })
	case doPhone:
		err = with(o.Body, func(p phoned) { b.phone(t, p) })
	case doUnphone:
		err = with(o.Body, func(p phoned) { b.unphone(t, p) })
	case doKeep:
		err = with(o.Body, func(s state) { b.rebase(t, s) })
	case doTell, doFound, doNobody:
		err = with(o.Body, func(s sought) {
			if q != nil && q.n == s.N {
				q.answer(o.Do, s)
			}
		})
	}
	if err != nil {
		b.log.Warn("an order of the desk was not understood", "call", string(o.Call), "order", o.Do, "err", err)
	}
}

// phone rings at a telephone.
func (b *Branch) phone(t *told, p phoned) {
	if b.o.Desk.Phone == nil {
		return
	}
	ctx, stop := context.WithCancel(t.ctx)
	b.mu.Lock()
	if t.rings == nil {
		t.rings = map[string]context.CancelFunc{}
	}
	t.rings[p.Ring] = stop
	b.mu.Unlock()
	b.o.Desk.Phone(ctx, t.id, p.Name, func(why string) {
		b.tell(t.id, line{Do: doUnrung, Body: raw(phoned{Ring: p.Ring, Name: p.Name, Why: why})})
	})
}

// unphone ends that a telephone rings.
func (b *Branch) unphone(t *told, p phoned) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if stop := t.rings[p.Ring]; stop != nil {
		stop()
		delete(t.rings, p.Ring)
	}
}

// know tells the session who calls. The channel of a session is closed under the lock.
func (b *Branch) know(t *told, c rules.Customer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !t.over {
		t.session.know(c)
	}
}

// answer ends a search, or tells the caller how it stands.
func (q *inquiry) answer(do string, s sought) {
	switch do {
	case doTell:
		q.tell(s.Text)
	case doFound:
		select {
		case q.got <- Taken{Agent: s.Agent}:
		default:
		}
	case doNobody:
		select {
		case q.none <- &NobodyError{Why: s.Why, Text: s.Text, Bye: s.Bye, Key: s.Key}:
		default:
		}
	}
}

// emit publishes an event of the desk in the call's own log.
func emit(l Line, data json.RawMessage) error {
	var e emitted
	if err := json.Unmarshal(data, &e); err != nil {
		return err
	}
	if e.Kind != call.KindCard { // only cards are looked into on their way
		l.Emit(e.Kind, e.Body)
		return nil
	}
	c, err := read[Card](e.Body)
	if err == nil {
		l.Emit(e.Kind, c)
	}
	return err
}

// rebase forgets the lines that are in a state the leader sent.
func (b *Branch) rebase(t *told, s state) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.Seq < t.from || s.Seq > t.taken {
		if t.base == nil || s.Seq != t.from-1 {
			return
		}
	}
	t.lines = append([]line(nil), t.lines[s.Seq+1-t.from:]...)
	t.base, t.from = &s, s.Seq+1
}
