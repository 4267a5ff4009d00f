package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// DialOptions say how a call is placed. The zero value calls as "parley" with the server's codecs.
type DialOptions struct {
	From, FromName string   // user part, with @ and a domain where the far side wants its own there, and display name; "" = "parley"
	User, Password string   // for digest; "" User = no answer to challenges
	Codecs         []string // in order; nil = those of the server
	PTime          time.Duration
	SRTP           Security // "" = that of the server; Optional offers SRTP and calls again without when it is refused
	Late           bool     // send the INVITE without a description and answer the one in the 200

	// Wrap replaces the media socket by one that impairs it; it must pass Close on.
	Wrap func(net.PacketConn) net.PacketConn
	// Tap sees every media packet in both directions, on the goroutine that received or sent it; it must not block.
	Tap func(Packet)
	// OnRefer answers a transfer: the first status it yields answers the REFER, at once; the others, yielded as the new
	// call proceeds, are reported to the far side. nil = decline.
	OnRefer func(target string) iter.Seq[int]
	// OnProgress is told each provisional status.
	OnProgress func(status int)
	// OnEarly is told once of a far side that can be heard before it answers: ringing tones and announcements. From then on ReadFrame and
	// WriteFrame work on the leg. It is the one that Dial returns, or ends, when another host is called or nobody answers.
	OnEarly func(*Leg)
}

// Dial places a call and returns once it is answered. Serve must be running, or start before ctx ends. The end of ctx
// cancels a call that is not answered yet; afterwards it has no effect. A refusal is a *StatusError.
func (s *Server) Dial(ctx context.Context, uri string, opt DialOptions) (*Leg, error) {
	select {
	case <-s.running:
	case <-ctx.Done():
		return nil, fmt.Errorf("call %s: %w", uri, ctx.Err())
	}
	if !s.begin() {
		return nil, fmt.Errorf("call %s: %w", uri, ErrClosed)
	}
	defer s.wg.Done()
	ctx, cancel := mergeDone(ctx, s.ctx)
	defer cancel()
	l, err := s.dial(ctx, uri, opt)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", uri, err)
	}
	return l, nil
}

// mergeDone returns a context that also ends when other does.
func mergeDone(ctx, other context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

func (s *Server) dial(ctx context.Context, uri string, opt DialOptions) (*Leg, error) {
	if err := callable(uri, opt); err != nil {
		return nil, err
	}
	var to sip.Uri
	if err := sip.ParseUri(uri, &to); err != nil || to.Host == "" || !strings.EqualFold(to.Scheme, "sip") && !strings.EqualFold(to.Scheme, "sips") {
		return nil, fmt.Errorf("%q is not a SIP address such as sip:bank@127.0.0.1:5060", uri)
	}
	to.Scheme = strings.ToLower(to.Scheme)
	hop, routes := s.served(to, opt.User)
	transport, err := s.transportFor(&hop)
	if err != nil {
		return nil, err
	}
	at, err := s.locate(ctx, &hop, transport)
	if err != nil {
		return nil, err
	}
	leave := s.gate.guest(hostsOf(at), true)
	l, err := s.dialHosts(ctx, outgoing{uri, to, hop, routes, transport, opt, leave}, at)
	if err != nil {
		leave()
		return nil, err
	}
	return l, nil
}

// dialAt calls a URI at one of its hosts.
func (s *Server) dialAt(ctx context.Context, o outgoing, at netip.AddrPort) (*Leg, error) {
	opt := o.opt
	if err := s.reach(ctx, &o.hop, o.transport, at); err != nil {
		return nil, err
	}
	m, err := openMedia(s.ports, s.mediaHost(o.transport, at.String()), s.log, opt.Wrap)
	if err != nil {
		return nil, err
	}
	m.tap = opt.Tap
	l := s.newLeg(s.uacDialog(o, at), m, Invite{})
	l.uac, l.leave, l.onReferTo, m.early = true, o.leave, opt.OnRefer, true
	l.codecs = opt.Codecs
	if len(l.codecs) == 0 {
		l.codecs = s.cfg.Codecs
	}
	l.local.PTime, l.late = opt.PTime, opt.Late
	if opt.SRTP != "" {
		l.sec = opt.SRTP
	}
	if l.sec != sdp.Off && !l.late {
		l.local.Keys = newKeys()
	}
	l.invite = Invite{From: l.d.local.(*sip.FromHeader).Address.User, To: o.to.User, URI: o.uri, CallID: l.d.callID, //nolint:forcetypeassert // set above
		Remote: l.d.from(), Transport: strings.ToLower(o.transport)}
	if err := l.call(ctx, opt); err != nil {
		l.abandon()
		return nil, err
	}
	return l, nil
}

// transportFor returns the transport of a URI, out of those that are on.
func (s *Server) transportFor(to *sip.Uri) (string, error) {
	tp := strings.ToUpper(to.UriParams.GetOr("transport", ""))
	if strings.EqualFold(to.Scheme, "sips") { // whatever it says besides (RFC 3261, section 26.2.2)
		tp = "TLS"
	}
	switch {
	case tp == "TLS":
	case tp == "" && s.udp != nil:
		tp = "UDP"
	case tp == "":
		tp = "TCP"
	case tp == "UDP" && s.udp == nil:
		return "", errors.New("UDP is off here; listen on a UDP address or call with ;transport=tcp")
	case tp != "UDP" && tp != "TCP":
		return "", fmt.Errorf("transport %q is not supported; use udp, tcp or tls", strings.ToLower(tp))
	}
	return tp, nil
}

// uacDialog makes the dialog of a call that is placed; the far tag comes with the answer.
func (s *Server) uacDialog(o outgoing, at netip.AddrPort) *dialog {
	to, opt := o.to, o.opt
	user, host, _ := strings.Cut(cmp.Or(opt.From, "parley"), "@")
	if host == "" {
		host = bracket(s.localIP(o.transport, at.Addr()))
	}
	from := &sip.FromHeader{DisplayName: opt.FromName, Address: sip.Uri{Scheme: to.Scheme, User: user, Host: host}, Params: sip.NewParams()}
	tag := sip.GenerateTagN(16)
	from.Params.Add("tag", tag)
	far := &sip.ToHeader{Address: sip.Uri{Scheme: to.Scheme, User: to.User, Host: to.Host, Port: to.Port}, Params: sip.NewParams()}
	return &dialog{connected: s.connected, callID: uuid.NewString(), localTag: tag, local: from, far: far, transport: o.transport, target: to,
		called: to.Clone(), through: o.hop.Clone(), routes: o.routes,
		contact: s.contact(o.transport, to.Scheme, at.Addr(), user), source: at.String(), login: login{opt.User, opt.Password}}
}

// abandon ends a leg that nobody has answered, or not in a way that can be used.
func (l *Leg) abandon() {
	l.forgetEarly()
	l.hush()
	l.mu.Lock()
	l.kin()
	l.mu.Unlock()
	l.m.close()
	l.cancel()
}

// hush ends what is heard of a leg that nobody has answered.
func (l *Leg) hush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	l.sigs.Close()
	close(l.ended)
}

// maxTries bounds how often an INVITE is sent again because the far side wants it otherwise.
const maxTries = 6

// call sends the INVITE until it is answered: again with credentials, and again with a longer session interval.
func (l *Leg) call(ctx context.Context, opt DialOptions) error {
	every := l.s.cfg.SessionExpires
	for try := 0; ; try++ {
		req := l.inviteRequest(opt, every)
		l.s.prove(l.d, req)
		l.forgetEarly()
		res, tx, err := l.sendInvite(ctx, req, opt)
		if err != nil {
			return notReached{err}
		}
		switch {
		case res.IsSuccess():
			return l.answered(res, tx, req.CSeq().SeqNo)
		case try < maxTries && (res.StatusCode == 401 || res.StatusCode == 407) && opt.User != "":
			again, err := l.d.proofs.learn(req, res)
			if err != nil {
				return err
			}
			if again {
				continue
			}
		case try < maxTries && l.withoutKeys(res.StatusCode):
			continue
		case try < maxTries && res.StatusCode == 422 && every > 0:
			if d := l.raise(res, every); d > every {
				every = d
				continue
			}
		}
		return refusalOf(res)
	}
}

func (l *Leg) inviteRequest(opt DialOptions, every time.Duration) *sip.Request {
	req := l.d.request(sip.INVITE)
	req.SetDestination(l.d.from()) // one host of those that the name stands for
	l.mu.Lock()
	defer l.mu.Unlock()
	l.localFor(l.d.from())
	if !opt.Late {
		req.SetBody(l.describe(func(loc sdp.Local) []byte { return sdp.Offer(loc, l.codecs, l.choice) }))
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.AppendHeader(sip.NewHeader("Allow", methods))
	supported := "timer"
	if !opt.Late { // else the first report could be the offer
		supported += ", " + rel100
	}
	req.AppendHeader(sip.NewHeader("Supported", supported))
	if every > 0 {
		req.AppendHeader(sessionExpires(every, ""))
		req.AppendHeader(minSE(max(l.s.cfg.MinSE, l.least)))
	}
	return req
}

// sendInvite returns the final response and, for a 2xx, the transaction, which absorbs its repetitions.
func (l *Leg) sendInvite(ctx context.Context, req *sip.Request, opt DialOptions) (*sip.Response, sip.ClientTransaction, error) {
	l.s.prepare(req)
	tx, err := l.s.client.TransactionRequest(context.WithoutCancel(ctx), req, built)
	if err != nil {
		return nil, nil, err
	}
	for heard := false; ; {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, tx, nil // the transaction of a refusal ends by its own timer, so that it can repeat the ACK
			}
			heard = true
			e, fresh := l.progress(req, res)
			if !fresh {
				continue
			}
			if opt.OnProgress != nil { // first: what is to be heard may have to be looked for
				opt.OnProgress(res.StatusCode)
			}
			l.foretold(e, res, opt.OnEarly)
		case <-tx.Done():
			return nil, nil, gone(req, tx)
		case <-ctx.Done():
			cause := context.Cause(ctx)
			// Whoever waited for the answer has turned to something else.
			l.hush()
			if heard || !errors.Is(cause, errSilent) || !l.giveUpLater(req, tx) { // the next host need not wait for a silent one
				l.giveUpSoon(req, tx, heard)
			}
			return nil, nil, cause
		}
	}
}

// answered turns a 2xx into a running leg.
func (l *Leg) answered(res *sip.Response, tx sip.ClientTransaction, seq uint32) error {
	if res.To() == nil {
		tx.Terminate()
		return errors.New("the answer has no To header")
	}
	body, agreed := l.take(res)
	l.hearFar()
	l.setTx(tx)
	l.allows = allowed(res)
	ackReq, err := l.d.ack(seq), error(nil)
	if !agreed {
		ackReq, err = l.ackFor(body, seq)
	}
	l.again(tx, seq)
	if err != nil {
		_ = l.s.write(l.d, ackReq)
		ctx, cancel := context.WithTimeout(context.Background(), byeWait)
		defer cancel()
		_, _ = l.s.do(ctx, l.d, l.d.request(sip.BYE))
		tx.Terminate()
		return err
	}
	// From the ACK on the far side may say BYE: all must be in place before.
	l.acked.Store(true)
	l.takeTimer(res, time.Now())
	l.m.start()
	l.keep()
	known := l.s.remember(l)
	l.forgetEarly()
	if err := l.s.write(l.d, ackReq); err != nil || !known {
		l.end("", "error", true)
		<-l.gone
		return errors.Join(err, ErrClosed)
	}
	return nil
}

// ackFor agrees on the media and builds the ACK, which carries the answer when the offer came in the 2xx.
func (l *Leg) ackFor(body []byte, seq uint32) (*sip.Request, error) {
	l.mu.Lock()
	late := l.far == nil && l.late
	l.mu.Unlock()
	if !late {
		return l.d.ack(seq), l.useAnswer(body)
	}
	req := l.d.ack(seq)
	offer, err := l.s.describes(body, l.sec, l.m.host, sourceIP(l.d.from()))
	if err != nil {
		return req, err
	}
	ch, err := sdp.Choose(offer, l.codecs)
	if err == nil {
		err = l.agree(offer, ch, false)
	}
	if err != nil {
		return req, err
	}
	l.mu.Lock()
	req.SetBody(l.describe(func(loc sdp.Local) []byte { return sdp.Answer(offer, l.choice, loc) }))
	l.mu.Unlock()
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	return req, nil
}
