package softphone

import (
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
)

// What counts as a reply on the wire: a run of packets above audio.VoicedDBFS, of which so much is voiced within so
// long. Clicks, comfort noise and the tail of ducked speech do not.
const (
	runVoiced = 160 * time.Millisecond
	runWithin = 400 * time.Millisecond
	// apart is the silence that separates the end of what was interrupted from the reply.
	apart = 100 * time.Millisecond
)

// meter keeps when voiced packets went by, by the clock of the wire.
type meter struct {
	mu      sync.Mutex
	start   time.Time
	in, out []time.Time // voiced packets
}

func newMeter() *meter { return &meter{} }

func (m *meter) begin(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start = t
}

func (m *meter) tap(p sip.Packet) {
	if p.Level <= audio.VoicedDBFS {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.In {
		m.in = append(m.in, p.At)
	} else {
		m.out = append(m.out, p.At)
	}
}

// spans joins voiced packets of the other side that are less than 300 ms apart.
func (m *meter) spans() []Span {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Span
	for _, t := range m.in {
		at := t.Sub(m.start)
		if n := len(out); n > 0 && at-out[n-1].To < 300*time.Millisecond {
			out[n-1].To = at + audio.FrameTime
		} else {
			out = append(out, Span{at, at + audio.FrameTime})
		}
	}
	return out
}

// gaps measures, for each line that was answered, the time from its last voiced packet to the first of the reply.
func (m *meter) gaps(said []Said) []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var gaps []time.Duration
	for i, s := range said {
		if s.Keys != "" {
			continue
		}
		until := time.Duration(1<<62 - 1)
		if i+1 < len(said) {
			until = said[i+1].From
		}
		last, ok := m.lastOut(s.From, s.To+3*audio.FrameTime) // not the noise behind it
		if !ok {
			continue
		}
		if first, ok := m.reply(last, until); ok {
			gaps = append(gaps, first-last)
		}
	}
	return gaps
}

// lastOut is our last voiced packet within [from,to].
func (m *meter) lastOut(from, to time.Duration) (time.Duration, bool) {
	last, ok := time.Duration(0), false
	for _, t := range m.out {
		if at := t.Sub(m.start); at >= from && at <= to {
			last, ok = at, true
		}
	}
	return last, ok
}

// reply is the first voiced packet after `after` that begins a run and is not the end of something older.
func (m *meter) reply(after, until time.Duration) (time.Duration, bool) {
	previous := time.Duration(-1 << 40)
	for i, t := range m.in {
		at := t.Sub(m.start)
		fresh := at-previous >= apart
		previous = at
		if at <= after || at >= until || !fresh {
			continue
		}
		voiced := time.Duration(0)
		for _, u := range m.in[i:] {
			if u.Sub(t) > runWithin {
				break
			}
			voiced += audio.FrameTime
		}
		if voiced >= runVoiced {
			return at, true
		}
	}
	return 0, false
}
