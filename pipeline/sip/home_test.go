package sip

import (
	"net"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// registrarAt grants what is asked for, and adds these headers.
func registrarAt(t *testing.T, headers func() string) (addr string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answering(t, c, func(msg []byte, reply func(string)) {
		res, what := registrarAnswer(msg)
		if res = strings.Replace(res, "Expires: 2", "Expires: 3600", 1); what == "granted" {
			res = strings.Replace(res, "Content-Length", headers()+"Content-Length", 1)
		}
		reply(res)
	})
	return c.LocalAddr().String()
}

// TestServiceRoute calls by the proxies that a registrar has named, which is not where its own address leads.
func TestServiceRoute(t *testing.T) {
	t.Parallel()
	var p *phone
	named := make(chan struct{})
	addr := registrarAt(t, func() string {
		<-named
		return "Service-Route: <sip:" + p.conn.LocalAddr().String() + ";lr>, <sip:inner.example;lr>\r\nService-Route: <sip:last.example;lr>\r\n"
	})
	s := serve(t, Config{Registrations: []Registration{{Server: "sip:" + addr, User: "100", Password: "pw"}}}, nil)
	p = newPhone(t, s)
	close(named)
	registered(t, s)
	for _, user := range []string{"", "100"} {
		legs := make(chan *Leg, 1)
		// Ends when the call is answered, at the latest with its context.
		go func() {
			l, err := s.Dial(ctxFor(t, within), "sip:desk@"+addr, DialOptions{User: user, Password: "pw"})
			if err != nil {
				t.Error(err)
			}
			legs <- l
		}()
		inv := p.await("INVITE")
		if !strings.HasPrefix(inv, "INVITE sip:desk@"+addr+" ") {
			t.Errorf("called: %s", inv)
		}
		var routes []string
		for l := range strings.Lines(inv) {
			if v, ok := strings.CutPrefix(strings.TrimSpace(l), "Route: "); ok {
				routes = append(routes, v)
			}
		}
		if got := strings.Join(routes, " "); got != "<sip:"+p.conn.LocalAddr().String()+";lr> <sip:inner.example;lr> <sip:last.example;lr>" {
			t.Errorf("by %s", got)
		}
		p.answer(inv, 200, "desk", p.sdp(""))
		ack := p.await("ACK")
		if strings.Contains(ack, "\r\nRoute:") {
			t.Errorf("a call whose answer names no proxies goes by some:\n%s", ack)
		}
		if l := <-legs; l != nil {
			// Ends when the BYE is answered, at the latest with its context.
			go func() { _ = l.Hangup(ctxFor(t, within)) }()
			p.answer(p.await("BYE"), 200, "desk", "")
			<-l.gone
		}
	}
	for _, to := range []string{"sips:1@127.0.0.1", "sip:1@127.0.0.1;transport=tls"} {
		hop, routes := s.served(toURI(to), "100")
		if tp, err := s.transportFor(&hop); tp != "TLS" || err != nil || len(routes) != 3 {
			t.Errorf("%s goes to %s over %s, %v", to, hop.String(), tp, err)
		}
	}
	if hop, routes := s.served(toURI("sip:1@127.0.0.1"), "200"); len(routes) > 0 || hop.User != "1" {
		t.Errorf("another user goes by %v", routes)
	}
	if _, routes := s.served(toURI("sip:1@other.example"), ""); len(routes) > 0 {
		t.Errorf("a call to another trunk goes by %v", routes)
	}
}

// TestExtensionOfTheFarSide transfers to a bare extension, which is one of the trunk and not of the machine behind its Contact.
func TestExtensionOfTheFarSide(t *testing.T) {
	t.Parallel()
	refer := func(t *testing.T, s *Server, p *phone, l *Leg) string {
		t.Helper()
		// Ends with the call.
		go func() { _ = l.Transfer(l.ctx, "201") }()
		req := p.await("REFER")
		p.answer(req, 603, "desk", "")
		return headerValue([]byte(req), "refer-to", "r")
	}
	for _, tt := range []struct{ name, from, want string }{
		{"a domain", "From: <sip:+4420@pbx.example>;tag=ft", "<sip:201@pbx.example>"},
		{"a withheld number", "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=ft", "<sip:201@CONTACT>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			legs := make(chan *Leg, 1)
			s := serve(t, Config{}, handing(legs))
			p := newPhone(t, s)
			p.send(p.message("INVITE", []string{tt.from}, p.sdp("")))
			status, msg := p.final(within)
			if status != 200 {
				t.Fatalf("INVITE: %d\n%s", status, msg)
			}
			p.learn(msg)
			p.ack()
			want := strings.Replace(tt.want, "CONTACT", p.conn.LocalAddr().String(), 1)
			if got := refer(t, s, p, <-legs); got != want {
				t.Errorf("sent to %s, want %s", got, want)
			}
		})
	}
	t.Run("registered", func(t *testing.T) {
		t.Parallel()
		legs := make(chan *Leg, 1)
		addr := registrarAt(t, func() string { return "" })
		s := serve(t, Config{Registrations: []Registration{{Server: "sip:" + addr, User: "bank", AuthUser: "100", Password: "pw"}}}, handing(legs))
		registered(t, s)
		p := newPhone(t, s)
		p.invite("")
		if got, want := refer(t, s, p, <-legs), "<sip:201@"+addr+">"; got != want {
			t.Errorf("sent to %s, want %s", got, want)
		}
	})
	t.Run("called", func(t *testing.T) {
		t.Parallel()
		s := serve(t, Config{}, nil)
		p := newPhone(t, s)
		l := answered(t, s, p)
		l.d.retarget(contactOf("sip:gateway@"+p.conn.LocalAddr().String()), "")
		called := *l.d.called
		called.Host, called.Port = "trunk.example", 0
		l.d.called = &called
		if got := refer(t, s, p, l); got != "<sip:201@trunk.example>" {
			t.Errorf("sent to %s", got)
		}
	})
}

func toURI(text string) (uri sip.Uri) {
	_ = sip.ParseUri(text, &uri) // a constant
	return uri
}

func contactOf(text string) *sip.ContactHeader { return &sip.ContactHeader{Address: toURI(text)} }
