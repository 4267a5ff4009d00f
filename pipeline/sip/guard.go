package sip

import (
	"cmp"
	"hash/maphash"
	"math"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// GuardConfig bounds what strangers may do: hosts that are neither in an allowed network nor a registrar nor dialled by this
// side nor this machine. The zero value of each field is its default.
type GuardConfig struct {
	Off       bool
	Rate      int           // messages a second of one address in the long run; 0 = 20
	Burst     int           // messages of one address that may come at once; 0 = 60
	Newcomers int           // messages a second of all addresses together without a right password lately; 0 = 200
	Dialogs   int           // calls of one address at once; 0 = 20
	Strikes   int           // offences within the window that ban an address; 0 = 10
	Window    time.Duration // half of the offences are forgotten in this time; 0 = 1 min
	Ban       time.Duration // of the first time, doubled with each further one; 0 = 10 min
	Longest   time.Duration // longest ban, and how long an address is remembered; 0 = 24 h
	Loopback  bool          // this machine is a stranger too, for tests
}

func (c GuardConfig) complete() GuardConfig {
	c.Rate, c.Burst, c.Newcomers = cmp.Or(c.Rate, 20), cmp.Or(c.Burst, 60), cmp.Or(c.Newcomers, 200)
	c.Dialogs, c.Strikes = cmp.Or(c.Dialogs, 20), cmp.Or(c.Strikes, 10)
	c.Window, c.Ban, c.Longest = cmp.Or(c.Window, time.Minute), cmp.Or(c.Ban, 10*time.Minute), cmp.Or(c.Longest, 24*time.Hour)
	c.Longest = max(c.Longest, c.Ban)
	return c
}

// Ban is an address that is not heard.
type Ban struct {
	Address string // an IPv4 address, or the first of an IPv6 /64
	Since   time.Time
	Until   time.Time
	Why     string // the last offence
	Times   int    // how often it was banned
}

// The reasons why a message is dropped.
const (
	forForeign = iota // from a network that may not call
	forBan
	forRate
	forCrowd // too many newcomers
	forScanner
	forNoise // neither SIP nor anything else
	reasons
)

var reasonNames = [reasons]string{"foreign", "banned", "rate", "newcomers", "scanner", "noise"}

// offence is something no well-meant caller does often.
type offence struct {
	points float64
	why    string
	// proven: the sender is where it says it is, since it answered something sent there or speaks TCP. What is not proven
	// cannot ban an address that has shown a right password, or anybody could silence it in its name.
	proven bool
}

// maxStrangers bounds how many addresses are remembered.
const maxStrangers = 16384

// manyUsers is how many users one address may ask for without ever showing a right password.
const manyUsers = 5

// guard keeps count of strangers. It is safe for concurrent use.
type guard struct {
	cfg     GuardConfig
	seed    maphash.Seed
	dropped [reasons]atomic.Uint64

	mu    sync.Mutex
	by    map[netip.Prefix]*stranger
	crowd bucket // of all newcomers
}

type bucket struct {
	left float64
	at   time.Time
}

// take takes one of what fills up with rate a second to at most burst.
func (b *bucket) take(now time.Time, rate, burst float64) bool {
	if b.at.IsZero() {
		b.left = burst
	} else {
		b.left = min(burst, b.left+now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// stranger is what is known of one address.
type stranger struct {
	messages bucket
	score    float64
	scored   time.Time
	since    time.Time // of the ban
	until    time.Time
	times    int
	why      string
	good     time.Time // last right password
	dialogs  int
	asked    []uint64 // hashes of users that were asked for since
}

func newGuard(cfg GuardConfig) *guard {
	return &guard{cfg: cfg, seed: maphash.MakeSeed(), by: map[netip.Prefix]*stranger{}}
}

// netOf returns what counts as one address: an IPv4 address or an IPv6 /64.
func netOf(ip netip.Addr) netip.Prefix {
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.WithZone("").Prefix(bits) // the zero prefix for none
	return p
}

// get returns what is known of an address; the lock is held.
func (g *guard) get(ip netip.Addr, now time.Time) *stranger {
	key := netOf(ip)
	st := g.by[key]
	if st == nil {
		if len(g.by) >= maxStrangers {
			g.sweep(now)
		}
		st = &stranger{scored: now}
		g.by[key] = st
	}
	return st
}

// sweep makes room: first those with nothing to remember go, then any that are neither banned nor good nor in a call.
func (g *guard) sweep(now time.Time) {
	for k, st := range g.by {
		if st.dialogs == 0 && now.After(st.until) && st.times == 0 && g.decayed(st, now) < 0.5 && now.Sub(st.good) > g.cfg.Longest && now.Sub(st.messages.at) > time.Second {
			delete(g.by, k)
		}
	}
	for k, st := range g.by {
		if len(g.by) < maxStrangers*15/16 {
			return
		}
		if st.dialogs == 0 && now.After(st.until) && now.Sub(st.good) > g.cfg.Longest {
			delete(g.by, k)
		}
	}
	for k, st := range g.by { // thousands of bans at once: the map stays bounded all the same
		if len(g.by) < maxStrangers*15/16 {
			return
		}
		if st.dialogs == 0 {
			delete(g.by, k)
		}
	}
}

// decayed is the score of now.
func (g *guard) decayed(st *stranger, now time.Time) float64 {
	return st.score * math.Exp2(-now.Sub(st.scored).Seconds()/g.cfg.Window.Seconds())
}

// hears tells whether a message of a stranger is read; reliable says that it came over a connection.
func (g *guard) hears(ip netip.Addr, reliable bool, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.get(ip, now)
	switch {
	case now.Before(st.until):
		g.dropped[forBan].Add(1)
		return false
	case !st.messages.take(now, float64(g.cfg.Rate), float64(g.cfg.Burst)):
		g.dropped[forRate].Add(1)
		g.strike(st, offence{0.01, "too many messages", reliable}, now)
		return false
	case st.dialogs == 0 && now.Sub(st.good) > g.cfg.Longest && !g.crowd.take(now, float64(g.cfg.Newcomers), 2*float64(g.cfg.Newcomers)):
		g.dropped[forCrowd].Add(1)
		return false
	}
	return true
}

// banned tells whether an address is not heard now.
func (g *guard) banned(ip netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.by[netOf(ip)]
	return st != nil && now.Before(st.until)
}

// offend notes an offence.
func (g *guard) offend(ip netip.Addr, o offence, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.strike(g.get(ip, now), o, now)
}

// strike notes an offence and bans who has too many; the lock is held.
func (g *guard) strike(st *stranger, o offence, now time.Time) {
	if !o.proven && (st.dialogs > 0 || now.Sub(st.good) <= g.cfg.Longest) {
		return
	}
	st.score, st.scored = g.decayed(st, now)+o.points, now
	if st.score < float64(g.cfg.Strikes) || now.Before(st.until) {
		return
	}
	if now.Sub(st.until) > g.cfg.Longest { // it was good for long
		st.times = 0
	}
	length := g.cfg.Ban << min(st.times, 20)
	if length > g.cfg.Longest || length <= 0 {
		length = g.cfg.Longest
	}
	st.times++
	st.since, st.until, st.why, st.score, st.good, st.asked = now, now.Add(length), o.why, 0, time.Time{}, nil
}

// asks notes that an address asks for a user without a right password.
func (g *guard) asks(ip netip.Addr, user string, reliable bool, now time.Time) {
	h := maphash.String(g.seed, user)
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.get(ip, now)
	if slices.Contains(st.asked, h) {
		return
	}
	if len(st.asked) < 4*manyUsers {
		st.asked = append(st.asked, h)
	}
	if len(st.asked) > manyUsers {
		g.strike(st, offence{1, "asks for many users", reliable}, now)
	}
}

// praise notes a right password: all is forgotten.
func (g *guard) praise(ip netip.Addr, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.get(ip, now)
	st.good, st.score, st.asked = now, 0, nil
}

// enter counts a call of an address; false when it has too many. leave gives it back and may be called more than once.
func (g *guard) enter(ip netip.Addr, now time.Time) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.get(ip, now)
	if st.dialogs >= g.cfg.Dialogs {
		return nil, false
	}
	st.dialogs++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		st.dialogs--
	}), true
}

// bans lists the addresses that are not heard, the longest first.
func (g *guard) bans(now time.Time) []Ban {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := []Ban{}
	for k, st := range g.by {
		if now.Before(st.until) {
			out = append(out, Ban{Address: k.Addr().String(), Since: st.since, Until: st.until, Why: st.why, Times: st.times})
		}
	}
	slices.SortFunc(out, func(a, b Ban) int { return cmp.Or(b.Until.Compare(a.Until), cmp.Compare(a.Address, b.Address)) })
	return out
}

// lift ends a ban; false when there is none.
func (g *guard) lift(ip netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.by[netOf(ip)]
	if st == nil || !now.Before(st.until) {
		return false
	}
	st.until, st.score, st.times = now, 0, 0
	return true
}

// Bans lists the addresses that are not heard now.
func (s *Server) Bans() []Ban { return s.gate.guard.bans(time.Now()) }

// Lift ends the ban of an address; false when there is none.
func (s *Server) Lift(ip netip.Addr) bool { return s.gate.guard.lift(ip.Unmap(), time.Now()) }

// Dropped counts the messages that got no answer, by reason: foreign, banned, rate, newcomers, scanner, noise.
func (s *Server) Dropped() map[string]uint64 {
	out := map[string]uint64{}
	for i, n := range reasonNames {
		out[n] = s.gate.guard.dropped[i].Load()
	}
	return out
}

// offend notes an offence of whoever sent a request, if it is a stranger.
func (s *Server) offend(req messageSource, o offence) {
	ip := sourceIP(req.Source())
	o.proven = o.proven || reliable(req.Transport())
	if s.gate.stranger(ip) {
		s.gate.guard.offend(ip, o, time.Now())
	}
}

// messageSource is what a message says about where it came from.
type messageSource interface {
	Source() string
	Transport() string
}

func reliable(transport string) bool { return transport != "UDP" && transport != "udp" }
