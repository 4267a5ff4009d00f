package vad

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Span is a stretch of speech, in samples at audio.Rate from the start of the sound; End is exclusive.
type Span struct {
	Start, End int
	Mean       float32 // mean probability of speech over its windows
}

// Duration returns how long the span lasts.
func (s Span) Duration() time.Duration { return audio.Duration(s.End - s.Start) }

// SpanOptions says how speech is cut out of a recording. Zero values mean the default, which defaultSpans names.
type SpanOptions struct {
	Enter      float32       // probability at which speech begins
	Leave      float32       // probability below which it may end
	MinSpeech  time.Duration // shorter speech is dropped
	MinSilence time.Duration // shorter silence does not end speech
	Pad        time.Duration // added on both sides, half the gap at most
	Max        time.Duration // longer speech is split where speech is least probable; pads not counted
}

// defaultSpans returns the options used where nothing else is asked for.
func defaultSpans() SpanOptions {
	return SpanOptions{
		Enter: 0.5, Leave: 0.35, MinSpeech: 100 * time.Millisecond, MinSilence: 300 * time.Millisecond,
		Pad: 100 * time.Millisecond, Max: 28 * time.Second,
	}
}

func (o SpanOptions) withDefaults() SpanOptions {
	d := defaultSpans()
	if o.Enter <= 0 {
		o.Enter = d.Enter
	}
	if o.Leave <= 0 {
		o.Leave = min(d.Leave, o.Enter)
	}
	if o.MinSpeech <= 0 {
		o.MinSpeech = d.MinSpeech
	}
	if o.MinSilence <= 0 {
		o.MinSilence = d.MinSilence
	}
	if o.Pad <= 0 {
		o.Pad = d.Pad
	}
	if o.Max <= 0 {
		o.Max = d.Max
	}
	return o
}

// Probabilities returns the probability of speech in each window of pcm; a last incomplete window is filled up with
// silence. It blocks for about a hundredth of the sound's duration.
func Probabilities(m *Model, pcm []int16) ([]float32, error) {
	s := m.NewStream()
	probs := s.Push(make([]float32, 0, len(pcm)/WindowLen+1), pcm)
	if n := s.Pending(); n > 0 {
		probs = s.Push(probs, make([]int16, WindowLen-n))
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("find speech: %w", err)
	}
	return probs, nil
}

// Spans returns where speech is in pcm, mono at audio.Rate, in order and without overlap.
func Spans(m *Model, pcm []int16, o SpanOptions) ([]Span, error) {
	probs, err := Probabilities(m, pcm)
	if err != nil {
		return nil, err
	}
	return Cut(probs, len(pcm), o), nil
}

// Cut returns the spans of speech in a sound of n samples that has the given probabilities, one a window.
func Cut(probs []float32, n int, o SpanOptions) []Span {
	o = o.withDefaults()
	var out []Span
	for _, r := range o.runs(probs) {
		for _, part := range o.split(probs, r) {
			out = append(out, Span{
				Start: min(part[0]*WindowLen, n), End: min(part[1]*WindowLen, n), Mean: mean(probs[part[0]:part[1]]),
			})
		}
	}
	o.pad(out, n)
	return out
}

// runs returns the windows [from, to) of speech, with hysteresis, closed gaps and no short ones.
func (o SpanOptions) runs(probs []float32) [][2]int {
	silence, speech := windows(o.MinSilence), windows(o.MinSpeech)
	var out [][2]int
	from, quiet := -1, 0 // start of the present speech, windows below Leave since
	end := func(to int) {
		if to-from >= speech {
			out = append(out, [2]int{from, to})
		}
		from, quiet = -1, 0
	}
	for i, p := range probs {
		switch {
		case from < 0 && p >= o.Enter:
			from, quiet = i, 0
		case from < 0:
		case p >= o.Leave:
			quiet = 0
		default:
			if quiet++; quiet >= silence {
				end(i + 1 - quiet)
			}
		}
	}
	if from >= 0 {
		end(len(probs) - quiet)
	}
	return out
}

// split cuts a run that is longer than Max at its least probable window, away from the ends, until all parts fit.
func (o SpanOptions) split(probs []float32, run [2]int) [][2]int {
	longest := max(2, int(o.Max/WindowTime))
	var out [][2]int
	for run[1]-run[0] > longest {
		lo, hi := run[0]+longest/2, run[0]+longest
		cut := hi
		for i := hi - 1; i >= lo; i-- {
			if probs[i] < probs[cut] {
				cut = i
			}
		}
		out = append(out, [2]int{run[0], cut})
		run[0] = cut
	}
	return append(out, run)
}

// pad widens the spans into the silence around them; where two meet they share it.
func (o SpanOptions) pad(spans []Span, n int) {
	pad := audio.Samples(o.Pad)
	for i := range spans {
		before, after := spans[i].Start, n-spans[i].End
		if i > 0 {
			before = spans[i].Start - spans[i-1].End // the one before has taken its half already
		}
		if i+1 < len(spans) {
			after = (spans[i+1].Start - spans[i].End) / 2
		}
		spans[i].Start -= max(0, min(pad, before))
		spans[i].End += max(0, min(pad, after))
	}
}

// windows returns how many windows d lasts at least.
func windows(d time.Duration) int { return max(1, int((d+WindowTime-1)/WindowTime)) }

func mean(p []float32) float32 {
	var sum float32
	for _, v := range p {
		sum += v
	}
	return sum / float32(max(1, len(p)))
}
