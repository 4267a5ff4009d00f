package sip

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// maxEarly bounds how many far sides of one INVITE are kept apart before one answers.
const maxEarly = 8

// early is a far side that has not answered yet: of several that ring, each has a dialog of its own (RFC 3261, section 12.1).
type early struct {
	d       *dialog
	invite  uint32 // sequence number of the INVITE that it rings for
	last    uint32 // number of the report that was acknowledged last, 0: none; used by the goroutine that dials
	body    []byte // its answer; guarded by the lock of the leg
	changed bool   // it has offered something else since; guarded like body
}

// progress acknowledges a provisional response that wants it, and returns whom it is of, nil for nobody in particular. It reports false
// for one that is to be taken as not received.
func (l *Leg) progress(inv *sip.Request, res *sip.Response) (*early, bool) {
	if res.StatusCode == 100 || res.To() == nil {
		return nil, true
	}
	e := l.rung(inv, res)
	return e, e == nil || l.acknowledge(e, res)
}

// rung is the far side that a provisional response is of, nil for one too many.
func (l *Leg) rung(inv *sip.Request, res *sip.Response) *early {
	tag, seq := res.To().Params.GetOr("tag", ""), inv.CSeq().SeqNo
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.early[tag]; e != nil && e.invite == seq {
		return e
	}
	if len(l.early) >= maxEarly {
		return nil
	}
	e := &early{d: l.d.fork(res, seq), invite: seq}
	if l.early == nil {
		l.early = map[string]*early{}
	}
	l.early[tag] = e
	l.s.expect(e.d.key(), l)
	return e
}

// acknowledge sends the PRACK of a provisional response that wants one (RFC 3262). It reports false for a repetition, and for one
// before which another was lost: that one comes first.
func (l *Leg) acknowledge(e *early, res *sip.Response) bool {
	n, err := strconv.ParseUint(first(res, "RSeq"), 10, 32)
	if err != nil || n == 0 || !lists(res, "Require", "", rel100) {
		return true
	}
	if e.last != 0 && uint32(n) != e.last+1 {
		return false
	}
	e.last = uint32(n)
	req := e.d.requestOf(sip.PRACK, l.d)
	req.AppendHeader(sip.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", n, e.invite)))
	l.s.later(64*sip.T1, func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(l.ctx, cancel)() // the call has failed or is over
		if _, err := l.s.do(ctx, e.d, req); err != nil {
			l.log.Debug("PRACK was not answered", "err", err)
		}
	})
	return true
}

// foretold keeps the answer in a provisional response: whoever had it acknowledged, and some gateways besides, do not repeat it in
// the 2xx (RFC 3261, section 13.2.1). What is to be heard before the end is heard by hear.
func (l *Leg) foretold(e *early, res *sip.Response, hear func(*Leg)) {
	body := description(res)
	if e == nil || len(body) == 0 || l.late {
		return
	}
	l.mu.Lock()
	known := e.changed || bytes.Equal(e.body, body)
	e.body = body
	l.mu.Unlock()
	if hear == nil || known {
		return
	}
	if err := l.preview(body); err != nil {
		l.log.Info("what is to be heard before the answer cannot be used", "err", err)
		return
	}
	if !l.hearing {
		l.hearing = true
		l.m.start()
		hear(l)
	}
}

// preview listens to a far side that has not answered. What the call has agreed on is left as it is: another one may answer.
func (l *Leg) preview(body []byte) error {
	far, ch, err := l.readAnswer(body)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	own, err := l.ownKey(ch.Crypto, true)
	if err != nil {
		return err
	}
	return l.use(far, ch, own, true)
}

// take makes the dialog with the far side that has answered that of the call, and returns its answer: that in the 2xx, or else the
// one before. None is left to be taken where done is true.
func (l *Leg) take(res *sip.Response) (answer []byte, done bool) {
	l.d.adopt(res)
	l.m.answered()
	l.mu.Lock()
	defer l.mu.Unlock()
	answer = description(res)
	e := l.early[l.d.farTag]
	if e == nil || e.invite != res.CSeq().SeqNo {
		return answer, false
	}
	l.d.follow(e.d)
	if len(answer) == 0 && !l.late {
		answer = e.body
	}
	return answer, e.changed
}

// requestOf is request with a number that is new in the dialog of the call as well: whatever becomes of that, its next request has a
// higher one.
func (d *dialog) requestOf(method sip.RequestMethod, whole *dialog) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	whole.mu.Lock()
	whole.seq = max(whole.seq, d.seq) + 1
	d.seq = whole.seq
	whole.mu.Unlock()
	return d.build(method, d.seq)
}

// follow goes on with the numbers of a dialog before it was answered.
func (d *dialog) follow(e *dialog) {
	e.mu.Lock()
	seq, far := e.seq, e.farSeq
	e.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq, d.farSeq = max(d.seq, seq), max(d.farSeq, far)
}

// forgetEarly ends what was expected of those who ring.
func (l *Leg) forgetEarly() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.early {
		l.s.unexpect(e.d.key())
	}
	l.early = nil
}

// onEarlyUpdate takes the offer of a far side that has not answered yet: a network puts an announcement, or another telephone, in
// the place of the first (RFC 3311).
func (l *Leg) onEarlyUpdate(req *sip.Request, tx sip.ServerTransaction) {
	l.mu.Lock()
	var e *early
	for _, x := range l.early {
		if x.d.key() == keyOf(req) {
			e = x
		}
	}
	open := e != nil && e.body == nil && !l.late // the offer of this side has no answer yet
	l.mu.Unlock()
	switch {
	case e == nil:
		l.s.respond(req, tx, 481, "Call/Transaction Does Not Exist")
		return
	case !e.d.accept(req):
		l.s.respond(req, tx, 500, "CSeq Out Of Order")
		return
	case len(description(req)) > 0 && (open || l.late):
		l.s.respond(req, tx, 491, "Request Pending")
		return
	}
	offer, ok := l.takeOffer(req, tx)
	if !ok {
		return
	}
	e.d.retarget(req.Contact(), req.Source())
	if offer != nil {
		l.mu.Lock()
		e.changed = true
		l.mu.Unlock()
	}
	l.s.reply(tx, l.updated(req, offer))
}

// expect and unexpect keep the table of dialogs that are not answered yet.
func (s *Server) expect(key string, l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.early[key] = l
}

func (s *Server) unexpect(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.early, key)
}

// onUpdate hands an UPDATE to its call, whether that is answered or not.
func (s *Server) onUpdate(req *sip.Request, tx sip.ServerTransaction) {
	s.mu.Lock()
	l := s.early[keyOf(req)]
	if s.legs[keyOf(req)] != nil {
		l = nil
	}
	s.mu.Unlock()
	if l != nil {
		l.onEarlyUpdate(req, tx)
		return
	}
	s.inside((*Leg).onUpdate)(req, tx)
}
