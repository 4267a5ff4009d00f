package knowledge

import (
	"context"
	"fmt"
)

// MostTried is the number of entries of a base of which a changed copy is made in memory.
const MostTried = 50_000

// Trier tries changes without storing them.
type Trier interface {
	// With returns the base of e as the bot would find it with e in place of the stored entry with its ID, or added to it.
	// Nothing is stored. It blocks while the copy is made and the vectors of e are. A base of more than MostTried entries
	// is an ErrInvalid.
	With(ctx context.Context, e Entry) (*Trial, error)
}

// Trial is a base as it would be with one entry changed. It is immutable and safe for concurrent use.
type Trial struct {
	base   string
	find   func(ctx context.Context, clean, lang string, k int) ([]Hit, error)
	others Searcher
}

// NewTrial makes a Trial of base, which find searches for a query as Clean leaves it; others searches the other bases.
func NewTrial(base string, find func(ctx context.Context, clean, lang string, k int) ([]Hit, error), others Searcher) *Trial {
	return &Trial{base, find, others}
}

// SearchAs implements Searcher: it finds entries of the changed base as the bot does, whatever the view; other bases are searched
// as they are.
func (t *Trial) SearchAs(ctx context.Context, v View, base, query, lang string, k int) ([]Hit, error) {
	if base != t.base {
		return t.others.SearchAs(ctx, v, base, query, lang, k)
	}
	if lang == "" {
		lang = Language(query)
	}
	return t.find(ctx, Clean(query, lang), lang, k)
}

// CheckTrial reports whether a change of e in a base of n other entries can be tried.
func CheckTrial(e Entry, n int) error {
	if n > MostTried {
		return fmt.Errorf("%w: a base of more than %d entries is not copied to try a change", ErrInvalid, MostTried)
	}
	return e.Check()
}
