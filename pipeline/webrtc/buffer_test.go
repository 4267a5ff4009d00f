package webrtc

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// feed plays packets that arrive with a delay, and returns how the frames came out.
func feed(n int, delay func(i int) (time.Duration, bool)) (counts map[outcome]int, b *buffer) {
	b, counts = newBuffer(), map[outcome]int{}
	t0 := time.Unix(1000, 0)
	type arrival struct {
		seq int
		at  time.Time
	}
	var due []arrival
	for i := range n {
		if d, ok := delay(i); ok {
			due = append(due, arrival{i, t0.Add(time.Duration(i)*tick + d)})
		}
	}
	for now := t0; now.Before(t0.Add(time.Duration(n) * tick)); now = now.Add(tick) {
		var later []arrival
		for _, a := range due {
			if a.at.After(now) {
				later = append(later, a)
				continue
			}
			b.push(uint16(65000+a.seq), packet{ts: uint32(a.seq) * opusFrame, at: a.at, dur: tick, payload: []byte{byte(a.seq)}})
		}
		due = later
		b.turn(now, 0)
		v, _, _ := b.pop(now)
		counts[v]++
	}
	return counts, b
}

func TestBufferPlaysASteadyStream(t *testing.T) {
	t.Parallel()
	counts, b := feed(500, func(int) (time.Duration, bool) { return 5 * time.Millisecond, true })
	if counts[play] < 495 || counts[lost] > 0 || b.late > 0 {
		t.Errorf("%v, late %d", counts, b.late)
	}
}

func TestBufferGrowsWithJitter(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	counts, b := feed(2000, func(int) (time.Duration, bool) { return time.Duration(rnd.IntN(90)) * time.Millisecond, true })
	if bad := counts[lost] + counts[dry]; bad > 40 {
		t.Errorf("%d of 2000 frames were made up: %v, late %d, hold %s", bad, counts, b.late, b.hold)
	}
}

func TestBufferCountsLosses(t *testing.T) {
	t.Parallel()
	counts, b := feed(1000, func(i int) (time.Duration, bool) { return 0, i%20 != 7 })
	if counts[lost] != 50 || b.missing != 50 {
		t.Errorf("%v, missing %d", counts, b.missing)
	}
}

func TestBufferForgetsADuplicate(t *testing.T) {
	t.Parallel()
	b := newBuffer()
	now := time.Unix(1, 0)
	for range 2 {
		b.push(7, packet{at: now, dur: tick})
	}
	if b.twice != 1 || len(b.queue) != 1 {
		t.Errorf("%d duplicates, %d wait", b.twice, len(b.queue))
	}
}

func TestKeypadTellsAPressOnce(t *testing.T) {
	t.Parallel()
	var k keypad
	var got []rune
	for _, p := range []struct {
		ts   uint32
		code byte
	}{{100, 5}, {100, 5}, {100, 5}, {2000, 5}, {2000, 5}, {100, 5}, {4000, 11}, {4000, 11}, {5000, 77}} {
		if r := k.press(&rtp.Packet{Header: rtp.Header{Timestamp: p.ts}, Payload: []byte{p.code, 0, 0, 0}}, time.Now()); r != 0 {
			got = append(got, r)
		}
	}
	if string(got) != "55#" {
		t.Errorf("keys %q", string(got))
	}
}

func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 9, 9, 200, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		b, now := newBuffer(), time.Unix(1, 0)
		for i := 0; i+1 < len(data); i += 2 {
			b.push(uint16(data[i])<<8|uint16(data[i+1]), packet{ts: uint32(data[i+1]) * 480, at: now, dur: tick})
			if len(b.queue) > maxQueue {
				t.Fatal("the queue grows without bound")
			}
			now = now.Add(tick)
			b.turn(now, 0)
			b.pop(now)
		}
	})
}

func FuzzLasts(f *testing.F) {
	f.Add([]byte{0xfb, 0x03})
	f.Fuzz(func(t *testing.T, data []byte) {
		if d := lasts(data); d < 0 || d > 4*time.Second {
			t.Errorf("%x lasts %s", data, d)
		}
	})
}

func FuzzReadKey(f *testing.F) {
	f.Add([]byte(`{"key":"5"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if k, ok := readKey(data); ok && k == 0 {
			t.Errorf("%q is no key", data)
		}
	})
}
