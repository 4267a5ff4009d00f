package knowledge

import (
	"context"
	"fmt"
	"time"
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
	byLang map[string]*Index
	views  *Views
}

// Try makes a Trial of e among the others that the bot finds in its base, which are in rows; see Trier.
func (v *Views) Try(ctx context.Context, e Entry, others []Entry, rows []int64) (*Trial, error) {
	if len(others) > MostTried {
		return nil, fmt.Errorf("%w: a base of more than %d entries is not copied to try a change", ErrInvalid, MostTried)
	}
	e = e.Settled(nil)
	if err := e.Check(); err != nil {
		return nil, err
	}
	vectors, err := v.shelf.Vectors(ctx, rows)
	if err != nil {
		return nil, err
	}
	if (View{}).Shows(e, time.Now()) {
		made, err := MakeVectors(ctx, v.seeker.Embedders, []Entry{e}, nil)
		if err != nil {
			return nil, err
		}
		const none = -1 // no row has this number
		others, rows, vectors[none] = append(others, e), append(rows, none), byPart(made[VectorKey(e)])
	}
	return &Trial{e.Base, NewIndexes(others, func(i int) map[int][]float32 { return vectors[rows[i]] }), v}, nil
}

// Search implements Searcher: it finds entries of the changed base as the bot does, whatever the view; other bases are searched
// as they are.
func (t *Trial) Search(ctx context.Context, a Ask) ([]Hit, error) {
	if a.Base != t.base {
		return t.views.Search(ctx, a)
	}
	return t.views.seeker.Search(ctx, t.byLang, a.clean())
}
