package vector

import "golang.org/x/sys/cpu"

// kernels are those for this processor beside the plain one, fastest first.
func kernels() []named {
	var out []named
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VNNI {
		out = append(out, named{"avx512vnni", wide512})
	}
	if cpu.X86.HasAVX2 {
		out = append(out, named{"avx2", wide256})
	}
	return out
}

//go:noescape
func dotAVX2(q *int16, rows *int8, n, stride int, out *int32)

//go:noescape
func dotVNNI(q *uint8, rows *int8, n, stride int, out *int32)

func wide256(q *query, codes []int8, _ []int32, stride int, dots []int32) {
	if len(dots) == 0 {
		return
	}
	_ = codes[len(dots)*stride-1]
	dotAVX2(&q.wide[:stride][0], &codes[0], len(dots), stride, &dots[0])
}

// wide512 multiplies the codes with those of the query made positive by adding 128, which is taken off afterwards.
func wide512(q *query, codes []int8, sums []int32, stride int, dots []int32) {
	if len(dots) == 0 {
		return
	}
	_ = codes[len(dots)*stride-1]
	dotVNNI(&q.shift[:stride][0], &codes[0], len(dots), stride, &dots[0])
	for i := range dots {
		dots[i] -= 128 * sums[i]
	}
}
