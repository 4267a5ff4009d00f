package audio

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// Sine returns a tone of freq Hz at a level of dbfs (RMS), lasting d, at Rate.
func Sine(freq, dbfs float64, d time.Duration) []int16 {
	pcm := make([]int16, Samples(d))
	addSine(pcm, freq, dbfs)
	return pcm
}

func addSine(pcm []int16, freq, dbfs float64) {
	amp := 32768 * math.Sqrt2 * FromDB(dbfs)
	for i := range pcm {
		v := float64(pcm[i]) + amp*math.Sin(2*math.Pi*freq*float64(i)/Rate)
		pcm[i] = clip(float32(v))
	}
}

// DTMF returns the two tones of a key (0-9, *, #, A-D), each at -10 dBFS, lasting d, at Rate; nil for any other rune.
func DTMF(key rune, d time.Duration) []int16 {
	i := strings.IndexRune("123A456B789C*0#D", key)
	if i < 0 {
		return nil
	}
	pcm := make([]int16, Samples(d))
	addSine(pcm, keyLow[i/4], -13)
	addSine(pcm, keyHigh[i%4], -13)
	return pcm
}

// Ringback returns d of the European ringing tone at Rate: 425 Hz, one second on, four seconds off.
func Ringback(d time.Duration) []int16 {
	pcm := Sine(425, -20, d)
	for i := range pcm {
		if i%(5*Rate) >= Rate {
			pcm[i] = 0
		}
	}
	return pcm
}

// Noise returns white noise at a level of dbfs (RMS), lasting d, at Rate; equal seeds give equal noise.
func Noise(dbfs float64, d time.Duration, seed uint64) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 0))
	pcm, amp := make([]int16, Samples(d)), 32768*FromDB(dbfs)
	for i := range pcm {
		pcm[i] = clip(float32(amp * rnd.NormFloat64()))
	}
	return pcm
}

// HoldMusic returns d of synthesised music at Rate, peaking near -15 dBFS: broken chords of four with a slow bass,
// every note struck and dying away. Equal seeds give equal music.
func HoldMusic(d time.Duration, seed uint64) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 1))
	chords := [][3]int{{0, 4, 7}, {9, 12, 16}, {5, 9, 12}, {7, 11, 14}} // I vi IV V, in semitones
	sum := make([]float32, Samples(d))
	const beat = Rate / 4
	for i := 0; i*beat < len(sum); i++ {
		c := chords[i/8%len(chords)]
		strike(sum[i*beat:], 261.63*semitones(c[rnd.IntN(3)]+12*rnd.IntN(2)), 2600)
		if i%8 == 0 {
			strike(sum[i*beat:], 65.41*semitones(c[0]), 4000)
		}
	}
	pcm := make([]int16, len(sum))
	for i, v := range sum {
		pcm[i] = clip(v)
	}
	return pcm
}

func semitones(n int) float64 { return math.Pow(2, float64(n)/12) }

// strike adds a note with four harmonics that dies away within a second.
func strike(dst []float32, freq, amp float64) {
	n := min(len(dst), Rate)
	for h := 1.0; h <= 4; h++ {
		for i := range n {
			t := float64(i) / Rate
			env := math.Exp(-4*t) * min(1, t*200) / h
			dst[i] += float32(amp / 2 * env * math.Sin(2*math.Pi*freq*h*t))
		}
	}
}
