package vector

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// unit returns n random vectors of length one that lie around a few centres, as texts do.
func unit(rnd *rand.Rand, n, dim int) []float32 {
	const centres = 50
	mid := make([]float32, centres*dim)
	for i := range mid {
		mid[i] = float32(rnd.NormFloat64())
	}
	out := make([]float32, n*dim)
	for i := range n {
		row, c := out[i*dim:(i+1)*dim], rnd.IntN(centres)
		var sum float64
		for j := range row {
			row[j] = mid[c*dim+j] + float32(rnd.NormFloat64())
			sum += float64(row[j]) * float64(row[j])
		}
		for j := range row {
			row[j] /= float32(math.Sqrt(sum))
		}
	}
	return out
}

// exact ranks by the full numbers alone.
func exact(vectors, q []float32, k int) []Hit {
	var all []Hit
	for i := range len(vectors) / len(q) {
		all = append(all, Hit{int32(i), Dot(q, vectors[i*len(q):])})
	}
	slices.SortFunc(all, better)
	return all[:min(k, len(all))]
}

func TestSearchFindsWhatIsNearest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ n, dim int }{{0, 8}, {1, 3}, {7, 64}, {600, 100}, {20000, 384}, {20000, 512}} {
		vectors := unit(rnd, c.n, c.dim)
		s := New(vectors, c.dim)
		var found, all int
		for range 30 {
			q := unit(rnd, 1, c.dim)
			if c.n > 0 {
				at := rnd.IntN(c.n)
				for j := range q {
					q[j] = 0.3*q[j] + vectors[at*c.dim+j]
				}
			}
			want, got := exact(vectors, q, 10), s.Search(q, 10)
			if len(want) != len(got) {
				t.Fatalf("%v: %d hits, want %d", c, len(got), len(want))
			}
			for _, h := range got {
				all++
				if slices.Contains(want, h) {
					found++
				}
			}
		}
		if float64(found) < 0.999*float64(all) {
			t.Errorf("%v: recall %d of %d", c, found, all)
		}
	}
}

func TestSearchOddQueries(t *testing.T) {
	s := New([]float32{1, 0, 0, 1}, 2)
	for name, got := range map[string][]Hit{
		"none wanted": s.Search([]float32{1, 0}, 0), "other length": s.Search([]float32{1}, 3), "empty": New(nil, 0).Search(nil, 1),
	} {
		if got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := s.Search([]float32{0, 0}, 2); len(got) != 2 || got[0].Row != 0 {
		t.Errorf("a query of zeros: %v", got)
	}
	if got := s.Search([]float32{float32(math.NaN()), 0}, 1); len(got) != 1 {
		t.Errorf("not a number: %v", got)
	}
}

// FuzzKernels holds that all kernels of this processor give the same numbers.
func FuzzKernels(f *testing.F) {
	f.Add([]byte{0, 1, 127, 128, 129, 255}, uint8(1), uint8(3))
	f.Add(make([]byte, 200), uint8(6), uint8(1))
	f.Fuzz(func(t *testing.T, raw []byte, chunks, rows uint8) {
		stride, n := lane*(1+int(chunks%9)), 1+int(rows%40)
		at := 0
		next := func() int8 {
			if len(raw) == 0 {
				return 5
			}
			at++
			return max(-127, int8(raw[at%len(raw)])^int8(at/len(raw)&1))
		}
		q := &query{signed: make([]int8, stride), wide: make([]int16, stride), shift: make([]uint8, stride)}
		for i := range q.signed {
			c := next()
			q.signed[i], q.wide[i], q.shift[i] = c, int16(c), uint8(int16(c)+128)
		}
		codes, sums := make([]int8, n*stride), make([]int32, n)
		for i := range codes {
			codes[i] = next()
			sums[i/stride] += int32(codes[i])
		}
		want := make([]int32, n)
		for i := range want {
			for j := range stride {
				want[i] += int32(q.signed[j]) * int32(codes[i*stride+j])
			}
		}
		for _, k := range append(kernels(), named{"plain", plain}) {
			got := make([]int32, n)
			k.run(q, codes, sums, stride, got)
			if !slices.Equal(want, got) {
				t.Fatalf("%s: %v, want %v", k.name, got, want)
			}
		}
	})
}

func BenchmarkSearch100k(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	s, q := New(unit(rnd, 100_000, 384), 384), unit(rnd, 1, 384)
	for _, k := range append(kernels(), named{"plain", plain}) {
		b.Run(k.name, func(b *testing.B) {
			old := kernel
			defer func() { kernel = old }()
			kernel = k.run
			for b.Loop() {
				s.Search(q, 10)
			}
		})
	}
}
