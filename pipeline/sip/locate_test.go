package sip

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// book is a resolver that knows a few names, and nothing while it is shut.
type book struct {
	mu      sync.Mutex
	hosts   map[string][]string
	records map[string][]*net.SRV // by service and name, as in _sip._udp.trunk.example
	shut    bool
}

func (b *book) LookupNetIP(_ context.Context, _, host string) (out []netip.Addr, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut || len(b.hosts[host]) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	for _, h := range b.hosts[host] {
		out = append(out, netip.MustParseAddr(h))
	}
	return out, nil
}

func (b *book) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.records["_"+service+"._"+proto+"."+name]; len(r) > 0 && !b.shut {
		return name, r, nil
	}
	return "", nil, &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
}

func (b *book) write(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func TestLocate(t *testing.T) {
	t.Parallel()
	many := make([]string, 3*maxHosts)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String()
	}
	b := &book{hosts: map[string][]string{"pbx.example": {"2001:db8::1", "192.0.2.1", "192.0.2.2"}, "a.example": {"192.0.2.7"}, "b.example": {"192.0.2.8"}, "many.example": many},
		records: map[string][]*net.SRV{"_sip._udp.pbx.example": {{Target: "a.example.", Port: 5070}, {Target: "gone.example.", Port: 5060}, {Target: "b.example.", Port: 5080}},
			"_sips._tcp.pbx.example": {{Target: "b.example.", Port: 5061}}}}
	s := serve(t, Config{names: b}, nil)
	for _, tt := range []struct{ uri, transport, want string }{
		{"sip:pbx.example", "UDP", "192.0.2.7:5070 192.0.2.8:5080"},
		{"sip:pbx.example", "TLS", "192.0.2.8:5061"},
		{"sip:pbx.example", "TCP", "192.0.2.1:5060 192.0.2.2:5060 [2001:db8::1]:5060"},
		{"sip:pbx.example:5062", "UDP", "192.0.2.1:5062 192.0.2.2:5062 [2001:db8::1]:5062"},
		{"sip:192.0.2.9", "TLS", "192.0.2.9:5061"},
		{"sip:nowhere.example", "UDP", ""},
	} {
		var uri sip.Uri
		if err := sip.ParseUri(tt.uri, &uri); err != nil {
			t.Fatal(err)
		}
		at, err := s.locate(t.Context(), &uri, tt.transport)
		var got []string
		for _, a := range at {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s by %s is at %v, want %q: %v", tt.uri, tt.transport, got, tt.want, err)
		}
	}
	if at, err := s.locate(t.Context(), &sip.Uri{Host: "many.example"}, "UDP"); len(at) != maxHosts || err != nil {
		t.Errorf("%d hosts: %v", len(at), err)
	}
}

// tcpRegistrar answers registrations on a listener until the test is over.
func tcpRegistrar(t *testing.T, l net.Listener) {
	talk(t, l, func(c net.Conn, req []byte) {
		res, _ := registrarAnswer(req)
		_, _ = c.Write([]byte(res))
	})
}

// talk gives the messages that come by the connections of a listener to answer, until the test is over.
func talk(t *testing.T, l net.Listener, answer func(c net.Conn, req []byte)) {
	t.Cleanup(func() { _ = l.Close() })
	// Ends when the listener is closed.
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			// Ends when the connection is closed, at the latest by the far side at the end of the test.
			go func() {
				defer func() { _ = c.Close() }()
				for buf, n := make([]byte, 16<<10), 0; ; {
					more, err := c.Read(buf[n:])
					if err != nil {
						return
					}
					n += more
					for size := messageSize(buf[:n]); size > 0; size = messageSize(buf[:n]) {
						answer(c, buf[:size])
						n = copy(buf, buf[size:n])
					}
				}
			}()
		}
	}()
}

// messageSize is how long the first message of a stream is, 0 while it is not whole.
func messageSize(stream []byte) int {
	head, _, whole := bytes.Cut(stream, []byte("\r\n\r\n"))
	body, _ := strconv.Atoi(headerValue(stream, "Content-Length", "l"))
	if size := len(head) + 4 + body; whole && len(stream) >= size {
		return size
	}
	return 0
}

// TestRegistrarOfManyHosts registers with a name of which only one host answers, and which moves.
func TestRegistrarOfManyHosts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcpRegistrar(t, l)
	b := &book{hosts: map[string][]string{"trunk.example": {"127.0.0.9", "127.0.0.1", "127.0.0.8"}}} // the first refuses connections
	s := serve(t, Config{names: b, Registrations: []Registration{{Server: "sip:trunk.example" + portOf(l.Addr().String()) + ";transport=tcp", User: "100", Password: "pw"}}}, nil)
	registered(t, s)
	trusts := func(want ...string) {
		t.Helper()
		var got []string
		for until := time.Now().Add(within); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
			got = got[:0]
			for _, h := range []string{"127.0.0.1", "127.0.0.7", "127.0.0.8", "127.0.0.9"} {
				if s.gate.trusts(netip.MustParseAddr(h)) {
					got = append(got, h)
				}
			}
			if slices.Equal(got, want) {
				return
			}
		}
		t.Fatalf("trusted are %v, want %v", got, want)
	}
	trusts("127.0.0.1", "127.0.0.8", "127.0.0.9")
	b.write(func() { b.hosts["trunk.example"] = []string{"127.0.0.1", "127.0.0.7"} })
	trusts("127.0.0.1", "127.0.0.7")
	b.write(func() { b.shut = true })
	until := s.Registrations()[0].Until
	for deadline := time.Now().Add(within); !s.Registrations()[0].Until.After(until); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the registration is not renewed while the name is not found")
		}
	}
	trusts("127.0.0.1", "127.0.0.7")
}

// TestDialledHosts listens to all hosts of a name that is called, as long as the call lasts.
func TestDialledHosts(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{}, answerer{call: echo})
	c := serve(t, Config{names: &book{hosts: map[string][]string{"localhost": {"127.0.0.1", "192.0.2.2"}}}}, nil)
	other := netip.MustParseAddr("192.0.2.2")
	l, err := c.Dial(ctxFor(t, 10*time.Second), "sip:x@localhost"+portOf(s.UDPAddr()), DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !c.gate.knows(other) {
		t.Error("another host of the name is not heard")
	}
	_ = l.Hangup(ctxFor(t, 10*time.Second))
	if c.gate.knows(other) {
		t.Error("a host is heard after the call")
	}
}
