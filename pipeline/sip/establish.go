package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// rel100 asks that what is answered before the end is acknowledged (RFC 3262). Whoever requires it is told nothing before the 200,
// which that allows.
const rel100 = "100rel"

// ring sends 180 and waits; it reports false when the call ended meanwhile. A CANCEL ends the call from now on until
// the 200 is sent; the library answers it.
func (l *Leg) ring(req *sip.Request, tx sip.ServerTransaction, d time.Duration) bool {
	if !tx.OnCancel(func(*sip.Request) { l.end(call.Caller, "cancelled", false) }) {
		l.end(call.Caller, "cancelled", false)
		return false
	}
	if !lists(req, "Require", "", rel100) {
		res := sip.NewResponseFromRequest(req, 180, "Ringing", nil)
		res.AppendHeader(l.d.contact.Clone())
		l.s.reply(tx, res)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	if d > 0 {
		select {
		case <-t.C:
		case <-l.ended:
		}
	}
	select {
	case <-l.ended:
		if _, why := l.Why(); why != "cancelled" {
			l.s.respond(req, tx, 503, "Service Unavailable")
		}
		return false
	default:
		return true
	}
}

// establish sends the 200 and starts the goroutine of the call; it reports false when there will be none.
func (l *Leg) establish(req *sip.Request, tx sip.ServerTransaction, offer *sdp.Media, dropped func()) bool {
	l.m.start()
	res := l.accept(req, offer)
	if !l.s.begin() {
		l.s.respond(req, tx, 503, "Service Unavailable")
		l.end("", "shutdown", false)
		return false
	}
	l.setTx(tx)
	l.s.reply(tx, res)
	seq := req.CSeq().SeqNo
	// Ends when the call does: the handler returns, or the leg ends and the handler sees it.
	go func() {
		defer l.s.wg.Done()
		if !l.awaitAck(tx, res, seq) {
			dropped()
			return
		}
		l.keep()
		l.s.protect("call", func() { l.s.handler.Call(l.ctx, l) })
		l.end(call.Bot, "hangup", true)
	}()
	return true
}

// setTx keeps the transaction of the INVITE, which absorbs repetitions as long as the call lasts.
func (l *Leg) setTx(tx interface{ Terminate() }) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tx = tx
}

// accept builds the 2xx of an INVITE or re-INVITE: an answer to its offer, or an offer of this side.
func (l *Leg) accept(req *sip.Request, offer *sdp.Media) *sip.Response {
	l.mu.Lock()
	var body []byte
	if offer != nil {
		body = l.describe(func(loc sdp.Local) []byte { return sdp.Answer(offer, l.choice, loc) })
	} else {
		if l.far == nil && l.sec == sdp.Required {
			l.local.Keys = newKeys()
		}
		l.localFor(req.Source())
		l.local.Direction = l.want() // what this side would like, not what it has: the far side may be about to end a hold
		body = l.describe(func(loc sdp.Local) []byte { return sdp.Offer(loc, l.codecs, l.choice) })
		l.offered = body
	}
	l.mu.Unlock()
	res := sip.NewSDPResponseFromRequest(req, body)
	res.AppendHeader(l.d.contact.Clone())
	res.AppendHeader(sip.NewHeader("Allow", methods))
	res.AppendHeader(sip.NewHeader("Supported", "timer"))
	for _, h := range l.agreeTimer(req, time.Now()) {
		res.AppendHeader(h)
	}
	return res
}

// awaitAck repeats the 200 until it is acknowledged, and takes the answer to an offer of this side. It reports false
// when the call ended.
func (l *Leg) awaitAck(tx sip.ServerTransaction, res *sip.Response, seq uint32) bool {
	wait := sip.T1
	resend := time.NewTimer(wait)
	defer resend.Stop()
	giveUp := time.NewTimer(64 * sip.T1)
	defer giveUp.Stop()
	for {
		var a ack
		select {
		case a = <-l.acks:
		case req := <-tx.Acks():
			a = ack{req.CSeq().SeqNo, description(req)}
		case <-resend.C:
			wait = min(2*wait, sip.T2)
			resend.Reset(wait)
			l.s.reply(tx, res)
			continue
		case <-giveUp.C:
			l.end("", "no-ack", true)
			return false
		case <-l.ended:
			return false
		}
		if a.seq != seq {
			continue
		}
		select {
		case <-l.ended: // what was acknowledged may be the 487 of a CANCEL
			return false
		default:
		}
		l.acked.Store(true)
		if err := l.takeAnswer(a.body); err != nil {
			l.log.Info("call ended: the answer in the ACK cannot be used", "err", err)
			l.end("", "error", true)
			return false
		}
		return true
	}
}
