package sip

import (
	"bytes"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// FuzzIngest feeds datagrams to the media side of a leg and reads frames between them.
func FuzzIngest(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 255, 255, 255, 255}, uint8(0))
	f.Add([]byte{0x80, 101, 0, 2, 0, 0, 0, 160, 0, 0, 0, 1, 5, 0x8a, 0, 160}, uint8(1))
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 1}, uint8(2))
	f.Add([]byte{0xb5, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 1, 1}, uint8(3))
	names := []string{"PCMU", "PCMA", "G722", "opus"}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		c, _ := sdp.Offerable(names[int(which)%len(names)])
		m := &media{log: slog.New(slog.DiscardHandler)}
		far := &sdp.Media{Addr: netip.MustParseAddr("127.0.0.1"), Port: 4000, Direction: sdp.SendRecv}
		ch := sdp.Choice{Codec: c, PTime: 20 * time.Millisecond, Events: sdp.Codec{PayloadType: 101, ClockRate: 8000}}
		if err := m.apply(far, nil, ch, sdp.Crypto{}, far.Addr); err != nil {
			t.Skip(err)
		}
		from := netip.AddrPortFrom(far.Addr, 4000)
		now := time.Now()
		frame := make([]int16, audio.FrameLen)
		for i := range 6 {
			pkt := bytes.Clone(data)
			if len(pkt) > 3 {
				pkt[3] += byte(i)
				if i%2 == 0 {
					pkt[1] = c.PayloadType
				}
			}
			m.takeRTP(pkt, from, now)
			now = now.Add(30 * time.Millisecond)
			m.frame(frame, now)
		}
		if m.panics.Load() > 0 {
			t.Fatal("a packet made a panic")
		}
	})
}

// TestChangeAfterAnotherCodec renegotiates while the far side sends another codec than it is sent: what comes next is read with
// the clock of its own.
func TestChangeAfterAnotherCodec(t *testing.T) {
	t.Parallel()
	opus, _ := sdp.Offerable("opus")
	pcmu, _ := sdp.Offerable("PCMU")
	m := &media{log: slog.New(slog.DiscardHandler)}
	far := &sdp.Media{Addr: netip.MustParseAddr("127.0.0.1"), Port: 4000, Direction: sdp.SendRecv, Codecs: []sdp.Codec{pcmu, opus}}
	change := func(d sdp.Direction) {
		far.Direction = d
		if err := m.apply(far, far, sdp.Choice{Codec: pcmu, PTime: 20 * time.Millisecond}, sdp.Crypto{}, far.Addr); err != nil {
			t.Fatal(err)
		}
	}
	change(sdp.SendRecv)
	m.takeRTP([]byte{0x80, opus.PayloadType, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 0x78, 1, 2, 3}, netip.AddrPortFrom(far.Addr, 4000), time.Now())
	if m.in.name != "opus" {
		t.Fatalf("heard %s", m.in.name)
	}
	change(sdp.Inactive)
	change(sdp.SendRecv)
	if m.in.name != "PCMU" { // whose clock the buffer has now
		t.Errorf("the next packets are read as %s", m.in.name)
	}
}

func FuzzInfo(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=5\r\nDuration=100"))
	f.Add("application/dtmf", []byte("#"))
	f.Add("application/dtmf-relay; charset=utf-8", []byte("Signal=\r\n"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		if k := parseInfo(kind, body); k != 0 && !bytes.ContainsRune([]byte("0123456789*#ABCD"), k) {
			t.Fatalf("key %q", k)
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("\r\n\r\nOPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabcINVITE"))
	f.Add([]byte("A\r\nl: -1\r\n\r\n"))
	parser := sip.NewParser()
	f.Fuzz(func(t *testing.T, data []byte) {
		rest := data
		for range 100 {
			msg, next, err := cut(rest)
			if err != nil || msg == nil {
				break
			}
			if len(next) >= len(rest) {
				t.Fatal("no progress")
			}
			judge(parser, msg)
			complaint(msg)
			if plain, ok := unfold(msg); ok {
				if len(plain) > len(msg) {
					t.Fatal("unfolding made it longer")
				}
				judge(parser, plain)
			}
			rest = next
		}
	})
}

func FuzzFrag(f *testing.F) {
	f.Add([]byte("SIP/2.0 200 OK\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if code, _ := parseFrag(body); code != 0 && (code < 100 || code > 699) {
			t.Fatal(code)
		}
	})
}

// FuzzShield feeds datagrams to the media side of an encrypted leg: nothing that was not made with the key is heard.
func FuzzShield(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 255, 255, 255, 255}, uint8(0))
	f.Add(append([]byte{0x90, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 0xbe, 0xde, 0, 1}, make([]byte, 40)...), uint8(1))
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0}, uint8(2))
	suites := []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		c, _ := sdp.Offerable("PCMU")
		m := &media{log: slog.New(slog.DiscardHandler)}
		suite := suites[int(which)%len(suites)]
		far := &sdp.Media{Addr: netip.MustParseAddr("127.0.0.1"), Port: 4000, Direction: sdp.SendRecv}
		ch := sdp.Choice{Codec: c, PTime: 20 * time.Millisecond, Crypto: newKey(1, suite)}
		ch.Crypto.MKI = sdp.Secret(make([]byte, which%5))
		if err := m.apply(far, nil, ch, newKey(1, suite), far.Addr); err != nil {
			t.Fatal(err)
		}
		from := netip.AddrPortFrom(far.Addr, 4000)
		m.takeRTP(data, from, time.Now())
		m.takeRTCP(data, from, time.Now())
		if m.panics.Load() > 0 || m.lastIn.Load() != 0 {
			t.Fatal("a packet without the key was heard, or made a panic")
		}
	})
}

// FuzzAuthorization shows credentials that nobody was given: they open nothing.
func FuzzAuthorization(f *testing.F) {
	f.Add(`Digest username="a", realm="parley", nonce="00", uri="sip:bank@127.0.0.1", response="0123456789abcdef0123456789abcdef", algorithm=MD5, qop=auth, nc=00000001, cnonce="x"`)
	f.Add(`Digest username="a", realm="parley", nc=zz`)
	f.Add(`Basic YTpi`)
	f.Add("")
	s, err := Listen(Config{UDP: "127.0.0.1:0", Users: map[string]string{"a": "a long password"}, Realm: "parley"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, value string) {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "bank", Host: "127.0.0.1"})
		req.AppendHeader(sip.NewHeader("Authorization", value))
		req.AppendHeader(sip.NewHeader("Session-Expires", value))
		req.SetSource("192.0.2.1:5060")
		if s.challenge(req) == nil {
			t.Fatal("let in")
		}
		if every, _ := parseSessionExpires(req); every < 0 {
			t.Fatal(every)
		}
	})
}
