package sip

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// certificate makes one for 127.0.0.1 and localhost, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "phone"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}

// secret is a server for calls over TLS with a phone that trusts it.
func secret(t *testing.T, mode Security, h Handler) (s, phone *Server) {
	t.Helper()
	conf, pool := certificate(t)
	s = serve(t, Config{UDP: "127.0.0.1:0", TLS: "127.0.0.1:0", TLSConfig: conf, SRTP: mode}, h)
	phone = serve(t, Config{UDP: "127.0.0.1:0", DialOnly: true, Roots: pool}, nil)
	return s, phone
}

// spy keeps the media packets of a call as they are on the wire.
type spy struct {
	net.PacketConn

	mu   sync.Mutex
	kept [][]byte
}

func (s *spy) WriteTo(p []byte, to net.Addr) (int, error) {
	s.mu.Lock()
	s.kept = append(s.kept, append([]byte(nil), p...))
	s.mu.Unlock()
	return s.PacketConn.WriteTo(p, to)
}

func TestSecureCall(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"sips:bank@127.0.0.1:PORT", "sip:bank@localhost:PORT;transport=tls"} {
		for _, late := range []bool{false, true} {
			name := uri
			if late {
				name += " without offer"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				legs := make(chan *Leg, 1)
				s, phone := secret(t, sdp.Required, answerer{call: func(ctx context.Context, l *Leg) { legs <- l; echo(ctx, l) }})
				_, port, _ := net.SplitHostPort(s.TLSAddr())
				var wire *spy
				l, err := phone.Dial(ctxFor(t, 10*time.Second), strings.Replace(uri, "PORT", port, 1), DialOptions{SRTP: sdp.Required, Late: late,
					Wrap: func(c net.PacketConn) net.PacketConn { wire = &spy{PacketConn: c}; return wire }})
				if err != nil {
					t.Fatal(err)
				}
				far := <-legs
				if far.Invite().Transport != "tls" || far.Cipher() != "AES_CM_128_HMAC_SHA1_80" || l.Cipher() != far.Cipher() {
					t.Errorf("%s with %q and %q", far.Invite().Transport, far.Cipher(), l.Cipher())
				}
				echoes(t, l, 450, 0.95)
				// Hold and back: the keys stay, or the sound would be gone.
				if err := l.Hold(ctxFor(t, 10*time.Second), true); err != nil {
					t.Fatal(err)
				}
				if err := l.Hold(ctxFor(t, 10*time.Second), false); err != nil {
					t.Fatal(err)
				}
				if err := far.Hold(ctxFor(t, 10*time.Second), true); err != nil {
					t.Fatal(err)
				}
				if err := far.Hold(ctxFor(t, 10*time.Second), false); err != nil {
					t.Fatal(err)
				}
				echoes(t, l, 450, 0.95)
				// Keys by telephone event go through the same encryption.
				if err := l.SendDTMF(ctxFor(t, 10*time.Second), "7"); err != nil {
					t.Fatal(err)
				}
				for sig := nextSignal(t, far); sig.Digit != '7'; sig = nextSignal(t, far) {
				}
				wire.mu.Lock()
				kept := wire.kept
				wire.mu.Unlock()
				if len(kept) < 50 {
					t.Fatalf("%d packets", len(kept))
				}
				before := counted(far, func(st Stats) bool { return st.Packets >= l.Stats().Sent })
				for _, p := range kept[len(kept)-50:] { // sent again as they were: a replay
					_, _ = wire.PacketConn.WriteTo(p, far.MediaAddr())
				}
				if st := counted(far, func(st Stats) bool { return st.Invalid >= before.Invalid+50 }); st.Invalid < before.Invalid+50 || st.Packets != before.Packets {
					t.Errorf("replayed packets were heard: %+v, before %+v", st, before)
				}
				if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
					t.Error(err)
				}
				select {
				case <-far.Ended():
				case <-time.After(20 * time.Second):
					t.Error("the far side goes on")
				}
			})
		}
	}
}

// TestPlainRTPIsDropped sends sound without encryption into an encrypted call.
func TestPlainRTPIsDropped(t *testing.T) {
	t.Parallel()
	legs := make(chan *Leg, 1)
	s, phone := secret(t, sdp.Required, answerer{call: func(ctx context.Context, l *Leg) { legs <- l; echo(ctx, l) }})
	var wire *spy
	l, err := phone.Dial(ctxFor(t, 10*time.Second), "sips:bank@"+s.TLSAddr(), DialOptions{SRTP: sdp.Required, Codecs: []string{"PCMU"},
		Wrap: func(c net.PacketConn) net.PacketConn { wire = &spy{PacketConn: c}; return wire }})
	if err != nil {
		t.Fatal(err)
	}
	far := <-legs
	p := &phoneRTP{t}
	for i := range 100 {
		_, _ = wire.PacketConn.WriteTo(p.packet(9, uint16(i), uint32(i)*160), far.MediaAddr())
	}
	if st := counted(far, func(st Stats) bool { return st.Invalid >= 100 }); st.Packets != 0 || st.Invalid < 100 {
		t.Errorf("plain sound was heard: %+v", st)
	}
	_ = l.Hangup(ctxFor(t, 10*time.Second))
}

func TestWrongProfiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		server Security
		phone  DialOptions
		status int
		cipher string
	}{
		{"required, plain", sdp.Required, DialOptions{}, 488, ""},
		{"required, optional", sdp.Required, DialOptions{SRTP: sdp.Optional}, 200, "AES_CM_128_HMAC_SHA1_80"},
		{"off, required", sdp.Off, DialOptions{SRTP: sdp.Required}, 488, ""},
		{"off, optional", sdp.Off, DialOptions{SRTP: sdp.Optional}, 200, ""},
		{"optional, plain", sdp.Optional, DialOptions{}, 200, ""},
		{"optional, required", sdp.Optional, DialOptions{SRTP: sdp.Required}, 200, "AES_CM_128_HMAC_SHA1_80"},
		{"required, late and plain", sdp.Required, DialOptions{Late: true}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, phone := secret(t, tt.server, answerer{call: echo})
			l, err := phone.Dial(ctxFor(t, 10*time.Second), "sips:bank@"+s.TLSAddr(), tt.phone)
			if tt.status == 200 {
				if err != nil || l.Cipher() != tt.cipher {
					t.Fatalf("%v", err)
				}
				_ = l.Hangup(ctxFor(t, 10*time.Second))
				return
			}
			var st *StatusError
			if err == nil || tt.status != 0 && (!errors.As(err, &st) || st.Code != tt.status) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestSuites makes a call with each suite by hand, renews the keys in the middle and finds no key in any log.
func TestSuites(t *testing.T) {
	t.Parallel()
	for suite := range profiles {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			legs := make(chan *Leg, 1)
			s := serve(t, Config{SRTP: sdp.Required}, handing(legs))
			p := newPhone(t, s)
			mine := newKey(5, suite)
			body := func(k sdp.Crypto) string {
				loc := sdp.Local{ID: 1, Version: uint64(p.seq + 1), Addr: sourceIP("127.0.0.1:1"), Port: p.rtp.LocalAddr().(*net.UDPAddr).Port, Direction: sdp.SendRecv, Keys: []sdp.Crypto{k}} //nolint:forcetypeassert // a UDP socket
				return string(sdp.Offer(loc, []string{"PCMU"}, sdp.Choice{}))
			}
			invite := func(k sdp.Crypto) *sdp.Media {
				p.send(p.message("INVITE", nil, body(k)))
				status, msg := p.final(10 * time.Second)
				if status != 200 {
					t.Fatalf("%d\n%s", status, msg)
				}
				p.learn(msg)
				p.ack()
				_, answer, _ := strings.Cut(msg, "\r\n\r\n")
				far, err := sdp.ParseFor([]byte(answer), sdp.Required)
				if err != nil || len(far.Crypto) != 1 || far.Crypto[0].Tag != 5 || far.Crypto[0].Suite != suite || far.Proto != "RTP/SAVP" {
					t.Fatalf("%v in\n%s", err, answer)
				}
				return far
			}
			far := invite(mine)
			leg := <-legs
			say := func(k sdp.Crypto, ssrc uint32, first int) {
				ctx, err := cryptoContext(k)
				if err != nil {
					t.Fatal(err)
				}
				for i := range 20 {
					data, err := ctx.EncryptRTP(nil, (&phoneRTP{t}).packet(ssrc, uint16(first+i), uint32(first+i)*160), nil)
					if err != nil {
						t.Fatal(err)
					}
					_, _ = p.rtp.WriteToUDP(data, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: far.Port})
				}
			}
			hears := func(n uint64) {
				t.Helper()
				if st := counted(leg, func(st Stats) bool { return st.Packets >= n }); st.Packets < n {
					t.Fatalf("%+v, want %d packets", st, n)
				}
			}
			listen := func(k sdp.Crypto) {
				t.Helper()
				ctx, err := cryptoContext(k)
				if err != nil {
					t.Fatal(err)
				}
				buf := make([]byte, 2048)
				good := 0
				_ = p.rtp.SetReadDeadline(time.Now().Add(5 * time.Second))
				for good < 5 {
					n, err := p.rtp.Read(buf)
					if err != nil {
						t.Fatalf("after %d packets: %v", good, err)
					}
					if _, err := ctx.DecryptRTP(nil, buf[:n], nil); err == nil {
						good++
					}
				}
			}
			say(mine, 1, 100)
			hears(20)
			listen(far.Crypto[0])
			// The same offer again keeps the key, another one brings another.
			if again := invite(mine); again.Crypto[0] != far.Crypto[0] {
				t.Error("an unchanged offer brought another key")
			}
			other := newKey(5, suite)
			renewed := invite(other)
			if renewed.Crypto[0] == far.Crypto[0] {
				t.Error("a renewed key was answered with the old one")
			}
			say(other, 2, 5000)
			hears(40)
			listen(renewed.Crypto[0])
			// A fallback to plain RTP is refused, the call goes on.
			p.send(p.message("INVITE", nil, p.sdp("")))
			if status, _ := p.final(10 * time.Second); status != 488 {
				t.Errorf("fallback to plain RTP: %d", status)
			}
			p.ack()
			say(other, 3, 200)
			hears(60)
			p.bye()
		})
	}
}

// phoneRTP makes packets of mu-law silence.
type phoneRTP struct{ t *testing.T }

func (p *phoneRTP) packet(ssrc uint32, seq uint16, ts uint32) []byte {
	raw := make([]byte, 172)
	raw[0], raw[2], raw[3] = 0x80, byte(seq>>8), byte(seq)
	for i := range 4 {
		raw[4+i], raw[8+i] = byte(ts>>(24-8*i)), byte(ssrc>>(24-8*i))
	}
	for i := 12; i < len(raw); i++ {
		raw[i] = 0xff
	}
	return raw
}

func TestTLSRefusals(t *testing.T) {
	t.Parallel()
	s, _ := secret(t, sdp.Optional, answerer{call: echo})
	stranger := serve(t, Config{UDP: "127.0.0.1:0", DialOnly: true}, nil)
	if _, err := stranger.Dial(ctxFor(t, 10*time.Second), "sips:bank@"+s.TLSAddr(), DialOptions{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
	for _, data := range []string{"OPTIONS sip:x SIP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello"} { // no TLS on the port
		c, err := net.Dial("tcp", s.TLSAddr())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(data))
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if got, err := io.ReadAll(c); err != nil && !errors.Is(err, io.EOF) && strings.Contains(string(got), "SIP/2.0") {
			t.Errorf("%q was answered with %q %v", data, got, err)
		}
		_ = c.Close()
	}
	if _, err := Listen(Config{TLS: "127.0.0.1:0"}); err == nil {
		t.Error("TLS without a certificate")
	}
	if _, err := Listen(Config{UDP: "127.0.0.1:0", SRTP: "maybe"}); err == nil {
		t.Error("an unknown kind of SRTP")
	}
}
