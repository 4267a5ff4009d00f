package httpapi

import (
	"net"
	"net/netip"
	"sync"
)

const (
	mostConns = 2048
	connsEach = 256 // of one address (an IPv6 /64 is one) other than this machine's; a company behind one address has many browsers
	connsHere = 256 // more for this machine: probes, and a proxy on it, get in while strangers hold all others
)

// crowd is a listener that bounds how many connections are open, together and by address: whoever opens more is cut off at
// once, so that one client cannot use up the files of the process by opening connections and saying nothing.
type crowd struct {
	net.Listener

	most, each int

	mu   sync.Mutex
	open int
	by   map[netip.Addr]int
}

func newCrowd(l net.Listener, most, each int) *crowd {
	return &crowd{Listener: l, most: most, each: each, by: map[netip.Addr]int{}}
}

// Accept returns the next connection within the bounds.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if leave, ok := c.enter(conn.RemoteAddr()); ok {
			return &visitor{conn, sync.OnceFunc(leave)}, nil
		}
		_ = conn.Close()
	}
}

func (c *crowd) enter(a net.Addr) (leave func(), ok bool) {
	var ip netip.Addr
	if t, is := a.(*net.TCPAddr); is {
		ip = oneHost(t.AddrPort().Addr().Unmap())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ip.IsLoopback() {
		if c.open >= c.most+connsHere {
			return nil, false
		}
	} else if c.open >= c.most || c.by[ip] >= c.each {
		return nil, false
	}
	c.open++
	c.by[ip]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open--
		if c.by[ip]--; c.by[ip] <= 0 {
			delete(c.by, ip)
		}
	}, true
}

// oneHost is what counts as one address: an IPv4 address, or the first of the IPv6 /64 that somebody has as a whole.
func oneHost(ip netip.Addr) netip.Addr {
	if !ip.Is6() || ip.IsLoopback() {
		return ip
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return p.Addr()
}

// visitor is a connection that is counted until it is closed.
type visitor struct {
	net.Conn

	leave func()
}

// Close closes the connection.
func (v *visitor) Close() error {
	v.leave()
	return v.Conn.Close()
}
