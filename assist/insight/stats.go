package insight

import (
	"math"
	"slices"

	"github.com/parley-voice/parley/assist/quality"
)

// Interval holds 95 % of what other samples of the same size would give, if calls were drawn by chance.
type Interval quality.Range

const z95 = 1.959964

// Wilson is the interval of a share, k of n: the whole of 0..1 for n 0.
func Wilson(k, n float64) Interval { return Interval(quality.Wilson(k, n)) }

// AtLeast is the probability of k or more among n when each is one with probability p. It is how a surge is told from
// chance: of the n callers of two times, k would be in the later one by its share p of all calls.
func AtLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n || p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	return quality.BetaShare(float64(k), float64(n-k+1), p)
}

// shareChange is the interval of the difference between two shares, now - before (Newcombe's, from Wilson's).
func shareChange(k, n, k0, n0 float64) (float64, Interval) {
	p, p0 := k/n, k0/n0
	w, w0 := Wilson(k, n), Wilson(k0, n0)
	d := p - p0
	return d, between(p, p0, w.Low, w.High, w0.Low, w0.High)
}

// shareFactor is how many times the share k0 of n0 the share k of n is, with the interval of the ratio by its logarithm; none of
// them is 0.
func shareFactor(k, n, k0, n0 int) (float64, Interval) {
	f := float64(k) / float64(n) / (float64(k0) / float64(n0))
	half := z95 * math.Sqrt(1/float64(k)-1/float64(n)+1/float64(k0)-1/float64(n0))
	return f, Interval{f * math.Exp(-half), f * math.Exp(half)}
}

// between is the interval of the difference of two figures, now - before, from theirs.
func between(now, before, low, high, low0, high0 float64) Interval {
	d := now - before
	return Interval{d - math.Hypot(now-low, high0-before), d + math.Hypot(high-now, before-low0)}
}

// meanChange is the interval of the difference between two means (Welch's); false when either has fewer than two values.
func meanChange(now, before quality.Sample) (float64, Interval, bool) {
	d := now.Mean - before.Mean
	if now.N < 2 || before.N < 2 {
		return d, Interval{}, false
	}
	v, v0 := now.Variance(), before.Variance()
	if v+v0 == 0 {
		return d, Interval{d, d}, true
	}
	df := (v + v0) * (v + v0) / (v*v/float64(now.N-1) + v0*v0/float64(before.N-1))
	half := quality.StudentT(max(1, df)) * math.Sqrt(v+v0)
	return d, Interval{d - half, d + half}, true
}

// discoveries says which of several findings stand when at most a twentieth of those that do may be chance (Benjamini and
// Hochberg).
func discoveries(p []float64) []bool {
	const rate = 0.05
	sorted := slices.Sorted(slices.Values(p))
	limit := -1.0
	for i, v := range sorted {
		if v <= rate*float64(i+1)/float64(len(p)) {
			limit = v
		}
	}
	out := make([]bool, len(p))
	for i, v := range p {
		out[i] = v <= limit
	}
	return out
}
