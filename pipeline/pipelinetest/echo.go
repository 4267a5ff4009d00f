package pipelinetest

import (
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Echo is a path on which what a caller hears comes back into what the caller sends: a loudspeaker beside a microphone,
// or the hybrid of a line. Calls must not overlap.
type Echo struct {
	gain float64
	line []int16 // what was heard in the last delay, a ring
	at   int
}

// NewEcho returns a path that weakens sound by lossDB decibels (30 means an echo 30 dB below what was heard) and
// delays it.
func NewEcho(lossDB float64, delay time.Duration) *Echo {
	return &Echo{gain: audio.FromDB(-lossDB), line: make([]int16, max(0, audio.Samples(delay)))}
}

// Mix adds the echo to sent in place, while heard is what is heard during the same time. Both are at audio.Rate; a
// heard that is shorter than sent, such as nil, is silence for the rest, what it has beyond sent is not looked at.
func (e *Echo) Mix(sent, heard []int16) {
	for i := range sent {
		var h int16
		if i < len(heard) {
			h = heard[i]
		}
		if len(e.line) > 0 {
			h, e.line[e.at] = e.line[e.at], h
			if e.at++; e.at == len(e.line) {
				e.at = 0
			}
		}
		v := float64(sent[i]) + e.gain*float64(h)
		sent[i] = int16(max(-32768, min(32767, v)))
	}
}
