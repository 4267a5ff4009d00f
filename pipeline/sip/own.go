package sip

import (
	"cmp"
	"net"
	"net/netip"
	"strings"
)

// ownHost returns the host that this side has for a far side at ip, as it was configured, and the transport that is bound to it:
// the host of the transport they talk by, else of another one. What only this machine reaches is not for others while there is
// anything else: who takes calls over TLS from the street may well leave TCP on loopback, as it is by default.
func (s *Server) ownHost(transport string, ip netip.Addr) (host, bound string) {
	hosts := map[string]string{"UDP": s.cfg.UDP, "TCP": s.cfg.TCP, "TLS": s.cfg.TLS}
	first := ""
	for _, t := range []string{strings.ToUpper(transport), "UDP", "TCP", "TLS"} {
		if hosts[t] == "" {
			continue
		}
		first = cmp.Or(first, t)
		host, _, _ := net.SplitHostPort(hosts[t])
		if ip.IsLoopback() || !loopback(host) {
			return host, t
		}
	}
	host, _, _ = net.SplitHostPort(hosts[first])
	return host, first
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// localIP returns the address that the far side at ip should use to reach this server.
func (s *Server) localIP(transport string, ip netip.Addr) netip.Addr {
	if s.cfg.Advertise != "" && !ip.IsLoopback() {
		return netip.MustParseAddr(s.cfg.Advertise)
	}
	_, bound := s.ownHost(transport, ip)
	at := map[string]func() string{"UDP": s.UDPAddr, "TCP": s.TCPAddr, "TLS": s.TLSAddr}[bound]
	if ap, err := netip.ParseAddrPort(at()); err == nil && !ap.Addr().IsUnspecified() {
		return ap.Addr().Unmap()
	}
	// No packet is sent: this asks the system for the route.
	c, err := net.Dial("udp", netip.AddrPortFrom(ip, 9).String())
	if err != nil {
		return netip.MustParseAddr("127.0.0.1")
	}
	defer func() { _ = c.Close() }()
	return addrOf(c.LocalAddr())
}

// mediaHost returns the host that sound of a far side that signals from source is bound to.
func (s *Server) mediaHost(transport, source string) string {
	host, _ := s.ownHost(transport, s.farIP(source))
	return host
}

// farIP is the address in source, or one that stands for "somewhere else" when the far side is a name.
func (s *Server) farIP(source string) netip.Addr {
	if ip := sourceIP(source); ip.IsValid() {
		return ip
	}
	return s.anyIP()
}

// anyIP is an address that stands for "somewhere else" when the far side is a name.
func (s *Server) anyIP() netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, 1}) }
