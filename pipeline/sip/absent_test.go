package sip

import (
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// TestAbsent keeps hosts that do not answer behind the others, for longer each time but not for ever.
func TestAbsent(t *testing.T) {
	t.Parallel()
	var a absent
	one, two, three := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("192.0.2.2:5060"), netip.MustParseAddrPort("192.0.2.3:5060")
	all, now := []netip.AddrPort{one, two, three}, time.Now()
	order := func(after time.Duration, want ...netip.AddrPort) {
		t.Helper()
		if got := a.order("UDP", all, now.Add(after)); !slices.Equal(got, want) {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	order(0, one, two, three)
	a.missed("UDP", one, 0, now)
	order(firstAbsence-1, two, three, one)
	if got := a.order("TCP", all, now); !slices.Equal(got, all) {
		t.Errorf("by another transport: %v", got)
	}
	back := firstAbsence * 5 / 4
	order(back, one, two, three)
	a.try("UDP", one, now.Add(back)) // one request goes to it; the others do not wait meanwhile
	order(back, two, three, one)
	a.missed("UDP", one, 0, now.Add(back))
	order(back+2*firstAbsence-1, two, three, one) // it comes back later than the first time
	a.missed("UDP", two, 0, now)
	a.missed("UDP", three, 5*time.Second, now)
	order(1, three, two, one) // whoever is back first
	a.answered("UDP", one)
	order(1, one, three, two)
	for range 20 {
		a.missed("UDP", one, 0, now)
	}
	order(longestAbsence*5/4, one, two, three)
	for i := range 3 * maxAbsent {
		a.missed("UDP", netip.AddrPortFrom(one.Addr(), uint16(i)), 0, now)
	}
	if len(a.by) > maxAbsent {
		t.Errorf("%d hosts are remembered", len(a.by))
	}
}

// TestTLSRegistrarOfManyHosts registers over TLS with a name of which only one host takes connections.
func TestTLSRegistrarOfManyHosts(t *testing.T) {
	t.Parallel()
	conf, pool := certificate(t)
	plain, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("no second address", err)
	}
	tcpRegistrar(t, tls.NewListener(plain, conf))
	there := netip.MustParseAddrPort(plain.Addr().String())
	gone := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), there.Port()) // refuses connections
	b := &book{hosts: map[string][]string{"localhost": {"127.0.0.1", "127.0.0.2"}}}
	s := serve(t, Config{names: b, Roots: pool, Registrations: []Registration{{Server: "sips:localhost" + portOf(plain.Addr().String()), User: "100", Password: "pw"}}}, nil)
	registered(t, s)
	if got := s.absent.order("TLS", []netip.AddrPort{gone, there}, time.Now()); got[0] != there {
		t.Error("the host that refused is not remembered, for calls too")
	}
}
