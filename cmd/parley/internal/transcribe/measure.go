package transcribe

import (
	"time"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

// lag is how far the model's opinion of a moment comes behind the sound: in labelled recordings speech begins and ends
// this much earlier than its probabilities say.
const lag = 30 * time.Millisecond

// speech is when the voice of a track speaks. It is narrower than spans, which may not cut anything off: the pauses between
// words that people would call silence, from a tenth of a second on, are silence, and nothing is added around speech.
func (t *track) speech() []talk.Span {
	all := vad.Cut(t.probs, t.n, vad.SpanOptions{
		MinSilence: 3 * vad.WindowTime, MinSpeech: 2 * vad.WindowTime, Pad: 1, Max: 24 * time.Hour,
	})
	out := make([]talk.Span, 0, len(all))
	for _, s := range all {
		from, to := audio.Duration(s.Start)-lag, audio.Duration(s.End)-lag
		out = append(out, talk.Span{From: max(0, from.Seconds()), To: max(0, to.Seconds())})
	}
	return talk.Join(out)
}
