package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

// answering has each datagram at c answered until the end of the test.
func answering(t *testing.T, c net.PacketConn, answer func(msg []byte, reply func(string))) {
	t.Helper()
	done := make(chan struct{})
	// Ends when the socket is closed.
	go func() {
		defer close(done)
		for buf := make([]byte, 8192); ; {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			answer(buf[:n], func(res string) { _, _ = c.WriteTo([]byte(res), from) })
		}
	}()
	t.Cleanup(func() { _ = c.Close(); <-done })
}

// TestRegistration keeps a registration with a registrar that asks for a password and grants two seconds.
func TestRegistration(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen, last := make(chan string, 64), ""
	answering(t, c, func(msg []byte, reply func(string)) {
		res, what := registrarAnswer(msg)
		reply(res)
		if via := branchOf(string(msg)); via != last { // the same again is a repetition
			seen <- what
			last = via
		}
	})
	// The sign-off comes when the server stops, which is after this test and before this cleanup.
	t.Cleanup(func() {
		deadline := time.After(20 * time.Second)
		for {
			select {
			case what := <-seen:
				if what == "off" {
					return
				}
			case <-deadline:
				t.Error("no sign-off")
				return
			}
		}
	})
	s := serve(t, Config{Registrations: []Registration{{Server: "sip:" + c.LocalAddr().String(), User: "100", Password: "pw"}}}, answerer{call: echo})
	for _, want := range []string{"challenged", "granted", "granted"} { // it asks once
		select {
		case got := <-seen:
			if got != want {
				t.Fatalf("registrar saw %q, want %q", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("registrar waits for %q", want)
		}
	}
	st := s.Registrations()
	if len(st) != 1 || !st[0].Registered || st[0].Err != "" {
		t.Errorf("status %+v", st)
	}
}

func registrarAnswer(req []byte) (res, what string) {
	head, _, _ := strings.Cut(string(req), "\r\n\r\n")
	var copied strings.Builder
	for _, n := range []string{"via", "from", "to", "call-id", "cseq", "contact"} {
		fmt.Fprintf(&copied, "%s: %s\r\n", n, headerValue([]byte(head), n, ""))
	}
	cred, err := digest.ParseCredentials(headerValue([]byte(head), "authorization", ""))
	if err == nil {
		chal := &digest.Challenge{Realm: "pbx", Nonce: "abc", Algorithm: "MD5"}
		want, _ := digest.Digest(chal, digest.Options{Method: "REGISTER", URI: cred.URI, Username: "100", Password: "pw"})
		if want.Response == cred.Response {
			what = "granted"
			if headerValue([]byte(head), "expires", "") == "0" {
				what = "off"
			}
			return "SIP/2.0 200 OK\r\n" + copied.String() + "Expires: 2\r\nContent-Length: 0\r\n\r\n", what
		}
	}
	return "SIP/2.0 401 Unauthorized\r\n" + copied.String() + "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"abc\", algorithm=MD5\r\nContent-Length: 0\r\n\r\n", "challenged"
}

func TestGate(t *testing.T) {
	t.Parallel()
	addr := func(s string) netip.Addr { return addrOf(net.UDPAddrFromAddrPort(netip.MustParseAddrPort(s))) }
	g := newGate(Config{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	leave := g.guest([]netip.Addr{netip.MustParseAddr("192.0.2.1")}, false)
	tests := []struct {
		addr string
		want bool
	}{{"127.0.0.1:1", true}, {"[::1]:1", true}, {"10.2.3.4:5", true}, {"[::ffff:10.2.3.4]:5", true}, {"192.0.2.1:5", true}, {"192.0.2.2:5", false}}
	for _, tt := range tests {
		if got := g.admits(addr(tt.addr)); got != tt.want {
			t.Errorf("%s admitted: %v", tt.addr, got)
		}
	}
	leave()
	if g.admits(addr("192.0.2.1:5")) {
		t.Error("a guest that left is admitted")
	}
	if g.control("tcp", "192.0.2.9:80", nil) == nil || g.control("tcp", "10.0.0.1:80", nil) != nil {
		t.Error("the dialer goes to the wrong hosts")
	}
	open := newGate(Config{Users: map[string]string{"a": "b"}})
	if !open.admits(addr("192.0.2.2:5")) || open.control("tcp", "192.0.2.2:80", nil) == nil {
		t.Error("with passwords everybody may knock, but is not dialled")
	}
}

func TestPortsRest(t *testing.T) {
	t.Parallel()
	first, err := pipelinetest.FreePorts(4)
	if err != nil {
		t.Fatal(err)
	}
	p := newPorts(first, first+3)
	a, b, port, err := p.open("127.0.0.1")
	if err != nil {
		t.Skip(err)
	}
	_, _ = a.Close(), b.Close()
	p.release(port, true) // somebody still sends to it
	a, b, other, err := p.open("127.0.0.1")
	if err != nil || other == port {
		t.Fatalf("port %d after %d: %v", other, port, err)
	}
	_, _ = a.Close(), b.Close()
	p.release(other, false)
	a, b, again, err := p.open("127.0.0.1")
	if err != nil || again != other {
		t.Fatalf("port %d, want %d: %v", again, other, err)
	}
	_, _ = a.Close(), b.Close()
}
