package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// refusal is a response that ends a request before there is a call.
type refusal struct {
	code    int
	reason  string
	headers []sip.Header
}

func (s *Server) respond(req *sip.Request, tx sip.ServerTransaction, code int, reason string, headers ...sip.Header) {
	res := sip.NewResponseFromRequest(req, code, reason, nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	s.reply(tx, res)
}

func (s *Server) reply(tx sip.ServerTransaction, res *sip.Response) {
	res.SipVersion = "SIP/2.0" // whatever the request said
	if res.GetHeader("Server") == nil {
		res.AppendHeader(sip.NewHeader("Server", s.cfg.UserAgent))
	}
	if err := tx.Respond(res); err != nil {
		s.log.Debug("response could not be sent", "status", res.StatusCode, "err", err)
	}
}

// onInvite handles a new call; a re-INVITE goes to its leg.
func (s *Server) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if req.To().Params.Has("tag") {
		l := s.find(req)
		if l == nil {
			s.respond(req, tx, 481, "Call/Transaction Does Not Exist")
			return
		}
		l.onReinvite(req, tx)
		return
	}
	id := req.CallID().Value() + "\x00" + req.From().Params.GetOr("tag", "") + "\x00" + strconv.Itoa(int(req.CSeq().SeqNo))
	if !s.single(id) {
		s.respond(req, tx, 482, "Loop Detected")
		return
	}
	if r := s.screenInvite(req); r != nil {
		s.respond(req, tx, r.code, r.reason, r.headers...)
		return
	}
	s.respond(req, tx, 100, "Trying")
	s.answer(req, tx)
}

// single tells whether an INVITE is the first with its identity, so that a copy that came another way is not a second call.
func (s *Server) single(id string) bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.setup) > 256 {
		for k, at := range s.setup {
			if now.Sub(at) > 32*time.Second {
				delete(s.setup, k)
			}
		}
	}
	if at, ok := s.setup[id]; ok && now.Sub(at) < 32*time.Second {
		return false
	}
	s.setup[id] = now
	return true
}

// screenInvite checks what can be checked without looking at the description.
func (s *Server) screenInvite(req *sip.Request) *refusal {
	if c := req.Contact(); c == nil || c.Address.Host == "" {
		return &refusal{code: 400, reason: "Contact Header Missing"}
	}
	if bad := unsupported(req); bad != "" {
		return &refusal{420, "Bad Extension", []sip.Header{sip.NewHeader("Unsupported", bad)}}
	}
	if !readable(req) {
		return &refusal{415, "Unsupported Media Type", []sip.Header{sip.NewHeader("Accept", "application/sdp"),
			sip.NewHeader("Accept-Encoding", "identity")}}
	}
	if !acceptable(req) {
		return &refusal{406, "Not Acceptable", []sip.Header{sip.NewHeader("Accept", "application/sdp")}}
	}
	if sch := strings.ToLower(req.Recipient.Scheme); sch != "sip" && sch != "sips" && sch != "tel" {
		return &refusal{code: 416, reason: "Unsupported URI Scheme"}
	}
	if ip := sourceIP(req.Source()); !s.gate.open && !s.gate.knows(ip) {
		return &refusal{code: 403, reason: "Forbidden"}
	}
	if r := s.challenge(req); r != nil {
		return r
	}
	if res := s.tooShort(req); res != nil {
		return &refusal{422, res.Reason, []sip.Header{minSE(s.cfg.MinSE)}}
	}
	s.mu.Lock()
	full, none := len(s.legs) >= s.cfg.MaxDialogs || s.closed, s.handler == nil
	s.mu.Unlock()
	switch {
	case full:
		return &refusal{503, "Service Unavailable", []sip.Header{sip.NewHeader("Retry-After", "10")}}
	case none || s.cfg.DialOnly:
		return &refusal{code: 480, reason: "Temporarily Unavailable"}
	}
	return nil
}

// acceptable tells whether the sender of an INVITE takes a session description for an answer.
func acceptable(req *sip.Request) bool {
	hs := req.GetHeaders("Accept")
	if len(hs) == 0 {
		return true
	}
	for _, h := range hs {
		for t := range strings.SplitSeq(h.Value(), ",") {
			t, _, _ = strings.Cut(t, ";")
			if t = strings.ToLower(strings.TrimSpace(t)); t == "application/sdp" || t == "application/*" || t == "*/*" {
				return true
			}
		}
	}
	return false
}

// unsupported lists the required extensions that are not known.
func unsupported(req *sip.Request) string {
	var bad []string
	for _, h := range req.GetHeaders("Require") {
		for t := range strings.SplitSeq(h.Value(), ",") {
			if t = strings.TrimSpace(t); t != "" && !strings.EqualFold(t, "timer") && !strings.EqualFold(t, rel100) {
				bad = append(bad, t)
			}
		}
	}
	return strings.Join(bad, ", ")
}

// invitation reads what the handler is told.
func (s *Server) invitation(req *sip.Request) Invite {
	inv := Invite{From: fromUser(req), FromName: shown(req.From().DisplayName), To: plainUser(req.Recipient.User, false),
		URI: shown(req.Recipient.String()), CallID: req.CallID().Value(), Remote: req.Source(),
		Transport: strings.ToLower(req.Transport())}
	if strings.EqualFold(req.Recipient.Scheme, "tel") {
		inv.To = plainUser(req.Recipient.Raw(), true)
	}
	text := func(name string) string {
		if h := req.GetHeader(name); h != nil {
			return shown(h.Value())
		}
		return ""
	}
	inv.UserAgent, inv.Languages = text("User-Agent"), text("Accept-Language")
	s.identify(req, &inv)
	return inv
}

// admit asks the handler.
func (s *Server) admit(inv Invite) (v Verdict) {
	v = Verdict{Status: 500}
	s.protect("admission", func() { v = s.handler.Admit(inv) })
	return v
}

func (s *Server) refuse(req *sip.Request, tx sip.ServerTransaction, v Verdict) {
	s.refused.Add(1)
	var hs []sip.Header
	if v.RetryAfter > 0 {
		hs = append(hs, sip.NewHeader("Retry-After", strconv.Itoa(max(1, int(v.RetryAfter.Seconds())))))
	}
	if v.Status == 404 {
		s.offend(req, offence{points: 1, why: "asks for users that are not there"})
	}
	code := v.Status
	if code < 300 || code > 699 {
		code = 486
		if v.RetryAfter > 0 {
			code = 503
		}
	}
	reason := phrased(v.Reason)
	if reason == "" {
		reason = phrase(code)
	}
	s.respond(req, tx, code, reason, hs...)
}

func phrase(code int) string {
	switch code {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 200:
		return "OK"
	case 404:
		return "Not Found"
	case 480:
		return "Temporarily Unavailable"
	case 486:
		return "Busy Here"
	case 488:
		return "Not Acceptable Here"
	case 500:
		return "Server Internal Error"
	case 503:
		return "Service Unavailable"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	}
	return "Refused"
}

// answer takes an INVITE that is in order to the end of its set-up: a refusal, or a 200 and a running leg.
func (s *Server) answer(req *sip.Request, tx sip.ServerTransaction) {
	var offer *sdp.Media
	var ch sdp.Choice
	if body := description(req); len(body) > 0 {
		var err error
		if offer, err = s.describes(body, s.cfg.SRTP, s.mediaHost(req.Transport(), req.Source()), sourceIP(req.Source())); err == nil {
			ch, err = sdp.Choose(offer, s.cfg.Codecs)
		}
		if err != nil {
			s.refuseOffer(req, tx, err)
			return
		}
	}
	inv := s.invitation(req)
	v := s.admit(inv)
	if !v.Accept {
		s.refuse(req, tx, v)
		return
	}
	dropped := func() {
		if v.Dropped != nil {
			s.protect("admission", v.Dropped)
		}
	}
	if l := s.prepareLeg(req, tx, inv, offer, ch); l == nil || !l.ring(req, tx, v.Ring) ||
		!l.establish(req, tx, offer, dropped) {
		dropped()
	}
}

// prepareLeg makes the leg of an admitted INVITE; nil means that the INVITE is answered with a refusal.
func (s *Server) prepareLeg(req *sip.Request, tx sip.ServerTransaction, inv Invite, offer *sdp.Media, ch sdp.Choice) *Leg {
	m, err := openMedia(s.ports, s.mediaHost(req.Transport(), req.Source()), s.log.With("sip_call", inv.CallID), nil)
	if err != nil {
		s.log.Warn("call refused", "err", err)
		s.respond(req, tx, 503, "Service Unavailable", sip.NewHeader("Retry-After", "10"))
		return nil
	}
	l := s.newLeg(s.uasDialog(req), m, inv)
	l.allows = allowed(req)
	if ip := sourceIP(req.Source()); ip.IsValid() {
		out, ok := func() {}, true
		if s.gate.stranger(ip) {
			out, ok = s.gate.guard.enter(ip, time.Now())
		}
		if !ok {
			m.close()
			l.cancel()
			s.respond(req, tx, 503, "Service Unavailable", sip.NewHeader("Retry-After", "10"))
			return nil
		}
		gone := s.gate.guest([]netip.Addr{ip}, false)
		l.leave = func() { gone(); out() }
	}
	if offer != nil {
		err = l.agree(offer, ch, false)
	}
	if err != nil || !s.remember(l) {
		m.close()
		l.leave()
		l.cancel()
		s.respond(req, tx, 503, "Service Unavailable")
		return nil
	}
	return l
}

func (s *Server) refuseOffer(req *sip.Request, tx sip.ServerTransaction, err error) {
	code, reason, warning := 400, "Bad Session Description", fmt.Sprintf("305 parley %q", "no usable audio stream")
	if errors.Is(err, sdp.ErrUnusable) {
		code, reason = 488, "Not Acceptable Here"
	}
	if errors.Is(err, sdp.ErrNoIP) {
		warning = fmt.Sprintf("301 parley %q", "the address in c= must be an IP address, or a host that is found here")
	}
	if errors.Is(err, errFamily) {
		warning = fmt.Sprintf("300 parley %q", "the address in c= is of a kind that cannot be reached")
		err = fmt.Errorf("%w: listen on [::] (sip.udp, sip.tcp or sip.tls, by which the call came), or have the other side offer both IPv4 and IPv6", err)
	}
	s.log.Info("call refused", "sip_call", req.CallID().Value(), "from", req.Source(), "status", code, "err", err)
	s.respond(req, tx, code, reason, sip.NewHeader("Warning", warning))
}

// uasDialog makes the dialog of an INVITE that came in.
func (s *Server) uasDialog(req *sip.Request) *dialog {
	req.To().Params.Add("tag", uuid.NewString())
	from := req.To().AsFrom()
	to := req.From().AsTo()
	from.DisplayName, to.DisplayName = named(from.DisplayName), named(to.DisplayName)
	return &dialog{connected: s.connected, callID: req.CallID().Value(), localTag: req.To().Params.GetOr("tag", ""),
		farTag: req.From().Params.GetOr("tag", ""), local: &from, far: &to, contact: s.contact(req.Transport(), req.Recipient.Scheme, sourceIP(req.Source()), req.Recipient.User),
		transport: req.Transport(), source: req.Source(), target: *req.Contact().Address.Clone(),
		routes: routeSet(req, false), farSeq: req.CSeq().SeqNo, login: s.loginOf(req.Recipient.User, sourceIP(req.Source())),
		domain: s.domainOf(req)}
}

// contact returns where this side is reached by a far side.
func (s *Server) contact(transport, scheme string, far netip.Addr, user string) sip.ContactHeader {
	ip := far
	if !ip.IsValid() {
		ip = s.anyIP()
	}
	uri := sip.Uri{Scheme: "sip", User: user, Host: bracket(s.localIP(transport, ip)), Port: s.listenPort(transport), UriParams: sip.NewParams()}
	switch t := strings.ToLower(transport); {
	case t == "tls" && strings.EqualFold(scheme, "sips"):
		uri.Scheme = "sips"
	case t == "tcp" || t == "tls":
		uri.UriParams.Add("transport", t)
	}
	return sip.ContactHeader{Address: uri}
}
