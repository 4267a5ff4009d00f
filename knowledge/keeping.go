package knowledge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// What every store of entries does alike, whatever database it keeps them in.

// KeptEmbedder is an Embedder whose vectors can be kept: Hash names the model that made them.
type KeptEmbedder interface {
	Embedder
	Hash() string
}

// Parts of an entry that have a vector; similar questions count up from 1.
const (
	PartAnswer   = -1
	PartQuestion = 0
)

// PartVector is one vector of an entry.
type PartVector struct {
	Embedder string // hash of the one that made it
	Part     int
	Vec      []float32
}

// VectorKey identifies the texts of an entry that have vectors: entries with the same key have the same ones.
func VectorKey(e Entry) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{e.Lang}, textsOf(e)...), "\x00")))
	return string(sum[:])
}

// VectorCount is how many texts of entries have a vector each: answers, questions and similar questions.
func VectorCount(entries ...Entry) int {
	n := 0
	for _, e := range entries {
		n += 2 + len(e.Similar)
	}
	return n
}

// madeTogether is how many entries are given to an embedder at once: one by one, a core that has made the vector of a short
// question would wait for the one that makes that of its long answer.
const madeTogether = 32

// MakeVectors makes the vectors of entries, by VectorKey, with the embedder of each one's language; entries without one
// are passed over. progress, which may be nil, is told every few entries of how many texts are done. It blocks and ends with ctx.
func MakeVectors(ctx context.Context, embedders map[string]KeptEmbedder, entries []Entry, progress func(done, total int)) (map[string][]PartVector, error) {
	total, done := VectorCount(entries...), 0
	out := make(map[string][]PartVector, len(entries))
	for some := range slices.Chunk(entries, madeTogether) {
		byLang := map[string][]Entry{}
		for _, e := range some {
			byLang[e.Lang] = append(byLang[e.Lang], e)
		}
		for lang, list := range byLang {
			if em := embedders[lang]; em != nil {
				if err := makeTogether(ctx, em, list, out); err != nil {
					return nil, err
				}
			}
		}
		done += VectorCount(some...)
		if progress != nil {
			progress(done, total)
		}
	}
	return out, nil
}

// makeTogether puts the vectors of entries, which share a language, into out. A text that several of them have is embedded once.
func makeTogether(ctx context.Context, em KeptEmbedder, entries []Entry, out map[string][]PartVector) error {
	var texts []string
	at := map[string]int{} // of a text in texts
	for _, e := range entries {
		for _, text := range textsOf(e) {
			if _, ok := at[text]; !ok {
				at[text] = len(texts)
				texts = append(texts, text)
			}
		}
	}
	vecs, err := em.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("make vectors of %d entries, the first of them %s: %w", len(entries), entries[0].ID, err)
	}
	for _, e := range entries {
		parts := make([]PartVector, 0, VectorCount(e))
		for i, text := range textsOf(e) {
			parts = append(parts, PartVector{em.Hash(), PartAnswer + i, vecs[at[text]]})
		}
		out[VectorKey(e)] = parts
	}
	return nil
}

// textsOf are the texts of e that have vectors, in the order of their parts from PartAnswer on.
func textsOf(e Entry) []string {
	return append([]string{e.Answer, e.Question}, e.Similar...)
}

// NewIndexes builds an index for each language of entries. vectors gives those of entry i by part; what is missing is nil.
func NewIndexes(entries []Entry, vectors func(i int) map[int][]float32) map[string]*Index {
	items := map[string][]Item{}
	for i, e := range entries {
		v := vectors(i)
		it := Item{Entry: e, Question: v[PartQuestion], Answer: v[PartAnswer]}
		for k := range e.Similar {
			it.Similar = append(it.Similar, v[k+1])
		}
		items[e.Lang] = append(items[e.Lang], it)
	}
	out := map[string]*Index{}
	for lang, list := range items {
		out[lang] = NewIndex(list, lang)
	}
	return out
}

// Take counts an imported entry against those it replaces (the one with its question first, then one with its ID). It
// returns the entry as it is to be kept, and whether there is nothing to write.
func (ch *Change) Take(e Entry, old []Entry) (kept Entry, same bool) {
	if len(old) > 0 && old[0].ID != e.ID && e.ID == NewID(e.Base, e.Question) {
		e.ID = old[0].ID // the file gives no ID: the entry keeps the one it has
	}
	var was *Entry
	if len(old) > 0 {
		was = &old[0]
	}
	e = e.Inherit(was)
	if len(old) == 1 && old[0].Same(e) {
		ch.Same++
		return e, true
	}
	if was == nil {
		ch.New++
	} else {
		ch.Changed++
	}
	if was == nil || was.Answer != e.Answer {
		ch.Answers = append(ch.Answers, e)
	}
	return e, false
}

// Earlier is a version of an entry as it is to be saved to have it again in place of the present one: versions are all of them,
// newest first. The state stays.
func Earlier(versions []Entry, version int) (Entry, error) {
	for _, e := range versions {
		if e.Version == version {
			e.ID, e.State, e.Version = versions[0].ID, versions[0].State, versions[0].Version
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("%w in version %d", ErrUnknown, version)
}

// Move returns the entry old in another state; nil is ErrUnknown.
func Move(old *Entry, state State) (Entry, error) {
	if old == nil {
		return Entry{}, ErrUnknown
	}
	e := *old
	e.State = state
	if state == "" {
		return e, fmt.Errorf("%w: no state is given", ErrInvalid)
	}
	return e, e.Check()
}
