package evalasr

import (
	"fmt"
	"math"

	"github.com/parley-voice/parley/pipeline/audio"
)

// The bands a recording can be put through.
const (
	bandClean = "clean"
	bandMuLaw = "mulaw"
	bandNoisy = "noisy"
)

// voices is the number of other recordings that make background babble.
const voices = 4

// telephone sends pcm through 8 kHz mu-law and back.
func telephone(pcm []int16) ([]int16, error) {
	enc, err := audio.NewEncoder("PCMU")
	if err != nil {
		return nil, err
	}
	dec, err := audio.NewDecoder("PCMU")
	if err != nil {
		return nil, err
	}
	narrow := audio.SampleRate("PCMU")
	coded, err := enc.Encode(nil, audio.Resample(pcm, audio.Rate, narrow))
	if err != nil {
		return nil, fmt.Errorf("encode as telephone sound: %w", err)
	}
	heard, err := dec.Decode(nil, coded)
	if err != nil {
		return nil, fmt.Errorf("decode telephone sound: %w", err)
	}
	return audio.Resample(heard, narrow, audio.Rate), nil
}

// mixer puts noise under recordings.
type mixer struct {
	noise []int16 // nil: made of other recordings of the set
	snr   float64 // dB
}

func newMixer(f flags) (*mixer, error) {
	m := &mixer{snr: f.snr}
	if f.noise == "" || f.band != bandNoisy {
		return m, nil
	}
	c, err := audio.Load(f.noise)
	if err != nil {
		return nil, err
	}
	if m.noise = c.Mono16k(); len(m.noise) == 0 {
		return nil, fmt.Errorf("noise %s: %w", f.noise, audio.ErrFormat)
	}
	return m, nil
}

// mix returns item i of s, which is pcm, with noise under it. The same call always gives the same sound.
func (m *mixer) mix(s *set, i int, pcm []int16) ([]int16, error) {
	bed := make([]float64, len(pcm))
	if m.noise != nil {
		lay(bed, m.noise, i*audio.Rate)
	} else if err := babble(bed, s, i); err != nil {
		return nil, err
	}
	gain := rms(pcm) / math.Pow(10, m.snr/20)
	if r := rmsFloat(bed); r > 0 {
		gain /= r
	}
	out := make([]int16, len(pcm))
	for k, v := range pcm {
		out[k] = int16(max(math.MinInt16, min(math.MaxInt16, float64(v)+gain*bed[k])))
	}
	return out, nil
}

// babble adds other recordings of s, or noise where there are too few.
func babble(bed []float64, s *set, i int) error {
	if len(s.items) < 3 {
		lay(bed, audio.Noise(-20, audio.Duration(len(bed))+audio.FrameTime, uint64(i)), 0)
		return nil
	}
	for v := range voices {
		k := (i + 1 + v*7) % len(s.items)
		if k == i {
			k = (k + 1) % len(s.items)
		}
		other, err := s.load(k)
		if err != nil {
			return err
		}
		lay(bed, other, v*audio.Rate/2)
	}
	return nil
}

// lay adds sound to bed from sample `from` of sound on, again and again until bed is full.
func lay(bed []float64, sound []int16, from int) {
	if len(sound) == 0 {
		return
	}
	for k := range bed {
		bed[k] += float64(sound[(from+k)%len(sound)])
	}
}

func rms(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / max(1, float64(len(pcm))))
}

func rmsFloat(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / max(1, float64(len(x))))
}
