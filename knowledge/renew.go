package knowledge

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// renewAtOnce is the number of entries up to which vectors are made while the search waits.
	renewAtOnce = 200
	renewBatch  = 32
)

// vectorShelf is where a store keeps the vectors of entries, which are in numbered rows.
type vectorShelf interface {
	// Vectors are those of rows, made by the present embedders, by row and part.
	Vectors(ctx context.Context, rows []int64) (map[int64]map[int][]float32, error)
	// Keep writes the vectors of made, by VectorKey, to the rows of entries that are still as they were read.
	Keep(ctx context.Context, entries []Entry, rows []int64, made map[string][]PartVector) error
	// Renew runs f while no other node renews, and then marks bases as changed.
	Renew(ctx context.Context, bases []string, f func(ctx context.Context) error) error
}

// renewer makes vectors in the background.
type renewer struct {
	behind   Idly        // nil: the search makes them
	renewing atomic.Bool // they are being made
	jobs     sync.WaitGroup
	closing  context.Context //nolint:containedctx // ends with Close: of what runs in the background
	close    context.CancelFunc
}

// RenewBehind lets searches go on, by words and sounds, while the vectors of many entries are made, after the model has
// changed say, a few at a time by idly. Otherwise the first search waits for them. Call it before the first search.
func (v *Views) RenewBehind(idly Idly) { v.behind = idly }

// Index indexes entries, which are in rows, by language. Vectors that the present embedders have not made yet are made, and
// kept; those of many entries behind the search, which then goes by words and sounds. It blocks meanwhile.
func (v *Views) Index(ctx context.Context, entries []Entry, rows []int64) (map[string]*Index, error) {
	vectors, err := v.shelf.Vectors(ctx, rows)
	if err != nil {
		return nil, err
	}
	if err := v.complete(ctx, entries, rows, vectors); err != nil {
		return nil, err
	}
	return NewIndexes(entries, func(i int) map[int][]float32 { return vectors[rows[i]] }), nil
}

// complete makes the vectors that are missing because the entry was stored without an embedder or with another one.
func (v *Views) complete(ctx context.Context, entries []Entry, rows []int64, vectors map[int64]map[int][]float32) error {
	todo, at := withoutVectors(v.seeker.Embedders, entries, rows, vectors)
	if len(todo) == 0 {
		return nil
	}
	if v.behind != nil && len(todo) > renewAtOnce {
		v.renew(todo, at)
		dropUneven(todo, entries, rows, vectors)
		return nil
	}
	v.seeker.Log.Info("making vectors of entries that have none yet", "entries", len(todo))
	made, err := MakeVectors(ctx, v.seeker.Embedders, todo, v.progress)
	if err != nil {
		return err
	}
	for i, e := range todo {
		vectors[at[i]] = byPart(made[VectorKey(e)])
	}
	if err := v.shelf.Keep(ctx, todo, at, made); err != nil {
		v.seeker.Log.Warn("vectors not kept", "err", err) // those in memory serve, the store gets them later
	}
	return nil
}

// renew makes the vectors of many entries in the background; until they are there the base is searched by words and sounds. One
// renewal runs at a time; what is still lacking after it is found by the next search. It ends when it is done or the views are
// closed.
func (v *Views) renew(todo []Entry, rows []int64) {
	if !v.renewing.CompareAndSwap(false, true) {
		return
	}
	v.seeker.Log.Info("making vectors in the background, searching by words meanwhile", "entries", len(todo))
	v.jobs.Go(func() {
		defer v.renewing.Store(false)
		err := v.renewAll(v.closing, todo, rows)
		if err != nil && v.closing.Err() == nil {
			v.seeker.Log.Error("vectors were not made", "err", err)
			return
		}
		v.seeker.Log.Info("vectors are made", "entries", len(todo))
	})
}

func (v *Views) renewAll(ctx context.Context, todo []Entry, rows []int64) error {
	var bases []string
	for _, e := range todo {
		if !slices.Contains(bases, e.Base) {
			bases = append(bases, e.Base)
		}
	}
	return v.shelf.Renew(ctx, bases, func(ctx context.Context) error {
		vectors, err := v.shelf.Vectors(ctx, rows) // another node may have made them while this one waited
		if err != nil {
			return err
		}
		at := 0
		for batch := range slices.Chunk(todo, renewBatch) {
			lacking, where := withoutVectors(v.seeker.Embedders, batch, rows[at:at+len(batch)], vectors)
			if err := v.renewSome(ctx, lacking, where); err != nil {
				return err
			}
			if at += len(batch); v.progress != nil {
				v.progress(at, len(todo))
			}
		}
		return nil
	})
}

// renewSome makes the vectors of entries and keeps them.
func (v *Views) renewSome(ctx context.Context, entries []Entry, rows []int64) error {
	if len(entries) == 0 {
		return nil
	}
	var made map[string][]PartVector
	err := v.behind(ctx, func(ctx context.Context) (err error) {
		made, err = MakeVectors(ctx, v.seeker.Embedders, entries, nil)
		return err
	})
	if err != nil {
		return err
	}
	return v.shelf.Keep(ctx, entries, rows, made)
}

// withoutVectors returns the entries, with their rows, of which vectors (by row and part) holds fewer than the embedder of their
// language would make.
func withoutVectors(embedders map[string]KeptEmbedder, entries []Entry, rows []int64, vectors map[int64]map[int][]float32) (todo []Entry, at []int64) {
	for i, e := range entries {
		if embedders[e.Lang] != nil && len(vectors[rows[i]]) < VectorCount(e) {
			todo, at = append(todo, e), append(at, rows[i])
		}
	}
	return todo, at
}

// dropUneven takes out of vectors those of all entries in the languages of todo: half of the vectors would prefer the entries that
// have them.
func dropUneven(todo, entries []Entry, rows []int64, vectors map[int64]map[int][]float32) {
	lacks := map[string]bool{}
	for _, e := range todo {
		lacks[e.Lang] = true
	}
	for i, e := range entries {
		if lacks[e.Lang] {
			delete(vectors, rows[i])
		}
	}
}

func byPart(parts []PartVector) map[int][]float32 {
	out := map[int][]float32{}
	for _, p := range parts {
		out[p.Part] = p.Vec
	}
	return out
}
