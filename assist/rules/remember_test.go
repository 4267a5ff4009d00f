package rules_test

import (
	"context"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/parley-voice/parley/knowledge/embed"
)

// remembering keeps vectors: what is learnt from is judged as well, learnt from once for each batch, and the same in the
// next run of the tests. It is safe for concurrent use.
type remembering struct {
	em   *embed.Embedder
	path string // of what is kept from run to run

	mu   sync.Mutex
	by   map[string][]float32
	grew bool
}

// remember returns an Embedder over em that begins with what earlier runs with the same weights have kept.
func remember(em *embed.Embedder) *remembering {
	r := &remembering{em: em, by: map[string][]float32{}}
	dir, err := os.UserCacheDir()
	if err != nil {
		return r
	}
	r.path = filepath.Join(dir, "parley", "tests", "vectors", em.Hash()[:16]+".gob")
	f, err := os.Open(r.path)
	if err != nil { // the first run
		return r
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&r.by); err != nil { // half a file: all is made again
		r.by = map[string][]float32{}
	}
	return r
}

// save keeps what there is for the next run.
func (r *remembering) save() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.path == "" || !r.grew {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return fmt.Errorf("keep vectors: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(r.path), "new-*")
	if err != nil {
		return fmt.Errorf("keep vectors: %w", err)
	}
	err = gob.NewEncoder(f).Encode(r.by)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), r.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keep vectors: %w", err)
	}
	return nil
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
		r.by[text], r.grew = vecs[i], true
	}
}
