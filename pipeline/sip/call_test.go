package sip

import (
	"context"
	"errors"
	"iter"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// pair is a server whose legs echo, and a client.
func pair(t *testing.T, cfg Config, h Handler) (s, c *Server) {
	t.Helper()
	if h == nil {
		h = answerer{call: echo}
	}
	return serve(t, cfg, h), serve(t, Config{}, nil)
}

func dial(t *testing.T, c, s *Server, opt DialOptions) *Leg {
	t.Helper()
	l, err := c.Dial(ctxFor(t, 10*time.Second), "sip:bank@"+s.UDPAddr(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ended(t *testing.T, l *Leg, within time.Duration, by call.Party, why string) {
	t.Helper()
	select {
	case <-l.Ended():
	case <-time.After(within):
		t.Fatalf("call goes on after %v", within)
	}
	if b, w := l.Why(); b != by || w != why {
		t.Errorf("ended by %q, %q; want %q, %q", b, w, by, why)
	}
}

// nextSignal returns the next signal of a leg while it runs.
func nextSignal(t *testing.T, l *Leg) call.Signal {
	t.Helper()
	select {
	case s, ok := <-l.Signals():
		if !ok {
			t.Fatal("signals closed")
		}
		return s
	case <-time.After(20 * time.Second):
		t.Fatal("no signal")
	}
	return call.Signal{}
}

// held is a Handler that hands its legs to the test and echoes.
func handing(legs chan *Leg) Handler {
	return answerer{call: func(ctx context.Context, l *Leg) {
		legs <- l
		echo(ctx, l)
	}}
}

func TestBothSidesLearnOfTheEnd(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s, c := pair(t, Config{}, handing(legs))
	l := dial(t, c, s, DialOptions{})
	far := <-legs
	if far.Invite().To != "bank" || far.Invite().From != "parley" || far.ID() != l.ID() {
		t.Errorf("invite %+v", far.Invite())
	}
	_ = far.Hangup(ctxFor(t, 10*time.Second))
	ended(t, l, 10*time.Second, call.Bot, "bye")
	ended(t, far, 10*time.Second, call.Bot, "hangup")
	if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
}

// TestByeTellsWhoEndedIt believes the called side, which says whether the bot or an agent hung up, and nobody else.
func TestByeTellsWhoEndedIt(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s, c := pair(t, Config{}, handing(legs))
	for _, x := range []struct {
		by, want call.Party
		why      string
	}{{call.Agent, call.Agent, "bye"}, {call.Bot, call.Bot, "goodbye"}, {call.Caller, call.Bot, "x"}, {call.Agent, call.Agent, "a \"quoted\"\r\nVia: line"}} {
		l := dial(t, c, s, DialOptions{})
		far := <-legs
		far.Because(x.by, x.why)
		_ = far.Hangup(ctxFor(t, 10*time.Second))
		ended(t, l, 10*time.Second, x.want, "bye")
	}
	l := dial(t, c, s, DialOptions{})
	far := <-legs
	l.Because(call.Agent, "bye")
	_ = l.Hangup(ctxFor(t, 10*time.Second))
	ended(t, far, 10*time.Second, call.Caller, "bye")
}

func TestHold(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s, c := pair(t, Config{RTPTimeout: 1500 * time.Millisecond}, handing(legs)) // and a machine that is busy for less than that
	l := dial(t, c, s, DialOptions{})
	far := <-legs
	go pump(l, 0, sine(440), nil) // ends with the call
	for range 2 {
		if err := l.Hold(ctxFor(t, 10*time.Second), true); err != nil {
			t.Fatal(err)
		}
		if sig := nextSignal(t, far); sig.Kind != call.SignalHold {
			t.Fatalf("signal %+v", sig)
		}
		time.Sleep(1800 * time.Millisecond) // beyond the RTP timeout, which must not count now
		if _, why := far.Why(); why != "" {
			t.Fatalf("call ended on hold: %s", why)
		}
		if err := l.Hold(ctxFor(t, 10*time.Second), false); err != nil {
			t.Fatal(err)
		}
		if sig := nextSignal(t, far); sig.Kind != call.SignalUnhold {
			t.Fatalf("signal %+v", sig)
		}
	}
	_ = l.Hangup(ctxFor(t, 10*time.Second))
	ended(t, far, 10*time.Second, call.Caller, "bye")
}

func TestDTMFBothWays(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{"PCMU", "opus"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			legs := make(chan *Leg, 1)
			s, c := pair(t, Config{}, handing(legs))
			l := dial(t, c, s, DialOptions{Codecs: []string{codec}})
			far := <-legs
			go pump(l, 0, sine(440), nil) // ends with the call
			const keys = "1559*#0A"
			for _, dir := range []struct{ from, to *Leg }{{l, far}, {far, l}} {
				if err := dir.from.SendDTMF(ctxFor(t, 10*time.Second), keys); err != nil {
					t.Fatal(err)
				}
				var got strings.Builder
				for range keys {
					sig := nextSignal(t, dir.to)
					got.WriteRune(sig.Digit)
					if sig.Via != "rfc4733" {
						t.Errorf("signal %+v", sig)
					}
				}
				if got.String() != keys {
					t.Errorf("keys %q, want %q", got.String(), keys)
				}
			}
			if err := l.SendDTMF(ctxFor(t, time.Second), "x"); err == nil {
				t.Error("x was sent")
			}
			_ = l.Hangup(ctxFor(t, 10*time.Second))
		})
	}
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		steps  []int
		status int // of the error, 0 = success
	}{
		{"accepted", []int{202, 100, 180, 200}, 0},
		{"busy", []int{202, 100, 486}, 486},
		{"refused", []int{603}, 603},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			legs := make(chan *Leg, 1)
			s, c := pair(t, Config{}, handing(legs))
			asked := make(chan string, 1)
			l := dial(t, c, s, DialOptions{OnRefer: func(target string) iter.Seq[int] { asked <- target; return slices.Values(tt.steps) }})
			far := <-legs
			err := far.Transfer(ctxFor(t, 10*time.Second), "sip:agent@127.0.0.1:9")
			if target := <-asked; target != "sip:agent@127.0.0.1:9" {
				t.Errorf("asked for %q", target)
			}
			if tt.status == 0 {
				if err != nil {
					t.Fatal(err)
				}
				ended(t, far, 10*time.Second, call.Bot, "transferred")
				ended(t, l, 10*time.Second, call.Bot, "bye")
				return
			}
			var st *StatusError
			if !errors.As(err, &st) || st.Code != tt.status {
				t.Errorf("error %v, want status %d", err, tt.status)
			}
			pump(l, 10, nil, nil) // the call goes on
			if _, why := far.Why(); why != "" {
				t.Errorf("call ended: %s", why)
			}
			_ = l.Hangup(ctxFor(t, 10*time.Second))
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		verdict Verdict
		opt     DialOptions
		status  int
	}{
		{"busy", Verdict{}, DialOptions{}, 486},
		{"not found", Verdict{Status: 404}, DialOptions{}, 404},
		{"overload", Verdict{RetryAfter: 3 * time.Second}, DialOptions{}, 503},
		{"no codec", Verdict{Accept: true}, DialOptions{Codecs: []string{"opus"}}, 488},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, c := pair(t, Config{Codecs: []string{"PCMU"}}, answerer{admit: func(Invite) Verdict { return tt.verdict }, call: echo})
			_, err := c.Dial(ctxFor(t, 10*time.Second), "sip:x@"+s.UDPAddr(), tt.opt)
			var st *StatusError
			if !errors.As(err, &st) || st.Code != tt.status || st.RetryAfter != tt.verdict.RetryAfter {
				t.Errorf("error %v, want status %d and to try again after %v", err, tt.status, tt.verdict.RetryAfter)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	ran := make(chan *Leg, 1)
	var dropped atomic.Int64
	s, c := pair(t, Config{}, answerer{admit: func(Invite) Verdict {
		return Verdict{Accept: true, Ring: 5 * time.Second, Dropped: func() { dropped.Add(1) }}
	},
		call: func(_ context.Context, l *Leg) { ran <- l }})
	ctx, cancel := context.WithCancel(context.Background())
	rang := make(chan struct{}, 4)
	go func() { <-rang; cancel() }() // ends when it rings
	_, err := c.Dial(ctx, "sip:x@"+s.UDPAddr(), DialOptions{OnProgress: func(code int) {
		if code == 180 {
			rang <- struct{}{}
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for (s.Calls() > 0 || dropped.Load() == 0) && time.Now().Before(deadline) { // both happen after Dial has returned
		time.Sleep(10 * time.Millisecond)
	}
	if s.Calls() != 0 || len(ran) != 0 || dropped.Load() != 1 {
		t.Errorf("%d calls left, %d ran, %d dropped", s.Calls(), len(ran), dropped.Load())
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	s, c := pair(t, Config{Users: map[string]string{"alice": "secret"}}, nil)
	if _, err := c.Dial(ctxFor(t, 10*time.Second), "sip:x@"+s.UDPAddr(), DialOptions{}); statusOf(err) != 401 {
		t.Errorf("without password: %v", err)
	}
	if _, err := c.Dial(ctxFor(t, 10*time.Second), "sip:x@"+s.UDPAddr(), DialOptions{User: "alice", Password: "wrong"}); statusOf(err) != 401 {
		t.Errorf("with a wrong password: %v", err)
	}
	l := dial(t, c, s, DialOptions{User: "alice", Password: "secret"})
	_ = l.Hangup(ctxFor(t, 10*time.Second))
}

func statusOf(err error) int {
	var st *StatusError
	if errors.As(err, &st) {
		return st.Code
	}
	return 0
}

func TestVanishedPeer(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s, c := pair(t, Config{RTPTimeout: 600 * time.Millisecond, RTPFirst: time.Second}, handing(legs))
	l := dial(t, c, s, DialOptions{})
	far := <-legs
	pump(l, 20, sine(300), nil) // and then nothing more
	ended(t, far, 10*time.Second, "", "rtp-timeout")
	ended(t, l, 10*time.Second, call.Bot, "bye")
	silent := dial(t, c, s, DialOptions{})
	ended(t, <-legs, 10*time.Second, "", "rtp-timeout")
	_ = silent.Hangup(ctxFor(t, 10*time.Second))
}

func TestSessionTimer(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	cfg := Config{SessionExpires: 9 * time.Second, MinSE: time.Second} // refreshed at half of it, ended at two thirds
	s := serve(t, cfg, handing(legs))
	c := serve(t, cfg, nil)
	l := dial(t, c, s, DialOptions{})
	far := <-legs
	pump(l, 350, sine(300), nil) // seven seconds: kept alive by refreshes
	if _, why := far.Why(); why != "" {
		t.Fatalf("session ended: %s", why)
	}
	l.mu.Lock()
	l.timer = sessionTimer{} // the refresher falls silent
	l.mu.Unlock()
	go pump(l, 0, sine(300), nil) // ends with the call
	ended(t, far, 20*time.Second, "", "session-expired")
	// An interval that is too small is raised.
	strict := serve(t, Config{MinSE: 100 * time.Second}, answerer{call: echo})
	raised := dial(t, c, strict, DialOptions{})
	raised.mu.Lock()
	every := raised.timer.every
	raised.mu.Unlock()
	if every < 100*time.Second {
		t.Errorf("interval %v", every)
	}
	_ = raised.Hangup(ctxFor(t, 10*time.Second))
}

func TestLateOfferAndPTime(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]DialOptions{
		"late": {Late: true}, "10ms": {PTime: 10 * time.Millisecond}, "30ms": {PTime: 30 * time.Millisecond},
		"60ms": {PTime: 60 * time.Millisecond, Codecs: []string{"opus"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := pair(t, Config{}, nil)
			l := dial(t, c, s, opt)
			if opt.PTime > 0 && l.PTime() != opt.PTime {
				t.Errorf("sends packets of %v, want %v", l.PTime(), opt.PTime)
			}
			echoes(t, l, 500, 0.97)
			_ = l.Hangup(ctxFor(t, 10*time.Second))
		})
	}
}

func TestTapAndWrap(t *testing.T) {
	t.Parallel()
	s, c := pair(t, Config{}, nil)
	type seen struct {
		in    bool
		level float64
	}
	all := make(chan seen, 5000)
	wrapped := false
	l := dial(t, c, s, DialOptions{Wrap: func(p net.PacketConn) net.PacketConn { wrapped = true; return p },
		Tap: func(p Packet) { all <- seen{p.In, p.Level} }})
	var in, out, said int
	for deadline := time.Now().Add(within); in < 25 && time.Now().Before(deadline); said += 20 {
		pump(l, 20, sine(440), nil)
		for len(all) > 0 {
			if p := <-all; p.level > audio.VoicedDBFS && p.in {
				in++
			} else if p.level > audio.VoicedDBFS {
				out++
			}
		}
	}
	_ = l.Hangup(ctxFor(t, 10*time.Second))
	if !wrapped || in < 25 || out < said-2 {
		t.Errorf("wrapped %v, voiced packets in %d, out %d of %d", wrapped, in, out, said)
	}
}

func TestPanicInHandler(t *testing.T) {
	t.Parallel()
	s, c := pair(t, Config{}, answerer{admit: func(i Invite) Verdict {
		if i.To == "boom" {
			panic("admit")
		}
		return Verdict{Accept: true}
	}, call: func(context.Context, *Leg) { panic("call") }})
	if _, err := c.Dial(ctxFor(t, 10*time.Second), "sip:boom@"+s.UDPAddr(), DialOptions{}); statusOf(err) != 500 {
		t.Errorf("error %v", err)
	}
	l := dial(t, c, s, DialOptions{})
	ended(t, l, 10*time.Second, call.Bot, "bye")
}
