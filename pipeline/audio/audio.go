// Package audio holds the sample formats of Parley and the arithmetic on them: G.711, G.722 and Opus, resampling, WAV
// files, levels and mixing. Inside Parley sound is always 16 kHz, mono, signed 16 bit, in frames of 20 ms; a leg
// converts once from and to what its codec needs, a synthesiser once from what its model makes.
package audio

import (
	"encoding/binary"
	"time"
)

// The one format of sound between stages.
const (
	Rate         = 16000                 // samples a second
	FrameLen     = Rate / 50             // samples in a frame
	FrameTime    = 20 * time.Millisecond // duration of a frame
	VoicedDBFS   = -45.0                 // a frame above this level counts as voiced on the wire clock
	SamplesPerMS = Rate / 1000
)

// FromBytes returns 16-bit samples written with the low byte first; an odd byte at the end is left out.
func FromBytes(b []byte) []int16 {
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// Duration returns how long n samples at Rate last.
func Duration(n int) time.Duration { return time.Duration(n) * time.Second / Rate }

// Samples returns how many samples at Rate last d.
func Samples(d time.Duration) int { return int(d * Rate / time.Second) }

// Arrival says where a frame read from a leg came from.
type Arrival struct {
	// At is when the packet that carried the frame arrived, on the local monotonic clock; zero if the frame was made up.
	At time.Time
	// Concealed is true when the frame stands in for a packet that was lost or late.
	Concealed bool
	// Silent is true when the far side sent nothing (discontinuous transmission, hold, before the first packet).
	Silent bool
}
