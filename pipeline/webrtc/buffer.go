package webrtc

import (
	"slices"
	"time"
)

// Limits of the jitter buffer.
const (
	tick     = 20 * time.Millisecond
	minHold  = 20 * time.Millisecond  // held back on a line without jitter
	maxHold  = 200 * time.Millisecond // the most that is held back on purpose
	overflow = 400 * time.Millisecond // backlog beyond which even speech is dropped
	settle   = 4 * time.Second        // over which spare delay is judged
	calm     = 10 * time.Second       // without trouble before less is held back
	maxQueue = 128                    // packets
	restart  = 500                    // a larger step of the sequence number is a new stream
)

// packet is one packet of sound.
type packet struct {
	ext     int64 // sequence number without wrap-around
	ts      uint32
	payload []byte
	at      time.Time // of arrival
	dur     time.Duration
}

type outcome int

// What pop can find.
const (
	empty outcome = iota // nothing to play: the buffer fills, or the far side is silent
	play
	lost // a packet that did not come while later ones did; the packet holds the one after it, for its redundancy
	dry  // nothing came in time; what comes later is played later
)

// buffer puts packets back in order and in time. How much it holds back follows the line: a packet that came too late
// raises it by a step, ten calm seconds lower it. It is not safe for concurrent use.
type buffer struct {
	queue   []packet // sorted by ext
	next    int64    // to play
	high    int64    // highest seen
	known   bool
	playing bool
	hold    time.Duration
	dries   int // in a row
	lastDur time.Duration
	lastTS  uint32 // of the last packet played
	lastExt int64
	trouble time.Time // when a packet last came too late

	least      time.Duration // smallest backlog since leastSince
	leastSince time.Time
	excess     time.Duration // backlog that was never needed lately

	mean                           time.Duration // RFC 3550 jitter
	transit                        time.Duration
	first                          time.Time
	firstTS                        uint32
	received, missing, late, twice uint64
	dropped                        uint64
}

func newBuffer() *buffer { return &buffer{hold: 2 * minHold, lastDur: tick} }

// push takes a packet; its payload is kept.
func (b *buffer) push(seq uint16, p packet) {
	b.received++
	if !b.known {
		b.begin(seq, p)
	}
	step := int64(int16(seq - uint16(b.high))) //nolint:gosec // wrap-around is meant
	if step > restart || step < -restart {
		b.queue, b.playing = b.queue[:0], false
		b.begin(seq, p)
		step = 0
	}
	p.ext = b.high + step
	b.high = max(b.high, p.ext)
	if p.dur > 0 { // packets without sound repeat their timestamps
		b.measure(p)
	}
	if p.ext < b.next {
		if b.playing {
			b.late++
			b.raise(p.at)
			return
		}
		b.next = p.ext
	}
	i, found := slices.BinarySearchFunc(b.queue, p.ext, func(q packet, ext int64) int { return int(q.ext - ext) })
	if found {
		b.twice++
		return
	}
	b.notice(p)
	b.queue = slices.Insert(b.queue, i, p)
	if p.dur > 0 {
		b.lastDur = p.dur
	}
	if len(b.queue) > maxQueue {
		b.drop()
	}
}

func (b *buffer) begin(seq uint16, p packet) {
	b.known, b.high, b.next = true, 1<<32+int64(seq), 1<<32+int64(seq)
	b.first, b.firstTS, b.transit, b.trouble = p.at, p.ts, 0, p.at
}

// notice raises the delay when a packet that playing ran dry for arrives: it was late, not left out by the sender.
func (b *buffer) notice(p packet) {
	if b.dries == 0 || p.ext != b.lastExt+1 {
		return
	}
	if gap := time.Duration(p.ts-b.lastTS) * time.Second / opusClock; gap <= b.lastDur+tick/2 {
		b.raise(p.at)
	}
}

func (b *buffer) raise(at time.Time) {
	b.hold = min(b.hold+tick, maxHold)
	b.trouble, b.leastSince, b.excess = at, time.Time{}, 0
}

func (b *buffer) measure(p packet) {
	sent := time.Duration(int32(p.ts-b.firstTS)) * time.Second / opusClock //nolint:gosec // wrap-around is meant
	transit := p.at.Sub(b.first) - sent
	if d := (transit - b.transit).Abs(); d < time.Second {
		b.mean += (d - b.mean) / 16
	}
	b.transit = transit
}

func (b *buffer) drop() {
	b.next = b.queue[0].ext + 1
	b.queue = slices.Delete(b.queue, 0, 1)
	b.dropped++
}

// backlog returns how much sound waits, gaps included.
func (b *buffer) backlog() time.Duration {
	if len(b.queue) == 0 {
		return 0
	}
	return time.Duration(min(b.queue[len(b.queue)-1].ext-b.next+1, maxQueue)) * b.lastDur
}

// turn begins one reading of 20 ms at now; pending is decoded sound not read yet.
func (b *buffer) turn(now time.Time, pending time.Duration) {
	if !b.playing {
		return
	}
	if now.Sub(b.trouble) > calm && b.hold > minHold {
		b.hold -= tick / 2
		b.trouble = now
	}
	spare := b.backlog() + pending - tick
	if b.leastSince.IsZero() || spare < b.least {
		b.least = spare
	}
	switch {
	case b.leastSince.IsZero():
		b.leastSince = now
	case now.Sub(b.leastSince) >= settle:
		b.excess = b.least - b.hold/2
		b.leastSince = time.Time{}
	}
}

// pop returns what to play next. skippable is true when the packet may be left out if it is quiet, to shorten the delay.
func (b *buffer) pop(now time.Time) (v outcome, p packet, skippable bool) {
	if !b.playing && !b.start(now) {
		return empty, packet{}, false
	}
	b.leap()
	if len(b.queue) == 0 {
		if b.dries++; b.dries > 3 {
			b.playing, b.leastSince = false, time.Time{}
			return empty, packet{}, false
		}
		return dry, packet{dur: tick}, false
	}
	b.dries = 0
	if gap := b.queue[0].ext - b.next; gap > 0 {
		b.missing++
		b.next++
		if gap > 1 {
			return lost, packet{dur: b.lastDur}, false
		}
		return lost, packet{dur: b.lastDur, payload: b.queue[0].payload}, false
	}
	p = b.queue[0]
	b.next, b.lastExt, b.lastTS = p.ext+1, p.ext, p.ts
	b.queue = slices.Delete(b.queue, 0, 1)
	return play, p, p.dur > 0 && b.excess >= p.dur
}

// leap passes over a gap too long to fill, and over what a held up reader left behind.
func (b *buffer) leap() {
	if len(b.queue) > 0 {
		if gap := b.queue[0].ext - b.next; time.Duration(gap)*b.lastDur > maxHold {
			b.missing += uint64(gap) //nolint:gosec // positive
			b.next = b.queue[0].ext
		}
	}
	for b.backlog() > overflow {
		b.drop()
	}
}

// skipped tells that a packet was left out.
func (b *buffer) skipped(d time.Duration) {
	b.excess -= d
	b.dropped++
}

// start decides whether enough waits to begin playing.
func (b *buffer) start(now time.Time) bool {
	if len(b.queue) == 0 || (b.backlog() < b.hold && now.Sub(b.queue[0].at) < b.hold) {
		return false
	}
	if gap := b.queue[0].ext - b.next; gap > 0 {
		b.missing += uint64(gap)
	}
	b.next, b.playing, b.dries = b.queue[0].ext, true, 0
	b.excess, b.leastSince = 0, time.Time{}
	return true
}
