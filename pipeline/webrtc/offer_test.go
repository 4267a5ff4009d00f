package webrtc

import (
	"net/netip"
	"testing"
	"time"
)

// offerOfABrowser is what Chromium sends, shortened.
const offerOfABrowser = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 110\r\nc=IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n" +
	"a=rtpmap:110 telephone-event/48000\r\na=ssrc:1 cname:x\r\n" +
	"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=setup:actpass\r\na=mid:1\r\na=sctp-port:5000\r\n"

func TestCheckOffer(t *testing.T) {
	t.Parallel()
	if err := checkOffer(offerOfABrowser); err != nil {
		t.Error(err)
	}
}

// FuzzOffer answers whatever a page may send: it must end in an answer or an error, and leave nothing behind.
func FuzzOffer(f *testing.F) {
	f.Add(offerOfABrowser)
	f.Add("")
	f.Add("v=0\r\n")
	f.Add("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n")
	f.Add(offerOfABrowser[:700])
	f.Add(offerOfABrowser + "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=candidate:x\r\n")
	s, err := New(Config{Addresses: loopback})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, offer string) {
		if checkOffer(offer) != nil {
			return
		}
		pc, err := s.engine.api.NewPeerConnection(s.cfg.peerConfig())
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.newLeg(pc, Invite{}, func() {})
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := l.negotiate(t.Context(), offer); err == nil && answer == "" {
			t.Error("no answer and no error")
		}
		l.abandon()
	})
}

func TestCaps(t *testing.T) {
	t.Parallel()
	cfg, err := Config{PerAddress: 2, PerMinute: 3, MaxCalls: 100}.complete()
	if err != nil {
		t.Fatal(err)
	}
	c, now := newCaps(cfg), time.Unix(100, 0)
	a, neighbour := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	other := netip.MustParseAddr("2001:db8:0:1::1")
	one, d1 := c.take(a, now)
	_, d2 := c.take(neighbour, now)
	_, d3 := c.take(a, now)
	_, d4 := c.take(other, now)
	if d1 != nil || d2 != nil || d3 == nil || d4 != nil {
		t.Fatalf("%v %v %v %v", d1, d2, d3, d4)
	}
	one()
	one()
	again, d := c.take(a, now)
	if d != nil {
		t.Fatal(d)
	}
	again()
	if _, d := c.take(a, now); d == nil || d.status != 429 || d.retry != 20*time.Second {
		t.Errorf("fourth in a minute: %+v", d)
	}
	if _, d := c.take(a, now.Add(21*time.Second)); d != nil {
		t.Errorf("later: %+v", d)
	}
}
