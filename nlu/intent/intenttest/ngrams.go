// Package intenttest has an embedder for tests that must not depend on weights.
package intenttest

import (
	"context"
	"hash/fnv"
	"math"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Ngrams embeds texts without a model: words and runs of three letters (of one and two characters in Chinese), hashed.
// It knows no meaning. The zero value is not usable.
type Ngrams struct{ dim int }

// NewNgrams returns an embedder of vectors of length dim.
func NewNgrams(dim int) *Ngrams { return &Ngrams{max(8, dim)} }

// Embed never fails unless ctx has ended.
func (g *Ngrams) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := make([]float32, g.dim)
		for _, w := range hanzi.Segment(hanzi.Simplify(hanzi.Fold(t))) {
			g.put(v, w, 1)
			rs := []rune("^" + w + "$")
			n := 3
			if hanzi.HasHan(w) {
				n = 1
				rs = []rune(w)
			}
			for k := 0; k+n <= len(rs); k++ {
				g.put(v, "#"+string(rs[k:k+n]), 0.5)
			}
		}
		norm := 0.0
		for _, f := range v {
			norm += float64(f * f)
		}
		if norm > 0 {
			for k := range v {
				v[k] /= float32(math.Sqrt(norm))
			}
		}
		out[i] = v
	}
	return out, nil
}

func (g *Ngrams) put(v []float32, s string, weight float32) {
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(s))) // a hash never fails to take bytes
	n := h.Sum64()
	if n>>63 == 1 {
		weight = -weight
	}
	v[n%uint64(g.dim)] += weight
}
