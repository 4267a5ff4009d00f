package sip

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

// errFamily means that a description wants sound at an address of a kind that cannot be reached from here.
var errFamily = fmt.Errorf("no sound can be sent to addresses of this kind from here: %w", sdp.ErrUnusable)

// Limits of hosts that a description names.
const (
	hostWait = 2 * time.Second // for one that is looked for
	maxFound = 2               // that are looked for
	hostsNow = 16              // that are looked for at once, of all calls: a flood in the name of a trunk asks no more
)

// describes reads a description of a far side that signals from an address and whose sound comes to host. A host that it names is looked
// for only where the far side is known by name: others could have this side ask for whatever they like.
func (s *Server) describes(body []byte, sec sdp.Security, host string, from netip.Addr) (*sdp.Media, error) {
	at := func(ip netip.Addr) bool { return reaches(host, ip) }
	o := sdp.Options{Security: sec, Reaches: at}
	if s.gate.named(from) {
		left := maxFound
		o.Find = func(name string) netip.Addr {
			if left--; left < 0 {
				return netip.Addr{}
			}
			return s.soundHost(name, at)
		}
	}
	far, err := sdp.Read(body, o)
	if err == nil && !far.Addr.IsUnspecified() && !at(far.Addr) {
		return nil, fmt.Errorf("read session description: %s, while sound is bound to %s: %w", far.Addr, host, errFamily)
	}
	return far, err
}

// soundHost is the address of a host that sound can be sent to, of those that can be reached where there are any; invalid when there is none.
func (s *Server) soundHost(name string, reaches func(netip.Addr) bool) netip.Addr {
	ctx, cancel := context.WithTimeout(context.Background(), hostWait)
	defer cancel()
	select {
	case s.finding <- struct{}{}:
		defer func() { <-s.finding }()
	case <-ctx.Done():
		s.log.Warn("too many hosts that sound is to be sent to are looked for at once", "host", name)
		return netip.Addr{}
	}
	found, err := s.addresses(ctx, name, 0)
	if err != nil {
		s.log.Warn("the host that sound is to be sent to is not found", "host", name, "err", err)
		return netip.Addr{}
	}
	for _, ap := range found {
		if reaches(ap.Addr()) {
			return ap.Addr()
		}
	}
	return found[0].Addr()
}
