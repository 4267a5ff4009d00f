package webrtc

import (
	"net/netip"
	"sync"
	"time"
)

const maxKnown = 10000 // addresses remembered for the rate

// caps count calls, all together and by address. They are safe for concurrent use.
type caps struct {
	all, each, rate int

	mu    sync.Mutex
	calls int
	by    map[netip.Prefix]*visits
}

// visits are the calls of one address: those that run, and an allowance of new ones that fills up with time.
type visits struct {
	calls int
	left  float64
	at    time.Time
}

func newCaps(c Config) *caps {
	return &caps{all: c.MaxCalls, each: c.PerAddress, rate: c.PerMinute, by: map[netip.Prefix]*visits{}}
}

// denial says which cap was met: 429 for those of the address, 503 for that of all.
type denial struct {
	status int
	reason string
	retry  time.Duration
}

// take reserves a call for an address; leave gives it back and may be called more than once.
func (c *caps) take(a netip.Addr, now time.Time) (leave func(), d *denial) {
	key := keyOf(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls >= c.all {
		return nil, &denial{503, "all lines are busy", 15 * time.Second}
	}
	v := c.by[key]
	if v == nil {
		if len(c.by) >= maxKnown && !c.sweep(now) {
			return nil, &denial{503, "all lines are busy", 15 * time.Second}
		}
		v = &visits{left: float64(c.rate), at: now}
		c.by[key] = v
	}
	v.left = min(float64(c.rate), v.left+now.Sub(v.at).Minutes()*float64(c.rate))
	v.at = now
	if v.calls >= c.each {
		return nil, &denial{429, "this address has a call already", 10 * time.Second}
	}
	if v.left < 1 {
		wait := time.Duration((1 - v.left) / float64(c.rate) * float64(time.Minute))
		return nil, &denial{429, "too many calls from this address", wait}
	}
	v.left--
	v.calls++
	c.calls++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		v.calls--
		c.calls--
	}), nil
}

// sweep forgets addresses without calls whose allowance is full again; false when there is none.
func (c *caps) sweep(now time.Time) bool {
	for k, v := range c.by {
		if v.calls == 0 && now.Sub(v.at) > time.Minute {
			delete(c.by, k)
		}
	}
	return len(c.by) < maxKnown
}

// keyOf returns what counts as one address: an IPv4 address or an IPv6 /64.
func keyOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero prefix for an unknown address
	return p
}
