package keeping

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestNeedles looks for many texts at once, in text that has many of their beginnings, and for each alone.
func TestNeedles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // guards nothing
	for range 200 {
		buf := []byte(strings.Repeat("ab", r.IntN(20)))
		for range r.IntN(400) {
			buf = append(buf, "abc"[r.IntN(3)])
		}
		var all [][]byte
		for range r.IntN(60) {
			n := make([]byte, 1+r.IntN(14))
			for i := range n {
				n[i] = "abcd"[r.IntN(4)]
			}
			all = append(all, n)
		}
		if len(buf) > signLen {
			all = append(all, buf[len(buf)-signLen:], buf[:signLen], buf)
		}
		got, want := make([]bool, len(all)), make([]bool, len(all))
		newNeedles(all).in(buf, got)
		for i, n := range all {
			want[i] = bytes.Contains(buf, n)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", all, buf, got, want)
		}
	}
}

func BenchmarkNeedles(b *testing.B) {
	var text bytes.Buffer
	var all [][]byte
	for i := range 40_000 {
		fmt.Fprintf(&text, "I have a question about invoice %d, please.\n", i)
		if i%20 == 0 {
			all = append(all, fmt.Appendf(nil, "I have a question about order %d, please.", i))
		}
	}
	s, found := newNeedles(all), make([]bool, len(all))
	b.SetBytes(int64(text.Len()))
	b.Run("at once", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			s.in(text.Bytes(), found)
		}
	})
	b.Run("each", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			for _, n := range all {
				_ = bytes.Contains(text.Bytes(), n)
			}
		}
	})
}
