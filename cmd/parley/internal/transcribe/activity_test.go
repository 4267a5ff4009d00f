package transcribe

import (
	"math"
	"testing"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/vad"
)

// made is a track whose voice speaks from second 1 to second 2 at -20 dBFS, over sound of another level.
func made(t *testing.T, under float64) *track {
	t.Helper()
	tr := &track{n: 4 * audio.Rate}
	tone := func(db float64, n int) []int16 {
		out := make([]int16, n)
		for i := range out {
			out[i] = int16(math.MaxInt16 * math.Sqrt2 * math.Pow(10, db/20) * math.Sin(float64(i)/3))
		}
		return out
	}
	tr.level.push(tone(under, audio.Rate))
	tr.level.push(tone(-20, audio.Rate))
	tr.level.push(tone(under, 2*audio.Rate))
	for i := range tr.n / vad.WindowLen {
		p := float32(0.02)
		if at := float64(i*vad.WindowLen) / audio.Rate; at >= 1.06 && at < 2.05 {
			p = 0.9
		}
		tr.probs = append(tr.probs, p)
	}
	return tr
}

// The end of speech is where the model says over quiet, and earlier the louder it is afterwards.
func TestEndsInNoise(t *testing.T) {
	t.Parallel()
	last := math.Inf(1)
	for _, under := range []float64{-60, -42, -38, -24} {
		spans := made(t, under).speech()
		if len(spans) != 1 || math.Abs(spans[0].From-1) > 0.05 {
			t.Fatalf("over %.0f dBFS: %v", under, spans)
		}
		if spans[0].To > last {
			t.Errorf("over %.0f dBFS speech ends at %.2f, later than over less", under, spans[0].To)
		}
		last = spans[0].To
	}
	quiet, loud := made(t, -60).speech()[0].To, made(t, -24).speech()[0].To
	if math.Abs(quiet-2.05) > 0.04 || math.Abs(quiet-loud-offLag.Seconds()) > 0.02 {
		t.Errorf("speech ends at %.2f over quiet and %.2f in noise", quiet, loud)
	}
}

// What is recognised is wider than what is measured.
func TestSpansAreWider(t *testing.T) {
	t.Parallel()
	tr := made(t, -60)
	spans, speech := tr.spans(), tr.speech()
	if len(spans) != 1 || len(speech) != 1 {
		t.Fatalf("%v, %v", spans, speech)
	}
	if from, to := audio.Duration(spans[0].Start).Seconds(), audio.Duration(spans[0].End).Seconds(); from > speech[0].From-0.1 || to < speech[0].To+0.1 {
		t.Errorf("recognised is %.2f to %.2f, measured %.2f to %.2f", from, to, speech[0].From, speech[0].To)
	}
}

// A voice that rises out of half a second of quiet is heard afresh; one that goes on, or comes after less, is not.
func TestRisesOutOfQuiet(t *testing.T) {
	t.Parallel()
	var w watch
	for range quietWindows - 1 {
		w.note(0.01, -60)
	}
	if w.rises(-30) {
		t.Error("it rose out of too short a quiet")
	}
	w.note(0.01, -60)
	if w.rises(-55) {
		t.Error("5 dB more is a rise")
	}
	if !w.rises(-30) || w.rises(-30) {
		t.Error("it does not rise once")
	}
	for range 2 * quietWindows {
		w.note(0.01, -60)
	}
	w.note(0.9, -30)
	if w.rises(-10) {
		t.Error("a voice that speaks rose out of quiet")
	}
}
