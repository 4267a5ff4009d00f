// Package vector finds the nearest of up to some hundred thousand vectors by looking at every one of them: first at one
// byte a number, with the widest instructions the processor has, then at the full numbers of the few that are left.
// Nothing is missed but what rounding to bytes hides, which the second look makes good.
package vector

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
)

// Hit is a vector found.
type Hit struct {
	Row   int32   // its place in the vectors given to New
	Score float32 // inner product with the query
}

// Scan holds vectors for searching. It is immutable and safe for concurrent use.
type Scan struct {
	dim, stride int
	full        []float32 // the caller's
	codes       []int8    // stride bytes a row, zeros behind dim
	scale       []float32 // what a code of a row is worth
	sums        []int32   // of a row's codes
}

// lane is the number of codes the widest kernel takes at once; rows are filled up to a multiple of it.
const lane = 64

// block is the number of rows scored before their scores are looked at.
const block = 512

// alone is the number of rows from which a scan is shared between the processors.
const alone = 16384

// New prepares vectors, dim numbers each, one after the other. The slice is kept and must not be changed. It takes
// about a quarter of their size on top.
func New(vectors []float32, dim int) *Scan {
	if dim <= 0 {
		return &Scan{}
	}
	n := len(vectors) / dim
	s := &Scan{dim: dim, stride: (dim + lane - 1) / lane * lane, full: vectors, scale: make([]float32, n), sums: make([]int32, n)}
	s.codes = make([]int8, n*s.stride)
	for i := range n {
		row := s.codes[i*s.stride : (i+1)*s.stride]
		s.scale[i] = quantise(vectors[i*dim:(i+1)*dim], row)
		for _, c := range row {
			s.sums[i] += int32(c)
		}
	}
	return s
}

// Packed returns s without the full numbers, for Dots alone: Search finds nothing in it.
func (s *Scan) Packed() *Scan {
	out := *s
	out.full = nil
	return &out
}

// Dots writes the inner product of q with every row, but for the rounding to bytes (about a hundredth of the lengths),
// into into, which has room for Len numbers. q must have the length of the rows.
func (s *Scan) Dots(q []float32, into []float32) {
	query := newQuery(q, s.stride)
	var dots [block]int32
	for i := 0; i < s.Len(); i += block {
		n := min(block, s.Len()-i)
		kernel(query, s.codes[i*s.stride:(i+n)*s.stride], s.sums[i:i+n], s.stride, dots[:n])
		for j, d := range dots[:n] {
			into[i+j] = float32(d) * s.scale[i+j] * query.scale
		}
	}
}

// Len is the number of vectors.
func (s *Scan) Len() int { return len(s.scale) }

// quantise writes v in steps of the scale returned, -127..127.
func quantise(v []float32, into []int8) float32 {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	if most == 0 || math.IsNaN(float64(most)) || math.IsInf(float64(most), 0) {
		return 0
	}
	f := 127 / most
	for i, x := range v {
		into[i] = int8(math.RoundToEven(float64(x * f)))
	}
	return most / 127
}

// Search returns the k vectors with the largest inner product with q, largest first; equal ones keep their order. A
// query of another length finds nothing. Large sets are scanned on all processors; it returns when all are done.
func (s *Scan) Search(q []float32, k int) []Hit {
	n := s.Len()
	if k <= 0 || n == 0 || len(q) != s.dim || s.full == nil {
		return nil
	}
	query := newQuery(q, s.stride)
	want := min(n, rescored(k))
	parts := 1
	if n >= alone {
		parts = min(runtime.GOMAXPROCS(0), n/(alone/2))
	}
	found := make([]*top, parts)
	var wait sync.WaitGroup
	for p := 1; p < parts; p++ {
		// Ends with its share of the rows; Wait below waits for all.
		wait.Go(func() { found[p] = s.scan(query, n*p/parts, n*(p+1)/parts, want) })
	}
	found[0] = s.scan(query, 0, n/parts, want)
	wait.Wait()
	var all []Hit
	for _, t := range found {
		all = append(all, t.hits...)
	}
	slices.SortFunc(all, better)
	all = all[:min(len(all), want)]
	for i := range all {
		all[i].Score = Dot(q, s.full[int(all[i].Row)*s.dim:])
	}
	slices.SortFunc(all, better)
	return all[:min(k, len(all))]
}

// rescored is how many vectors are looked at again in full to be sure of the best k.
func rescored(k int) int { return max(64, 4*k) }

func better(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row)) }

// query is a query in the form of each kernel.
type query struct {
	scale  float32
	signed []int8
	wide   []int16 // signed, two bytes each
	shift  []uint8 // signed + 128
}

func newQuery(q []float32, stride int) *query {
	out := &query{signed: make([]int8, stride), wide: make([]int16, stride), shift: make([]uint8, stride)}
	out.scale = quantise(q, out.signed)
	for i, c := range out.signed {
		out.wide[i], out.shift[i] = int16(c), uint8(int16(c)+128)
	}
	return out
}

// scan returns the best of the rows from..to by their codes.
func (s *Scan) scan(q *query, from, to, want int) *top {
	t := &top{want: want}
	var dots [block]int32
	for i := from; i < to; i += block {
		n := min(block, to-i)
		kernel(q, s.codes[i*s.stride:(i+n)*s.stride], s.sums[i:i+n], s.stride, dots[:n])
		for j, d := range dots[:n] {
			if score := float32(d) * s.scale[i+j]; score > t.floor || len(t.hits) < want {
				t.add(Hit{int32(i + j), score})
			}
		}
	}
	return t
}

// top keeps the best hits: it lets them run up to twice as many as wanted and then throws the worse half away.
type top struct {
	want  int
	floor float32 // nothing at or below it is among the best
	hits  []Hit
}

func (t *top) add(h Hit) {
	if len(t.hits) == 0 {
		t.hits = make([]Hit, 0, 2*t.want)
		t.floor = float32(math.Inf(-1))
	}
	t.hits = append(t.hits, h)
	if len(t.hits) == 2*t.want {
		slices.SortFunc(t.hits, better)
		t.hits = t.hits[:t.want]
		t.floor = t.hits[t.want-1].Score
	}
}

// Dot is the inner product of a and the first len(a) numbers of b. Four sums at once keep the processor from waiting for
// each addition.
func Dot[T float32 | float64](a, b []T) T {
	b = b[:len(a)]
	var s0, s1, s2, s3 T
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
