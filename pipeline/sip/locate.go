package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// maxHosts bounds how many addresses of one name are used.
const maxHosts = 16

// recordWait bounds how long service records are waited for: some resolvers never answer what they do not know.
const recordWait = 2 * time.Second

// names finds hosts, as a *net.Resolver does.
type names interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// locate returns the addresses a URI stands for, at least one and at most maxHosts, in the order in which they are tried: those
// of its service records (RFC 3263), else those of its host, IPv4 first.
func (s *Server) locate(ctx context.Context, uri *sip.Uri, transport string) ([]netip.AddrPort, error) {
	host, port := strings.Trim(uri.Host, "[]"), portOr(uri.Port, defaultPort(transport))
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), port)}, nil
	}
	if uri.Port == 0 {
		if found := s.records(ctx, host, transport); len(found) > 0 {
			return found, nil
		}
	}
	found, err := s.addresses(ctx, host, port)
	if err != nil {
		return nil, fmt.Errorf("find host %s: %w", host, err)
	}
	return found[:min(len(found), maxHosts)], nil
}

// records are the addresses of the service records of a host, none when it has none.
func (s *Server) records(ctx context.Context, host, transport string) (out []netip.AddrPort) {
	ctx, cancel := context.WithTimeout(ctx, recordWait)
	defer cancel()
	service, proto := "sip", strings.ToLower(transport)
	if proto == "tls" {
		service, proto = "sips", "tcp"
	}
	_, found, err := s.cfg.names.LookupSRV(ctx, service, proto, host)
	if err != nil {
		return nil
	}
	for _, r := range found[:min(len(found), maxHosts)] {
		if more, err := s.addresses(ctx, strings.TrimSuffix(r.Target, "."), r.Port); err == nil {
			out = append(out, more...)
		}
	}
	return out[:min(len(out), maxHosts)]
}

// addresses are those of a host with a port, IPv4 first.
func (s *Server) addresses(ctx context.Context, host string, port uint16) ([]netip.AddrPort, error) {
	ips, err := s.cfg.names.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, &net.DNSError{Err: "it has no address", Name: host, IsNotFound: true}
	}
	out := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		out[i] = netip.AddrPortFrom(ip.Unmap(), port)
	}
	slices.SortStableFunc(out, func(a, b netip.AddrPort) int { return a.Addr().BitLen() - b.Addr().BitLen() })
	return out, nil
}

func portOr(p, def int) uint16 {
	if p <= 0 || p > 65535 {
		p = def
	}
	return uint16(p) //nolint:gosec // checked above
}

// hostsOf are the hosts of addresses.
func hostsOf(at []netip.AddrPort) []netip.Addr {
	out := make([]netip.Addr, len(at))
	for i, a := range at {
		out[i] = a.Addr()
	}
	return out
}
