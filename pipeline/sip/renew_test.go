package sip

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestUpdateBeforeTheAnswer changes the session while the offer of this side still waits for its answer.
func TestUpdateBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	p := newPhone(t, serve(t, Config{}, answerer{call: echo}))
	p.send(p.message("INVITE", nil, ""))
	status, msg := p.final(within)
	if status != 200 {
		t.Fatalf("INVITE: %d\n%s", status, msg)
	}
	p.learn(msg)
	p.send(p.message("UPDATE", nil, p.sdp("")))
	if status, msg = p.final(within); status != 491 {
		t.Errorf("UPDATE before the ACK: %d\n%s", status, msg)
	}
	p.send(p.message("ACK", []string{"CSeq: 1 ACK"}, p.sdp("")))
	for until := time.Now().Add(within); ; { // the ACK has no answer
		p.send(p.message("UPDATE", nil, p.sdp("")))
		if status, msg = p.final(within); status == 200 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("UPDATE after the ACK: %d\n%s", status, msg)
		}
	}
	p.bye()
}

// TestLeastInterval lowers the session interval that a request asks for, but not below what it says is the least.
func TestLeastInterval(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{SessionExpires: 1800 * time.Second}, answerer{call: echo})
	for _, tt := range []struct {
		headers []string
		want    string
	}{
		{[]string{"Session-Expires: 7200", "Min-SE: 3600"}, "3600"}, {[]string{"Session-Expires: 7200"}, "1800"},
		{[]string{"Session-Expires: 600", "Min-SE: 120"}, "600"}, {[]string{"Min-SE: 2400"}, "2400"}, {nil, "1800"},
	} {
		p := newPhone(t, s)
		p.send(p.message("INVITE", append([]string{"Supported: timer"}, tt.headers...), p.sdp("")))
		_, msg := p.final(within)
		p.learn(msg)
		p.ack()
		if got, _, _ := strings.Cut(headerValue([]byte(msg), "session-expires", "x"), ";"); got != tt.want {
			t.Errorf("%v is answered by %q, want %q", tt.headers, got, tt.want)
		}
		p.bye()
	}
}

// TestSameNumbersAgain holds a call whose far side numbered its codecs otherwise than this side does.
func TestSameNumbersAgain(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{}, handing(legs))
	p := newPhone(t, s)
	body := strings.Replace(p.sdp("a=rtpmap:97 opus/48000/2\r\n"), "RTP/AVP 0 101", "RTP/AVP 97 101", 1)
	body = strings.Replace(body, "telephone-event/8000", "telephone-event/48000", 1)
	p.send(p.message("INVITE", nil, body))
	status, msg := p.final(within)
	if status != 200 {
		t.Fatalf("INVITE: %d\n%s", status, msg)
	}
	p.learn(msg)
	p.ack()
	l := <-legs
	held := make(chan error, 1)
	// Ends when it is agreed to, at the latest with its context.
	go func() { held <- l.Hold(ctxFor(t, 20*time.Second), true) }()
	inv := p.await("INVITE")
	for _, want := range []string{"a=rtpmap:97 opus/48000/2", "a=rtpmap:101 telephone-event/48000"} {
		if !strings.Contains(inv, want) {
			t.Errorf("the offer has no %s:\n%s", want, inv)
		}
	}
	if strings.Count(inv, "a=rtpmap:101 ") != 1 {
		t.Errorf("101 means two things:\n%s", inv)
	}
	p.answer(inv, 200, "ft", body)
	p.await("ACK")
	if err := <-held; err != nil {
		t.Error(err)
	}
	p.bye()
}

// TestSoundToAName takes a description that names a host which is found here. One that names another is refused, with the reason, and a
// call that is there goes on; for a stranger none is looked for.
func TestSoundToAName(t *testing.T) {
	t.Parallel()
	known := &book{hosts: map[string][]string{"media.example": {"2001:db8::1", "127.0.0.1"}}}
	p := newPhone(t, serve(t, Config{names: known}, answerer{call: echo}))
	named := func(p *phone, host string) string {
		return strings.Replace(p.sdp(""), "c=IN IP4 127.0.0.1", "c=IN IP4 "+host, 1)
	}
	refused := func(p *phone, what string) {
		t.Helper()
		if status, msg := p.final(within); status != 488 || !strings.Contains(msg, "Warning: 301 parley \"the address in c= must be an IP address") {
			t.Errorf("%s: %d\n%s", what, status, msg)
		}
	}
	p.send(p.message("INVITE", nil, named(p, "other.example")))
	refused(p, "INVITE")
	p.ack()
	p.id += "-again"
	p.send(p.message("INVITE", nil, named(p, "media.example")))
	status, msg := p.final(within)
	if status != 200 {
		t.Fatalf("%d\n%s", status, msg)
	}
	p.learn(msg)
	p.ack()
	_ = p.rtp.SetReadDeadline(time.Now().Add(within))
	if _, _, err := p.rtp.ReadFromUDP(make([]byte, 2048)); err != nil {
		t.Error("no sound came: ", err)
	}
	p.send(p.message("UPDATE", nil, named(p, "other.example")))
	refused(p, "UPDATE")
	p.bye()

	stranger := newPhone(t, serve(t, Config{names: known, Guard: GuardConfig{Loopback: true}}, answerer{call: echo}))
	stranger.send(stranger.message("INVITE", nil, named(stranger, "media.example")))
	refused(stranger, "INVITE of a stranger")
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestKindOfAddressIsTold refuses sound to an address that cannot be reached from here, and tells whoever reads the log what to do.
func TestKindOfAddressIsTold(t *testing.T) {
	t.Parallel()
	var log lines
	p := newPhone(t, serve(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, answerer{call: echo}))
	p.send(p.message("INVITE", nil, strings.Replace(p.sdp(""), "c=IN IP4 127.0.0.1", "c=IN IP6 2001:db8::1", 1)))
	if status, msg := p.final(within); status != 488 || !strings.Contains(msg, "Warning: 300") {
		t.Errorf("%d\n%s", status, msg)
	}
	if got := log.String(); !strings.Contains(got, "2001:db8::1") || !strings.Contains(got, p.id) || !strings.Contains(got, "listen on [::]") {
		t.Errorf("the log says %q", got)
	}
}
