package sip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestReportsAreAcknowledged calls a far side that wants its reports acknowledged (RFC 3262): each is once, in the dialog of whoever
// rings.
func TestReportsAreAcknowledged(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	l := p.dialled(s, func(inv string, heard <-chan int) {
		if got := headerOf(inv, "Supported"); !strings.Contains(got, "100rel") {
			t.Errorf("supported is %q", got)
		}
		_, number, _ := strings.Cut(inv, "CSeq: ")
		number, _, _ = strings.Cut(number, " ")
		reliable := func(n int) []string {
			return []string{"Require: 100rel", fmt.Sprintf("RSeq: %d", n), "Record-Route: <sip:" + p.conn.LocalAddr().String() + ";lr;x=1>"}
		}
		p.answer(inv, 183, "desk", p.sdp(""), reliable(776)...)
		p.told(heard, 183)
		prack := p.await("PRACK")
		if got, want := headerOf(prack, "RAck"), "776 "+number+" INVITE"; got != want {
			t.Errorf("acknowledged is %q, want %q", got, want)
		}
		if !strings.HasPrefix(prack, "PRACK sip:desk@") || !strings.Contains(headerOf(prack, "To"), "tag=desk") || !strings.Contains(headerOf(prack, "Route"), "x=1") {
			t.Errorf("not in the dialog of whoever rings:\n%s", prack)
		}
		p.answer(prack, 200, "desk", "")
		p.answer(inv, 183, "desk", p.sdp(""), reliable(776)...) // again
		p.answer(inv, 180, "desk", "", reliable(777)...)
		p.told(heard, 180)
		prack = p.await("PRACK")
		if got := headerOf(prack, "RAck"); !strings.HasPrefix(got, "777 ") {
			t.Errorf("then acknowledged is %q", got)
		}
		p.answer(prack, 200, "desk", "")
		p.answer(inv, 200, "desk", "", "Record-Route: <sip:"+p.conn.LocalAddr().String()+";lr;x=1>")
	})
	done := make(chan error, 1)
	ctx := ctxFor(t, 20*time.Second)
	go func() { done <- l.Hangup(ctx) }() // ends with the BYE, at the latest with ctx
	bye := p.await("BYE")
	last := 0
	if _, err := fmt.Sscan(headerOf(bye, "CSeq"), &last); err != nil || last != 4 { // behind the INVITE and two acknowledgements
		t.Errorf("the BYE has number %d", last)
	}
	p.answer(bye, 200, "desk", "")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func headerOf(msg, name string) string {
	for l := range strings.Lines(msg) {
		if rest, ok := strings.CutPrefix(l, name+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// ringingCall is a call that has something to be heard before its answer.
type ringingCall struct {
	leg  chan *Leg
	done chan error
}

func (p *phone) ringsEarly(s *Server) ringingCall {
	c, ctx := ringingCall{make(chan *Leg, 1), make(chan error, 1)}, ctxFor(p.t, 30*time.Second)
	go func() { // ends with ctx at the latest
		_, err := s.Dial(ctx, "sip:desk@"+p.conn.LocalAddr().String(), DialOptions{Codecs: []string{"PCMU", "PCMA"}, OnEarly: func(l *Leg) { c.leg <- l }})
		c.done <- err
	}()
	return c
}

// hears waits until a tone of p comes clearly.
func (p *phone) hears(l *Leg, port int, codec string, pt uint8) {
	p.t.Helper()
	best := 0.0
	for try := uint32(0); try < 10 && best < 0.97; try++ { // a busy machine may be late with it
		done := make(chan struct{})
		go func() { defer close(done); p.say(port, codec, pt, uint32(pt)*100+try+1, 20*time.Millisecond) }() // ends after half a second
		var got []int16
		pump(l, 30, nil, func(_ audio.Arrival, pcm []int16) { got = append(got, pcm...) })
		<-done
		best = max(best, purity(got, 500))
	}
	if best < 0.97 {
		p.t.Errorf("%s came with purity %.3f; %+v", codec, best, l.Stats())
	}
}

// TestHeardBeforeTheAnswer calls a number that is not in service: the network says so before it refuses the call. Then one that is
// answered: the ringing of the far side is heard, and the call goes on from there.
func TestHeardBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	for _, direction := range []string{"sendonly", "sendrecv"} {
		p := newPhone(t, s)
		c := p.ringsEarly(s)
		inv := p.await("INVITE")
		p.answer(inv, 183, "net", p.sdp("a="+direction+"\r\n"))
		l := <-c.leg
		p.hears(l, mediaPort(t, inv), "PCMU", 0)
		p.answer(inv, 404, "net", "")
		var st *StatusError
		if err := <-c.done; !errors.As(err, &st) || st.Code != 404 {
			t.Errorf("ended with %v", err)
		}
		if _, err := l.ReadFrame(make([]int16, audio.FrameLen)); !errors.Is(err, io.EOF) {
			t.Errorf("read after the end: %v", err)
		}
	}

	p := newPhone(t, s)
	c := p.ringsEarly(s)
	inv := p.await("INVITE")
	p.answer(inv, 183, "net", p.sdp("a=sendonly\r\n"))
	l := <-c.leg
	p.hears(l, mediaPort(t, inv), "PCMU", 0)
	p.answer(inv, 200, "desk", strings.Replace(p.sdp(""), "RTP/AVP 0 ", "RTP/AVP 8 ", 1)) // somebody else, with words of their own
	p.await("ACK")
	if err := <-c.done; err != nil {
		t.Fatal(err)
	}
	p.hears(l, mediaPort(t, inv), "PCMA", 8)
	select {
	case sig := <-l.Signals():
		t.Errorf("told of %+v", sig)
	default:
	}
	p.leave(l)
}

// TestOfferedBeforeTheAnswer calls by a network that puts another far side in the place of the one that rings, by UPDATE, and does
// not repeat in the 200 what was agreed on.
func TestOfferedBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	c := p.ringsEarly(s)
	inv := p.await("INVITE")
	update := func(status int, body string) string {
		t.Helper()
		from := strings.Replace(headerOf(inv, "To"), ";tag=desk", "", 1) + ";tag=desk"
		p.send(p.message("UPDATE", []string{"From: " + from, "To: " + headerOf(inv, "From"), "Call-ID: " + headerOf(inv, "Call-ID")}, body))
		got, msg := p.final(within)
		if got != status {
			t.Fatalf("UPDATE: %d, want %d\n%s", got, status, msg)
		}
		return msg
	}
	other := strings.Replace(p.sdp("a=sendonly\r\n"), "RTP/AVP 0 ", "RTP/AVP 8 ", 1)
	update(481, other) // of nobody who rings

	p.answer(inv, 183, "desk", p.sdp(""))
	l := <-c.leg
	if msg := update(200, other); !strings.Contains(msg, "RTP/AVP 8 ") || !strings.Contains(msg, "a=recvonly") {
		t.Errorf("answered was\n%s", msg)
	}
	p.hears(l, mediaPort(t, inv), "PCMA", 8)
	update(200, "")
	update(200, strings.Replace(other, "a=sendonly\r\n", "", 1))
	p.answer(inv, 200, "desk", "")
	p.await("ACK")
	if err := <-c.done; err != nil {
		t.Fatal(err)
	}
	if l.Codec() != "PCMA" {
		t.Errorf("codec %s", l.Codec())
	}
	p.hears(l, mediaPort(t, inv), "PCMA", 8)
	p.seq += 10
	p.leave(l)
	ended(t, l, within, call.Caller, "hangup")
}

// TestChallengedAcknowledgement calls by a proxy that asks who acknowledges: the next acknowledgement has a number of its own.
func TestChallengedAcknowledgement(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{User: "100", Password: "pw"})
	inv := p.await("INVITE")
	number := func(msg string) (n int) {
		_, _ = fmt.Sscan(headerOf(msg, "CSeq"), &n)
		return n
	}
	p.answer(inv, 183, "desk", p.sdp(""), "Require: 100rel", "RSeq: 1")
	p.answer(p.await("PRACK"), 407, "desk", "", `Proxy-Authenticate: Digest realm="trunk", nonce="n1", qop="auth"`)
	prack := p.await("PRACK")
	if !strings.Contains(prack, "Proxy-Authorization: ") {
		t.Errorf("not answered is\n%s", prack)
	}
	p.answer(prack, 200, "desk", "")
	p.answer(inv, 180, "desk", "", "Require: 100rel", "RSeq: 2")
	next := p.await("PRACK")
	if headerOf(next, "RAck") == headerOf(prack, "RAck") || number(next) <= number(prack) {
		t.Errorf("behind number %d comes\n%s", number(prack), next)
	}
	p.answer(next, 200, "desk", "")
	p.answer(inv, 200, "desk", "")
	p.await("ACK")
	if l := <-legs; l != nil {
		p.leave(l)
	}
}

// TestCalledOffIsNotHeard gives up a call whose ringing is heard: from then on it is not, however long the far side takes to end it.
func TestCalledOffIsNotHeard(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	ctx, cancel := context.WithCancel(ctxFor(t, 30*time.Second))
	heard, done := make(chan *Leg, 1), make(chan error, 1)
	go func() { // ends with ctx
		_, err := s.Dial(ctx, "sip:desk@"+p.conn.LocalAddr().String(), DialOptions{OnEarly: func(l *Leg) { heard <- l }})
		done <- err
	}()
	inv := p.await("INVITE")
	p.answer(inv, 183, "desk", p.sdp(""))
	l := <-heard
	cancel()
	giveUp := p.await("CANCEL")
	if _, err := l.ReadFrame(make([]int16, audio.FrameLen)); !errors.Is(err, io.EOF) {
		t.Errorf("read after it was given up: %v", err)
	}
	p.answer(giveUp, 200, "desk", "")
	p.answer(inv, 487, "desk", "")
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// TestUnusableAnswerLeavesNothing calls a far side that answers with what cannot be used: the host that it says the call goes on at is
// not heard any more.
func TestUnusableAnswerLeavesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	done, ctx := make(chan error, 1), ctxFor(t, 30*time.Second)
	go func() { // ends when the call is answered, at the latest with ctx
		_, err := s.Dial(ctx, "sip:desk@"+p.conn.LocalAddr().String(), DialOptions{})
		done <- err
	}()
	p.answer(p.await("INVITE"), 200, "desk", "v=0\r\n", "Record-Route: <sip:192.0.2.77;lr>")
	if err := <-done; err == nil {
		t.Fatal("it was answered")
	}
	if host := netip.MustParseAddr("192.0.2.77"); s.gate.related(host) {
		t.Errorf("%s is heard for good", host)
	}
}
