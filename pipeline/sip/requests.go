package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// route tells the library which method goes where. Its goroutines bring one message each.
func (s *Server) route() {
	handle := func(m sip.RequestMethod, f func(*sip.Request, sip.ServerTransaction)) {
		s.srv.OnRequest(m, func(req *sip.Request, tx sip.ServerTransaction) {
			s.protect(string(m), func() {
				if code, reason := malformed(req); code != 0 {
					s.offend(req, offence{points: 1, why: "sends broken SIP"})
					if m != sip.ACK {
						s.respond(req, tx, code, reason)
					}
					return
				}
				f(req, tx)
			})
		})
	}
	handle(sip.INVITE, s.onInvite)
	handle(sip.ACK, s.onAck)
	handle(sip.OPTIONS, s.onOptions)
	handle(sip.CANCEL, func(req *sip.Request, tx sip.ServerTransaction) {
		s.respond(req, tx, 481, "Call/Transaction Does Not Exist") // what it cancels is answered by the library
	})
	handle(sip.BYE, s.inside(func(l *Leg, req *sip.Request, tx sip.ServerTransaction) {
		s.respond(req, tx, 200, "OK")
		by, why := l.goodbye(req)
		l.end(by, why, false)
	}))
	handle(sip.INFO, s.inside((*Leg).onInfo))
	handle(sip.UPDATE, s.onUpdate)
	handle(sip.REFER, s.inside((*Leg).onRefer))
	handle(sip.NOTIFY, s.inside((*Leg).onNotify))
	s.srv.OnNoRoute(func(req *sip.Request, tx sip.ServerTransaction) {
		s.protect("unknown method", func() {
			s.offend(req, offence{points: 1, why: "uses methods that are not for here"})
			if req.Method != sip.ACK {
				s.respond(req, tx, 405, "Method Not Allowed", sip.NewHeader("Allow", methods))
			}
		})
	})
}

// malformed tells what a request lacks of what every request has.
func malformed(req *sip.Request) (code int, reason string) {
	switch {
	case req.SipVersion != "" && !strings.EqualFold(req.SipVersion, "SIP/2.0"):
		return 505, "Version Not Supported"
	case req.From() == nil || req.From().Address.Host == "" && req.From().Address.Scheme == "":
		return 400, "From Header Missing"
	case req.To() == nil:
		return 400, "To Header Missing"
	case req.CallID() == nil || req.CallID().Value() == "":
		return 400, "Call-ID Header Missing"
	case req.CSeq() == nil:
		return 400, "CSeq Header Missing"
	case req.CSeq().MethodName != req.Method:
		return 400, "CSeq Method Differs"
	}
	for _, n := range [...]string{"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type"} {
		if len(req.GetHeaders(n)) > 1 { // whoever reads the other one sees another request
			return 400, n + " Header Repeated"
		}
	}
	if mf := req.MaxForwards(); mf != nil && mf.Val() == 0 && req.Method != sip.OPTIONS && req.Method != sip.ACK {
		return 483, "Too Many Hops"
	}
	return 0, ""
}

// inside wraps the handling of requests that belong to a call.
func (s *Server) inside(f func(*Leg, *sip.Request, sip.ServerTransaction)) func(*sip.Request, sip.ServerTransaction) {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		l := s.find(req)
		if l == nil {
			s.offend(req, offence{points: 0.5, why: "speaks of calls that are not there"})
			s.respond(req, tx, 481, "Call/Transaction Does Not Exist")
			return
		}
		f(l, req, tx)
	}
}

// onAck hands an ACK to the leg that waits for it.
func (s *Server) onAck(req *sip.Request, _ sip.ServerTransaction) {
	l := s.find(req)
	if l == nil {
		return
	}
	select {
	case l.acks <- ack{req.CSeq().SeqNo, description(req)}:
	default: // a repetition nobody waits for
	}
}

// onOptions answers the question whether this side lives and what it can.
func (s *Server) onOptions(req *sip.Request, tx sip.ServerTransaction) {
	if req.To().Params.Has("tag") && s.find(req) == nil {
		s.respond(req, tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	s.offend(req, offence{points: 0.2, why: "keeps asking what is here"})
	if foreign(req.Recipient.String()) {
		s.respond(req, tx, 416, "Unsupported URI Scheme")
		return
	}
	if bad := unsupported(req); bad != "" {
		s.respond(req, tx, 420, "Bad Extension", sip.NewHeader("Unsupported", bad))
		return
	}
	contact := s.contact(req.Transport(), req.Recipient.Scheme, sourceIP(req.Source()), "")
	s.respond(req, tx, 200, "OK", &contact, sip.NewHeader("Allow", methods), sip.NewHeader("Accept", "application/sdp"),
		sip.NewHeader("Accept-Language", "en, zh"), sip.NewHeader("Supported", "timer"))
}
