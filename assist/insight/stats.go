package insight

import (
	"math"
	"slices"

	"github.com/parley-voice/parley/assist/quality"
)

// Interval holds 95 % of what other samples of the same size would give, if calls were drawn by chance.
type Interval struct{ Low, High float64 }

const z95 = 1.959964

// Wilson is the interval of a share, k of n: the whole of 0..1 for n 0.
func Wilson(k, n float64) Interval { return Interval(quality.Wilson(k, n)) }

// sample is what a mean is made of.
type sample struct {
	n         int
	mean, ssq float64 // ssq is the sum of squared distances from the mean
}

// add takes a value in, without losing precision to large sums.
func (s *sample) add(v float64) {
	s.n++
	d := v - s.mean
	s.mean += d / float64(s.n)
	s.ssq += d * (v - s.mean)
}

// variance is that of the mean itself.
func (s *sample) variance() float64 {
	if s.n < 2 {
		return math.Inf(1)
	}
	return s.ssq / float64(s.n-1) / float64(s.n)
}

// Mean is the interval of a mean by Student's t; false for fewer than two values.
func (s *sample) interval() (Interval, bool) {
	if s.n < 2 {
		return Interval{}, false
	}
	half := studentT(float64(s.n-1)) * math.Sqrt(s.variance())
	return Interval{s.mean - half, s.mean + half}, true
}

// studentT is the 97.5 % quantile of Student's t with df degrees of freedom, df >= 1.
func studentT(df float64) float64 {
	low, high := 1.9, 13.0
	for range 60 {
		mid := (low + high) / 2
		if tailT(mid, df) > 0.025 {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// tailT is the probability that t with df degrees of freedom is larger than x >= 0.
func tailT(x, df float64) float64 { return 0.5 * betaShare(df/2, 0.5, df/(df+x*x)) }

// betaShare is the regularised incomplete beta function I_x(a, b).
func betaShare(a, b, x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, 1-x)/b
}

// betaFraction is the continued fraction of the incomplete beta function, by Lentz's method.
func betaFraction(a, b, x float64) float64 {
	const tiny, enough = 1e-300, 1e-14
	guard := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/guard(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < 1000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / guard(1+even*d)
		c = guard(1 + even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / guard(1+odd*d)
		c = guard(1 + odd/c)
		h *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return h
}

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
	return betaShare(float64(k), float64(n-k+1), p)
}

// shareChange is the interval of the difference between two shares, now - before (Newcombe's, from Wilson's).
func shareChange(k, n, k0, n0 float64) (float64, Interval) {
	p, p0 := k/n, k0/n0
	w, w0 := Wilson(k, n), Wilson(k0, n0)
	d := p - p0
	return d, Interval{d - math.Hypot(p-w.Low, w0.High-p0), d + math.Hypot(w.High-p, p0-w0.Low)}
}

// meanChange is the interval of the difference between two means (Welch's); false when either has fewer than two values.
func meanChange(now, before sample) (float64, Interval, bool) {
	d := now.mean - before.mean
	if now.n < 2 || before.n < 2 {
		return d, Interval{}, false
	}
	v, v0 := now.variance(), before.variance()
	if v+v0 == 0 {
		return d, Interval{d, d}, true
	}
	df := (v + v0) * (v + v0) / (v*v/float64(now.n-1) + v0*v0/float64(before.n-1))
	half := studentT(max(1, df)) * math.Sqrt(v+v0)
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
