package sip

import "time"

// epoch is what moments in atomic numbers are counted from: unlike the time of day, the difference to it does not change
// when somebody sets the clock.
var epoch = time.Now() //nolint:gochecknoglobals // constant

// sinceEpoch is t, which must come from time.Now, as such a number, never 0.
func sinceEpoch(t time.Time) int64 { return max(1, int64(t.Sub(epoch))) }

// atEpoch is the moment of such a number.
func atEpoch(n int64) time.Time { return epoch.Add(time.Duration(n)) }

// keep starts the housekeeping of an established call: reports, timeouts, session timer.
func (l *Leg) keep() {
	l.heldNano.Store(sinceEpoch(time.Now()))
	l.mu.Lock()
	over := l.over
	if !over { // under the lock of end, whose Wait comes after it
		l.wg.Add(1)
	}
	l.mu.Unlock()
	if over {
		return
	}
	// Ends with the leg's context.
	go func() {
		defer l.wg.Done()
		t := time.NewTicker(250 * time.Millisecond)
		defer t.Stop()
		nextReport := time.Now().Add(2500 * time.Millisecond)
		for {
			select {
			case <-l.ctx.Done():
				return
			case now := <-t.C:
				if now.After(nextReport) {
					l.m.sendReport(now)
					nextReport = now.Add(5 * time.Second)
				}
				l.checkMedia(now)
				l.checkSession(now)
			}
		}
	}()
}

// checkMedia ends a call whose far side has fallen silent on the wire.
func (l *Leg) checkMedia(now time.Time) {
	l.mu.Lock()
	// A far side that puts its caller through may stop to send before it hangs up.
	frozen := l.heldBy || l.wantHold || l.refer != nil || (l.far != nil && !l.far.Direction.Sends())
	l.mu.Unlock()
	if frozen {
		l.heldNano.Store(sinceEpoch(now))
		return
	}
	limit, last := l.s.cfg.RTPTimeout, l.m.lastIn.Load()
	if last == 0 {
		limit = l.s.cfg.RTPFirst
	}
	since := atEpoch(max(last, l.heldNano.Load()))
	if limit > 0 && now.Sub(since) > limit {
		l.log.Info("no media", "for", now.Sub(since).Round(time.Second))
		l.end("", "rtp-timeout", true)
	}
}

// Stats are figures about the media of a leg.
type Stats struct {
	Packets, Lost, Late, Duplicate, Dropped, Invalid uint64 // received
	Concealed                                        uint64 // frames of 20 ms that were made up
	Sent                                             uint64
	JitterMS, DelayMS, RoundTripMS                   float64
}

// Stats returns the figures so far.
func (l *Leg) Stats() Stats {
	m := l.m
	m.mu.Lock()
	defer m.mu.Unlock()
	st := Stats{Invalid: m.invalid.Load(), Sent: uint64(m.out.packets), Concealed: m.in.hidden, RoundTripMS: ms(m.rtt)}
	if m.in.buf != nil {
		c := m.in.buf.Counters()
		st.Packets, st.Lost, st.Late, st.Duplicate, st.Dropped = c.Received, c.Lost, c.Late, c.Duplicate, c.Dropped
		st.JitterMS, st.DelayMS = ms(c.Jitter), ms(c.Delay)
		st.Invalid += m.in.badCount
	}
	return st
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
