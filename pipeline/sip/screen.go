package sip

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	maxMessage  = 64 << 10         // bytes of one SIP message
	maxConns    = 512              // inbound TCP connections at once
	connsEach   = 32               // of them, of one stranger
	partialWait = 10 * time.Second // for the rest of a message on TCP
	idleWait    = time.Hour        // between messages on TCP
)

// scanners are words in what a message says about its program or its sender that only programs which look for open PBXs
// use. They get no answer.
var scanners = [...]string{
	"friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sundayddr", "vaxsipuseragent", "vaxasip", "sip-scan", "pplsip", "iwar",
	"siparmyknife", "sivus", "sipptk", "svmap", "svwar", "svcrack", "sipbomber", "siplo", "sipsscuser", "zgrab", "masscan",
}

// gate decides which sources are heard. It is safe for concurrent use.
type gate struct {
	allow    []netip.Prefix
	open     bool // anyone may knock, since everyone is challenged
	off      bool // strangers are not watched
	loopback bool // this machine is a stranger too
	guard    *guard

	mu      sync.Mutex
	guests  map[netip.Addr]int // hosts with a call
	dialled map[netip.Addr]int // those of them that this side called by its own will
	trusted map[netip.Addr]int // hosts of registrars
	kin     map[netip.Addr]int // hosts that a called host says its call goes on at: heard, but for no call of their own
}

func newGate(cfg Config) *gate {
	return &gate{allow: cfg.Allow, open: len(cfg.Users) > 0 && len(cfg.Allow) == 0, off: cfg.Guard.Off, loopback: cfg.Guard.Loopback,
		guard: newGuard(cfg.Guard), guests: map[netip.Addr]int{}, dialled: map[netip.Addr]int{}, trusted: map[netip.Addr]int{}, kin: map[netip.Addr]int{}}
}

// admits tells whether messages from a source are read.
func (g *gate) admits(ip netip.Addr) bool {
	if !ip.IsValid() {
		return false
	}
	if g.open || g.knows(ip) || g.related(ip) {
		return true
	}
	g.guard.dropped[forForeign].Add(1)
	return false
}

// hears tells whether a message that came off the wire is read.
func (g *gate) hears(ip netip.Addr, reliable bool) bool {
	return g.admits(ip) && (!g.stranger(ip) || g.guard.hears(ip, reliable, time.Now()))
}

// knows tells whether a host is allowed by name, not only because everybody may knock.
func (g *gate) knows(ip netip.Addr) bool {
	if ip.IsLoopback() || g.allowed(ip, 0) {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.guests[ip] > 0 || g.trusted[ip] > 0
}

// allowed tells whether a host is in a network of the configuration with at least so many bits.
func (g *gate) allowed(ip netip.Addr, bits int) bool {
	for _, p := range g.allow {
		if p.Bits() >= bits && p.Contains(ip) {
			return true
		}
	}
	return false
}

// stranger tells whether a host is watched: one that is not known by name.
func (g *gate) stranger(ip netip.Addr) bool { return !g.off && ip.IsValid() && !g.named(ip) }

// named tells whether a host is known by name: it is allowed (a network that is everybody names nobody), or a registrar, or
// called by this side, or this machine.
func (g *gate) named(ip netip.Addr) bool {
	if ip.IsLoopback() && !g.loopback || g.allowed(ip, 1) {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dialled[ip] > 0 || g.trusted[ip] > 0
}

// errNotDialled refuses a connection that only a header of a foreign message asks for.
var errNotDialled = errors.New("connections are opened only to allowed hosts")

// control lets a dialer connect only to hosts that are known.
func (g *gate) control(_, address string, _ syscall.RawConn) error {
	if ap, err := netip.ParseAddrPort(address); err != nil || !g.knows(ap.Addr().Unmap()) {
		return errNotDialled
	}
	return nil
}

// guest admits hosts until the returned function is called; dialled says that this side called them.
func (g *gate) guest(hosts []netip.Addr, dialled bool) (leave func()) {
	heard := g.count(g.guests, hosts)
	if !dialled {
		return heard
	}
	known := g.count(g.dialled, hosts)
	return func() { heard(); known() }
}

// relate admits hosts to the calls that there are until the returned function is called.
func (g *gate) relate(hosts []netip.Addr) (leave func()) { return g.count(g.kin, hosts) }

func (g *gate) related(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.kin[ip] > 0
}

// trust admits hosts and exempts them from challenges until the returned function is called.
func (g *gate) trust(hosts []netip.Addr) (leave func()) { return g.count(g.trusted, hosts) }

// count counts hosts in a table until the returned function is called, which may happen more than once.
func (g *gate) count(in map[netip.Addr]int, hosts []netip.Addr) (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, ip := range hosts {
		in[ip]++
	}
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, ip := range hosts {
			if in[ip]--; in[ip] <= 0 {
				delete(in, ip)
			}
		}
	})
}

func (g *gate) trusts(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trusted[ip] > 0
}

// addrOf returns the IP address of a network address, invalid when it has none.
func addrOf(a net.Addr) netip.Addr {
	switch a := a.(type) {
	case *net.UDPAddr:
		return a.AddrPort().Addr().Unmap()
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// verdicts about a message as it came off the wire.
type worth int

const (
	noise   worth = iota // no answer: it is no SIP
	scanner              // no answer, ever
	broken               // a request that deserves a 400
	fine
)

// judge tells whether one whole message can be handed on: it parses, comes from no scanner, and cannot bring the
// parser down.
func judge(parser *sip.Parser, data []byte) (w worth) {
	defer func() {
		if recover() != nil {
			w = noise
		}
	}()
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	for _, h := range [][2]string{{"user-agent", ""}, {"from", "f"}, {"to", "t"}} {
		value := strings.ToLower(headerValue(head, h[0], h[1]))
		if slices.ContainsFunc(scanners[:], func(s string) bool { return strings.Contains(value, s) }) {
			return scanner
		}
	}
	if stray(head) {
		return broken
	}
	msg, err := parser.ParseSIP(data)
	if err != nil {
		return broken
	}
	// What the transaction layer reads without asking whether it is there.
	_, _, _, _ = msg.From(), msg.To(), msg.CallID(), msg.CSeq()
	if msg.Via() == nil {
		return noise
	}
	return fine
}

// screenedUDP is a socket that yields only acceptable messages from admitted sources.
type screenedUDP struct {
	net.PacketConn
	gate   *gate
	parser *sip.Parser
	ready  func() // called at the first read, when the library knows the socket
}

// ReadFrom reads the next acceptable message. It returns an error only when the socket is closed.
func (c *screenedUDP) ReadFrom(p []byte) (int, net.Addr, error) {
	c.ready()
	for {
		n, addr, err := c.PacketConn.ReadFrom(p)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return n, addr, err
			}
			continue // what ICMP says about one peer must not end the socket
		}
		if n <= 4 || !c.gate.hears(addrOf(addr), false) {
			continue
		}
		if msg, ok := c.gate.worth(c.parser, p[:n], addrOf(addr), false, func(res []byte) { _, _ = c.WriteTo(res, addr) }); ok {
			return copy(p, msg), addr, nil
		}
	}
}

// worth tells whether a message of an admitted source is handed on, in a form the library reads and that is no longer than data;
// one that is broken is answered.
func (g *gate) worth(parser *sip.Parser, data []byte, ip netip.Addr, reliable bool, answer func([]byte)) ([]byte, bool) {
	if plain, ok := unfold(data); ok {
		data = plain
	}
	w := judge(parser, data)
	if w == fine {
		return data, true
	}
	o := offence{1, "sends no SIP", reliable}
	switch w {
	case scanner:
		g.guard.dropped[forScanner].Add(1)
		o = offence{float64(g.guard.cfg.Strikes), "is a scanner", reliable}
	case broken:
		o.why = "sends broken SIP"
		if res := complaint(data); res != nil {
			answer(res)
		}
	default:
		g.guard.dropped[forNoise].Add(1)
	}
	if g.stranger(ip) {
		g.guard.offend(ip, o, time.Now())
	}
	return nil, false
}

// screenedTCP is a listener whose connections come from admitted sources and yield only acceptable messages.
type screenedTCP struct {
	net.Listener
	gate   *gate
	parser *sip.Parser
	conf   *tls.Config // nil = no TLS

	mu   sync.Mutex
	open int
	by   map[netip.Addr]int
}

// enter counts a connection of an address; false when there are too many.
func (l *screenedTCP) enter(ip netip.Addr) (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= maxConns || l.gate.stranger(ip) && (l.by[ip] >= connsEach || l.gate.guard.banned(ip, time.Now())) {
		return nil, false
	}
	if l.by == nil {
		l.by = map[netip.Addr]int{}
	}
	l.open++
	l.by[ip]++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.open--
		if l.by[ip]--; l.by[ip] <= 0 {
			delete(l.by, ip)
		}
	}), true
}

// Accept returns the next admitted connection.
func (l *screenedTCP) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		ip := addrOf(c.RemoteAddr())
		leave, ok := func() {}, l.gate.admits(ip)
		if ok {
			leave, ok = l.enter(ip)
		}
		if !ok {
			_ = c.Close()
			continue
		}
		if l.conf != nil {
			c = tls.Server(c, l.conf) // it shakes hands with the first Read, which has a deadline
		}
		return &framedConn{Conn: c, ip: ip, gate: l.gate, parser: l.parser, left: leave}, nil
	}
}
