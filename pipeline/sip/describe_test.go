package sip

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// asked is a book that tells of each host that is looked for.
type asked struct {
	*book
	looked func(ctx context.Context, host string)
}

func (a asked) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	a.looked(ctx, host)
	return a.book.LookupNetIP(ctx, network, host)
}

// TestHostsLookedForAtOnce has a flood of calls name hosts that nobody knows: few are looked for at once, and none holds its call up
// for long.
func TestHostsLookedForAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var looked atomic.Int32
		slow := asked{&book{}, func(ctx context.Context, _ string) { looked.Add(1); <-ctx.Done() }}
		s := &Server{cfg: Config{names: slow}, gate: newGate(Config{}), log: slog.New(slog.DiscardHandler), finding: make(chan struct{}, hostsNow)}
		var calls sync.WaitGroup
		for range 4 * hostsNow {
			calls.Go(func() { // ends when the time for its host is over
				if _, err := s.describes([]byte("v=0\nc=IN IP4 other.example\nm=audio 4000 RTP/AVP 0\n"), sdp.Off, "", netip.MustParseAddr("127.0.0.1")); err == nil {
					t.Error("a host that is not there is found")
				}
			})
		}
		synctest.Wait()
		if n := looked.Load(); n != hostsNow {
			t.Errorf("%d hosts are looked for at once", n)
		}
		calls.Wait()
	})
}

// TestReportsBeforeTheHostIsFound calls a far side whose sound before the answer comes to a named host: that it rings is told before the
// host is looked for, which is done once for each that it names.
func TestReportsBeforeTheHostIsFound(t *testing.T) {
	t.Parallel()
	var reported atomic.Bool
	told, looked := make(chan int, 8), make(chan bool, 8)
	names := asked{&book{hosts: map[string][]string{"media.example": {"127.0.0.1"}}}, func(context.Context, string) { looked <- reported.Load() }}
	s := serve(t, Config{names: names}, nil)
	p := newPhone(t, s)
	legs := p.rings(s, DialOptions{OnEarly: func(*Leg) {}, OnProgress: func(status int) { reported.Store(true); told <- status }})
	inv := p.await("INVITE")
	body := p.sdp("")
	for range 3 {
		p.answer(inv, 183, "desk", strings.Replace(body, "c=IN IP4 127.0.0.1", "c=IN IP4 media.example", 1))
		p.told(told, 183)
	}
	p.answer(inv, 200, "desk", body)
	p.await("ACK")
	if l := <-legs; l != nil {
		p.leave(l)
	}
	if len(looked) != 1 || !<-looked {
		t.Errorf("it is looked for %d times, or before anything is told", len(looked))
	}
}

// TestStrangerNamesNobody takes the call of somebody who is not known by name and says that it goes on at a named host: none is looked
// for, and what ends the call goes to where they were heard.
func TestStrangerNamesNobody(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	names := asked{&book{hosts: map[string][]string{"pbx.example": {"192.0.2.9"}}}, func(_ context.Context, host string) { t.Errorf("%s is looked for", host) }}
	s := serve(t, Config{names: names, Guard: GuardConfig{Loopback: true}}, handing(legs))
	for _, headers := range [][]string{{"Contact: <sip:phone@pbx.example>"}, {"Record-Route: <sip:pbx.example;lr>"}} {
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
}
