package sip

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// TestNumbersAsNetworksWriteThem takes calls whose numbers have more than the number in them, or are escaped.
func TestNumbersAsNetworksWriteThem(t *testing.T) {
	t.Parallel()
	invites := make(chan Invite, 1)
	s := serve(t, Config{}, answerer{admit: func(i Invite) Verdict { invites <- i; return Verdict{Status: 486} }})
	for uri, want := range map[string]string{
		"sip:+49301234;npdi;rn=+4930999@10.0.0.1;user=phone":                "+49301234",
		"sip:+49301234;tgrp=trunk1;trunk-context=pbx.example@10.0.0.1":      "+49301234",
		"sip:301234;phone-context=+49@10.0.0.1;user=phone":                  "301234",
		"sip:%2B49301234@10.0.0.1":                                          "+49301234",
		"sip:+49-30-1234@10.0.0.1":                                          "+49301234",
		"sip:*21%2349301234%23@10.0.0.1":                                    "*21#49301234#",
		"tel:+49-(30)-1234;phone-context=example.com":                       "+49301234",
		"sip:front-desk.bank@10.0.0.1":                                      "front-desk.bank",
		"sip:bank:secret@10.0.0.1;transport=udp":                            "bank",
		"sip:+8610123456@ims.mnc000.mcc460.3gppnetwork.org:5060;user=phone": "+8610123456",
	} {
		p := newPhone(t, s)
		from := "From: <" + strings.Replace(uri, "10.0.0.1", "trunk.example", 1) + ">;tag=ft"
		_, rest, _ := strings.Cut(p.message("INVITE", []string{from}, p.sdp("")), " SIP/2.0\r\n")
		p.send("INVITE " + uri + " SIP/2.0\r\n" + rest)
		if status, msg := p.final(within); status != 486 {
			t.Errorf("%s: %d\n%s", uri, status, msg)
			continue
		}
		if got := <-invites; got.To != want || got.From != want {
			t.Errorf("%s: called is %q by %q, want %q", uri, got.To, got.From, want)
		}
		p.ack()
	}
}

// TestPasswordOverTheBody calls a trunk that wants the password to stand for the description too (qop=auth-int), by SHA-256.
func TestPasswordOverTheBody(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{User: "100", Password: "pw"})
	p.answer(p.await("INVITE"), 407, "desk", "", `Proxy-Authenticate: Digest realm="trunk", nonce="n1", algorithm=SHA-256, qop="auth-int"`)
	p.await("ACK")
	inv := p.await("INVITE")
	cred, err := digest.ParseCredentials(headerOf(inv, "Proxy-Authorization"))
	if err != nil {
		t.Fatalf("%v\n%s", err, inv)
	}
	_, body, _ := strings.Cut(inv, "\r\n\r\n")
	want, err := digest.Digest(&digest.Challenge{Realm: "trunk", Nonce: "n1", Algorithm: "SHA-256", QOP: []string{"auth-int"}},
		digest.Options{Method: "INVITE", URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: "100", Password: "pw",
			GetBody: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }})
	if err != nil || body == "" || cred.Response != want.Response {
		t.Errorf("answered is %v, want %v; %v", cred, want, err)
	}
	p.answer(inv, 200, "desk", p.sdp(""))
	p.await("ACK")
	if l := <-legs; l != nil {
		p.leave(l)
	}
}

// TestContactNobodyFinds ends calls of PBXs whose Contact, or first proxy, has a name that only they know: the BYE goes to where they
// were heard.
func TestContactNobodyFinds(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{names: &book{}}, handing(legs))
	for _, headers := range [][]string{{"Contact: <sip:phone@pbx.local>"}, {"Record-Route: <sip:proxy.local;lr>"}} {
		p := newPhone(t, s)
		p.send(p.message("INVITE", headers, p.sdp("")))
		status, msg := p.final(within)
		if status != 200 {
			t.Fatalf("%d\n%s", status, msg)
		}
		p.learn(msg)
		p.ack()
		p.leave(<-legs)
	}
	p := newPhone(t, s)
	legs2 := p.rings(s, DialOptions{})
	inv := p.await("INVITE")
	p.answer(inv, 200, "desk", p.sdp(""), "Record-Route: <sip:proxy.local;lr>")
	p.await("ACK")
	if l := <-legs2; l != nil {
		p.leave(l)
	}
}

// TestProxyOfBefore has a call come by a proxy of before RFC 3261, which wants its own address in the first line.
func TestProxyOfBefore(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{}, handing(legs))
	p := newPhone(t, s)
	proxy := "sip:p1@" + p.conn.LocalAddr().String()
	p.send(p.message("INVITE", []string{"Record-Route: <" + proxy + ">, <sip:p2.example;lr>", "Contact: <sip:phone@192.0.2.9>"}, p.sdp("")))
	status, msg := p.final(within)
	if status != 200 {
		t.Fatalf("%d\n%s", status, msg)
	}
	p.learn(msg)
	p.ack()
	l, done := <-legs, make(chan error, 1)
	ctx := ctxFor(t, 20*time.Second)
	go func() { done <- l.Hangup(ctx) }() // ends with the BYE, at the latest with ctx
	bye := p.await("BYE")
	var routes []string
	for line := range strings.Lines(bye) {
		if r, ok := strings.CutPrefix(line, "Route: "); ok {
			routes = append(routes, strings.TrimSpace(r))
		}
	}
	if got, want := fmt.Sprint(strings.Fields(bye)[1], routes), fmt.Sprint(proxy, []string{"<sip:p2.example;lr>", "<sip:phone@192.0.2.9>"}); got != want {
		t.Errorf("the BYE goes to %s, want %s\n%s", got, want, bye)
	}
	p.answer(bye, 200, "ft", "")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestLooseProxy is of a proxy that says lr where it does not belong, behind an address without brackets: it is none of before.
func TestLooseProxy(t *testing.T) {
	t.Parallel()
	target := sip.Uri{Scheme: "sip", User: "phone", Host: "192.0.2.9"}
	for route, loose := range map[string]bool{"<sip:p.example;lr>": true, "<sip:p.example;lr=on>": true, "sip:p.example;lr": true, "<sip:p.example>;lr": true, "<sip:p.example>": false} {
		if got, _ := strict(target, []string{route}); (got.Host == target.Host) != loose {
			t.Errorf("by %s a request goes to %s", route, got.String())
		}
	}
}

// TestCallOfAThirdParty takes a call that a contact centre sets up on behalf of somebody: at first there is nowhere to send sound to, then
// there is, and streams that are not for here come and go. A body is told by where the packet ends when no header says how long it is.
func TestCallOfAThirdParty(t *testing.T) {
	t.Parallel()
	p := newPhone(t, serve(t, Config{}, answerer{call: echo}))
	change := func(what, body string, want int, has string) {
		t.Helper()
		p.send(p.message("INVITE", nil, body))
		status, msg := p.final(within)
		if status != want || !strings.Contains(msg, has) {
			t.Errorf("%s: %d\n%s", what, status, msg)
		}
		p.learn(msg)
		p.ack()
	}
	first := p.message("INVITE", nil, strings.Replace(p.sdp("a=inactive\r\n"), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1))
	before, after, _ := strings.Cut(first, "Content-Length: ")
	_, after, _ = strings.Cut(after, "\r\n")
	p.send(before + after)
	status, msg := p.final(within)
	if status != 200 || !strings.Contains(msg, "a=inactive") {
		t.Fatalf("%d\n%s", status, msg)
	}
	p.learn(msg)
	p.ack()
	change("where to", p.sdp(""), 200, "a=sendrecv")
	_ = p.rtp.SetReadDeadline(time.Now().Add(within))
	if _, _, err := p.rtp.ReadFromUDP(make([]byte, 2048)); err != nil {
		t.Error("no sound came: ", err)
	}
	change("video besides", p.sdp("m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"), 200, "m=video 0 RTP/AVP 96")
	change("a fax instead", strings.Replace(p.sdp(""), "m=audio", "m=image 4000 udptl t38\r\na=x:", 1), 488, "")
	change("taken off", strings.Replace(p.sdp(""), "m=audio ", "m=audio 0 RTP/AVP 0\r\na=x:", 1), 488, "")
	change("and on", p.sdp(""), 200, "a=sendrecv")
	p.bye()
}
