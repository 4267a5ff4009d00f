package access

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

const (
	halfLife  = 5 * time.Minute
	mostKeys  = 20_000
	perPair   = 6  // tries of one login from one address
	perSource = 25 // tries from one address
	perLogin  = 60 // tries of one login from everywhere, high enough that a stranger can hardly lock somebody out
)

// brake counts tries to sign in, each fading with a half-life of five minutes. It lives in memory: a restart forgets.
type brake struct {
	mu     sync.Mutex
	now    func() time.Time
	levels map[string]level
}

type level struct {
	value float64
	at    time.Time
}

func newBrake(now func() time.Time) *brake { return &brake{now: now, levels: map[string]level{}} }

// try counts a try and returns how long to wait before the next when there were too many; then it is not counted.
func (b *brake) try(login, addr string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	limits := map[string]float64{pairKey(login, addr): perPair, "a " + source(addr): perSource, "l " + login: perLogin}
	var wait time.Duration
	for k, most := range limits {
		if v := b.levels[k].faded(now); v+1 > most {
			wait = max(wait, time.Duration(float64(halfLife)*math.Log2(v/(most-1))))
		}
	}
	if wait > 0 {
		return wait.Round(time.Second) + time.Second
	}
	if len(b.levels) > mostKeys {
		b.sweep(now)
	}
	for k := range limits {
		b.levels[k] = level{b.levels[k].faded(now) + 1, now}
	}
	return 0
}

// forgive takes a login's tries from an address back after a success.
func (b *brake) forgive(login, addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.levels, pairKey(login, addr))
}

// sweep drops what has faded, or everything when that does not help: then the source limit starts anew for all.
func (b *brake) sweep(now time.Time) {
	for k, l := range b.levels {
		if l.faded(now) < 0.5 {
			delete(b.levels, k)
		}
	}
	if len(b.levels) > mostKeys {
		clear(b.levels)
	}
}

func (l level) faded(now time.Time) float64 {
	return l.value * math.Exp2(-float64(now.Sub(l.at))/float64(halfLife))
}

func pairKey(login, addr string) string { return "p " + source(addr) + " " + login }

// source is the address, or the network an IPv6 customer gets as a whole.
func source(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
