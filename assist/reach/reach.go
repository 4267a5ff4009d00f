// Package reach is how Parley asks other servers by HTTP: only those an operator named, never an address inside the own
// network unless that was allowed, without following redirects, and not at all for a while after it failed. The address
// is checked when the connection is made, so a name that changes its address in between leads nowhere new.
package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Errors callers branch on.
var (
	// ErrForbidden means the address may not be reached.
	ErrForbidden = errors.New("reach: this address is not allowed")
	// ErrResting means the server failed a moment ago and is left alone.
	ErrResting = errors.New("reach: the server is left alone after failures")
)

// Options say what may be reached.
type Options struct {
	Timeout time.Duration // of a whole exchange, 0 = 10 s
	// Networks are addresses inside the own network that may be reached; loopback, private and link-local ones are
	// refused otherwise.
	Networks []netip.Prefix
	// Hosts are the only names that may be asked; nil = whatever the caller builds requests for.
	Hosts []string
}

// Client returns an HTTP client that keeps to the options. Close its idle connections when done.
func Client(o Options) *http.Client {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	d := &net.Dialer{Timeout: o.Timeout, ControlContext: func(_ context.Context, _, addr string, _ syscall.RawConn) error { return o.check(addr) }}
	t := &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout, MaxIdleConns: 16, MaxIdleConnsPerHost: 2,
		IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true, // and no proxy: it would resolve names itself
	}
	return &http.Client{
		Timeout: o.Timeout, Transport: named{t, o.Hosts},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// check is asked with the address that is about to be connected.
func (o Options) check(addr string) error {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrForbidden, addr)
	}
	ip := ap.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(o.Networks, func(p netip.Prefix) bool { return p.Contains(ip) }) || public(ip) {
		return nil
	}
	return fmt.Errorf("%w: %s is inside the own network", ErrForbidden, ip)
}

// inside lists what is not the public internet beyond what netip knows.
func inside() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32", // what the machines of a large cloud ask about themselves
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(inside(), func(p netip.Prefix) bool { return p.Contains(ip) })
}

// named refuses other names.
type named struct {
	t     *http.Transport
	hosts []string
}

// RoundTrip is for http.RoundTripper.
func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.hosts != nil && !slices.ContainsFunc(n.hosts, func(h string) bool { return strings.EqualFold(h, r.URL.Hostname()) || strings.EqualFold(h, r.URL.Host) }) {
		return nil, fmt.Errorf("%w: %s is not in the list", ErrForbidden, r.URL.Host)
	}
	res, err := n.t.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", r.URL.Host, err)
	}
	return res, nil
}

// CloseIdleConnections is for http.Client.
func (n named) CloseIdleConnections() { n.t.CloseIdleConnections() }

// Target checks an address an operator wrote: http or https, a host, no user.
func Target(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("%w: not an address", ErrForbidden)
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("%w: write it as https://host/path", ErrForbidden)
	}
	return nil
}

// Breaker leaves a failing server alone: after three failures in a row it rests for half a minute, then one request
// tries. The zero value is ready; all methods may be called from any goroutine.
type Breaker struct {
	Now func() time.Time // nil = time.Now

	mu     sync.Mutex
	failed int
	until  time.Time
}

const (
	mostFailures = 3
	rest         = 30 * time.Second
)

func (b *Breaker) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// Allow reports whether the server may be asked now. Whoever asks it tells Result.
func (b *Breaker) Allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < mostFailures {
		return true
	}
	if b.now().Before(b.until) {
		return false
	}
	b.until = b.now().Add(rest) // this one tries, others wait for what becomes of it
	return true
}

// Resting reports whether the server has failed so often that it is left alone, but for a try now and then.
func (b *Breaker) Resting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed >= mostFailures
}

// Result tells how a request went. Who asked having lost interest is no failure of the server.
func (b *Breaker) Result(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.failed = 0
	case errors.Is(err, context.Canceled):
	default:
		b.failed++
		b.until = b.now().Add(rest)
	}
}

// Do runs f unless the server rests, then it is ErrResting. An error of f is a failure, unless ctx ended first.
func (b *Breaker) Do(ctx context.Context, f func(context.Context) error) error {
	if !b.Allow() {
		return ErrResting
	}
	err := f(ctx)
	if err == nil || ctx.Err() == nil {
		b.Result(err)
	}
	return err
}
