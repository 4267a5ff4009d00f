package transcribe

import (
	"time"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

// How activity is measured. It is narrower than the spans that are recognised, which may not cut anything off: pauses
// between words that people would call silence, from a tenth of a second on, are silence, and nothing is added around speech.
//
// The model tells of a beginning a little late. It tells of an end at once where the voice falls into quiet; in noise it
// goes on for a while, the longer the less the voice stands out from what comes after it. The numbers are from labelled
// recordings, of which half are as loud between words as in them.
const (
	onLag   = 60 * time.Millisecond  // a beginning is this much earlier than its probability says
	offLag  = 150 * time.Millisecond // an end is so much earlier where the voice does not stand out at all
	plainly = 25                     // dB above what follows: it stands out
	hardly  = plainly - 8            // from here down it does not
	after   = 200 * time.Millisecond // of what follows an end is listened to
)

// levelLen is how many samples a level is of: 10 ms.
const levelLen = audio.Rate / 100

// meter keeps the level of a track, in dBFS, each 10 ms.
type meter struct {
	db   []int8
	rest []int16
}

func (m *meter) push(pcm []int16) {
	m.rest = append(m.rest, pcm...)
	at := 0
	for ; at+levelLen <= len(m.rest); at += levelLen {
		m.db = append(m.db, int8(level(m.rest[at:at+levelLen])))
	}
	m.rest = append(m.rest[:0], m.rest[at:]...)
}

// middle is the median level between two samples, floorDB without any.
func (m *meter) middle(from, to int) float64 {
	from, to = max(0, from/levelLen), min(to/levelLen, len(m.db))
	if from >= to {
		return floorDB
	}
	var counts [256]int
	for _, v := range m.db[from:to] {
		counts[int(v)+128]++
	}
	left := (to - from) / 2
	for i, n := range counts {
		if left -= n; left < 0 {
			return float64(i - 128)
		}
	}
	return floorDB
}

// speech is when the voice of a track speaks.
func (t *track) speech() []talk.Span {
	all := vad.Cut(t.probs, t.n, vad.SpanOptions{
		Enter: 0.4, Leave: 0.35, MinSilence: 3 * vad.WindowTime, MinSpeech: 2 * vad.WindowTime, Pad: 1, Max: 24 * time.Hour,
	})
	out := make([]talk.Span, 0, len(all))
	for _, s := range all {
		above := t.level.middle(s.Start, s.End) - t.level.middle(s.End, s.End+audio.Samples(after))
		blurred := min(1, max(0, (plainly-above)/(plainly-hardly)))
		from := max(0, audio.Duration(s.Start)-onLag)
		to := audio.Duration(s.End) - time.Duration(blurred*float64(offLag))
		if to > from {
			out = append(out, talk.Span{From: from.Seconds(), To: to.Seconds()})
		}
	}
	return talk.Join(out)
}
