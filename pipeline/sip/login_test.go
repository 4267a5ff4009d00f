package sip

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// demand refuses the next request of a method with a challenge, takes it again only with the right password, and answers it.
func (p *phone) demand(method string, status int, body string) {
	p.t.Helper()
	ask, answer := "WWW-Authenticate", "authorization"
	if status == 407 {
		ask, answer = "Proxy-Authenticate", "proxy-authorization"
	}
	req := p.await(method)
	p.answer(req, status, "desk", "", fmt.Sprintf("%s: Digest realm=\"trunk\", nonce=\"n%d\", algorithm=MD5, qop=\"auth\"", ask, p.seq))
	if method == "INVITE" {
		p.await("ACK")
	}
	before := headerValue([]byte(req), "cseq", "")
	req = p.await(method)
	cred, err := digest.ParseCredentials(headerValue([]byte(req), answer, ""))
	if err != nil {
		p.t.Fatalf("%s came again without a password: %v\n%s", method, err, req)
	}
	chal := &digest.Challenge{Realm: "trunk", Nonce: cred.Nonce, Algorithm: "MD5", QOP: []string{"auth"}}
	want, err := digest.Digest(chal, digest.Options{Method: method, URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: "100", Password: "pw"})
	if err != nil || cred.Username != "100" || cred.Response != want.Response || headerValue([]byte(req), "cseq", "") == before {
		p.t.Errorf("%s came again with %v after %s", method, cred, before)
	}
	p.answer(req, 200, "desk", body)
}

// TestChallengesInsideACall calls a trunk that asks for the password of everything.
func TestChallengesInsideACall(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{User: "100", Password: "pw"})
	p.answer(p.await("INVITE"), 200, "desk", p.sdp(""), "Allow: UPDATE")
	p.await("ACK")
	l := <-legs
	if l == nil {
		t.FailNow()
	}
	errs := make(chan error, 1)
	// Ends when it is agreed to, at the latest with its context.
	go func() { errs <- l.Hold(ctxFor(t, 20*time.Second), true) }()
	p.demand("INVITE", 401, p.sdp("a=recvonly\r\n"))
	p.await("ACK")
	if err := <-errs; err != nil {
		t.Error(err)
	}
	// Ends when it is answered, at the latest with its context.
	go func() { errs <- l.refresh(ctxFor(t, 20*time.Second)) }()
	p.demand("UPDATE", 407, "")
	if err := <-errs; err != nil {
		t.Error(err)
	}
	// Ends with the call.
	go func() { errs <- l.Transfer(ctxFor(t, 20*time.Second), "200") }()
	p.demand("REFER", 401, "")
	// Ends when the BYE is answered, at the latest with its context.
	go func() { _ = l.Hangup(ctxFor(t, 20*time.Second)) }()
	p.demand("BYE", 407, "")
	<-errs
}

// credentials reads those of a request and checks that they are made with the right password.
func (p *phone) credentials(req, method, nonce string, nc int) {
	p.t.Helper()
	cred, err := digest.ParseCredentials(headerValue([]byte(req), "authorization", ""))
	if err != nil {
		p.t.Fatalf("%s came without a password: %v\n%s", method, err, req)
	}
	chal := &digest.Challenge{Realm: "trunk", Nonce: cred.Nonce, Algorithm: "MD5", QOP: []string{"auth"}}
	want, err := digest.Digest(chal, digest.Options{Method: method, URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: "100", Password: "pw"})
	if err != nil || cred.Response != want.Response || cred.Nonce != nonce || cred.Nc != nc {
		p.t.Errorf("%s has nonce %s the %d. time (right: %v), want %s the %d. time", method, cred.Nonce, cred.Nc, err == nil && cred.Response == want.Response, nonce, nc)
	}
}

// TestChallengesAreKept calls a trunk that asks for the password once, takes no answer twice, and wants longer and longer
// session intervals.
func TestChallengesAreKept(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{User: "100", Password: "pw"})
	ask := func(nonce string) string {
		return fmt.Sprintf("WWW-Authenticate: Digest realm=\"trunk\", nonce=%q, algorithm=MD5, qop=\"auth\"", nonce)
	}
	least := func(req, want string) {
		t.Helper()
		if got := headerValue([]byte(req), "min-se", ""); got != want {
			t.Errorf("least interval %q, want %q\n%s", got, want, req)
		}
		if got, _, _ := strings.Cut(headerValue([]byte(req), "session-expires", "x"), ";"); got != want {
			t.Errorf("interval %q, want %q", got, want)
		}
	}
	p.answer(p.await("INVITE"), 401, "desk", "", ask("n1"))
	p.await("ACK")
	inv := p.await("INVITE")
	p.credentials(inv, "INVITE", "n1", 1)
	p.answer(inv, 422, "desk", "", "Min-SE: 3600")
	p.await("ACK")
	inv = p.await("INVITE")
	p.credentials(inv, "INVITE", "n1", 2)
	least(inv, "3600")
	p.answer(inv, 200, "desk", p.sdp(""), "Allow: UPDATE", "Session-Expires: 3600;refresher=uac", "Require: timer")
	p.await("ACK")
	l := <-legs
	if l == nil {
		t.FailNow()
	}
	errs := make(chan error, 1)
	// Ends when it is answered, at the latest with its context.
	go func() { errs <- l.refresh(ctxFor(t, 20*time.Second)) }()
	up := p.await("UPDATE")
	p.credentials(up, "UPDATE", "n1", 3)
	least(up, "3600")
	p.answer(up, 422, "desk", "", "Min-SE: 7200")
	up = p.await("UPDATE")
	p.credentials(up, "UPDATE", "n1", 4)
	least(up, "7200")
	p.answer(up, 200, "desk", "")
	if err := <-errs; err != nil {
		t.Error(err)
	}
	// Ends when it is agreed to, at the latest with its context.
	go func() { errs <- l.Hold(ctxFor(t, 20*time.Second), true) }()
	inv = p.await("INVITE")
	p.credentials(inv, "INVITE", "n1", 5)
	least(inv, "7200")
	p.answer(inv, 401, "desk", "", ask("n2")) // the nonce was too old, which it does not say
	p.await("ACK")
	inv = p.await("INVITE")
	p.credentials(inv, "INVITE", "n2", 1)
	p.answer(inv, 422, "desk", "", "Min-SE: 9000")
	p.await("ACK")
	inv = p.await("INVITE")
	p.credentials(inv, "INVITE", "n2", 2)
	least(inv, "9000")
	p.answer(inv, 200, "desk", p.sdp("a=recvonly\r\n"), "Session-Expires: 9000;refresher=uac")
	p.await("ACK")
	if err := <-errs; err != nil {
		t.Error(err)
	}
	// Ends when the BYE is answered, at the latest with its context.
	go func() { _ = l.Hangup(ctxFor(t, 20*time.Second)) }()
	bye := p.await("BYE")
	p.credentials(bye, "BYE", "n2", 3)
	p.answer(bye, 200, "desk", "")
	<-l.gone
}

// TestWrongPassword is asked once more by a trunk that takes no password, and no more often.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	errs := make(chan error, 1)
	// Ends when the call is refused, at the latest with its context.
	go func() {
		_, err := s.Dial(ctxFor(t, 20*time.Second), "sip:desk@"+p.conn.LocalAddr().String(), DialOptions{User: "100", Password: "wrong"})
		errs <- err
	}()
	for i := range 2 {
		p.answer(p.await("INVITE"), 401, "desk", "", fmt.Sprintf("WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n%d\", algorithm=MD5, qop=\"auth\"", i))
		p.await("ACK")
	}
	if err := <-errs; statusOf(err) != 401 {
		t.Errorf("%v", err)
	}
}

// registered waits until all registrations of a server stand.
func registered(t *testing.T, s *Server) {
	t.Helper()
	all := func(st []RegistrationStatus) bool {
		return len(st) > 0 && !slices.ContainsFunc(st, func(r RegistrationStatus) bool { return !r.Registered })
	}
	for until := time.Now().Add(within); !all(s.Registrations()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not registered: %+v", s.Registrations())
		}
	}
}

// TestChallengesOfARegistrar hangs up on a call of a trunk that this side is registered with.
func TestChallengesOfARegistrar(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answering(t, c, func(msg []byte, reply func(string)) { res, _ := registrarAnswer(msg); reply(res) })
	legs := make(chan *Leg, 1)
	s := serve(t, Config{Registrations: []Registration{{Server: "sip:" + c.LocalAddr().String(), User: "100", Password: "pw"}}}, handing(legs))
	registered(t, s)
	p := newPhone(t, s)
	p.invite("")
	l := <-legs
	// Ends when the BYE is answered, at the latest with its context.
	go func() { _ = l.Hangup(ctxFor(t, 20*time.Second)) }()
	p.demand("BYE", 401, "")
	<-l.gone
}

// TestPasswordsOfStrangers has the far side of a call name another host for its requests: what that asks for it does not get.
func TestPasswordsOfStrangers(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("0.0.0.0/0")}}, nil)
	leave := s.gate.guest([]netip.Addr{netip.MustParseAddr("192.0.2.8")}, true)
	defer leave()
	for _, tt := range []struct {
		host   string
		status int
		l      login
		want   bool
	}{
		{"10.1.2.3", 401, login{"100", "pw"}, true}, {"192.0.2.8", 407, login{"100", "pw"}, true},
		{"192.0.2.7", 401, login{"100", "pw"}, false}, {"10.1.2.3", 401, login{}, false}, {"10.1.2.3", 403, login{"100", "pw"}, false},
	} {
		res := sip.NewResponse(tt.status, "")
		res.SetSource(tt.host + ":5060")
		if got := s.answers(tt.l, res); got != tt.want {
			t.Errorf("%d of %s is answered with %q: %v", tt.status, tt.host, tt.l.user, got)
		}
	}
}

// asks are challenges of a realm, as headers of a response.
func asks(header, realm, nonce string, more ...string) string {
	return fmt.Sprintf("%s: Digest realm=%q, nonce=%q, algorithm=MD5, qop=\"auth\"%s", header, realm, nonce, strings.Join(more, ""))
}

// shows checks that a request answers each of these realms with the right password, in so many headers, and returns the nonces.
func (p *phone) shows(req, header string, realms ...string) (nonces string) {
	p.t.Helper()
	got := map[string]bool{}
	for l := range strings.Lines(req) {
		name, value, _ := strings.Cut(strings.TrimSpace(l), ": ")
		if !strings.EqualFold(name, header) {
			continue
		}
		cred, err := digest.ParseCredentials(value)
		if err != nil {
			p.t.Fatal(err)
		}
		chal := &digest.Challenge{Realm: cred.Realm, Nonce: cred.Nonce, Algorithm: "MD5", QOP: []string{"auth"}}
		want, err := digest.Digest(chal, digest.Options{Method: "INVITE", URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: "100", Password: "pw"})
		if err != nil || cred.Response != want.Response || got[cred.Realm] {
			p.t.Errorf("%s: wrong, or there twice", value)
		}
		got[cred.Realm] = true
		nonces += cred.Nonce + " "
	}
	if len(got) != len(realms) || slices.ContainsFunc(realms, func(r string) bool { return !got[r] }) {
		p.t.Errorf("%s answers %v, want %v\n%s", header, got, realms, req)
	}
	return nonces
}

// TestSeveralWhoAsk calls by two proxies and to a host that all want a password: one after the other, and two of them at once.
func TestSeveralWhoAsk(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{User: "100", Password: "pw"})
	p.answer(p.await("INVITE"), 407, "desk", "", asks("Proxy-Authenticate", "near", "n1"))
	p.await("ACK")
	inv := p.await("INVITE")
	p.shows(inv, "Proxy-Authorization", "near")
	p.answer(inv, 407, "desk", "", asks("Proxy-Authenticate", "far", "f1"))
	p.await("ACK")
	inv = p.await("INVITE")
	p.shows(inv, "Proxy-Authorization", "near", "far")
	p.answer(inv, 401, "desk", "", asks("WWW-Authenticate", "desk", "d1"), asks("WWW-Authenticate", "annex", "a1"))
	p.await("ACK")
	inv = p.await("INVITE")
	p.shows(inv, "Proxy-Authorization", "near", "far")
	p.shows(inv, "Authorization", "desk", "annex")
	p.answer(inv, 407, "desk", "", asks("Proxy-Authenticate", "far", "f2", ", stale=true"))
	p.await("ACK")
	inv = p.await("INVITE")
	if got := p.shows(inv, "Proxy-Authorization", "near", "far"); got != "n1 f2 " {
		t.Errorf("nonces %s", got)
	}
	p.shows(inv, "Authorization", "desk", "annex")
	p.answer(inv, 200, "desk", p.sdp(""))
	p.await("ACK")
	if l := <-legs; l != nil {
		// Ends when the BYE is answered, at the latest with its context.
		go func() { _ = l.Hangup(ctxFor(t, 20*time.Second)) }()
		p.answer(p.await("BYE"), 200, "desk", "")
		<-l.gone
	}
}
