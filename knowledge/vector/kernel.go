package vector

// A kernelFunc writes the inner product of q with each row of codes, stride codes long (a multiple of lane), into dots.
// sums has the sum of each row's codes.
type kernelFunc func(q *query, codes []int8, sums []int32, stride int, dots []int32)

// named is a kernel with the name of the instructions it needs.
type named struct {
	name string
	run  kernelFunc
}

// kernel is the fastest one this processor runs.
var kernel, kernelName = choose()

// Kernel names the instructions in use: "avx512vnni", "avx2" or "plain".
func Kernel() string { return kernelName }

// choose takes the first kernel that agrees with the plain one.
func choose() (kernelFunc, string) {
	for _, k := range kernels() {
		if agrees(k.run) {
			return k.run, k.name
		}
	}
	return plain, "plain"
}

// agrees compares a kernel with the plain one on codes that go to every limit, so that a processor or an emulator that
// gets an instruction wrong costs time and not answers.
func agrees(k kernelFunc) bool {
	const stride, rows = 3 * lane, 5
	codes, sums := make([]int8, rows*stride), make([]int32, rows)
	v := make([]float32, stride)
	state := uint32(1)
	for i := range codes {
		state = state*1664525 + 1013904223
		codes[i] = int8(state >> 24)
		if codes[i] == -128 || i < stride {
			codes[i] = -127
		}
		sums[i/stride] += int32(codes[i])
	}
	for i := range v {
		state = state*1664525 + 1013904223
		v[i] = float32(int8(state >> 24))
	}
	q := newQuery(v, stride)
	var want, got [rows]int32
	plain(q, codes, sums, stride, want[:])
	k(q, codes, sums, stride, got[:])
	return want == got
}

// plain is the kernel for any processor.
func plain(q *query, codes []int8, _ []int32, stride int, dots []int32) {
	a := q.signed[:stride]
	for i := range dots {
		b := codes[i*stride : (i+1)*stride]
		b = b[:len(a)]
		var s0, s1 int32
		for j := 0; j+1 < len(a); j += 2 {
			s0 += int32(a[j]) * int32(b[j])
			s1 += int32(a[j+1]) * int32(b[j+1])
		}
		dots[i] = s0 + s1
	}
}
