package pipeline

import (
	"math"

	"github.com/parley-voice/parley/pipeline/audio"
)

// The echo detector compares what arrives with what was sent, at a quarter of the rate: speech has most of its energy
// below 2 kHz, and the search is sixteen times cheaper.
const (
	echoDecimate = 4
	echoRate     = audio.Rate / echoDecimate
	echoWindow   = echoRate * 200 / 1000 // compared samples: 200 ms
	echoReach    = echoRate * 700 / 1000 // longest delay: 700 ms
	echoAlike    = 0.55                  // correlation above which what arrives is an echo
)

// echo tells the bot's own voice, come back over the line, from a caller's. It is used by the media loop only.
type echo struct {
	sent, got []float32 // decimated, newest last
	lag       int       // delay that fitted best last time, 0 when unknown
}

// push takes the frame that was sent and the one that arrived in the same tick.
func (e *echo) push(sent, got []int16) {
	e.sent = keepLast(decimate(e.sent, sent), echoWindow+echoReach)
	e.got = keepLast(decimate(e.got, got), echoWindow)
}

// heard reports whether the last 200 ms that arrived are an echo of something sent in the 700 ms before.
func (e *echo) heard() bool {
	if len(e.got) < echoWindow || len(e.sent) < echoWindow+echoDecimate {
		return false
	}
	if e.lag > 0 {
		for l := max(0, e.lag-3); l <= e.lag+3; l++ {
			if e.alike(l) > echoAlike {
				e.lag = l
				return true
			}
		}
	}
	best, at := 0.0, 0
	for l := 0; l+echoWindow <= len(e.sent); l++ {
		if c := e.alike(l); c > best {
			best, at = c, l
		}
	}
	if best > echoAlike {
		e.lag = max(at, 1)
		return true
	}
	return false
}

// alike is the normalised correlation, 0..1, of what arrived with what was sent lag samples earlier.
func (e *echo) alike(lag int) float64 {
	end := len(e.sent) - lag
	if end < echoWindow {
		return 0
	}
	s := e.sent[end-echoWindow : end]
	g := e.got[len(e.got)-echoWindow:]
	var sg, ss, gg float32
	for i, x := range s {
		y := g[i]
		sg += x * y
		ss += x * x
		gg += y * y
	}
	if ss < 1e3 || gg < 1e2 {
		return 0
	}
	return math.Abs(float64(sg)) / math.Sqrt(float64(ss)*float64(gg))
}

// decimate appends pcm at a quarter of its rate; the mean of four samples is filter enough here.
func decimate(dst []float32, pcm []int16) []float32 {
	for i := 0; i+echoDecimate <= len(pcm); i += echoDecimate {
		sum := float32(0)
		for _, v := range pcm[i : i+echoDecimate] {
			sum += float32(v)
		}
		dst = append(dst, sum/echoDecimate)
	}
	return dst
}

func keepLast(x []float32, n int) []float32 {
	if len(x) <= n {
		return x
	}
	return append(x[:0], x[len(x)-n:]...)
}
