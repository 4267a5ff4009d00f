package quality

import "math"

// Sample is what a mean is made of.
type Sample struct {
	N    int
	Mean float64
	ssq  float64 // sum of squared distances from the mean
}

// Add takes a value in, without losing precision to large sums.
func (s *Sample) Add(v float64) {
	s.N++
	d := v - s.Mean
	s.Mean += d / float64(s.N)
	s.ssq += d * (v - s.Mean)
}

// Variance is that of the mean itself.
func (s *Sample) Variance() float64 {
	if s.N < 2 {
		return math.Inf(1)
	}
	return s.ssq / float64(s.N-1) / float64(s.N)
}

// Range is the interval of a mean by Student's t; false for fewer than two values.
func (s *Sample) Range() (Range, bool) {
	if s.N < 2 {
		return Range{}, false
	}
	half := StudentT(float64(s.N-1)) * math.Sqrt(s.Variance())
	return Range{s.Mean - half, s.Mean + half}, true
}

// StudentT is the 97.5 % quantile of Student's t with df degrees of freedom, df >= 1.
func StudentT(df float64) float64 {
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
func tailT(x, df float64) float64 { return 0.5 * BetaShare(df/2, 0.5, df/(df+x*x)) }

// BetaShare is the regularised incomplete beta function I_x(a, b).
func BetaShare(a, b, x float64) float64 {
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
