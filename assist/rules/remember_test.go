package rules_test

import (
	"context"
	"sync"

	"github.com/parley-voice/parley/assist/concern"
)

// remembering keeps vectors: what is learnt from is judged as well, and learnt from once for each batch. It is safe for
// concurrent use.
type remembering struct {
	em concern.Embedder

	mu sync.Mutex
	by map[string][]float32
}

// Embed implements concern.Embedder.
func (r *remembering) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if fresh := r.fresh(texts); len(fresh) > 0 {
		vecs, err := r.em.Embed(ctx, fresh)
		if err != nil {
			return nil, err
		}
		r.keep(fresh, vecs)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = r.by[text]
	}
	return out, nil
}

// fresh are those of texts that have no vector yet, each once.
func (r *remembering) fresh(texts []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	seen := map[string]bool{}
	for _, text := range texts {
		if _, ok := r.by[text]; !ok && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func (r *remembering) keep(texts []string, vecs [][]float32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, text := range texts {
		r.by[text] = vecs[i]
	}
}
