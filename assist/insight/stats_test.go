package insight

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/parley-voice/parley/assist/quality"
)

func near3(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.0006 {
		t.Errorf("%s: %.5f, want %.5f", what, got, want)
	}
}

// The values are those of published tables.
func TestIntervals(t *testing.T) {
	t.Parallel()
	w := Wilson(15, 148)
	near3(t, "wilson low", w.Low, 0.0624)
	near3(t, "wilson high", w.High, 0.1605)
	if w := Wilson(0, 10); w.Low != 0 || w.High < 0.27 || w.High > 0.28 {
		t.Errorf("none of ten: %+v", w)
	}
	if w := Wilson(0, 0); w != (Interval{0, 1}) {
		t.Errorf("of nothing: %+v", w)
	}
	for df, want := range map[float64]float64{1: 12.7062, 2: 4.3027, 5: 2.5706, 30: 2.0423, 1000: 1.9623} {
		near3(t, "t", quality.StudentT(df), want)
	}
	var s quality.Sample
	for _, v := range []float64{2, 4, 4, 4, 5, 5, 7, 9} {
		s.Add(v)
	}
	r, ok := s.Range()
	i := Interval(r)
	near3(t, "mean", s.Mean, 5)
	near3(t, "mean low", i.Low, 3.2125)
	near3(t, "mean high", i.High, 6.7875)
	if !ok {
		t.Error("no interval")
	}
	// Newcombe's own example: 56 of 70 and 48 of 80.
	d, i := shareChange(56, 70, 48, 80)
	near3(t, "difference", d, 0.2)
	near3(t, "difference low", i.Low, 0.0524)
	near3(t, "difference high", i.High, 0.3339)
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n int
		p    float64
	}{{3, 10, 0.2}, {10, 10, 0.9}, {1, 40, 0.01}, {30, 60, 0.4}, {200, 1000, 0.18}} {
		want := 0.0
		for k := c.k; k <= c.n; k++ {
			a, _ := math.Lgamma(float64(c.n + 1))
			b, _ := math.Lgamma(float64(k + 1))
			d, _ := math.Lgamma(float64(c.n - k + 1))
			want += math.Exp(a - b - d + float64(k)*math.Log(c.p) + float64(c.n-k)*math.Log1p(-c.p))
		}
		if got := AtLeast(c.k, c.n, c.p); math.Abs(got-want) > 1e-9 {
			t.Errorf("%+v: %g, want %g", c, got, want)
		}
	}
	for _, c := range []struct {
		k, n int
		p    float64
		want float64
	}{{0, 5, 0.1, 1}, {6, 5, 0.5, 0}, {1, 5, 0, 0}, {5, 5, 1, 1}} {
		if got := AtLeast(c.k, c.n, c.p); got != c.want {
			t.Errorf("%+v: %g", c, got)
		}
	}
}

// Intervals of 95 % hold the truth about that often.
func TestIntervalsHoldTheTruth(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const draws = 2000
	for _, n := range []int{12, 60} {
		share, mean := 0, 0
		for range draws {
			k := 0
			var s quality.Sample
			for range n {
				if r.Float64() < 0.3 {
					k++
				}
				s.Add(100 + 20*r.NormFloat64())
			}
			if w := Wilson(float64(k), float64(n)); w.Low <= 0.3 && 0.3 <= w.High {
				share++
			}
			if i, _ := s.Range(); i.Low <= 100 && 100 <= i.High {
				mean++
			}
		}
		for what, held := range map[string]int{"share": share, "mean": mean} {
			if p := float64(held) / draws; p < 0.92 || p > 0.98 {
				t.Errorf("%s of %d: held %.3f of the time", what, n, p)
			}
		}
	}
}

func TestDiscoveriesAreRarelyChance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	runs := 0
	for range 400 {
		p := make([]float64, 50)
		for i := range p {
			p[i] = r.Float64() // nothing has changed
		}
		for _, d := range discoveries(p) {
			if d {
				runs++
				break
			}
		}
	}
	if runs > 40 { // a twentieth of 400 is 20
		t.Errorf("%d of 400 runs over nothing found something", runs)
	}
	if got := discoveries([]float64{0.001, 0.9, 0.02, 0.03}); !got[0] || got[1] || !got[2] || !got[3] {
		t.Errorf("%v", got)
	}
}
