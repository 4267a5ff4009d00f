package pgvector

import (
	"context"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

var _ knowledge.Trier = (*Store)(nil)

// With returns the base of e with e changed; see knowledge.Trier.
func (s *Store) With(ctx context.Context, e knowledge.Entry) (*knowledge.Trial, error) {
	e = e.Settled(nil)
	now := time.Now()
	cond, args := visible(shown{base: e.Base}, now)
	entries, ns, err := read(ctx, s.pool, cond+` AND e.id <> $4 ORDER BY e.n`, append(args, e.ID)...)
	if err != nil {
		return nil, err
	}
	if err := knowledge.CheckTrial(e, len(entries)); err != nil {
		return nil, err
	}
	vectors, err := s.readVectors(ctx, ns)
	if err != nil {
		return nil, err
	}
	if (knowledge.View{}).Shows(e, now) {
		made, err := knowledge.MakeVectors(ctx, s.opt.Embedders, []knowledge.Entry{e}, nil)
		if err != nil {
			return nil, err
		}
		own := map[int][]float32{}
		for _, p := range made[knowledge.VectorKey(e)] {
			own[p.Part] = p.Vec
		}
		const none = -1 // no row has this number
		entries, ns, vectors[none] = append(entries, e), append(ns, none), own
	}
	byLang := knowledge.NewIndexes(entries, func(i int) map[int][]float32 { return vectors[ns[i]] })
	return knowledge.NewTrial(e.Base, func(ctx context.Context, clean, lang string, k int) ([]knowledge.Hit, error) {
		return s.searchIn(ctx, byLang, e.Base, clean, lang, k)
	}, s), nil
}
