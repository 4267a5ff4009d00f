package sip

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// TestOwnHost is where sound comes to and what others are told, by how they talk with this side: whoever calls from the street is
// not sent to loopback because a transport that they do not use listens there.
func TestOwnHost(t *testing.T) {
	t.Parallel()
	street := netip.MustParseAddr("198.51.100.7")
	here := netip.MustParseAddr("127.0.0.1")
	for name, c := range map[string]struct {
		cfg       Config
		transport string
		far       netip.Addr
		want      string
	}{
		"TLS outside, TCP as by default":         {Config{TCP: "127.0.0.1:5060", TLS: "203.0.113.10:5061"}, "tls", street, "203.0.113.10"},
		"TLS outside, the rest as by default":    {Config{UDP: "127.0.0.1:5060", TCP: "127.0.0.1:5060", TLS: "203.0.113.10:5061"}, "TLS", street, "203.0.113.10"},
		"its own program calls by TCP":           {Config{TCP: "127.0.0.1:5060", TLS: "203.0.113.10:5061"}, "TCP", here, "127.0.0.1"},
		"an address for each":                    {Config{UDP: "10.0.0.5:5060", TLS: "203.0.113.10:5061"}, "TLS", street, "203.0.113.10"},
		"dialled by TCP, which is for this side": {Config{UDP: "203.0.113.10:5060", TCP: "127.0.0.1:5060"}, "TCP", street, "203.0.113.10"},
		"dialled by what is off":                 {Config{UDP: "203.0.113.10:5060"}, "TLS", street, "203.0.113.10"},
		"all addresses":                          {Config{UDP: ":5060", TCP: "127.0.0.1:5060"}, "UDP", street, ""},
		"nothing but loopback":                   {Config{UDP: "127.0.0.1:5060", TCP: "localhost:5060"}, "UDP", street, "127.0.0.1"},
	} {
		s := &Server{cfg: c.cfg}
		if got := s.mediaHost(c.transport, netip.AddrPortFrom(c.far, 5060).String()); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestSoundWhereTheCallCame calls over TLS at one address a side that has TCP at another: Contact, the description and the
// sockets for sound are of the address that was called.
func TestSoundWhereTheCallCame(t *testing.T) {
	t.Parallel()
	conf, pool := certificate(t)
	legs := make(chan *Leg, 1)
	s := serve(t, Config{TCP: "127.0.0.2:0", TLS: "127.0.0.1:0", TLSConfig: conf, SRTP: sdp.Required},
		answerer{call: func(ctx context.Context, l *Leg) { legs <- l; echo(ctx, l) }})
	phone := serve(t, Config{UDP: "127.0.0.3:0", DialOnly: true, Roots: pool}, nil)
	_, port, _ := net.SplitHostPort(s.TLSAddr())
	l, err := phone.Dial(ctxFor(t, 10*time.Second), "sips:bank@127.0.0.1:"+port, DialOptions{SRTP: sdp.Required})
	if err != nil {
		t.Fatal(err)
	}
	far := <-legs
	if got := far.MediaAddr().(*net.UDPAddr).IP.String(); got != "127.0.0.1" {
		t.Errorf("sound is awaited at %s", got)
	}
	if got := l.far.Addr.String(); got != "127.0.0.1" {
		t.Errorf("sound is asked for at %s", got)
	}
	if got := l.d.target.Host; got != "127.0.0.1" {
		t.Errorf("the rest of the call goes to %s", got)
	}
	echoes(t, l, 450, 0.95)
	if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
}
