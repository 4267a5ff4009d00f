package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// Trial is a base as it would be with one entry changed. It is immutable and safe for concurrent use.
type Trial struct {
	s      *Store
	base   string
	byLang map[string]*knowledge.Index
}

// mostTried is the number of entries of a base of which a changed copy is made in memory.
const mostTried = 50_000

// With returns the base of e as the bot would find it with e in place of the stored entry with its ID, or added to it.
// Nothing is stored. It blocks while the copy is made and the vectors of e are.
func (s *Store) With(ctx context.Context, e knowledge.Entry) (*Trial, error) {
	e = e.Settled(nil)
	if err := e.Check(); err != nil {
		return nil, err
	}
	now := time.Now()
	cond, args := visible(shown{base: e.Base}, now)
	entries, ns, err := readEntries(ctx, s.db, `e WHERE `+cond+` AND e.id <> ? ORDER BY n`, append(args, e.ID)...)
	if err != nil {
		return nil, err
	}
	if len(entries) > mostTried {
		return nil, fmt.Errorf("%w: a base of more than %d entries is not copied to try a change", knowledge.ErrInvalid, mostTried)
	}
	var hashes []string
	for _, em := range s.opt.Embedders {
		hashes = append(hashes, em.Hash())
	}
	vectors, err := s.readVectors(ctx, hashes, cond, args...)
	if err != nil {
		return nil, err
	}
	if (knowledge.View{}).Shows(e, now) {
		made, err := s.embed(ctx, []knowledge.Entry{e})
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
	return &Trial{s, e.Base, knowledge.NewIndexes(entries, func(i int) map[int][]float32 { return vectors[ns[i]] })}, nil
}

// Search finds entries of the changed base; other bases are searched as they are.
func (t *Trial) Search(ctx context.Context, base, query, lang string, k int) ([]knowledge.Hit, error) {
	if base != t.base {
		return t.s.Search(ctx, base, query, lang, k)
	}
	if lang == "" {
		lang = knowledge.Language(query)
	}
	return t.s.searchIn(ctx, t.byLang, base, knowledge.Clean(query, lang), lang, k)
}
