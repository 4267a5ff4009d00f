package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// localFor completes what this side says about itself to a far side; the lock is held.
func (l *Leg) localFor(source string) {
	if !l.local.Addr.IsValid() {
		l.local.Addr = l.s.localIP(l.d.transport, l.s.farIP(source))
	}
}

// describe writes a description of this side, with its next version where it says something else than the one before (RFC 3264,
// section 8): whoever sees the same version need not read on. The lock is held.
func (l *Leg) describe(write func(sdp.Local) []byte) []byte {
	body := write(l.local)
	if l.said != nil && !bytes.Equal(l.said, body) {
		l.local.Version++
		body = write(l.local)
	}
	l.said = body
	return body
}

// want is the direction this side would like; the lock is held.
func (l *Leg) want() sdp.Direction {
	if l.wantHold {
		return sdp.SendOnly
	}
	return sdp.SendRecv
}

// agree takes over a description of the far side, an offer or an answer, and starts to use it.
func (l *Leg) agree(far *sdp.Media, ch sdp.Choice, answer bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	own, err := l.ownKey(ch.Crypto, answer)
	if err != nil {
		return err
	}
	dir := sdp.Reply(far, l.want())
	l.localFor(l.d.from())
	if err := l.use(far, ch, own, answer); err != nil {
		return err
	}
	l.local.Direction, l.local.PTime, l.local.Keys = dir, ch.PTime, nil
	if own.Suite != "" {
		l.local.Keys = []sdp.Crypto{own}
	}
	l.far, l.choice = far, ch
	if held := far.OnHold() && !l.wantHold; held != l.heldBy {
		l.heldBy = held
		kind := call.SignalUnhold
		if held {
			kind = call.SignalHold
		}
		if !l.m.unanswered() {
			l.sigs.Tell(call.Signal{Kind: kind, At: time.Now()})
		}
	}
	return nil
}

// use has the sound go as a description of the far side wants it. The lock is held.
func (l *Leg) use(far *sdp.Media, ch sdp.Choice, own sdp.Crypto, answer bool) (err error) {
	var offered *sdp.Media
	if answer {
		if offered, err = sdp.ParseFor(l.said, profile(far.Secure())); err != nil {
			return err
		}
	}
	if err := l.m.apply(far, offered, ch, own, sourceIP(l.d.from())); err != nil {
		return fmt.Errorf("use codec %s: %w", ch.Codec.Name, err)
	}
	return nil
}

// takeAnswer uses the answer in an ACK to an offer in a 2xx of this side. Without such an offer it does nothing.
func (l *Leg) takeAnswer(body []byte) error {
	l.mu.Lock()
	pending := l.offered != nil
	l.offered = nil
	l.mu.Unlock()
	if !pending {
		return nil
	}
	return l.useAnswer(body)
}

// profile is how the description of a stream is read that is encrypted, or is not.
func profile(secure bool) sdp.Security {
	if secure {
		return sdp.Required
	}
	return sdp.Off
}

func (l *Leg) useAnswer(body []byte) error {
	far, ch, err := l.readAnswer(body)
	if err != nil {
		return err
	}
	return l.agree(far, ch, true)
}

// readAnswer reads the answer to an offer of this side.
func (l *Leg) readAnswer(body []byte) (*sdp.Media, sdp.Choice, error) {
	if len(body) == 0 {
		return nil, sdp.Choice{}, errors.New("the far side sent no session description")
	}
	l.mu.Lock()
	sec := profile(len(l.local.Keys) > 0) // an answer has that of its offer
	l.mu.Unlock()
	far, err := l.s.describes(body, sec, l.m.host, sourceIP(l.d.from()))
	if err != nil {
		return nil, sdp.Choice{}, err
	}
	// An answer names what the far side will use: its order counts, not ours.
	var names []string
	for _, c := range far.Codecs {
		if slices.ContainsFunc(l.codecs, func(n string) bool { return strings.EqualFold(n, c.Name) }) {
			names = append(names, c.Name)
		}
	}
	ch, err := sdp.Choose(far, names)
	return far, ch, err
}

// onReinvite handles an INVITE inside the call: hold, unhold, a new address, a refresh.
func (l *Leg) onReinvite(req *sip.Request, tx sip.ServerTransaction) {
	if l.selfBusy.Load() {
		l.s.respond(req, tx, 491, "Request Pending")
		return
	}
	// The ACK of the one before may still be on its way through this side.
	settle := time.NewTimer(sip.T1)
	defer settle.Stop()
	select {
	case l.farInvite <- struct{}{}:
		defer func() { <-l.farInvite }()
	case <-l.ended:
		l.s.respond(req, tx, 481, "Call/Transaction Does Not Exist")
		return
	case <-settle.C:
		l.s.respond(req, tx, 500, "Server Internal Error", sip.NewHeader("Retry-After", "1"))
		return
	}
	if !l.d.accept(req) {
		l.s.respond(req, tx, 500, "CSeq Out Of Order")
		return
	}
	if bad := unsupported(req); bad != "" {
		l.s.respond(req, tx, 420, "Bad Extension", sip.NewHeader("Unsupported", bad))
		return
	}
	if res := l.s.tooShort(req); res != nil {
		l.s.reply(tx, res)
		return
	}
	offer, ok := l.takeOffer(req, tx)
	if !ok {
		return
	}
	l.retarget(req.Contact(), req.Source())
	res := l.accept(req, offer)
	l.s.reply(tx, res)
	l.confirm(tx, res, req.CSeq().SeqNo)
}

// confirm waits for the ACK of a 2xx to a re-INVITE, in the goroutine of the library that brought it.
func (l *Leg) confirm(tx sip.ServerTransaction, res *sip.Response, seq uint32) {
	if !l.s.begin() {
		return
	}
	defer l.s.wg.Done()
	l.awaitAck(tx, res, seq)
}

// takeOffer reads and applies the offer of a request inside the call; it reports false when it has answered already.
func (l *Leg) takeOffer(req *sip.Request, tx sip.ServerTransaction) (*sdp.Media, bool) {
	body := description(req)
	if len(body) == 0 {
		if !readable(req) {
			l.s.respond(req, tx, 415, "Unsupported Media Type", sip.NewHeader("Accept", "application/sdp"))
			return nil, false
		}
		return nil, true
	}
	if l.offering() { // its answer comes first (RFC 3311, section 5.2)
		l.s.respond(req, tx, 491, "Request Pending")
		return nil, false
	}
	far, err := l.s.describes(body, l.security(), l.m.host, sourceIP(req.Source()))
	if err != nil {
		l.s.refuseOffer(req, tx, err)
		return nil, false
	}
	// The codec in use is kept when it is still on offer.
	ch, err := sdp.Choose(far, append([]string{l.Codec()}, l.codecs...))
	if err == nil {
		err = l.agree(far, ch, false)
	}
	if err != nil {
		l.s.refuseOffer(req, tx, err)
		return nil, false
	}
	return far, true
}

// offering tells whether an offer in a 2xx of this side still awaits its answer in the ACK.
func (l *Leg) offering() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.offered != nil
}

// onUpdate handles UPDATE: a refresh of the session, or an offer like that of a re-INVITE.
func (l *Leg) onUpdate(req *sip.Request, tx sip.ServerTransaction) {
	if l.selfBusy.Load() {
		l.s.respond(req, tx, 491, "Request Pending")
		return
	}
	if !l.d.accept(req) {
		l.s.respond(req, tx, 500, "CSeq Out Of Order")
		return
	}
	if res := l.s.tooShort(req); res != nil {
		l.s.reply(tx, res)
		return
	}
	offer, ok := l.takeOffer(req, tx)
	if !ok {
		return
	}
	l.retarget(req.Contact(), req.Source())
	res := l.updated(req, offer)
	for _, h := range l.agreeTimer(req, time.Now()) {
		res.AppendHeader(h)
	}
	l.s.reply(tx, res)
}

// updated is the 200 to an UPDATE, with the answer to its offer, nil for none.
func (l *Leg) updated(req *sip.Request, offer *sdp.Media) *sip.Response {
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	if offer != nil {
		l.mu.Lock()
		body := l.describe(func(loc sdp.Local) []byte { return sdp.Answer(offer, l.choice, loc) })
		l.mu.Unlock()
		res = sip.NewSDPResponseFromRequest(req, body)
	}
	res.AppendHeader(l.d.contact.Clone())
	res.AppendHeader(sip.NewHeader("Allow", methods))
	return res
}

// Hold puts the far side on hold or takes it back by a re-INVITE, and returns once it has agreed.
func (l *Leg) Hold(ctx context.Context, on bool) error {
	was := l.wish(on)
	if err := l.reinvite(ctx); err != nil {
		l.wish(was)
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// wish notes whether this side holds, and returns what it was before.
func (l *Leg) wish(hold bool) (was bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, l.wantHold = l.wantHold, hold
	return was
}

// reinvite offers the present state of this side again. A collision with a re-INVITE of the far side is tried again.
func (l *Leg) reinvite(ctx context.Context) error {
	l.inviting.Lock()
	defer l.inviting.Unlock()
	for try := range 4 {
		err := l.reinviteOnce(ctx)
		var st *StatusError
		for raised := 0; errors.Is(err, errRaised) && raised < maxRaised; raised++ {
			err = l.reinviteOnce(ctx)
		}
		if !errors.As(err, &st) || st.Code != 491 {
			return err
		}
		pause := time.Duration(try+1) * 700 * time.Millisecond
		if l.uac {
			pause += 2100 * time.Millisecond // RFC 3261, 14.1: the owner of the Call-ID waits longer
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-l.ended:
			t.Stop()
			return io.EOF
		}
	}
	return &StatusError{Code: 491, Reason: "Request Pending"}
}

// errRaised means that a re-INVITE is to be sent again with the interval that the far side wants.
var errRaised = errors.New("the far side wants a longer session interval")

func (l *Leg) reinviteOnce(ctx context.Context) error {
	l.selfBusy.Store(true)
	defer l.selfBusy.Store(false)
	req := l.d.request(sip.INVITE)
	l.mu.Lock()
	l.localFor(l.d.from())
	l.local.Direction = l.want()
	codecs := l.codecs
	if l.choice.Codec.Name != "" {
		codecs = []string{l.choice.Codec.Name}
	}
	body := l.describe(func(loc sdp.Local) []byte { return sdp.Offer(loc, codecs, l.choice) })
	refresher := "uas"
	if l.timer.self {
		refresher = "uac"
	}
	hs := l.interval(refresher)
	l.mu.Unlock()
	req.SetBody(body)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.AppendHeader(sip.NewHeader("Allow", methods))
	req.AppendHeader(sip.NewHeader("Supported", "timer"))
	for _, h := range hs {
		req.AppendHeader(h)
	}
	ctx, cancel := context.WithTimeout(ctx, 64*sip.T1) // a far side that only says that it tries would keep others waiting
	defer cancel()
	res, tx, err := l.s.ask(ctx, l.d, req)
	if err != nil {
		return err
	}
	if l.raised(req, res) {
		return errRaised
	}
	if err := l.lost(res); err != nil {
		tx.Terminate()
		return err
	}
	l.again(tx, req.CSeq().SeqNo)
	context.AfterFunc(l.ctx, tx.Terminate) // or by its own timer
	if err := l.s.write(l.d, l.d.ack(req.CSeq().SeqNo)); err != nil {
		return err
	}
	l.retarget(res.Contact(), "")
	l.takeTimer(res, time.Now())
	return l.useAnswer(description(res))
}
