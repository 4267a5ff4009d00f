package sip

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The way to a registrar is kept open, since it sends calls by it (RFC 5626, sections 4.4 and 4.5).
const (
	flowCheck  = 5 * time.Second  // how often it is seen whether the connection is there
	flowPing   = 25 * time.Second // how often an address translator is reminded of a way by UDP
	firstAfter = 2 * time.Second  // wait before registering again by a new connection, doubled while they do not last
	lastAfter  = 10 * time.Minute
	flowLasts  = 5 * time.Minute // how long a connection lasts at a registrar that means to keep it
)

// flow is the way to a registrar. It is used by the goroutine of the registration.
type flow struct {
	open  bool // there was a connection when it answered
	since time.Time
	after time.Duration // next wait
}

// rest waits until it is time to register again and reports false when ctx has ended. on tells that there is a registration.
func (g *registrar) rest(ctx context.Context, pause time.Duration, on bool) bool {
	end := time.NewTimer(pause)
	defer end.Stop()
	check := time.NewTicker(g.s.cfg.flowCheck)
	defer check.Stop()
	ping := time.NewTimer(g.pingAfter())
	defer ping.Stop()
	g.flow.began(on && sip.IsReliable(g.d.transport) && g.s.connected(g.d.transport, g.last.String()), time.Now())
	until := time.Now().Add(pause)
	for {
		select {
		case <-end.C:
			return true
		case <-ctx.Done():
			return false
		case <-check.C:
			if g.flow.open && !g.s.connected(g.d.transport, g.last.String()) {
				wait := g.flow.lost(time.Now())
				g.s.log.Info("the connection to a registrar is gone; it is registered again", "server", g.r.Server, "after", wait)
				end.Reset(min(wait, time.Until(until)))
			}
		case <-ping.C:
			ping.Reset(g.pingAfter())
			if on && g.d.transport == "UDP" {
				_, _ = g.s.udp.WriteTo([]byte("\r\n\r\n"), net.UDPAddrFromAddrPort(g.last)) // if it does not arrive, the next one does
			}
		}
	}
}

func (g *registrar) pingAfter() time.Duration {
	return g.s.cfg.flowPing*4/5 + rand.N(g.s.cfg.flowPing/5) //nolint:gosec // no secret
}

// began notes whether there is a connection.
func (f *flow) began(open bool, now time.Time) {
	if open && !f.open {
		f.since = now
	}
	f.open = open
}

// lost notes that the connection is gone, and returns how long to wait before there is another: longer each time at a registrar
// that does not mean to keep any.
func (f *flow) lost(now time.Time) (wait time.Duration) {
	if now.Sub(f.since) >= flowLasts {
		f.after = 0
	}
	f.open, f.after = false, min(max(firstAfter, 2*f.after), lastAfter)
	return f.after/2 + rand.N(f.after/2) //nolint:gosec // no secret
}
