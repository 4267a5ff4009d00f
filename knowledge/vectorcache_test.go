package knowledge

import (
	"encoding/gob"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// vectorCache embeds texts, and keeps the vectors in the folder $PARLEY_VECTORS between runs when that is set.
type vectorCache struct {
	t     testing.TB
	e     *remembering
	path  string
	known map[string][]float32
	grew  bool
}

func newVectorCache(t testing.TB, lang string) *vectorCache {
	t.Helper()
	v := &vectorCache{t: t, e: openEmbedder(t, lang), known: map[string][]float32{}}
	if dir := os.Getenv("PARLEY_VECTORS"); dir != "" {
		v.path = filepath.Join(dir, v.e.Hash()[:12]+".gob")
		if f, err := os.Open(v.path); err == nil {
			defer f.Close()
			if err := gob.NewDecoder(f).Decode(&v.known); err != nil {
				t.Fatal(err)
			}
		}
	}
	return v
}

// of returns the vector of text, nil for no text.
func (v *vectorCache) of(text string) []float32 {
	if text == "" {
		return nil
	}
	if vec, ok := v.known[text]; ok {
		return vec
	}
	vecs, err := v.e.Embed(v.t.Context(), []string{text})
	if err != nil {
		v.t.Fatal(err)
	}
	v.known[text], v.grew = vecs[0], true
	return vecs[0]
}

// make embeds texts on all cores, so that of finds them.
func (v *vectorCache) make(texts []string) {
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" || v.known[text] != nil })
	if len(texts) == 0 {
		return
	}
	vecs, err := v.e.Embed(v.t.Context(), texts)
	if err != nil {
		v.t.Fatal(err)
	}
	for i, text := range texts {
		v.known[text], v.grew = vecs[i], true
	}
}

// query makes a query of cleaned text, with its pieces.
func (v *vectorCache) query(clean string) Query {
	q, err := NewQuery(v.t.Context(), v.e, clean)
	if err != nil {
		v.t.Fatal(err)
	}
	return q
}

func (v *vectorCache) save() {
	if v.path == "" || !v.grew {
		return
	}
	f, err := os.Create(v.path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer f.Close()
	if err := gob.NewEncoder(f).Encode(v.known); err != nil {
		v.t.Fatal(err)
	}
}
