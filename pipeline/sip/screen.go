package sip

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	maxMessage  = 64 << 10         // bytes of one SIP message
	maxConns    = 512              // inbound TCP connections at once
	partialWait = 10 * time.Second // for the rest of a message on TCP
	idleWait    = time.Hour        // between messages on TCP
)

// scanners are words in the User-Agent of programs that look for open PBXs. They get no answer.
var scanners = [...]string{"friendly-scanner", "sipvicious", "sipcli", "sundayddr", "vaxsipuseragent", "sip-scan", "pplsip", "iwar"}

// gate decides which sources are heard. It is safe for concurrent use.
type gate struct {
	allow []netip.Prefix
	open  bool // anyone may knock, since everyone is challenged

	mu      sync.Mutex
	guests  map[netip.Addr]int // hosts this side talks to by its own will
	trusted map[netip.Addr]bool
	dropped atomic.Uint64
}

func newGate(cfg Config) *gate {
	return &gate{allow: cfg.Allow, open: len(cfg.Users) > 0 && len(cfg.Allow) == 0,
		guests: map[netip.Addr]int{}, trusted: map[netip.Addr]bool{}}
}

// admits tells whether messages from a source are read.
func (g *gate) admits(a net.Addr) bool {
	ip := addrOf(a)
	if !ip.IsValid() {
		return false
	}
	if g.open || g.knows(ip) {
		return true
	}
	g.dropped.Add(1)
	return false
}

// knows tells whether a host is allowed by name, not only because everybody may knock.
func (g *gate) knows(ip netip.Addr) bool {
	if ip.IsLoopback() {
		return true
	}
	for _, p := range g.allow {
		if p.Contains(ip) {
			return true
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.guests[ip] > 0 || g.trusted[ip]
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

// guest admits a host until the returned function is called.
func (g *gate) guest(ip netip.Addr) (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guests[ip]++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.guests[ip]--; g.guests[ip] <= 0 {
			delete(g.guests, ip)
		}
	})
}

// trust admits a host for good and exempts it from challenges.
func (g *gate) trust(ip netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trusted[ip] = true
}

func (g *gate) trusts(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trusted[ip]
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
	drop   worth = iota // no answer: a scanner, or no SIP
	broken              // a request that deserves a 400
	fine
)

// judge tells whether one whole message can be handed on: it parses, comes from no scanner, and cannot bring the
// parser down.
func judge(parser *sip.Parser, data []byte) (w worth) {
	defer func() {
		if recover() != nil {
			w = drop
		}
	}()
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	if agent := strings.ToLower(headerValue(head, "user-agent", "")); agent != "" {
		for _, s := range scanners {
			if strings.Contains(agent, s) {
				return drop
			}
		}
	}
	msg, err := parser.ParseSIP(data)
	if err != nil {
		return broken
	}
	// What the transaction layer reads without asking whether it is there.
	_, _, _, _ = msg.From(), msg.To(), msg.CallID(), msg.CSeq()
	if msg.Via() == nil {
		return drop
	}
	return fine
}

// complaint returns a 400 for a request that cannot be parsed, nil when not even an answer can be made.
func complaint(data []byte) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	start, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if !bytes.HasSuffix(start, []byte(" SIP/2.0")) || bytes.HasPrefix(start, []byte("ACK ")) || bytes.HasPrefix(start, []byte("SIP/")) {
		return nil
	}
	out := []byte("SIP/2.0 400 Bad Request\r\n")
	for _, names := range [][2]string{{"via", "v"}, {"from", "f"}, {"to", "t"}, {"call-id", "i"}, {"cseq", ""}} {
		v := headerValue(rest, names[0], names[1])
		if v == "" {
			return nil
		}
		out = append(out, (names[0] + ": " + v + "\r\n")...)
	}
	return append(out, "Content-Length: 0\r\n\r\n"...)
}

// headerValue finds a header in raw text by its lower-case name or compact form.
func headerValue(head []byte, name, compact string) string {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		k, v, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		key := strings.ToLower(strings.TrimSpace(string(k)))
		if key == name || (compact != "" && key == compact) {
			return strings.TrimSpace(string(v))
		}
	}
	return ""
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
		if n <= 4 || !c.gate.admits(addr) {
			continue
		}
		switch judge(c.parser, p[:n]) {
		case fine:
			return n, addr, nil
		case broken:
			if res := complaint(p[:n]); res != nil {
				_, _ = c.WriteTo(res, addr)
			}
		case drop:
		}
	}
}

// screenedTCP is a listener whose connections come from admitted sources and yield only acceptable messages.
type screenedTCP struct {
	net.Listener
	gate   *gate
	parser *sip.Parser
	open   atomic.Int64
}

// Accept returns the next admitted connection.
func (l *screenedTCP) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !l.gate.admits(c.RemoteAddr()) || l.open.Load() >= maxConns {
			_ = c.Close()
			continue
		}
		l.open.Add(1)
		return &framedConn{Conn: c, parser: l.parser, left: sync.OnceFunc(func() { l.open.Add(-1) })}, nil
	}
}

// framedConn cuts a stream into messages and hands on those that are acceptable.
type framedConn struct {
	net.Conn
	parser *sip.Parser
	left   func()
	in     []byte // read and not yet cut
	out    []byte // cut and not yet handed on
}

var errFraming = errors.New("stream of messages lost its boundaries")

// Close closes the connection.
func (c *framedConn) Close() error {
	c.left()
	return c.Conn.Close()
}

// Read returns bytes of whole acceptable messages and of keep-alives.
func (c *framedConn) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		msg, rest, err := cut(c.in)
		if err != nil {
			return 0, err
		}
		if msg != nil {
			c.in = rest
			if len(msg) <= 4 {
				c.out = msg
				continue
			}
			switch judge(c.parser, msg) {
			case fine:
				c.out = msg
			case broken:
				if res := complaint(msg); res != nil {
					_, _ = c.Conn.Write(res)
				}
			case drop:
			}
			continue
		}
		wait := idleWait
		if len(c.in) > 0 {
			wait = partialWait
		}
		if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return 0, err
		}
		buf := make([]byte, 8<<10)
		n, err := c.Conn.Read(buf)
		c.in = append(c.in, buf[:n]...)
		if err != nil {
			if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
				err = io.EOF
			}
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// cut takes the first whole message, or a double CRLF, off a stream. msg is nil when more must be read.
func cut(in []byte) (msg, rest []byte, err error) {
	start := 0
	for start < len(in) && (in[start] == '\r' || in[start] == '\n') {
		start++
	}
	if start >= 4 {
		return []byte("\r\n\r\n"), in[start:], nil
	}
	body := in[start:]
	end := bytes.Index(body, []byte("\r\n\r\n"))
	if end < 0 {
		if len(body) > maxMessage {
			return nil, nil, errFraming
		}
		return nil, in, nil
	}
	length := 0
	if v := headerValue(body[:end], "content-length", "l"); v != "" {
		length, err = strconv.Atoi(v)
		if err != nil || length < 0 || end+4+length > maxMessage {
			return nil, nil, errFraming
		}
	}
	if total := end + 4 + length; len(body) >= total {
		return body[:total:total], body[total:], nil
	}
	return nil, in, nil
}
