package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// How long the next host of a name waits for the one before it (RFC 3263, section 4.3).
const (
	silentWait = 3 * time.Second  // where nothing comes back
	tryingWait = 20 * time.Second // where it says that it tries: networks of mobile telephones take long to find one
)

// errSilent means that a host has not rung the telephone in the time there is for it.
var errSilent = errors.New("the host has not rung the telephone in time")

// notReached is why a call did not get to where it could be answered.
type notReached struct{ error }

func (e notReached) Unwrap() error { return e.error }

// outgoing is a call that is to be placed.
type outgoing struct {
	uri       string
	to        sip.Uri
	hop       sip.Uri  // where it goes first
	routes    []string // by which proxies, hop being the first
	transport string
	opt       DialOptions
	leave     func()
}

// dialHosts calls one host after the other until one has taken the call on, whatever becomes of it there.
func (s *Server) dialHosts(ctx context.Context, o outgoing, at []netip.AddrPort) (l *Leg, err error) {
	for i, host := range s.absent.order(o.transport, at, time.Now()) {
		var next bool
		if l, next, err = s.tryHost(ctx, o, host, i+1 < len(at)); err == nil || !next || ctx.Err() != nil {
			return l, err
		}
		s.log.Warn("a host does not take a call", "host", host, "tried", i+1, "of", len(at), "err", err)
	}
	return nil, err
}

// tryHost calls one host. If it fails, next tells whether another may be called: the next one is for requests that got nowhere
// (RFC 3263, section 4.3), and a call whose telephone has rung (180), or is in a queue (182), got there. Whoever is called would
// take a second ring for a second call. Other reports on the way, as 183 is, tell nobody of the call.
func (s *Server) tryHost(ctx context.Context, o outgoing, at netip.AddrPort, more bool) (l *Leg, next bool, err error) {
	heard, rang, told := false, false, o.opt.OnProgress
	late := func(time.Duration) {}
	given := ctx
	if more {
		limited, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		ctx = limited
		t := time.AfterFunc(s.silentWait, func() { cancel(errSilent) })
		defer t.Stop()
		late = func(d time.Duration) {
			if t.Stop() && d > 0 {
				t.Reset(d)
			}
		}
	}
	o.opt.OnProgress = func(status int) { // on this goroutine
		switch {
		case status > 100:
			heard, rang = true, rang || status == 180 || status == 182
			late(0)
		case !heard:
			heard = true
			late(s.tryingWait)
		}
		if told != nil {
			told(status)
		}
	}
	s.absent.try(o.transport, at, time.Now())
	l, err = s.dialAt(ctx, o, at)
	var refused *StatusError
	var unreached notReached
	switch {
	case errors.As(err, &refused):
		s.refusedBy(o.transport, at, refused)
		next = refused.Code == 503
	case err == nil || heard:
		s.absent.answered(o.transport, at)
		next = errors.As(err, &unreached)
	case errors.As(err, &unreached):
		next = true
		if given.Err() == nil { // else whoever calls has given it up, which says nothing about the host
			s.absent.missed(o.transport, at, 0, time.Now())
		}
	}
	return l, next && !rang, err
}

// refusedBy notes that a host is there. One that has no service for a time is left alone for so long (RFC 3261, section 21.5.4).
func (s *Server) refusedBy(transport string, at netip.AddrPort, st *StatusError) {
	if st.Code == 503 && st.RetryAfter > 0 {
		s.absent.missed(transport, at, st.RetryAfter, time.Now())
		return
	}
	s.absent.answered(transport, at)
}

// reach sees to a connection to a host of a URI: the library would not give up in time, would read whatever comes by it, and over TLS
// it would look the name up again, for which the certificate must be, and take the first of its hosts.
func (s *Server) reach(ctx context.Context, to *sip.Uri, transport string, at netip.AddrPort) error {
	name, o := strings.Trim(to.Host, "[]"), s.opened[transport]
	if o == nil || s.connected(transport, at.String()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	plain := s.dialer(nil)
	dial := plain.DialContext
	if transport == "TLS" {
		d := tls.Dialer{NetDialer: &plain, Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.cfg.Roots, ServerName: name}}
		dial = d.DialContext
	}
	c, err := dial(ctx, "tcp", at.String())
	if err == nil {
		ip := at.Addr().Unmap()
		err = o.give(ctx, &framedConn{Conn: c, ip: ip, gate: s.gate, parser: s.parser, spoken: true, left: func() {}})
	}
	if err != nil {
		return notReached{fmt.Errorf("connect to %s at %s: %w", name, at, err)}
	}
	return nil
}

// opened hands connections that this side opened to the library, which reads them like those it accepted.
type opened struct {
	conns  chan handed
	closed chan struct{}
	last   chan struct{} // of the one handed over last; used by the goroutine of Accept
}

type handed struct {
	net.Conn
	taken chan struct{} // closed once the library knows it
}

func newOpened() *opened { return &opened{conns: make(chan handed), closed: make(chan struct{})} }

// give returns when the library has taken a connection over; after an error it is closed.
func (o *opened) give(ctx context.Context, c net.Conn) error {
	h := handed{c, make(chan struct{})}
	select {
	case o.conns <- h:
	case <-o.closed:
		_ = c.Close()
		return ErrClosed
	case <-ctx.Done():
		_ = c.Close()
		return context.Cause(ctx)
	}
	select {
	case <-h.taken:
		return nil
	case <-o.closed:
		return ErrClosed
	}
}

// Accept returns the next connection. That it is called again shows that the library has taken the one before.
func (o *opened) Accept() (net.Conn, error) {
	if o.last != nil {
		close(o.last)
		o.last = nil
	}
	select {
	case h := <-o.conns:
		o.last = h.taken
		return h.Conn, nil
	case <-o.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. It must be called once.
func (o *opened) Close() error {
	close(o.closed)
	return nil
}

// Addr is no address: nothing is listened on.
func (o *opened) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }
