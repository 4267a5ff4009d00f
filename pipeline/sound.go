package pipeline

import (
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// heardKept is how much of what somebody said is kept for recognition: the longest turn, and what may be looked back at.
const heardKept = 40 * time.Second

// sound keeps the last seconds of what a leg heard, addressed by time since the start of the call.
type sound struct {
	mu    sync.Mutex
	pcm   []int16
	first int // sample number of pcm[0]
	limit int
}

func newSound(keep time.Duration) *sound { return &sound{limit: audio.Samples(keep)} }

// push appends a frame; the caller may reuse it.
func (s *sound) push(frame []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pcm = append(s.pcm, frame...)
	if over := len(s.pcm) - 2*s.limit; over > 0 { // move rarely
		n := len(s.pcm) - s.limit
		s.pcm = append(s.pcm[:0], s.pcm[n:]...)
		s.first += n
	}
}

// reach fills up with silence to a time, so that what is pushed next lies where it was said. It does nothing where there is sound.
func (s *sound) reach(to time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := audio.Samples(to) - s.first - len(s.pcm)
	switch {
	case missing <= 0:
	case missing > s.limit:
		s.pcm, s.first = s.pcm[:0], audio.Samples(to)
	default:
		s.pcm = append(s.pcm, make([]int16, missing)...)
	}
}

// cut returns a copy of [from,to), as much of it as is still kept.
func (s *sound) cut(from, to time.Duration) []int16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := min(max(audio.Samples(from)-s.first, 0), len(s.pcm))
	b := min(max(audio.Samples(to)-s.first, a), len(s.pcm))
	return append([]int16(nil), s.pcm[a:b]...)
}
