package audio

import "math"

// keyLow and keyHigh are the tones of keys, in Hz: one of each group sounds.
var (
	keyLow  = [4]float64{697, 770, 852, 941}
	keyHigh = [4]float64{1209, 1336, 1477, 1633}
)

// Bounds of IsKeyTone.
const (
	keyShare = 0.7   // of the power of a frame that its two tones must have; a voice spreads it over many
	keyTwist = 8.0   // the one tone over the other, in power, at most: 9 dB
	keyQuiet = -42.0 // dBFS below which nothing is looked at
)

// IsKeyTone reports whether a frame of 20 ms is the sound of a key (DTMF): two tones of the grid, and little else. A frame
// in which a tone only begins counts when it is loud enough in it. It is meant for keeping keys out of recordings, not
// for reading them.
func IsKeyTone(frame []int16) bool {
	if len(frame) == 0 || Level(frame) < keyQuiet {
		return false
	}
	var total float64
	for _, s := range frame {
		total += float64(s) * float64(s)
	}
	low, high := strongest(frame, keyLow), strongest(frame, keyHigh)
	if low > high*keyTwist || high > low*keyTwist {
		return false
	}
	return low+high > keyShare*total
}

// strongest is the most power that one of four tones has in a frame, in the unit of the sum of squares.
func strongest(frame []int16, tones [4]float64) float64 {
	best := 0.0
	for _, f := range tones {
		best = max(best, goertzel(frame, f))
	}
	return best
}

// goertzel is the power of frequency f in a frame.
func goertzel(frame []int16, f float64) float64 {
	k := 2 * math.Cos(2*math.Pi*f/Rate)
	var a, b float64
	for _, s := range frame {
		a, b = float64(s)+k*a-b, a
	}
	return (a*a + b*b - k*a*b) * 2 / float64(len(frame))
}
