package knowledge

import (
	"context"
	"slices"
	"time"
)

// How every store makes the vectors that an import needs, before it: batch by batch, so that one that is cut goes on where it was.

const (
	stageBatch = 64 // entries of which the vectors are made before they are kept

	// StagedFor is how long vectors of an import that was never finished are kept.
	StagedFor = 7 * 24 * time.Hour
)

// LackVectors are the entries whose texts have no vectors yet, one for each VectorKey. have tells how many there are of the texts of
// e, whose VectorKey is key, by the embedder with a hash; an entry in a language without an embedder lacks nothing.
func LackVectors(embedders map[string]KeptEmbedder, entries []Entry, have func(e Entry, key, hash string) (int, error)) ([]Entry, error) {
	var out []Entry
	seen := map[string]bool{}
	for _, e := range entries {
		em, key := embedders[e.Lang], VectorKey(e)
		if em == nil || seen[key] {
			continue
		}
		seen[key] = true
		n, err := have(e, key, em.Hash())
		if err != nil {
			return nil, err
		}
		if n < VectorCount(e) {
			out = append(out, e)
		}
	}
	return out, nil
}

// StageVectors makes the vectors of lacking, which are those of entries that lack them, and gives them to keep batch by batch.
// progress, which may be nil, is told of how many texts of entries there are vectors. It blocks and ends with ctx.
func StageVectors(ctx context.Context, embedders map[string]KeptEmbedder, entries, lacking []Entry, progress func(done, total int),
	keep func(made map[string][]PartVector) error,
) error {
	total := VectorCount(entries...)
	done := total - VectorCount(lacking...)
	for batch := range slices.Chunk(lacking, stageBatch) {
		made, err := MakeVectors(ctx, embedders, batch, nil)
		if err != nil {
			return err
		}
		if err := keep(made); err != nil {
			return err
		}
		done += VectorCount(batch...)
		if progress != nil {
			progress(done, total)
		}
	}
	return nil
}
