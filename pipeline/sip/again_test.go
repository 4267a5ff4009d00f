package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// await returns the next request of a method and CSeq that the server sends; others are skipped.
func (p *phone) await(method string) string {
	p.t.Helper()
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		if m := p.read(time.Until(until)); strings.HasPrefix(m, method+" ") {
			return m
		}
	}
	p.t.Fatalf("no %s came", method)
	return ""
}

// answer responds to a request of the server, as the one with a tag, with more headers.
func (p *phone) answer(req string, status int, tag, body string, headers ...string) {
	p.t.Helper()
	msg := fmt.Sprintf("SIP/2.0 %d Whatever\r\n", status)
	for l := range strings.Lines(req) {
		for _, name := range []string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
			if !strings.HasPrefix(l, name) {
				continue
			}
			if l = strings.TrimSpace(l); name == "To:" && !strings.Contains(l, "tag=") {
				l += ";tag=" + tag
			}
			msg += l + "\r\n"
		}
	}
	msg += "Contact: <sip:" + tag + "@" + p.conn.LocalAddr().String() + ">\r\n"
	for _, h := range headers {
		msg += h + "\r\n"
	}
	if body != "" {
		msg += "Content-Type: application/sdp\r\n"
	}
	msg += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	if _, err := p.conn.Write([]byte(msg)); err != nil {
		p.t.Fatal(err)
	}
}

// TestAnswersComeAgain has a far side lose the ACK, of the call and of a change of it, and two telephones answer one call.
func TestAnswersComeAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{})
	inv := p.await("INVITE")
	for range 2 {
		p.answer(inv, 200, "first", p.sdp(""))
		if ack := p.await("ACK"); !strings.Contains(ack, ";tag=first") {
			t.Errorf("acknowledged was\n%s", ack)
		}
	}
	l := <-legs
	if l == nil {
		t.FailNow()
	}
	for range 2 { // the second telephone is acknowledged each time and hung up on once
		p.answer(inv, 200, "second", p.sdp(""))
		if ack := p.await("ACK"); !strings.Contains(ack, ";tag=second") || !strings.Contains(ack, "ACK sip:second@") {
			t.Errorf("acknowledged was\n%s", ack)
		}
	}
	bye := p.await("BYE")
	if !strings.Contains(bye, ";tag=second") {
		t.Errorf("hung up was\n%s", bye)
	}
	p.answer(bye, 200, "second", "")
	held := make(chan error, 1)
	// Ends when it is agreed to, at the latest with its context.
	go func() { held <- l.Hold(ctxFor(t, 20*time.Second), true) }()
	inv = p.await("INVITE")
	p.answer(inv, 200, "first", p.sdp("a=recvonly\r\n"))
	p.await("ACK")
	if err := <-held; err != nil {
		t.Error(err)
	}
	p.answer(inv, 200, "first", p.sdp("a=recvonly\r\n"))
	p.await("ACK")
	// Ends with the BYE below.
	go func() { held <- l.Hold(ctxFor(t, 20*time.Second), false) }()
	p.answer(p.await("INVITE"), 488, "first", "")
	p.await("ACK")
	if err := <-held; err == nil || !l.wish(true) {
		t.Errorf("a refused unhold: %v, and this side thinks it does not hold any more", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	// Ends with the BYE.
	go func() { held <- l.Hangup(ctx) }()
	p.answer(p.await("BYE"), 200, "first", "")
	if err := <-held; err != nil {
		t.Error(err)
	}
}

// TestRefusedRefresh keeps a call whose far side wants no refreshes of the session, and ends one that does not answer them.
func TestRefusedRefresh(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{SessionExpires: 2 * time.Second, MinSE: time.Second}, handing(legs))
	p := newPhone(t, s)
	p.invite("")
	l := <-legs
	began := time.Now()
	for time.Since(began) < 5*time.Second { // one second after another
		p.answer(p.await("INVITE"), 405, "ft", "")
		if _, why := l.Why(); why != "" {
			t.Fatalf("after %v: the call ended: %s", time.Since(began), why)
		}
	}
	ended(t, l, 20*time.Second, "", "session-expired")
}

// late is a transaction that nobody has answered.
type late struct{ sip.ClientTransaction }

func (late) Err() error { return fmt.Errorf("some timer: %w", sip.ErrTransactionTimeout) }

// TestNobodyThere: that nothing answers is told by the address, not by the name of a timer.
func TestNobodyThere(t *testing.T) {
	req := sip.NewRequest(sip.INVITE, sip.Uri{Host: "192.0.2.1"})
	req.SetDestination("192.0.2.1:5060")
	if err := gone(req, late{}); !strings.HasPrefix(err.Error(), "nothing answers at 192.0.2.1:5060") {
		t.Error(err)
	}
}
