package rtp

import (
	"testing"
	"time"
)

// line feeds a buffer on a made-up clock and reads it every 20 ms.
type line struct {
	b     *Buffer
	now   time.Time
	start time.Time
	heard []uint32 // timestamps played
	kinds map[Kind]int
}

func newLine() *line {
	t := time.Unix(1000, 0)
	return &line{b: NewBuffer(8000), now: t, start: t, kinds: map[Kind]int{}}
}

func (l *line) send(ssrc uint32, seq uint16, ts uint32, at time.Duration) {
	l.b.Push(Packet{SSRC: ssrc, Seq: seq, Timestamp: ts, Payload: []byte{1}, At: l.start.Add(at), Dur: 20 * time.Millisecond})
}

func (l *line) read() Item {
	l.now = l.now.Add(20 * time.Millisecond)
	l.b.Tick(l.now, 0)
	for {
		it := l.b.Next(l.now)
		l.kinds[it.Kind]++
		if it.Kind == Play && it.Must {
			l.b.Shortened(it)
			continue
		}
		if it.Kind == Play {
			l.heard = append(l.heard, it.Timestamp)
		}
		return it
	}
}

// run sends packet i at i*20 ms + delay(i), in the order of arrival, and reads on the clock; lost packets have a
// negative delay.
func (l *line) run(n int, seq uint16, ts uint32, delay func(i int) time.Duration) {
	type due struct {
		i  int
		at time.Duration
	}
	var all []due
	for i := range n {
		if d := delay(i); d >= 0 {
			all = append(all, due{i, time.Duration(i)*20*time.Millisecond + d})
		}
	}
	base := l.now.Sub(l.start)
	sent := map[int]bool{}
	for range n + 30 {
		upto := l.now.Add(20*time.Millisecond).Sub(l.start) - base
		for {
			best := -1
			for k, d := range all {
				if !sent[k] && d.at <= upto && (best < 0 || d.at < all[best].at) {
					best = k
				}
			}
			if best < 0 {
				break
			}
			sent[best] = true
			d := all[best]
			l.send(7, seq+uint16(d.i), ts+uint32(d.i)*160, base+d.at)
		}
		l.read()
	}
}

func inOrder(t *testing.T, heard []uint32) {
	t.Helper()
	for i := 1; i < len(heard); i++ {
		d := heard[i] - heard[i-1]
		if d == 0 || d > 1<<30 {
			t.Fatalf("played %d after %d", heard[i], heard[i-1])
		}
	}
}

func TestBuffer(t *testing.T) {
	t.Parallel()
	const none = -1
	tests := []struct {
		name      string
		seq       uint16
		ts        uint32
		delay     func(i int) time.Duration
		lost      int // not played
		concealed int // at most
	}{
		{"even", 100, 0, func(int) time.Duration { return 0 }, 0, 0},
		{"sequence and timestamp wrap", 65500, 1<<32 - 1600, func(int) time.Duration { return 0 }, 0, 0},
		{"one in ten lost", 100, 0, func(i int) time.Duration {
			if i%10 == 5 {
				return none
			}
			return 0
		}, 20, 25},
		{"pairs swapped", 100, 0, func(i int) time.Duration {
			if i%2 == 0 {
				return 25 * time.Millisecond
			}
			return 0
		}, 0, 10},
		{"jitter of 30 ms", 100, 0, func(i int) time.Duration { return time.Duration(i*7919%31) * time.Millisecond }, 0, 10},
		{"a stall of 120 ms", 100, 0, func(i int) time.Duration {
			if i >= 100 && i < 106 {
				return time.Duration(106-i) * 20 * time.Millisecond
			}
			return 0
		}, 0, 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLine()
			l.run(200, tt.seq, tt.ts, tt.delay)
			inOrder(t, l.heard)
			if got := 200 - len(l.heard); got != tt.lost {
				t.Errorf("%d packets were not played, want %d (%+v)", got, tt.lost, l.b.Counters())
			}
			// The end of the stream runs dry for three ticks in every case.
			if got := l.kinds[Lost] + l.kinds[Dry] - 3; got > tt.concealed {
				t.Errorf("%d frames concealed, want at most %d", got, tt.concealed)
			}
		})
	}
}

func TestBufferDuplicatesAndLate(t *testing.T) {
	t.Parallel()
	l := newLine()
	for i := range 50 {
		at := time.Duration(i) * 20 * time.Millisecond
		l.send(7, uint16(i), uint32(i)*160, at)
		l.send(7, uint16(i), uint32(i)*160, at)
		if i > 20 {
			l.send(7, uint16(i-15), uint32(i-15)*160, at)
		}
		l.read()
	}
	c := l.b.Counters()
	if c.Duplicate < 45 || c.Late < 25 {
		t.Errorf("counters %+v", c)
	}
	inOrder(t, l.heard)
}

func TestBufferChangesSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ssrc uint32
		seq  uint16
		ts   uint32
	}{
		{"new source", 9, 40000, 5},
		{"jump of the sequence", 7, 30000, 16000},
		{"restart at zero", 7, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLine()
			for i := range 50 {
				l.send(7, uint16(10000+i), uint32(i)*160, time.Duration(i)*20*time.Millisecond)
				l.read()
			}
			before := len(l.heard)
			// One stray packet of somebody else changes nothing.
			l.send(99, 5, 5, 1000*time.Millisecond)
			for i := range 50 {
				l.send(tt.ssrc, tt.seq+uint16(i), tt.ts+uint32(i)*160, time.Duration(50+i)*20*time.Millisecond)
				l.read()
			}
			if got := len(l.heard) - before; got < 48 {
				t.Errorf("%d of 50 packets of the second source were played", got)
			}
		})
	}
}

// TestBufferDrift checks that a sender whose clock is off does not build up delay or starve.
func TestBufferDrift(t *testing.T) {
	t.Parallel()
	for _, ppm := range []int{-3000, 3000} { // far beyond real clocks, to keep the test short
		l := newLine()
		next, seq := time.Duration(0), uint16(0)
		step := 20*time.Millisecond + 20*time.Millisecond*time.Duration(ppm)/1e6
		most := time.Duration(0)
		for range 6000 { // two minutes
			for next <= l.now.Sub(l.start) {
				l.send(7, seq, uint32(seq)*160, next)
				seq++
				next += step
			}
			it := l.read()
			if it.Kind == Play && it.Shorten {
				l.b.Shortened(it)
				l.b.Next(l.now)
			}
			most = max(most, l.b.Counters().Delay)
		}
		if most > MaxDelay {
			t.Errorf("%d ppm: delay grew to %v", ppm, most)
		}
	}
}

func FuzzBuffer(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	f.Add([]byte{0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 0, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLine()
		for len(data) >= 5 {
			seq := uint16(data[0])<<8 | uint16(data[1])
			l.b.Push(Packet{SSRC: uint32(data[2] % 3), Seq: seq, Timestamp: uint32(seq) * uint32(data[3]), Payload: data[:1],
				At: l.now, Dur: time.Duration(data[4]%6) * 10 * time.Millisecond})
			data = data[5:]
			if seq%3 != 0 {
				l.read()
			}
			if d := l.b.Counters().Delay; d < 0 {
				t.Fatalf("delay %v", d)
			}
		}
	})
}

func TestKeypad(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	var k Keypad
	push := func(ts uint32, code uint8, end bool, dur uint16) rune {
		at = at.Add(20 * time.Millisecond)
		return k.Push(Packet{SSRC: 1, Timestamp: ts, Payload: Event{Code: code, End: end, Duration: dur}.Append(nil), At: at})
	}
	var got string
	take := func(r rune) {
		if r != 0 {
			got += string(r)
		}
	}
	for i := range 5 { // 5, first packets, then the end three times
		take(push(1000, 5, i > 2, uint16(i*160)))
	}
	take(push(3000, 5, false, 160)) // the same key again
	take(push(3000, 5, true, 320))
	take(push(1000, 5, true, 320)) // late copy of the first
	take(push(6000, 11, true, 320))
	take(push(9000, 3, false, 160)) // a sender that changes the timestamp
	take(push(9160, 3, false, 160))
	take(push(9320, 3, true, 160))
	take(push(20000, 16, true, 160)) // flash is no key
	if k.Push(Packet{Payload: []byte{1, 2}}) != 0 {
		t.Error("a short payload is a key")
	}
	if got != "55#3" {
		t.Errorf("keys %q, want 55#3", got)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte{5, 0x8a, 3, 32})
	f.Fuzz(func(t *testing.T, data []byte) {
		var k Keypad
		k.Push(Packet{Payload: data})
		if e, ok := ParseEvent(data); ok {
			back, _ := ParseEvent(e.Append(nil))
			if back != e {
				t.Fatalf("%+v became %+v", e, back)
			}
		}
	})
}
