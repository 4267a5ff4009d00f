package audio

import (
	"fmt"
	"math"
	"testing"
)

func tone(freq float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(16384 * math.Sin(2*math.Pi*freq*float64(i)/float64(rate))))
	}
	return pcm
}

// power returns the power of pcm at freq, and of everything else, in dB relative to a tone of amplitude 16384.
func power(pcm []int16, freq float64, rate int) (at, rest float64) {
	pcm = pcm[len(pcm)/8 : len(pcm)*7/8]
	var sin, cos, norm float64
	res := make([]float64, len(pcm))
	w := func(i int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(pcm))) }
	for i, s := range pcm {
		a := 2 * math.Pi * freq * float64(i) / float64(rate)
		sin += w(i) * float64(s) * math.Sin(a)
		cos += w(i) * float64(s) * math.Cos(a)
		norm += w(i) / 2
	}
	sin, cos = sin/norm, cos/norm
	var e float64
	for i, s := range pcm {
		a := 2 * math.Pi * freq * float64(i) / float64(rate)
		res[i] = float64(s) - sin*math.Sin(a) - cos*math.Cos(a)
		e += res[i] * res[i]
	}
	db := func(amp2 float64) float64 { return 10 * math.Log10(amp2/(16384*16384)+1e-12) }
	return db(sin*sin + cos*cos), db(2 * e / float64(len(pcm)))
}

// TestResampleSweep sends tones through every pair of rates: those below 80 % of half the lower rate must come through
// at their level and clean of images and aliases, those that cannot be carried must vanish.
func TestResampleSweep(t *testing.T) {
	t.Parallel()
	pairs := [][2]int{
		{8000, 16000}, {16000, 8000}, {48000, 16000}, {16000, 48000}, {24000, 16000}, {22050, 16000}, {44100, 16000},
		{16000, 24000}, {32000, 16000}, {11025, 16000},
	}
	for _, p := range pairs {
		t.Run(fmt.Sprintf("%d-%d", p[0], p[1]), func(t *testing.T) {
			t.Parallel()
			from, to := p[0], p[1]
			low := float64(min(from, to)) / 2
			worstPass, worstRest, worstStop := 0.0, -200.0, -200.0
			for f := 0.02; f <= 0.80; f += 0.06 {
				at, rest := power(Resample(tone(f*low, from, from/2), from, to), f*low, to)
				if math.Abs(at) > math.Abs(worstPass) {
					worstPass = at
				}
				worstRest = max(worstRest, rest)
			}
			if to < from {
				for f := 1.06 * low; f < float64(from)/2*0.98; f += 0.11 * low {
					_, rest := power(Resample(tone(f, from, from/2), from, to), 0.0, to)
					worstStop = max(worstStop, rest)
				}
			}
			t.Logf("pass band to 0.80: %.2f dB, images and aliases %.1f dB, stop band %.1f dB, delay %.2f ms",
				worstPass, worstRest, worstStop, float64(NewResampler(from, to).Delay())*1000/float64(to))
			if math.Abs(worstPass) > 0.1 || worstRest > -65 || worstStop > -60 {
				t.Error("worse than 0.1 dB, -65 dB or -60 dB")
			}
		})
	}
}

// TestResampleStream checks that pieces of any size give what one piece gives, and that 20 ms come out for 20 ms in.
func TestResampleStream(t *testing.T) {
	t.Parallel()
	for _, from := range []int{8000, 16000, 22050, 24000, 44100, 48000} {
		in := tone(440, from, from)
		whole := NewResampler(from, Rate).Process(nil, in)
		if len(whole) != Rate {
			t.Errorf("%d: a second gave %d samples", from, len(whole))
		}
		r := NewResampler(from, Rate)
		var out []int16
		for i, n := 0, 1; i < len(in); n = n*7%509 + 1 {
			k := min(n, len(in)-i)
			out = r.Process(out, in[i:i+k])
			i += k
		}
		if len(out) != len(whole) {
			t.Fatalf("%d: pieces gave %d samples, the whole %d", from, len(out), len(whole))
		}
		for i := range out {
			if out[i] != whole[i] {
				t.Fatalf("%d: sample %d differs", from, i)
			}
		}
		r.Reset()
		for i := range 10 {
			if n := len(r.Process(nil, in[:from/50])); from%50 == 0 && n != FrameLen {
				t.Errorf("%d: frame %d gave %d samples", from, i, n)
			}
		}
	}
}

func TestResampleAligned(t *testing.T) {
	t.Parallel()
	for _, from := range []int{8000, 22050, 24000, 44100, 48000} {
		up := Resample(tone(300, from, from), from, Rate)
		if got := snr(tone(300, Rate, Rate), up, 0); got < 35 || len(up) != Rate {
			t.Errorf("%d to 16000: SNR %.1f dB, %d samples", from, got, len(up))
		}
	}
	if out := Resample(nil, 8000, Rate); len(out) != 0 {
		t.Error("sound out of nothing")
	}
	if out := Resample([]int16{1, 2, 3}, 44100, 8000); len(out) != 1 {
		t.Errorf("3 samples at 44100 gave %d at 8000", len(out))
	}
	loud := Resample([]int16{32767, -32768, 32767, -32768, 32767, 32767, 32767}, 8000, Rate)
	if len(loud) != 14 {
		t.Error("wrong length")
	}
}

func TestResampleAllocates(t *testing.T) {
	r := NewResampler(48000, Rate)
	in, out := make([]int16, 960), make([]int16, 0, 400)
	if n := testing.AllocsPerRun(100, func() { r.Process(out[:0], in) }); n > 0 {
		t.Errorf("allocates %.0f times a frame", n)
	}
}

func BenchmarkResample(b *testing.B) {
	for _, from := range []int{8000, 24000, 48000} {
		b.Run(fmt.Sprint(from), func(b *testing.B) {
			r := NewResampler(from, Rate)
			in, out := tone(440, from, from/50), make([]int16, 0, 400)
			for b.Loop() {
				r.Process(out[:0], in)
			}
		})
	}
}
