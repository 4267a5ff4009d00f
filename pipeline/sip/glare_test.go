package sip

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// TestGlare lets both sides change the session at the same moment: one of them has to wait, both get through.
func TestGlare(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s, c := pair(t, Config{}, handing(legs))
	l := dial(t, c, s, DialOptions{})
	far := <-legs
	go pump(l, 0, sine(440), nil) // ends with the call
	errs := make(chan error, 2)
	for _, x := range []*Leg{l, far} {
		go func() { errs <- x.reinvite(ctxFor(t, 12*time.Second)) }() // ends with its context at the latest
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	_ = l.Hangup(ctxFor(t, 10*time.Second))
}

// TestManyCallsAtOnce sets up 30 calls over one pair of sockets and ends them by stopping the server.
func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	s, c := pair(t, Config{}, nil)
	type result struct {
		l   *Leg
		err error
	}
	all := make(chan result, 30)
	for range cap(all) {
		go func() { // ends with its context at the latest
			l, err := c.Dial(ctxFor(t, 10*time.Second), "sip:x@"+s.UDPAddr(), DialOptions{Codecs: []string{"PCMA"}})
			all <- result{l, err}
		}()
	}
	for range cap(all) {
		if r := <-all; r.err != nil {
			t.Error(r.err)
		}
	}
	if s.Calls() != 30 || c.Calls() != 30 {
		t.Errorf("%d and %d calls", s.Calls(), c.Calls())
	}
}

// BenchmarkFrame measures 20 ms of one call: a packet in, a frame out of the buffer, a frame in, a packet out.
func BenchmarkFrame(b *testing.B) {
	for _, name := range []string{"PCMU", "G722", "opus"} {
		b.Run(name, func(b *testing.B) {
			s, err := Listen(Config{UDP: "127.0.0.1:0"})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			m, err := openMedia(s.ports, "127.0.0.1", s.log, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer m.close()
			c, _ := sdp.Offerable(name)
			lo := netip.MustParseAddr("127.0.0.1")
			if err := m.apply(&sdp.Media{Addr: lo, Port: 9, Direction: sdp.SendRecv}, nil, sdp.Choice{Codec: c, PTime: 20 * time.Millisecond}, sdp.Crypto{}, lo); err != nil {
				b.Fatal(err)
			}
			frame, from, now := make([]int16, audio.FrameLen), netip.AddrPortFrom(lo, 9), time.Now()
			tone := sine(440)
			for i := 0; b.Loop(); i++ {
				tone(i, frame)
				packets, err := m.out.write(frame, now)
				if err != nil {
					b.Fatal(err)
				}
				for _, p := range packets {
					m.takeRTP(p.data, from, now)
				}
				m.frame(frame, now)
				_, _ = m.send(frame, now)
				now = now.Add(audio.FrameTime)
			}
		})
	}
}

// TestWideBinds calls between sockets that are bound to every address, by IPv4 and by IPv6.
func TestWideBinds(t *testing.T) {
	t.Parallel()
	nets := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, bind := range []string{"0.0.0.0:0", "[::]:0", ":0", "[::1]:0", "localhost:0"} {
		t.Run(bind, func(t *testing.T) {
			t.Parallel()
			s, err := Listen(Config{UDP: bind, TCP: bind, Allow: nets})
			if err != nil {
				t.Skip(err) // a machine without IPv6
			}
			_ = s.Close()
			s = serve(t, Config{UDP: bind, TCP: bind, Allow: nets}, answerer{call: echo})
			c := serve(t, Config{UDP: bind, TCP: bind, DialOnly: true}, nil)
			host := "127.0.0.1"
			if bind == "[::1]:0" {
				host = "[::1]"
			}
			for _, uri := range []string{
				"sip:x@" + host + portOf(s.UDPAddr()), "sip:x@" + host + portOf(s.TCPAddr()) + ";transport=tcp",
			} {
				l, err := c.Dial(ctxFor(t, 10*time.Second), uri, DialOptions{})
				if err != nil {
					t.Fatalf("%s: %v", uri, err)
				}
				echoes(t, l, 450, 0.95)
				_ = l.Hangup(ctxFor(t, 10*time.Second))
			}
		})
	}
}

func portOf(addr string) string { return addr[strings.LastIndexByte(addr, ':'):] }
