package audio

import "math"

// The filter of the resampler: a sinc under a Kaiser window. Its length is counted in samples of the lower rate, so the
// delay is 1.5 ms where the lower rate is 16 kHz and 3 ms where it is 8 kHz.
const (
	resampleZeros  = 24   // half length, in samples of the lower rate
	resampleCutoff = 0.95 // -6 dB point, as a fraction of half the lower rate
	resampleBeta   = 6.8  // Kaiser window, about 70 dB of stop band
	resampleChunk  = 1024 // input samples filtered at a time
)

// Resampler changes the rate of one mono stream of samples. Each stream needs its own; calls must not overlap. Once it
// runs, it allocates nothing.
type Resampler struct {
	up, down int         // output rate / input rate in lowest terms
	taps     int         // coefficients a phase
	coef     [][]float32 // by phase, in the order of the input
	buf      []float32   // taps-1 samples of history, then the chunk
	pos      int         // index in buf of the newest input of the next output, counted from the history's start
	phase    int
}

// NewResampler returns a resampler from one rate to another, both in samples a second. It panics on a rate below 1,
// which is a mistake of the programmer: check rates read from outside first.
func NewResampler(from, to int) *Resampler {
	if from < 1 || to < 1 {
		panic("audio: resampler with a rate below 1")
	}
	g := gcd(from, to)
	r := &Resampler{up: to / g, down: from / g}
	if r.up == r.down {
		return r
	}
	low := float64(min(from, to)) / float64(from) // lower rate in units of the input rate
	half := int(math.Ceil(resampleZeros / low))
	r.taps = 2 * half
	r.coef = make([][]float32, r.up)
	all := make([]float32, r.up*r.taps)
	row := make([]float64, r.taps)
	for p := range r.coef {
		var sum float64
		for j := range row { // row[j] weighs the input j samples before the newest
			t := float64(p)/float64(r.up) + float64(j) - float64(half)
			row[j] = windowedSinc(t, low*resampleCutoff, float64(half)+1)
			sum += row[j]
		}
		c := all[p*r.taps : (p+1)*r.taps]
		for j := range row {
			c[r.taps-1-j] = float32(row[j] / sum)
		}
		r.coef[p] = c
	}
	r.buf = make([]float32, r.taps-1+resampleChunk)
	r.Reset()
	return r
}

// Process appends to dst what pcm comes to at the output rate, and returns the extended slice; pcm is not kept. The
// output is Delay later than the input; a run of n samples in, counted from the start, gives ceil(n*to/from) out.
func (r *Resampler) Process(dst, pcm []int16) []int16 {
	if r.up == r.down {
		return append(dst, pcm...)
	}
	for len(pcm) > 0 {
		n := min(len(pcm), resampleChunk)
		dst = r.chunk(dst, pcm[:n])
		pcm = pcm[n:]
	}
	return dst
}

func (r *Resampler) chunk(dst, pcm []int16) []int16 {
	fresh := r.buf[r.taps-1:]
	for i, s := range pcm {
		fresh[i] = float32(s)
	}
	end := r.taps - 1 + len(pcm)
	for r.pos < end {
		dst = append(dst, clip(dot(r.coef[r.phase], r.buf[r.pos-r.taps+1:r.pos+1])))
		for r.phase += r.down; r.phase >= r.up; r.phase -= r.up { // a few rounds; a division takes longer
			r.pos++
		}
	}
	r.pos -= len(pcm)
	copy(r.buf, r.buf[len(pcm):end])
	return dst
}

// Delay returns by how many output samples the output lags behind the input.
func (r *Resampler) Delay() int { return (r.taps/2*r.up + r.down/2) / r.down }

// Reset forgets what went before, as if the resampler were new.
func (r *Resampler) Reset() {
	clear(r.buf)
	r.pos, r.phase = r.taps-1, 0
}

// Resample returns pcm at another rate, aligned with the input: ceil(len*to/from) samples without delay. It panics on
// a rate below 1.
func Resample(pcm []int16, from, to int) []int16 {
	r := NewResampler(from, to)
	if len(pcm) == 0 || r.up == r.down {
		return append([]int16(nil), pcm...)
	}
	n := int((int64(len(pcm))*int64(r.up) + int64(r.down) - 1) / int64(r.down))
	r.pos += r.taps / 2 // start where the filter is centred on the first sample
	out := r.Process(make([]int16, 0, n+resampleZeros*4), pcm)
	for tail := make([]int16, r.taps); len(out) < n; {
		out = r.Process(out, tail)
	}
	return out[:n:n]
}

func clip(v float32) int16 {
	switch {
	case v >= math.MaxInt16:
		return math.MaxInt16
	case v <= math.MinInt16:
		return math.MinInt16
	case v < 0:
		return int16(v - 0.5)
	}
	return int16(v + 0.5)
}

// windowedSinc is the impulse response at t input samples for a low pass of the given cut-off (1 = half the input
// rate), zero beyond half.
func windowedSinc(t, cutoff, half float64) float64 {
	x := t / half
	if x <= -1 || x >= 1 {
		return 0
	}
	w := bessel0(resampleBeta*math.Sqrt(1-x*x)) / bessel0(resampleBeta)
	if t == 0 {
		return cutoff * w
	}
	return math.Sin(math.Pi*cutoff*t) / (math.Pi * t) * w
}

// bessel0 is the modified Bessel function of the first kind, order 0.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
