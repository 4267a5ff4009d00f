package httpapi

import (
	"net"
	"net/netip"
	"strconv"
	"testing"
)

// TestCrowdOfOneHost opens connections from ever new addresses of one IPv6 network, which count as one address, and has this
// machine let in when strangers hold all that there are.
func TestCrowdOfOneHost(t *testing.T) {
	t.Parallel()
	c := newCrowd(nil, 4, 2)
	from := func(ip string) net.Addr {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 9))
	}
	enters := func(ip string) bool { _, ok := c.enter(from(ip)); return ok }
	for i := range 10 {
		if got := enters("2001:db8::" + strconv.Itoa(i)); got != (i < 2) {
			t.Errorf("connection %d of one network: %v", i+1, got)
		}
	}
	leave, ok := c.enter(from("2001:db8:0:1::1"))
	if !ok || !enters("192.0.2.1") {
		t.Fatal("others are kept out")
	}
	if enters("192.0.2.2") || !enters("127.0.0.1") || !enters("::1") {
		t.Error("all taken: strangers are let in, or this machine is not")
	}
	leave()
	if _, kept := c.by[netip.MustParseAddr("2001:db8:0:1::")]; kept {
		t.Error("a network that is gone is kept")
	}
}
