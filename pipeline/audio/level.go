package audio

import (
	"math"
)

// Quietest is the level of digital silence as Level gives it, in dBFS.
const Quietest = -120.0

// Level returns the RMS level of pcm in dB relative to full scale, where a square wave of full amplitude is 0 and a
// sine of full amplitude -3; never below Quietest.
func Level(pcm []int16) float64 {
	if len(pcm) == 0 {
		return Quietest
	}
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	if sum == 0 {
		return Quietest
	}
	return max(Quietest, 10*math.Log10(sum/float64(len(pcm))/(32768*32768)))
}

// speechRange is how far below its loudest frame speech goes; what is softer is a pause.
const speechRange = 25.0

// SpeechLevel returns how loud the speech in pcm is, in dBFS: the RMS level over the frames that carry speech, so that
// pauses do not make it softer. It is Quietest when no frame is voiced.
func SpeechLevel(pcm []int16) float64 {
	loudest := Quietest
	for i := 0; i+FrameLen <= len(pcm); i += FrameLen {
		loudest = max(loudest, Level(pcm[i:i+FrameLen]))
	}
	if loudest <= VoicedDBFS {
		return Quietest
	}
	var sum float64
	n := 0
	for i := 0; i+FrameLen <= len(pcm); i += FrameLen {
		if l := Level(pcm[i : i+FrameLen]); l > loudest-speechRange {
			sum += math.Pow(10, l/10)
			n++
		}
	}
	return 10 * math.Log10(sum/float64(n))
}

// FromDB returns the factor that changes a level by db decibels; Quietest or less is 0.
func FromDB(db float64) float64 {
	if db <= Quietest {
		return 0
	}
	return math.Pow(10, db/20)
}

// Gain multiplies pcm in place by a factor that goes in a straight line from one value to another, clipping at full
// scale. With both equal it is a constant gain.
func Gain(pcm []int16, from, to float64) {
	step := (to - from) / float64(max(1, len(pcm)))
	for i, s := range pcm {
		pcm[i] = clip(float32(float64(s) * (from + step*float64(i+1))))
	}
}

// Mix adds src to dst in place, sample by sample, clipping at full scale. What src has beyond dst is ignored.
func Mix(dst, src []int16) {
	for i := range min(len(dst), len(src)) {
		dst[i] = int16(max(math.MinInt16, min(math.MaxInt16, int(dst[i])+int(src[i]))))
	}
}
