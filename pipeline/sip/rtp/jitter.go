package rtp

import "time"

// jitter measures how unevenly packets arrive.
type jitter struct {
	mean    time.Duration // RFC 3550, 6.4.1
	target  time.Duration // delay wanted at the next start
	first   bool
	last    time.Duration // transit time of the last packet, against an arbitrary zero
	least   time.Duration // smallest transit time lately
	leastAt time.Time
	peak    time.Duration // largest excess over least, decaying
	zero    time.Time
	ts0     uint32
	n       int
}

// reset keeps what was learnt about the line and forgets the source.
func (j *jitter) reset() { j.first = false }

func (j *jitter) add(at time.Time, ts uint32, clock int) {
	if clock <= 0 {
		return
	}
	if !j.first {
		j.first, j.zero, j.ts0, j.last, j.least, j.leastAt = true, at, ts, 0, 0, at
		return
	}
	sent := time.Duration(int32(ts-j.ts0)) * time.Second / time.Duration(clock) //nolint:gosec // wrap-around is meant
	transit := at.Sub(j.zero) - sent
	d := transit - j.last
	j.last = transit
	if d > time.Second || d < -time.Second { // the clock of the source jumped
		j.zero, j.ts0, j.last, j.least, j.leastAt = at, ts, 0, 0, at
		return
	}
	j.mean += (d.Abs() - j.mean) / 16
	if transit < j.least || at.Sub(j.leastAt) > 10*time.Second { // follow a drifting clock
		j.least, j.leastAt = transit, at
	}
	j.peak = max(transit-j.least, j.peak-j.peak/256)
	if j.n++; j.n >= 25 {
		j.target = j.peak
	}
}

// delay returns how much sound to hold back before playing starts.
func (j *jitter) delay() time.Duration { return max(minDelay, min(j.target+minDelay/2, MaxDelay)) }
