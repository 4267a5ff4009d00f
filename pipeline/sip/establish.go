package sip

import (
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// ring sends 180 and waits; it reports false when the call ended meanwhile.
func (l *Leg) ring(req *sip.Request, tx sip.ServerTransaction, d time.Duration) bool {
	var cancelled atomic.Bool
	stop := make(chan struct{})
	watch := tx.OnCancel(func(*sip.Request) {
		if cancelled.CompareAndSwap(false, true) {
			close(stop)
		}
	})
	if !watch {
		l.end(call.Caller, "cancelled", false)
		return false
	}
	res := sip.NewResponseFromRequest(req, 180, "Ringing", nil)
	res.AppendHeader(l.d.contact.Clone())
	l.s.reply(tx, res)
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-stop:
		case <-l.ended:
			l.s.respond(req, tx, 503, "Service Unavailable")
			return false
		}
	}
	if cancelled.Load() {
		l.end(call.Caller, "cancelled", false)
		return false
	}
	return true
}

// establish sends the 200 and starts the goroutine of the call.
func (l *Leg) establish(req *sip.Request, tx sip.ServerTransaction, offer *sdp.Media) {
	l.m.start()
	res := l.accept(req, offer)
	l.tx = tx
	if !l.s.begin() {
		l.s.respond(req, tx, 503, "Service Unavailable")
		l.end("", "shutdown", false)
		return
	}
	l.s.reply(tx, res)
	seq := req.CSeq().SeqNo
	// Ends when the call does: the handler returns, or the leg ends and the handler sees it.
	go func() {
		defer l.s.wg.Done()
		if !l.awaitAck(tx, res, seq) {
			return
		}
		l.keep()
		l.s.protect("call", func() { l.s.handler.Call(l.ctx, l) })
		l.end(call.Bot, "hangup", true)
	}()
}

// accept builds the 2xx of an INVITE or re-INVITE: an answer to its offer, or an offer of this side.
func (l *Leg) accept(req *sip.Request, offer *sdp.Media) *sip.Response {
	l.mu.Lock()
	var body []byte
	if offer != nil {
		body = sdp.Answer(offer, l.choice, l.local)
	} else {
		body = sdp.Offer(l.localFor(req.Source()), l.codecs)
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
		l.acked.Store(true)
		if err := l.takeAnswer(a.body); err != nil {
			l.log.Info("call ended: the answer in the ACK cannot be used", "err", err)
			l.end("", "error", true)
			return false
		}
		return true
	}
}
