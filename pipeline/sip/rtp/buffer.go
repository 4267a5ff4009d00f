// Package rtp holds the arithmetic of media packets: the adaptive jitter buffer, telephone events and reception
// reports. It opens no socket and starts no goroutine; a leg feeds it what arrives and asks it what to play.
package rtp

import (
	"slices"
	"time"
)

// Limits of the jitter buffer.
const (
	startDelay = 40 * time.Millisecond  // held back before the first packet of a call is played
	minDelay   = 20 * time.Millisecond  // and after a pause, on a line without jitter
	MaxDelay   = 200 * time.Millisecond // the most that is held back on purpose
	hardDelay  = 2 * MaxDelay           // backlog beyond which even speech is dropped
	maxPackets = 256                    // memory bound, whatever the packets claim to last
	dropout    = 3000                   // a larger step of the sequence number is a restart (RFC 3550, A.1)
	misorder   = 100
	window     = 4 * time.Second // over which the spare delay is judged
	spareKept  = 15 * time.Millisecond
	tick       = 20 * time.Millisecond
)

// Packet is one media packet.
type Packet struct {
	SSRC      uint32
	Seq       uint16
	Timestamp uint32
	Payload   []byte
	At        time.Time // of arrival
	Dur       time.Duration

	ext int64 // extended sequence number, continued over changes of source
}

// Kind says what Next found.
type Kind int

// What Next can find.
const (
	Empty Kind = iota // nothing to play yet: the buffer fills, or the far side is silent
	Play              // a packet
	Lost              // a packet that did not come while later ones did
	Dry               // nothing came in time; conceal, what comes later is played later
)

// Item is the next thing to play.
type Item struct {
	Kind Kind
	Packet
	// After is the payload of the packet behind a lost one, which may hold a second copy of its sound; nil = not there.
	After []byte
	// Shorten allows the packet to be left out if it is quiet, and Must even if it is not; Stretch asks for it to be
	// played twice if it is quiet. They keep the delay small and absorb the drift between two clocks.
	Shorten, Must, Stretch bool
}

// Counters tell how reception went.
type Counters struct {
	Received, Lost, Late, Duplicate, Dropped uint64
	Jitter                                   time.Duration // RFC 3550 interarrival jitter
	Delay                                    time.Duration // held back now
}

// Buffer puts packets back in order and in time. It is not safe for concurrent use.
type Buffer struct {
	clock   int
	queue   []Packet // sorted by ext
	next    int64    // ext of the next packet to play
	high    int64    // highest ext seen
	high16  uint16
	cycles  uint16 // wraps of the sequence number of the current source
	ssrc    uint32
	started bool // a source is known
	playing bool
	dry     int // ticks in a row without anything to play
	lastDur time.Duration
	cand    Packet // first packet of what may be a new source or a restart
	candOK  bool

	base         int64 // ext of the first packet of the current source, for reports
	baseReceived uint64
	c            Counters
	jitter       jitter
	minSpare     time.Duration
	minSince     time.Time
	room         time.Duration // spare delay found in the last complete window
	lackUntil    time.Time
}

// NewBuffer returns a buffer for a codec with an RTP clock in Hz.
func NewBuffer(clock int) *Buffer {
	return &Buffer{clock: clock, lastDur: tick, jitter: jitter{target: startDelay}}
}

// Counters returns the counts so far.
func (b *Buffer) Counters() Counters {
	c := b.c
	c.Jitter, c.Delay = b.jitter.mean, b.depth()
	return c
}

// Flush forgets what waits, for a hold or a change of codec. The next packet starts a new source; counts stay.
func (b *Buffer) Flush(clock int) {
	b.queue, b.playing, b.started, b.candOK, b.dry = b.queue[:0], false, false, false, 0
	b.clock = clock
	b.jitter.reset()
}

// Push takes a packet that arrived at p.At and lasts p.Dur; the payload is copied. It reports whether the packet
// belongs to a source that is new to the buffer.
func (b *Buffer) Push(p Packet) (fresh bool) {
	switch {
	case !b.started:
		b.restart(p)
		fresh = true
	case p.SSRC != b.ssrc || b.jumped(p.Seq):
		// A new source or a jump counts only when a second packet follows it.
		if !b.candOK || b.cand.SSRC != p.SSRC || p.Seq != b.cand.Seq+1 {
			p.Payload = slices.Clone(p.Payload)
			b.cand, b.candOK = p, true
			return false
		}
		first := b.cand
		b.restart(first)
		b.insert(first)
		fresh = true
	}
	b.candOK = false
	p.Payload = slices.Clone(p.Payload)
	b.insert(p)
	return fresh
}

func (b *Buffer) jumped(seq uint16) bool {
	d := int(int16(seq - b.high16)) //nolint:gosec // wrap-around is meant
	return d > dropout || d < -misorder
}

// restart continues the extended numbers with a new source: what waits is still played, then the new source.
func (b *Buffer) restart(p Packet) {
	if b.started || len(b.queue) > 0 {
		b.high++
	} else {
		b.high = 1 << 16
	}
	if len(b.queue) == 0 {
		b.next = b.high
	}
	b.base, b.baseReceived = b.high, b.c.Received
	b.high--
	b.high16, b.cycles, b.ssrc, b.started = p.Seq-1, 0, p.SSRC, true
	if p.Seq == 0 {
		b.cycles-- // the step to the first packet is no wrap
	}
	b.jitter.reset()
}

func (b *Buffer) insert(p Packet) {
	b.c.Received++
	if p.Dur > 0 { // packets without sound repeat their timestamps
		b.jitter.add(p.At, p.Timestamp, b.clock)
	}
	p.ext = b.high + int64(int16(p.Seq-b.high16)) //nolint:gosec // wrap-around is meant
	if p.ext > b.high {
		if p.Seq < b.high16 {
			b.cycles++
		}
		b.high, b.high16 = p.ext, p.Seq
	}
	if p.ext < b.next {
		if b.playing {
			b.c.Late++
			return
		}
		if p.ext < b.base { // before the first packet ever: reordered start
			b.base = p.ext
		}
		b.next = p.ext
	}
	i, found := slices.BinarySearchFunc(b.queue, p.ext, func(q Packet, ext int64) int { return int(q.ext - ext) })
	if found {
		b.c.Duplicate++
		return
	}
	b.queue = slices.Insert(b.queue, i, p)
	if p.Dur > 0 {
		b.lastDur = p.Dur
	}
	if len(b.queue) > maxPackets {
		b.drop()
	}
}

func (b *Buffer) drop() {
	b.next = b.queue[0].ext + 1
	b.queue = slices.Delete(b.queue, 0, 1)
	b.c.Dropped++
}

// depth returns how much sound waits, gaps included.
func (b *Buffer) depth() time.Duration {
	if len(b.queue) == 0 {
		return 0
	}
	n := b.queue[len(b.queue)-1].ext - b.next + 1
	if n > maxPackets {
		n = int64(len(b.queue))
	}
	return time.Duration(n) * b.lastDur
}

// Tick starts one reading of 20 ms at now, when pending is decoded sound that has not been played yet. It must be
// called once before the calls of Next of that reading.
func (b *Buffer) Tick(now time.Time, pending time.Duration) {
	if !b.playing {
		return
	}
	spare := b.depth() + pending - tick
	if b.minSince.IsZero() || spare < b.minSpare {
		b.minSpare = spare
	}
	switch {
	case b.minSince.IsZero():
		b.minSince = now
	case now.Sub(b.minSince) >= window:
		b.room = b.minSpare - spareKept
		if b.minSpare < 0 {
			b.lackUntil = now.Add(window)
		}
		b.minSince = time.Time{}
	}
}

// Next returns what to play next. Play and Lost advance; Empty and Dry do not.
func (b *Buffer) Next(now time.Time) Item {
	if !b.playing && !b.begin(now) {
		return Item{Kind: Empty}
	}
	if len(b.queue) == 0 {
		b.dry++
		if b.dry > 3 {
			b.playing = false
			b.minSince = time.Time{}
			return Item{Kind: Empty}
		}
		return Item{Kind: Dry, Packet: Packet{Dur: tick}}
	}
	b.dry = 0
	if gap := b.queue[0].ext - b.next; gap > 0 {
		if time.Duration(gap)*b.lastDur > MaxDelay {
			b.c.Lost += uint64(gap)
			b.next = b.queue[0].ext
		} else {
			b.c.Lost++
			b.next++
			it := Item{Kind: Lost, Packet: Packet{Dur: b.lastDur}}
			if gap == 1 {
				it.After = b.queue[0].Payload
			}
			return it
		}
	}
	it := Item{Kind: Play, Packet: b.queue[0]}
	depth := b.depth()
	it.Shorten = depth > MaxDelay || (b.room >= it.Dur && it.Dur > 0)
	it.Must = depth > hardDelay
	it.Stretch = !it.Shorten && now.Before(b.lackUntil)
	b.next = it.ext + 1
	b.queue = slices.Delete(b.queue, 0, 1)
	return it
}

// Shortened tells the buffer that the item was left out.
func (b *Buffer) Shortened(it Item) {
	b.room -= it.Dur
	b.c.Dropped++
}

// Stretched tells the buffer that the item was played twice.
func (b *Buffer) Stretched() { b.lackUntil = time.Time{} }

// begin decides whether enough waits to start playing.
func (b *Buffer) begin(now time.Time) bool {
	if len(b.queue) == 0 {
		return false
	}
	want := b.jitter.delay()
	if b.depth() < want && now.Sub(b.queue[0].At) < want {
		return false
	}
	if gap := b.queue[0].ext - b.next; gap > 0 {
		b.c.Lost += uint64(gap)
	}
	b.next = b.queue[0].ext
	b.playing, b.dry, b.room = true, 0, 0
	b.minSince, b.lackUntil = time.Time{}, time.Time{}
	return true
}
