package audio

import "golang.org/x/sys/cpu"

func init() {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		dot = dotWide
	}
}

//go:noescape
func dotAVX2(a, b *float32, n int) float32

func dotWide(a, b []float32) float32 {
	n := len(a) &^ 15
	if n == 0 {
		return dotPlain(a, b)
	}
	_ = b[len(a)-1]
	return dotAVX2(&a[0], &b[0], n) + dotPlain(a[n:], b[n:len(a)])
}
