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
	transport string
	opt       DialOptions
	leave     func()
}

// dialHosts calls one host after the other until one has taken the call on, whatever becomes of it there.
func (s *Server) dialHosts(ctx context.Context, o outgoing, at []netip.AddrPort) (l *Leg, err error) {
	for i, host := range at {
		var next bool
		if l, next, err = s.tryHost(ctx, o, host, i+1 < len(at)); err == nil || !next || ctx.Err() != nil {
			return l, err
		}
		s.log.Warn("a host does not take a call", "host", host, "tried", i+1, "of", len(at), "err", err)
	}
	return nil, err
}

// tryHost calls one host. If it fails, next tells whether another may be called: it may not once the telephone has rung.
func (s *Server) tryHost(ctx context.Context, o outgoing, at netip.AddrPort, more bool) (l *Leg, next bool, err error) {
	rang, told := false, o.opt.OnProgress
	late := func(time.Duration) {}
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
		if status > 100 {
			rang = true
			late(0)
		} else if !rang {
			late(s.tryingWait)
		}
		if told != nil {
			told(status)
		}
	}
	l, err = s.dialAt(ctx, o, at)
	var refused *StatusError
	var unreached notReached
	next = !rang && (errors.As(err, &unreached) || errors.As(err, &refused) && refused.Code == 503)
	return l, next, err
}

// reach sees to a connection to a host of a URI over TLS, whose certificate must be for the name of the URI: the library would
// look that up again and take the first of its hosts.
func (s *Server) reach(ctx context.Context, to *sip.Uri, transport string, at netip.AddrPort) error {
	name := strings.Trim(to.Host, "[]")
	if _, err := netip.ParseAddr(name); err == nil || transport != "TLS" || s.connected(transport, at.String()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	plain := s.dialer(nil)
	d := tls.Dialer{NetDialer: &plain, Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.cfg.Roots, ServerName: name}}
	c, err := d.DialContext(ctx, "tcp", at.String())
	if err == nil {
		err = s.opened.give(ctx, c)
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
