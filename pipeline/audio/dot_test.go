package audio

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The kernel that this processor gets computes what plain code does, for every length a filter may have.
func TestDot(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	a, b := make([]float32, 300), make([]float32, 300)
	for i := range a {
		a[i], b[i] = r.Float32()-0.5, 60000*(r.Float32()-0.5)
	}
	for n := range a {
		for _, from := range []int{0, 1} { // not aligned to anything
			if from > n {
				continue
			}
			got, want := dot(a[from:n], b[from:n]), dotPlain(a[from:n], b[from:n])
			if d := math.Abs(float64(got - want)); d > 0.1 {
				t.Fatalf("%d numbers from %d: %g, want %g", n-from, from, got, want)
			}
		}
	}
}
