package sip

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// errNoPorts means that no pair of media ports is free.
var errNoPorts = errors.New("no free media ports; widen the port range or end calls")

// quarantine is how long a port rests after a call, so that packets still under way to it do not reach the next call.
const quarantine = 10 * time.Second

// ports hands out pairs of UDP sockets: an even port for RTP and the next one for RTCP. It is safe for concurrent use.
type ports struct {
	min, max int // 0, 0 = any

	mu   sync.Mutex
	next int
	rest map[int]time.Time // RTP port -> when it may be used again
}

func newPorts(lo, hi int) *ports {
	if lo%2 == 1 {
		lo++
	}
	return &ports{min: lo, max: hi, next: lo, rest: map[int]time.Time{}}
}

// reaches tells whether sound can be sent to an address from what is bound at host.
func reaches(host string, ip netip.Addr) bool {
	own, err := netip.ParseAddr(host)
	if err != nil || own == netip.IPv6Unspecified() {
		return true
	}
	return own.Unmap().Is4() == ip.Is4()
}

// open returns two sockets that are bound at host, and the RTP port.
func (p *ports) open(host string) (rtp, rtcp net.PacketConn, port int, err error) {
	tries := 50
	if p.max > 0 {
		tries = (p.max-p.min)/2 + 1
	}
	for range tries {
		want, ok := p.candidate()
		if !ok {
			continue
		}
		rtp, rtcp, port, err = p.pair(host, want)
		if err != nil {
			continue
		}
		if p.resting(port) {
			_, _ = rtp.Close(), rtcp.Close()
			continue
		}
		return rtp, rtcp, port, nil
	}
	return nil, nil, 0, errNoPorts
}

// candidate returns the next port of the range that does not rest; 0 leaves the choice to the system.
func (p *ports) candidate() (int, bool) {
	if p.max == 0 {
		return 0, true
	}
	p.mu.Lock()
	port := p.next
	p.next += 2
	if p.next+1 > p.max {
		p.next = p.min
	}
	p.mu.Unlock()
	return port, port+1 <= p.max && !p.resting(port)
}

func (p *ports) pair(host string, want int) (rtp, rtcp net.PacketConn, port int, err error) {
	rtp, err = net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(want)))
	if err != nil {
		return nil, nil, 0, err
	}
	port = rtp.LocalAddr().(*net.UDPAddr).Port //nolint:forcetypeassert // a UDP socket
	if port%2 == 1 {
		// The system chose an odd port: its even neighbour may be free.
		_ = rtp.Close()
		port--
		if rtp, err = net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(port))); err != nil {
			return nil, nil, 0, err
		}
	}
	rtcp, err = net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(port+1)))
	if err != nil {
		_ = rtp.Close()
		return nil, nil, 0, err
	}
	return rtp, rtcp, port, nil
}

func (p *ports) resting(port int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.rest[port]
	if ok && time.Now().After(until) {
		delete(p.rest, port)
		ok = false
	}
	return ok
}

// release tells that the sockets of a port are closed. A port that was still receiving rests for a while.
func (p *ports) release(port int, receiving bool) {
	if !receiving {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for q, until := range p.rest {
		if now.After(until) {
			delete(p.rest, q)
		}
	}
	p.rest[port] = now.Add(quarantine)
}
