package sip

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
)

// slowRegistrar grants an hour, and tells of each registration and of each keep-alive.
func slowRegistrar(t *testing.T, c net.PacketConn) <-chan string {
	t.Helper()
	seen := make(chan string, 64)
	answering(t, c, func(msg []byte, reply func(string)) {
		if strings.TrimSpace(string(msg)) == "" {
			seen <- "keep-alive"
			return
		}
		res, what := registrarAnswer(msg)
		reply(strings.Replace(res, "Expires: 2", "Expires: 3600", 1))
		seen <- what
	})
	return seen
}

func sees(t *testing.T, seen <-chan string, want string) {
	t.Helper()
	for late := time.After(within); ; {
		select {
		case got := <-seen:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("the registrar waits for %q", want)
		}
	}
}

// TestKeepAlive keeps the way to a registrar by UDP open, by which it sends calls.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := slowRegistrar(t, c)
	serve(t, Config{flowPing: 50 * time.Millisecond, Registrations: []Registration{{Server: "sip:" + c.LocalAddr().String(), User: "100", Password: "pw"}}}, nil)
	sees(t, seen, "granted")
	sees(t, seen, "keep-alive")
	sees(t, seen, "keep-alive")
}

// TestConnectionOfARegistrarIsGone registers again as soon as the connection is gone by which calls would come.
func TestConnectionOfARegistrarIsGone(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	granted := make(chan net.Conn, 8)
	talk(t, l, func(c net.Conn, req []byte) {
		res, what := registrarAnswer(req)
		if _, err := c.Write([]byte(strings.Replace(res, "Expires: 2", "Expires: 3600", 1))); err == nil && what == "granted" {
			granted <- c
		}
	})
	s := serve(t, Config{flowCheck: 20 * time.Millisecond, Registrations: []Registration{{Server: "sip:" + l.Addr().String() + ";transport=tcp", User: "100", Password: "pw"}}}, nil)
	registered(t, s)
	_ = (<-granted).Close()
	select {
	case <-granted:
	case <-time.After(within):
		t.Fatal("the registrar cannot send calls for an hour")
	}
}

// TestFlow waits longer each time for a registrar that closes its connections again and again.
func TestFlow(t *testing.T) {
	t.Parallel()
	var f flow
	now := time.Now()
	for want := firstAfter; want < lastAfter; want *= 2 {
		f.began(true, now)
		if got := f.lost(now.Add(time.Second)); got < want/2 || got >= want {
			t.Errorf("waits %v, want up to %v", got, want)
		}
	}
	f.began(true, now)
	f.began(true, now.Add(time.Hour)) // it is the same
	if got := f.lost(now.Add(time.Hour)); got >= firstAfter {
		t.Errorf("waits %v for one that lasted", got)
	}
}

// TestCallGoesOnElsewhere calls a host that hands the call to another one, which is heard in this call and for nothing else.
func TestCallGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	s, c := pair(t, Config{}, nil)
	l := dial(t, c, s, DialOptions{})
	other := netip.MustParseAddr("192.0.2.9")
	if c.gate.admits(other) {
		t.Fatal("strangers are heard")
	}
	there := l.d.target
	l.retarget(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", Host: other.String()}}, "")
	if !c.gate.admits(other) || c.gate.knows(other) || c.gate.named(other) {
		t.Error("where the call goes on is not heard, or trusted")
	}
	inv := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", Host: "127.0.0.1"})
	inv.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", Host: other.String()}})
	inv.SetSource(other.String() + ":5060")
	if r := c.screenInvite(inv); r == nil || r.code != 403 {
		t.Errorf("a call of its own: %+v", r)
	}
	l.retarget(&sip.ContactHeader{Address: there}, "")
	if c.gate.admits(other) {
		t.Error("it is heard when the call goes on somewhere else")
	}
	if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil || len(c.gate.kin) > 0 {
		t.Error(err, c.gate.kin)
	}
}

// TestConnectionOfACallIsGone hangs up on a call over TLS whose connection is gone, and whose Contact is no name of the certificate.
func TestConnectionOfACallIsGone(t *testing.T) {
	t.Parallel()
	conf, pool := certificate(t)
	legs := make(chan *Leg, 1)
	free, err := tls.Listen("tcp", "127.0.0.2:0", conf)
	if err != nil {
		t.Skip("no second address", err)
	}
	_ = free.Close()
	s := serve(t, Config{UDP: "127.0.0.1:0", TLS: free.Addr().String(), TLSConfig: conf}, handing(legs))
	phone := serve(t, Config{UDP: "127.0.0.1:0", DialOnly: true, Roots: pool, names: &book{hosts: map[string][]string{"localhost": {"127.0.0.2"}}}}, nil)
	l, err := phone.Dial(ctxFor(t, 20*time.Second), "sip:bank@localhost"+portOf(s.TLSAddr())+";transport=tls", DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	far := <-legs
	l.d.retarget(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", Host: "127.0.0.2", Port: int(netip.MustParseAddrPort(s.TLSAddr()).Port()), UriParams: l.d.target.UriParams}}, "")
	conn, err := phone.ua.TransportLayer().GetConnection("TLS", s.TLSAddr())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	for until := time.Now().Add(within); phone.connected("TLS", s.TLSAddr()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the connection stays")
		}
	}
	if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
	ended(t, far, within, call.Caller, "bye")
}

// answered is a call of a server to a phone.
func answered(t *testing.T, s *Server, p *phone) *Leg {
	t.Helper()
	legs := p.rings(s, DialOptions{})
	p.answer(p.await("INVITE"), 200, "desk", p.sdp(""), "Allow: UPDATE, REFER", "Session-Expires: 1800;refresher=uac")
	p.await("ACK")
	l := <-legs
	if l == nil {
		t.FailNow()
	}
	return l
}

// TestShorterSession refreshes a session, and the far side wants to do that itself, and sooner, from then on.
func TestShorterSession(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	l := answered(t, s, p)
	errs := make(chan error, 1)
	// Ends when it is answered, at the latest with its context.
	go func() { errs <- l.refresh(ctxFor(t, 20*time.Second)) }()
	p.answer(p.await("UPDATE"), 200, "desk", "", "Session-Expires: 120;refresher=uas")
	if err := <-errs; err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	got := l.timer
	l.mu.Unlock()
	if got.every != 2*time.Minute || got.self {
		t.Errorf("the session lasts %v, refreshed by this side: %v", got.every, got.self)
	}
}

// TestLateReportOfATransfer transfers a call again after a transfer that was given up, of which the far side reports still.
func TestLateReportOfATransfer(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	l := answered(t, s, p)
	transfer := func() (errs chan error, id string, giveUp func()) {
		ctx, cancel := context.WithCancel(ctxFor(t, 20*time.Second))
		errs = make(chan error, 1)
		// Ends with ctx.
		go func() { errs <- l.Transfer(ctx, "200") }()
		req := p.await("REFER")
		p.answer(req, 202, "desk", "")
		id, _, _ = strings.Cut(headerValue([]byte(req), "cseq", ""), " ")
		return errs, id, cancel
	}
	p.id, p.tag, p.seq = l.ID(), l.d.localTag, 100
	report := func(id, status string) {
		t.Helper()
		p.send(p.message("NOTIFY", []string{"From: <sip:desk@" + p.conn.LocalAddr().String() + ">;tag=desk", "Event: refer;id=" + id,
			"Subscription-State: terminated;reason=noresource", "Content-Type: message/sipfrag"}, "SIP/2.0 "+status+"\r\n"))
		if code, msg := p.final(within); code != 200 {
			t.Fatalf("NOTIFY: %d\n%s", code, msg)
		}
	}
	errs, first, giveUp := transfer()
	giveUp()
	if err := <-errs; err == nil {
		t.Fatal("not given up")
	}
	errs, second, giveUp := transfer()
	defer giveUp()
	report(first, "486 Busy Here")
	report(second, "200 OK")
	if err := <-errs; err != nil {
		t.Errorf("the transfer that succeeded: %v", err)
	}
}

// TestLastReportOfATransfer ends a call right after the report that its transfer succeeded, or did not: what was reported counts.
func TestLastReportOfATransfer(t *testing.T) {
	t.Parallel()
	s, c := pair(t, Config{}, nil)
	l := dial(t, c, s, DialOptions{})
	_ = l.Hangup(ctxFor(t, 10*time.Second))
	for range 50 { // either may be seen first
		for _, code := range []int{200, 486} {
			steps := make(chan referStep, 8)
			steps <- referStep{code: 100}
			steps <- referStep{code: code, over: true}
			if err := l.follow(t.Context(), "x", steps); (err == nil) != (code == 200) {
				t.Fatalf("%d: %v", code, err)
			}
		}
	}
}

// TestFromDomain calls by a provider that wants its own domain in From.
func TestFromDomain(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	ctx, cancel := context.WithCancel(ctxFor(t, 20*time.Second))
	done := make(chan struct{})
	// Ends with ctx.
	go func() {
		defer close(done)
		_, _ = s.Dial(ctx, "sip:1@"+p.conn.LocalAddr().String(), DialOptions{From: "+4420@provider.example"})
	}()
	inv := p.await("INVITE")
	if got := headerValue([]byte(inv), "from", "f"); !strings.Contains(got, "<sip:+4420@provider.example>") {
		t.Errorf("From is %s", got)
	}
	if got := headerValue([]byte(inv), "contact", "m"); !strings.Contains(got, "sip:+4420@127.0.0.1:") {
		t.Errorf("Contact is %s", got)
	}
	p.answer(inv, 486, "desk", "")
	cancel()
	<-done
	for _, from := range []string{"a@b@c", "@b", "a@", "a b"} {
		if _, err := s.Dial(t.Context(), "sip:1@127.0.0.1:9", DialOptions{From: from}); err == nil || !strings.Contains(err.Error(), "to call from") {
			t.Errorf("%q: %v", from, err)
		}
	}
}
