package tts

import (
	"math"

	"github.com/parley-voice/parley/pipeline/audio"
)

// What Finish leaves of silence around speech, and where it sets the level.
const (
	leadIn      = 15 * audio.SamplesPerMS
	leadOut     = 95 * audio.SamplesPerMS
	window      = 5 * audio.SamplesPerMS
	silenceDBFS = -50.0 // a window below this is silence
	targetDBFS  = -20.0 // level of the speaking parts
	maxGain     = 8.0
	ceiling     = 29000 // about -1 dBFS: nothing is louder
)

// Finish makes raw speech of an engine (16 kHz mono) ready to be played: silence before and after it is cut to 15 and
// 95 ms, the speaking parts are set to about -20 dBFS and peaks are kept below -1 dBFS. It works in place and returns
// a part of pcm; the result of sound without speech is empty.
func Finish(pcm []int16) []int16 {
	level(pcm)
	first, last := -1, 0
	for i := 0; i+window <= len(pcm); i += window {
		if rms(pcm[i:i+window]) > amplitude(silenceDBFS) {
			if first < 0 {
				first = i
			}
			last = i + window
		}
	}
	if first < 0 {
		return pcm[:0]
	}
	pcm = pcm[max(0, first-leadIn):min(len(pcm), last+leadOut)]
	fade(pcm, window)
	return pcm
}

// level sets the loudness of the speaking parts; a gain that would drive peaks over the ceiling is made smaller there.
func level(pcm []int16) {
	const frame = audio.FrameLen
	var loud float64
	for i := 0; i+window <= len(pcm); i += frame {
		loud = max(loud, rms(pcm[i:min(len(pcm), i+frame)]))
	}
	if loud == 0 {
		return
	}
	var sum float64
	n, peak := 0, 0.0
	for i := 0; i < len(pcm); i += frame {
		f := pcm[i:min(len(pcm), i+frame)]
		if r := rms(f); r > loud/10 { // within 20 dB of the loudest: somebody speaks
			sum += r * r * float64(len(f))
			n += len(f)
		}
	}
	for _, s := range pcm {
		peak = max(peak, math.Abs(float64(s)))
	}
	gain := min(amplitude(targetDBFS)/math.Sqrt(sum/float64(n)), maxGain)
	for i, s := range pcm {
		pcm[i] = int16(limit(float64(s)*gain, peak*gain))
	}
}

// limit bends values above -6 dBFS so that peak, the largest there is, lands below the ceiling.
func limit(v, peak float64) float64 {
	const knee = 16384
	a := math.Abs(v)
	if peak <= ceiling || a <= knee {
		return v
	}
	return math.Copysign(knee+(ceiling-knee)*math.Tanh((a-knee)/(ceiling-knee)), v)
}

// fade takes the edges of pcm in and out over n samples.
func fade(pcm []int16, n int) {
	n = min(n, len(pcm)/2)
	for i := range n {
		pcm[i] = int16(int(pcm[i]) * i / n)
		k := len(pcm) - 1 - i
		pcm[k] = int16(int(pcm[k]) * i / n)
	}
}

func amplitude(dbfs float64) float64 { return 32768 * math.Pow(10, dbfs/20) }

func rms(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}
