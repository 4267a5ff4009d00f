package desk

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// take takes in what is new of a call and returns the number of the last line; false when lines before are missing. The
// lock is held.
func (h *Host) take(node string, p *peer, c callReport) (uint64, bool) {
	f := p.calls[c.Call]
	switch {
	case f == nil && c.Base != nil:
		f = h.far(node, p, c.Call, c.From-1)
		h.d.adopt(context.Background(), *c.Base, f.line)
		if c.Base.Seek != nil {
			h.seek(f, c.Call, *c.Base.Seek)
		}
	case f == nil && c.From == 1:
		f = h.far(node, p, c.Call, 0)
	case f == nil, c.From > f.taken+1:
		return 0, false
	}
	for i, l := range c.Lines {
		if n := c.From + uint64(i); n > f.taken { //nolint:gosec // not negative
			f.taken, f.dirty = n, true
			f.line.retold.Store(n <= c.Told)
			h.apply(p, f, c.Call, l)
		}
	}
	f.line.retold.Store(false)
	return f.taken, true
}

func (h *Host) far(node string, p *peer, id call.ID, taken uint64) *far {
	f := &far{node: node, taken: taken, kept: h.d.now(), line: &farLine{h: h, node: node, id: id}}
	p.calls[id] = f
	return f
}

// apply does to the desk what a line tells. The lock is held.
func (h *Host) apply(p *peer, f *far, id call.ID, l line) {
	var err error
	switch l.Do {
	case doBegin:
		err = with(l.Body, func(b began) {
			h.d.Begin(context.Background(), id, b.started(), b.Channel, f.line)
			if h.o.Begun != nil {
				h.o.Begun(b.Started, b.Channel)
			}
		})
	case doEvent:
		if b := bodyOf(l.Kind, l.Body); b != nil {
			h.d.Event(id, l.At, l.Kind, b)
		}
	case doAdvice:
		err = with(l.Body, func(a advised) { a.give(&advice{h.d, id}) })
	case doSeek:
		err = with(l.Body, func(s sought) { h.seek(f, id, s) })
	case doUnseek:
		err = with(l.Body, func(s sought) {
			if f.wish != nil && f.wish.N == s.N {
				f.unseek()
			}
		})
	case doKey:
		err = with(l.Body, func(digit rune) { h.d.Key(context.Background(), id, digit) })
	case doLost:
		err = with(l.Body, func(s sought) { h.d.Lost(id, s.Agent.ID) })
	case doRecall:
		err = with(l.Body, func(reason string) { h.d.Recall(id, reason) })
	case doCoded:
		err = with(l.Body, func(c Coded) { h.d.Coded(id, c) })
	case doArrived:
		err = with(l.Body, func(s sought) {
			if h.d.Arrive(id, s.Agent.ID, nil) != nil {
				h.d.took(id, s.Agent.ID)
			}
		})
	case doUnrung:
		err = with(l.Body, func(x phoned) { h.unrung(id, x) })
	case doEnd:
		err = with(l.Body, func(e call.Ended) {
			f.unseek()
			h.d.End(id, e)
			delete(p.calls, id)
			p.ended[id] = f.taken
		})
	}
	if err != nil {
		h.log.Warn("a line about a call was passed over", "call", string(id), "line", l.Do, "err", err)
	}
}

// bodyOf reads the body of an event the desk follows, nil for others.
func bodyOf(kind call.Kind, data json.RawMessage) any {
	var out any
	var err error
	switch kind {
	case call.KindTurn:
		out, err = read[call.Turn](data)
	case call.KindParty:
		out, err = read[call.Part](data)
	case call.KindTransfer:
		out, err = read[call.Transfer](data)
	case call.KindTrouble:
		out, err = read[call.Trouble](data)
	case call.KindPartial:
		out, err = read[asr.Transcript](data)
	}
	if err != nil {
		return nil
	}
	return out
}

func read[T any](data json.RawMessage) (T, error) {
	var v T
	err := json.Unmarshal(data, &v)
	return v, err
}

// with hands what data says to do.
func with[T any](data json.RawMessage, do func(T)) error {
	v, err := read[T](data)
	if err == nil {
		do(v)
	}
	return err
}

// seek has the desk look for a person, in the background until one has come or the branch gives up. The lock is held.
func (h *Host) seek(f *far, id call.ID, s sought) {
	f.unseek()
	if s.Since.After(h.d.now()) { // the clock of the other node is ahead
		s.Since = h.d.now()
	}
	f.wish = &s
	ctx, stop := context.WithCancel(context.Background())
	before, done := f.done, make(chan struct{})
	f.stop, f.done = stop, done
	w, node := s.Wish, f.node
	w.Call = id
	if h.d.now().Sub(s.Since) > reportWithin { // it waited at the leader before
		w.since = s.Since
	}
	h.wg.Go(func() { // ends with stop
		defer close(done)
		if before != nil { // one search at a time; it was stopped
			<-before
		}
		t, err := h.d.Seek(ctx, w, func(text string) { h.send(node, order{id, doTell, raw(sought{N: s.N, Text: text})}) })
		nobody := (*NobodyError)(nil)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			h.send(node, order{id, doFound, raw(sought{N: s.N, Agent: t.Agent})})
		case errors.As(err, &nobody):
			h.send(node, order{id, doNobody, raw(sought{N: s.N, Why: nobody.Why, Text: nobody.Text, Bye: nobody.Bye, Key: nobody.Key})})
		default:
			h.send(node, order{id, doNobody, raw(sought{N: s.N, Why: err.Error()})})
		}
	})
}

// farLine is the line of a call that lives at a branch.
type farLine struct {
	h    *Host
	node string
	id   call.ID
	// retold: what comes now was told to the leader before, which has done all that follows from it.
	retold atomic.Bool
}

// Do implements Line.
func (l *farLine) Do(c Command) {
	if l.retold.Load() {
		return
	}
	l.h.send(l.node, order{l.id, doCommand, raw(c)})
}

// Emit implements Line.
func (l *farLine) Emit(kind call.Kind, body any) {
	if l.retold.Load() {
		return
	}
	l.h.send(l.node, order{l.id, doEmit, raw(emitted{kind, raw(body)})})
}

// know tells the branch, which gives the advice, who calls.
func (l *farLine) know(c rules.Customer) { l.h.send(l.node, order{l.id, doKnow, raw(c)}) }

// advised is what a session said, on its way to the desk. One field is set.
type advised struct {
	Cards  []Card        `json:"cards,omitempty"`
	Firing *rules.Firing `json:"firing,omitempty"`
	Alerts []Alert       `json:"alerts,omitempty"`
	Tick   *rules.Tick   `json:"tick,omitempty"`
	Part   string        `json:"part,omitempty"`
	Why    string        `json:"why,omitempty"`
}

func (a advised) give(to sink) {
	switch {
	case a.Firing != nil:
		to.fired(*a.Firing, a.Alerts, a.Cards)
	case a.Tick != nil:
		to.ticked(*a.Tick)
	case a.Part != "":
		to.broke(a.Part, errors.New(a.Why))
	default:
		to.advised(a.Cards)
	}
}
