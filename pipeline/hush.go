package pipeline

import (
	"time"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
)

// hush follows the level of a leg and notices when a voice has fallen to the noise around it, which the probability of
// voice shows a tenth of a second later. Levels are in dBFS, one for each frame of 20 ms.
type hush struct {
	floor float64 // of the noise; 0 before the first frame
	loud  float64 // of the voice, falling slowly
	run   int     // frames in a row that contradict fell
	quiet int     // frames since it fell that were quiet, and before
	fell  bool
}

// Bounds of hush.
const (
	hushFrames = 4     // 80 ms of quiet: longer than most closed consonants
	hushSoon   = 2     // 40 ms, where nothing else is to be computed: many closed consonants are as long
	hushBack   = 2     // 40 ms of sound: longer than a click
	hushOver   = 8.0   // dB over the noise that still count as noise
	hushUnder  = 20.0  // dB that the noise must lie under the voice
	hushFloor  = -60.0 // quieter counts as this: a voice fades for long into silence
	floorRise  = 0.03  // dB a frame
	loudFall   = 0.1   // dB a frame
)

// push takes the level of the next frame and reports whether fell has changed, which takes patience quiet frames. What
// fell sooner than after hushFrames may have been a consonant, so the first sound takes it back.
func (h *hush) push(level float64, patience int) bool {
	level = max(level, hushFloor)
	switch {
	case h.floor == 0:
		h.floor, h.loud = level, level
	case level < h.floor:
		h.floor += (level - h.floor) / 2
	default:
		h.floor += floorRise
	}
	h.loud = max(level, h.loud-loudFall)
	low := level < h.floor+hushOver && level < h.loud-hushUnder
	if low {
		h.quiet++
	}
	if low == h.fell {
		h.run = 0
		return false
	}
	h.run++
	switch {
	case !h.fell && h.run < patience, h.fell && h.quiet >= hushFrames && h.run < hushBack:
		return false
	}
	h.fell, h.quiet, h.run = low, h.run, 0
	return true
}

// overhearHush prepares for the end of a turn as soon as the voice stops, while nothing else is urgent, and sooner while
// nothing else is computed at all: a reply begun in every short stop costs computing that other callers need more.
func (v *conversation) overhearHush(at call.Offset, level float64) {
	load, patience := v.Work.Load(), hushFrames
	if load.Running+load.Waiting == 0 {
		patience = hushSoon
	}
	if !v.hush.push(level, patience) || v.hush.fell && load.Urgent > 0 {
		return
	}
	v.decide(func(m *turn.Machine, _ time.Duration) []turn.Decision { return m.Hush(time.Duration(at), v.hush.fell) })
}
