package sip

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// referred is a call of a server to a phone that has answered a REFER to 200.
func referred(t *testing.T, s *Server, p *phone, status int) (*Leg, <-chan error) {
	t.Helper()
	l := answered(t, s, p)
	p.id, p.tag, p.seq = l.ID(), l.d.localTag, 100
	done := make(chan error, 1)
	// Ends with its context at the latest. As in a call of the bot, that ends when the leg does.
	go func() {
		ctx, cancel := context.WithCancel(ctxFor(t, 20*time.Second))
		defer context.AfterFunc(l.ctx, cancel)()
		done <- l.Transfer(ctx, "200")
	}()
	p.answer(p.await("REFER"), status, "desk", "")
	return l, done
}

// inside sends a request of the far side within the call that a server placed to it.
func (p *phone) inside(method string, body string, headers ...string) {
	p.t.Helper()
	p.send(p.message(method, append(headers, "From: <sip:desk@"+p.conn.LocalAddr().String()+">;tag=desk"), body))
	if status, msg := p.final(within); status != 200 {
		p.t.Fatalf("%s: %d\n%s", method, status, msg)
	}
}

func (p *phone) report(state, status string) {
	p.t.Helper()
	p.inside("NOTIFY", "SIP/2.0 "+status+"\r\n", "Event: refer", "Subscription-State: "+state, "Content-Type: message/sipfrag")
}

// TestTakenOver transfers a call by a far side that hangs up after it has accepted, with and without a report.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		report string
		reason string
		why    string // the call ended; "": it was the caller
		status int    // of the error, 0: the transfer succeeded
	}{
		{"without a word", "", "", "transferred", 0},
		{"with a normal end", "", "Q.850;cause=16;text=\"Normal call clearing\"", "transferred", 0},
		{"while it tries", "100 Trying", "", "transferred", 0},
		{"while it rings", "180 Ringing", "", "transferred", 0},
		{"busy, by the report", "486 Busy Here", "", "", 486},
		{"busy, by the end", "", "SIP ;cause=486 ;text=\"Busy, as ever\"", "bye", 486},
		{"busy, by one of two", "", "Q.850;cause=16, SIP;cause=486", "bye", 486},
		{"busy, by the network", "100 Trying", "q.850;cause=17", "bye", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, Config{}, nil)
			p := newPhone(t, s)
			l, done := referred(t, s, p, 202)
			if tt.report != "" {
				p.report("active;expires=60", tt.report)
			}
			for until := time.Now().Add(within); tt.report == ""; time.Sleep(time.Millisecond) { // the 202 has no answer
				l.mu.Lock()
				taken := l.moving.taken
				l.mu.Unlock()
				if taken {
					break
				}
				if time.Now().After(until) {
					t.Fatal("the transfer is not accepted")
				}
			}
			var headers []string
			if tt.reason != "" {
				headers = []string{"Reason: " + tt.reason}
			}
			p.inside("BYE", "", headers...)
			err := <-done
			if (err == nil) != (tt.status == 0) || tt.status > 0 && statusOf(err) != tt.status {
				t.Errorf("%v, want status %d", err, tt.status)
			}
			if _, why := l.Why(); tt.why != "" && why != tt.why {
				t.Errorf("the call ended as %q, want %q", why, tt.why)
			}
		})
	}
}

// TestHangUpBeforeAccepted is a caller who is gone before the far side says that it transfers.
func TestHangUpBeforeAccepted(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	l := answered(t, s, p)
	p.id, p.tag, p.seq = l.ID(), l.d.localTag, 100
	done := make(chan error, 1)
	// Ends with the call.
	go func() { done <- l.Transfer(l.ctx, "200") }()
	p.await("REFER")
	p.inside("BYE", "")
	if err := <-done; err == nil || errors.As(err, new(untaken)) {
		t.Errorf("%v", err)
	}
	ended(t, l, within, call.Bot, "bye")
}

// TestSilenceOfATransfer has a far side stop to send while it puts its caller through.
func TestSilenceOfATransfer(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{RTPTimeout: 300 * time.Millisecond, RTPFirst: 300 * time.Millisecond}, nil)
	p := newPhone(t, s)
	l, done := referred(t, s, p, 202)
	p.report("active;expires=60", "180 Ringing")
	select {
	case err := <-done:
		t.Fatalf("%v", err)
	case <-time.After(1500 * time.Millisecond): // what is looked for must not come
	}
	p.report("terminated;reason=noresource", "200 OK")
	p.answer(p.await("BYE"), 200, "desk", "")
	if err := <-done; err != nil {
		t.Error(err)
	}
	ended(t, l, within, call.Bot, "transferred")
}
