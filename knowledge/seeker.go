package knowledge

import (
	"context"
	"log/slog"
	"sync"
)

// Seeker searches the indexes of a base in the same way whatever the entries are kept in. It is safe for concurrent use.
type Seeker struct {
	Embedders map[string]KeptEmbedder // by language; one without is searched by words and sounds alone
	Log       *slog.Logger
}

// Search searches the index of a.Lang among those of its base, or the largest when there is none in it, for a text that has been
// through Clean. It blocks while the model reads the text and returns the context's error when ctx ends.
func (s Seeker) Search(ctx context.Context, indexes map[string]*Index, a Ask) ([]Hit, error) {
	ix := pick(indexes, a.Lang)
	if ix == nil {
		return nil, nil
	}
	q, err := s.query(ctx, a.Base, a.Text, ix.Lang(), ix.paired())
	if err != nil {
		return nil, err
	}
	if a.Unread {
		q.Fits = nil
	}
	return ix.Search(q, a.Most), nil
}

// query makes the query for clean in lang, and what is meant by it where meant says so. It has no vector without an embedder, or
// when that fails: words and sounds still find most of what is asked. The error is the context's.
func (s Seeker) query(ctx context.Context, base, clean, lang string, meant bool) (Query, error) {
	em := s.Embedders[lang]
	if em == nil {
		return Query{Text: clean}, nil
	}
	q, err := newQuery(ctx, em, clean, meant)
	if ctx.Err() != nil {
		return Query{}, context.Cause(ctx)
	}
	if err != nil {
		s.Log.Warn("query not embedded, searching by words alone", "base", base, "err", err)
		return Query{Text: clean}, nil
	}
	return q, nil
}

// warmBehind makes in the background what the first searches of indexes would have to make. What it starts in jobs ends when it is
// done or ctx is.
func (s Seeker) warmBehind(ctx context.Context, jobs *sync.WaitGroup, indexes map[string]*Index) {
	for lang, ix := range indexes {
		em, ok := s.Embedders[lang].(PieceEmbedder)
		if !ok {
			continue
		}
		jobs.Go(func() {
			if err := ix.Warm(ctx, em); err != nil && ctx.Err() == nil {
				s.Log.Warn("entries are compared by pieces when they are first asked for", "lang", lang, "err", err)
			}
		})
	}
}

// pick returns the index in lang, or the one with most entries.
func pick(indexes map[string]*Index, lang string) *Index {
	if ix := indexes[lang]; ix != nil {
		return ix
	}
	var most *Index
	for _, ix := range indexes {
		if most == nil || ix.Len() > most.Len() || ix.Len() == most.Len() && ix.lang < most.lang {
			most = ix
		}
	}
	return most
}
