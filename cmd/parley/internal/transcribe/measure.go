package transcribe

import (
	"math"
	"time"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

// lag is how far the model's opinion of a moment comes behind the sound: in labelled recordings speech begins and ends
// this much earlier than its probabilities say.
const lag = 30 * time.Millisecond

const levelTime = 10 * time.Millisecond

// How the edges of speech are followed in the sound. The model is sure of a beginning only after some of it, and the later
// the more abruptly it came: a recording that starts in the middle of a word, a line that opens late. Where the level jumps
// shortly before what the model calls speech, speech began there; in noise, where nothing jumps, the model's word stands.
const (
	levelStep = audio.Rate / 100 // samples of a level
	reach     = 25               // most levels an edge moves
	below     = 15               // dB under the middle level of a stretch of speech that still belong to it
	jump      = 12               // dB under that again: a jump
	jumpLen   = 5                // levels within which it is that far down
)

// meter keeps the level of a track, in dBFS, each 10 ms.
type meter struct {
	db  []int8
	sum float64
	n   int
}

func (m *meter) push(pcm []int16) {
	for _, v := range pcm {
		m.sum += float64(v) * float64(v)
		if m.n++; m.n == levelStep {
			db := -100.0
			if m.sum > 0 {
				db = max(db, 10*math.Log10(m.sum/levelStep/(32768*32768)))
			}
			m.db = append(m.db, int8(db))
			m.sum, m.n = 0, 0
		}
	}
}

// rank is the level at a share of those between two places, in order.
func (m *meter) rank(from, to int, share float64) int {
	var counts [129]int
	from, to = max(0, from), min(to, len(m.db))
	for _, v := range m.db[min(from, to):to] {
		counts[int(v)+128]++
	}
	left := int(share * float64(to-from))
	for i, n := range counts {
		if left -= n; left < 0 {
			return i - 128
		}
	}
	return -100
}

// edge moves a place outwards by dir, over levels of least and more, to where the level jumps down. Where it does not
// within reach the place stays.
func (m *meter) edge(at, dir, least int) int {
	level := func(i int) int { // outside of an edge at i
		if dir < 0 {
			i--
		}
		if i < 0 || i >= len(m.db) {
			return -100
		}
		return int(m.db[i])
	}
	for k := range reach {
		place := at + k*dir
		if level(place) >= least {
			continue
		}
		for n := range jumpLen {
			if level(place+n*dir) < least-jump {
				return place
			}
		}
		return at
	}
	return at
}

// speech is when the voice of a track speaks. It is narrower than spans, which may not cut anything off: the pauses between
// words that people would call silence, from a tenth of a second on, are silence, and nothing is added around speech.
func (t *track) speech() []talk.Span {
	all := vad.Cut(t.probs, t.n, vad.SpanOptions{
		MinSilence: 3 * vad.WindowTime, MinSpeech: 2 * vad.WindowTime, Pad: 1, Max: 24 * time.Hour,
	})
	out := make([]talk.Span, 0, len(all))
	for _, s := range all {
		from, to := max(0, int((audio.Duration(s.Start)-lag)/levelTime)), max(0, int((audio.Duration(s.End)-lag)/levelTime))
		least := t.level.rank(from, to, 0.5) - below
		from, to = t.level.edge(from, -1, least), t.level.edge(to, 1, least)
		if to > from {
			out = append(out, talk.Span{From: (time.Duration(from) * levelTime).Seconds(), To: (time.Duration(to) * levelTime).Seconds()})
		}
	}
	return talk.Join(out)
}
