package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// versionOf reads the version of a description from its origin.
func versionOf(t *testing.T, msg string) (version uint64) {
	t.Helper()
	_, rest, _ := strings.Cut(msg, "o=")
	var user string
	var id uint64
	if _, err := fmt.Sscan(rest, &user, &id, &version); err != nil {
		t.Fatalf("no origin in\n%s", msg)
	}
	return version
}

// TestHoldEndsWithoutAnOffer has the far side end a hold with an INVITE without an offer: what this side offers then is what it would
// like, not the hold; and every description that says something else than the one before has the next version.
func TestHoldEndsWithoutAnOffer(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s := serve(t, Config{Codecs: []string{"PCMU", "PCMA"}}, handing(legs))
	p := newPhone(t, s)
	p.send(p.message("INVITE", nil, p.sdp("")))
	_, first := p.final(within)
	p.learn(first)
	p.ack()
	far := <-legs
	p.send(p.message("INVITE", nil, p.sdp("a=sendonly\r\n")))
	_, held := p.final(within)
	p.ack()
	if sig := nextSignal(t, far); sig.Kind != call.SignalHold {
		t.Fatalf("signal %+v", sig)
	}
	p.send(p.message("INVITE", nil, ""))
	status, offer := p.final(within)
	if status != 200 || !strings.Contains(offer, "a=sendrecv") {
		t.Errorf("%d, the hold is offered again:\n%s", status, offer)
	}
	p.send(p.message("ACK", []string{fmt.Sprintf("CSeq: %d ACK", p.seq)}, p.sdp("a=sendrecv\r\n")))
	if sig := nextSignal(t, far); sig.Kind != call.SignalUnhold {
		t.Errorf("signal %+v", sig)
	}
	one, two, three := versionOf(t, first), versionOf(t, held), versionOf(t, offer)
	if two != one+1 || three != two+1 {
		t.Errorf("versions %d, %d, %d of three descriptions that differ", one, two, three)
	}
	p.send(p.message("INVITE", nil, p.sdp("a=sendrecv\r\n")))
	_, again := p.final(within)
	p.ack()
	if got := versionOf(t, again); got != three+1 { // one codec, not both
		t.Errorf("version %d of another description, want %d", got, three+1)
	}
	p.send(p.message("INVITE", nil, p.sdp("a=sendrecv\r\n")))
	_, same := p.final(within)
	p.ack()
	if got := versionOf(t, same); got != three+1 {
		t.Errorf("version %d of the same description, want %d", got, three+1)
	}
	p.bye()
}

// TestByeIsRepeated hangs up on a far side that misses what is sent for a while.
func TestByeIsRepeated(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, nil)
	p := newPhone(t, s)
	l := answered(t, s, p)
	if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(byeWait) // all that came so far is lost
	for time.Now().Before(until) {
		p.read(100 * time.Millisecond)
	}
	p.answer(p.await("BYE"), 200, "desk", "")
}

// TestCancelIsRepeated gives up a call whose far side misses that for a while, and one as the server stops.
func TestCancelIsRepeated(t *testing.T) {
	t.Parallel()
	for _, stops := range []bool{false, true} {
		t.Run(fmt.Sprint("stops ", stops), func(t *testing.T) {
			t.Parallel()
			s, err := Listen(Config{UDP: "127.0.0.1:0"})
			if err != nil {
				t.Fatal(err)
			}
			run, stop := context.WithCancel(context.Background())
			served := make(chan error, 1)
			go func() { served <- s.Serve(run, nil) }() // ends with stop
			defer func() { stop(); <-served }()
			p := newPhone(t, s)
			ctx, cancel := context.WithCancel(ctxFor(t, 20*time.Second))
			defer cancel()
			dialled := make(chan error, 1)
			rang := make(chan struct{}, 4)
			// Ends with ctx.
			go func() {
				_, err := s.Dial(ctx, "sip:desk@"+p.conn.LocalAddr().String(), DialOptions{OnProgress: func(int) { rang <- struct{}{} }})
				dialled <- err
			}()
			inv := p.await("INVITE")
			p.answer(inv, 180, "desk", "")
			<-rang
			if stops {
				stop()
			} else {
				cancel()
				if err := <-dialled; !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				for until := time.Now().Add(100 * time.Millisecond); time.Now().Before(until); { // all that came so far is lost
					p.read(10 * time.Millisecond)
				}
			}
			p.answer(p.await("CANCEL"), 200, "desk", "")
			p.answer(inv, 487, "desk", "")
			p.await("ACK")
			if stops {
				<-dialled
			}
		})
	}
}
