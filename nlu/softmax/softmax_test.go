package softmax_test

import (
	"math"
	"slices"
	"testing"

	"github.com/parley-voice/parley/nlu/softmax"
)

// corners are points around the corners of a square, with the corner's number, and one without a class far away.
func corners() (x [][]float64, class []int) {
	for i := range 40 {
		c := i % 4
		dx, dy := float64(i%5)/20, float64(i%7)/30
		x = append(x, []float64{2*float64(c%2) - 1 + dx, 2*float64(c/2) - 1 + dy})
		class = append(class, c)
	}
	return append(x, []float64{50, 50}), append(class, -1)
}

func TestFit(t *testing.T) {
	t.Parallel()
	x, class := corners()
	l := softmax.Fit(x, class, 4, 0.1)
	for i, c := range class {
		if c < 0 {
			continue
		}
		p := l.Scores(x[i])
		softmax.Normalize(p)
		if slices.Max(p) != p[c] || p[c] < 0.8 {
			t.Errorf("example %d of class %d: %v", i, c, p)
		}
	}
	if again := softmax.Fit(x, class, 4, 0.1); !slices.Equal(again.Scores(x[0]), l.Scores(x[0])) {
		t.Error("the same examples gave another layer")
	}
	// The more decay, the less sure.
	sure := func(decay float64) float64 {
		p := softmax.Fit(x, class, 4, decay).Scores(x[0])
		softmax.Normalize(p)
		return p[class[0]]
	}
	if a, b := sure(0.1), sure(30); a <= b {
		t.Errorf("decay 0.1: %.3f, decay 30: %.3f", a, b)
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	z := []float64{1000, 999, -1000}
	softmax.Normalize(z)
	if sum := z[0] + z[1] + z[2]; math.Abs(sum-1) > 1e-12 || z[0] <= z[1] || z[2] < 0 {
		t.Errorf("%v sums to %v", z, sum)
	}
}

// What was fitted, written and read again tells what it told, also where it was fitted beside the mean; for features of another
// number it tells nothing.
func TestRows(t *testing.T) {
	t.Parallel()
	x, class := corners()
	for _, row := range x {
		row[0] += 3
	}
	fitted := softmax.FitRows(x, class, 4, 0.1)
	rows := softmax.ReadRows(fitted.Heated(2).Bytes())
	for i, c := range class {
		if c < 0 {
			continue
		}
		got, want := rows.Scores(x[i], 4), fitted.Scores(x[i], 4)
		if len(got) != 4 || slices.Max(got) != got[c] {
			t.Fatalf("example %d of class %d: %v", i, c, got)
		}
		for k := range want {
			if math.Abs(got[k]-2*want[k]) > 1e-4 {
				t.Fatalf("scores %v, want twice %v", got, want)
			}
		}
	}
	if got := rows.Scores([]float64{1}, 4); got != nil {
		t.Errorf("scores of other features: %v", got)
	}
}
