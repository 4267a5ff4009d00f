package transcribe

import (
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

// How a voice that comes out of quiet is recognised as one. The model of voice activity carries what it has heard along and
// takes seconds to trust a voice in noise after a stretch without any: whole sentences pass unheard. So it begins afresh
// where the sound rises out of a quiet in which nobody spoke, as it does at the beginning of a recording.
const (
	quietWindows = 16   // half a second
	quietP       = 0.15 // at most, in each of them
	rise         = 10.0 // dB over the mean of the quiet
	floorDB      = -70.0
)

// watch finds speech in a track that comes piece by piece.
type watch struct {
	stream *vad.Stream
	err    error // why the model failed first, if it did
	rest   []int16
	recent []float64 // levels of the last windows without speech, in dBFS, quietWindows at most
}

// push appends the probability of speech of each window that became complete.
func (w *watch) push(probs []float32, pcm []int16) []float32 {
	w.rest = append(w.rest, pcm...)
	at := 0
	for ; at+vad.WindowLen <= len(w.rest); at += vad.WindowLen {
		window := w.rest[at : at+vad.WindowLen]
		db := level(window)
		if w.rises(db) {
			w.stream.Reset()
		}
		probs = w.stream.Push(probs, window)
		if w.err == nil {
			w.err = w.stream.Err()
		}
		w.note(probs[len(probs)-1], db)
	}
	w.rest = append(w.rest[:0], w.rest[at:]...)
	return probs
}

// rises reports whether a window of this level comes out of quiet.
func (w *watch) rises(db float64) bool {
	if len(w.recent) < quietWindows || db <= mean(w.recent)+rise {
		return false
	}
	w.recent = w.recent[:0]
	return true
}

// note remembers what a window turned out to be.
func (w *watch) note(p float32, db float64) {
	switch {
	case p > quietP:
		w.recent = w.recent[:0]
		return
	case len(w.recent) == quietWindows:
		copy(w.recent, w.recent[1:])
		w.recent = w.recent[:quietWindows-1]
	}
	w.recent = append(w.recent, db)
}

// end completes the last window with silence.
func (w *watch) end(probs []float32) []float32 {
	if n := len(w.rest); n > 0 {
		probs = w.push(probs, make([]int16, vad.WindowLen-n))
	}
	return probs
}

// level is that of pcm in dBFS, floorDB at least.
func level(pcm []int16) float64 { return max(floorDB, audio.Level(pcm)) }

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}
