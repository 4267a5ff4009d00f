package sdp

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Options say how a description is read.
type Options struct {
	Security Security
	Reaches  func(netip.Addr) bool        // whether sound can be sent to an address; nil = to each
	Find     func(host string) netip.Addr // the address of a host that stands in c=, invalid where it has none; nil = no host is found
}

// place is where a stream is to be sent.
type place struct {
	addr    netip.Addr
	port    int
	reached bool  // it can be
	other   bool  // it is another one than that of m= and c=
	err     error // what is wrong with it
}

// maxPlaces bounds the addresses of a stream that are looked at.
const maxPlaces = 16

// place chooses where a stream goes: what it says in m= and c= or, where that cannot be reached from here, another address that it has
// besides: those of RFC 6947 (altc), or its candidates (RFC 8839) as whoever knows no ICE may choose them.
func (o Options) place(d *description, md section) place {
	if md.port < 0 || md.port > 65535 {
		return place{err: fmt.Errorf("port %d does not exist", md.port)}
	}
	p := place{port: md.port}
	if p.addr, p.err = o.address(cmp.Or(md.where, d.where)); p.err != nil {
		return p
	}
	reaches := o.Reaches
	if reaches == nil {
		reaches = func(netip.Addr) bool { return true }
	}
	if p.reached = p.addr.IsUnspecified() || reaches(p.addr); p.reached {
		return p
	}
	for _, x := range others(md.attrs) {
		if reaches(x.addr) {
			return x
		}
	}
	return p
}

func (o Options) address(where string) (netip.Addr, error) {
	if where == "" {
		return netip.Addr{}, errors.New("connection line (c=) is missing")
	}
	ip, _, _ := strings.Cut(where, "/") // how far it goes
	addr, err := netip.ParseAddr(ip)
	if err != nil && o.Find != nil && hostname(ip) {
		addr = o.Find(ip)
	}
	switch {
	case !addr.IsValid():
		return netip.Addr{}, fmt.Errorf("%q: %w", clip(where), ErrNoIP)
	case addr.IsMulticast():
		return netip.Addr{}, errors.New("multicast is not supported")
	}
	return addr.Unmap(), nil
}

// hostname tells whether a text can be the name of a host.
func hostname(s string) bool {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.'
	}
	return len(s) <= 253 && strings.ContainsFunc(s, func(r rune) bool { return r > '9' }) && !strings.ContainsFunc(s, func(r rune) bool { return !ok(r) })
}

// others are the addresses that a stream has besides that of m= and c=, those that it prefers first.
func others(attrs []attribute) (out []place) {
	var candidates []place
	ranks := map[netip.Addr]uint64{}
	for _, a := range attrs {
		f := strings.Fields(a.value)
		switch {
		case len(out)+len(candidates) >= maxPlaces:
		case a.key == "altc" && len(f) >= 4: // number, kind, address, port
			if p, ok := otherPlace(f[2], f[3]); ok {
				out = append(out, p)
			}
		case a.key == "candidate" && len(f) >= 6 && f[1] == "1" && strings.EqualFold(f[2], "udp"): // foundation, part, transport, rank, address, port
			if p, ok := otherPlace(f[4], f[5]); ok {
				ranks[p.addr], _ = strconv.ParseUint(f[3], 10, 32)
				candidates = append(candidates, p)
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b place) int { return cmp.Compare(ranks[b.addr], ranks[a.addr]) })
	return append(out, candidates...)
}

func otherPlace(ip, port string) (place, bool) {
	port, _, _ = strings.Cut(port, "/") // that of RTCP
	addr, err := netip.ParseAddr(ip)
	addr = addr.Unmap()
	n, perr := strconv.ParseUint(port, 10, 16)
	ok := err == nil && perr == nil && n > 0 && !addr.IsMulticast() && !addr.IsUnspecified()
	return place{addr: addr, port: int(n), reached: true, other: true}, ok //nolint:gosec // 16 bits
}
