package sip

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How long a host that did not answer is asked only after the others of its name: longer each time, and each time a little else,
// so that a trunk that comes back is not met by everybody at once.
const (
	firstAbsence   = 30 * time.Second
	longestAbsence = 10 * time.Minute
	retrialTime    = 15 * time.Second // in which one request finds out whether a host is back; the others go elsewhere
	maxAbsent      = 1024             // hosts that are remembered
)

// absent remembers hosts that could not be reached or were silent (RFC 3263, section 4.3), for calls and registrations. The zero
// value is ready; it is safe for concurrent use.
type absent struct {
	mu sync.Mutex
	by map[hop]absence
}

// hop is a host by a transport: one that takes no connections may well take datagrams.
type hop struct {
	transport string
	at        netip.AddrPort
}

type absence struct {
	until time.Time
	wait  time.Duration // without the chance in it
}

// order returns hosts as they are to be tried: in their order, those that are absent at the end, first the one that was absent
// longest. None is left out: when all are absent, all are tried.
func (a *absent) order(transport string, hosts []netip.AddrPort, now time.Time) []netip.AddrPort {
	a.mu.Lock()
	defer a.mu.Unlock()
	away := func(at netip.AddrPort) time.Time {
		if x, ok := a.by[hop{transport, at}]; ok && x.until.After(now) {
			return x.until
		}
		return time.Time{}
	}
	out := slices.Clone(hosts)
	slices.SortStableFunc(out, func(x, y netip.AddrPort) int { return away(x).Compare(away(y)) })
	return out
}

// try tells that a host is asked now: while it is not known whether one is back, only this request waits for it.
func (a *absent) try(transport string, at netip.AddrPort, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := hop{transport, at}
	if x, ok := a.by[h]; ok && !x.until.After(now) {
		x.until = now.Add(retrialTime)
		a.by[h] = x
	}
}

// missed tells that a host did not answer, or wants to be left alone for a time.
func (a *absent) missed(transport string, at netip.AddrPort, asked time.Duration, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := hop{transport, at}
	x := a.by[h]
	x.wait = min(max(firstAbsence, 2*x.wait), longestAbsence)
	if asked > 0 {
		x.wait = min(asked, longestAbsence)
	}
	x.until = now.Add(x.wait + rand.N(x.wait/4)) //nolint:gosec // no secret
	if a.by == nil {
		a.by = map[hop]absence{}
	}
	if _, known := a.by[h]; !known && len(a.by) >= maxAbsent {
		a.drop(now)
	}
	a.by[h] = x
}

// drop forgets who has been back for long, or else anybody. The lock is held.
func (a *absent) drop(now time.Time) {
	for h, x := range a.by {
		if now.Sub(x.until) > longestAbsence {
			delete(a.by, h)
		}
	}
	for h := range a.by {
		if len(a.by) < maxAbsent {
			break
		}
		delete(a.by, h)
	}
}

// answered tells that a host is there.
func (a *absent) answered(transport string, at netip.AddrPort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.by, hop{transport, at})
}
