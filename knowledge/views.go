package knowledge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// MostInMemory is the number of entries up to which a base is held in memory.
	MostInMemory = 200_000

	maxViews = 64              // held in memory; beyond it all are made anew
	awayTime = 5 * time.Second // without asking a store again that did not answer
)

// ErrAway says that a store does not answer at present. It may be wrapped.
var ErrAway = errors.New("knowledge: the store does not answer")

// Shown is what one kind of seeker sees of a base.
type Shown struct {
	Base string
	View View
}

// Shelf is where a store keeps the entries that Views shows. It must be safe for concurrent use.
type Shelf interface {
	Bases(ctx context.Context) ([]Base, error)
	// Generation is that of a base, false when there is none of the name.
	Generation(ctx context.Context, base string) (n int64, ok bool, err error)
	// Aims tells whom the entries of a base are for.
	Aims(ctx context.Context, base string) (Aims, error)
	// Load indexes what w shows now by language, with Views.Index, and tells until when that stays so if the base does not
	// change. Of a base of too many entries for memory it loads only what may answer clean, which is in lang, and the time
	// is zero: that serves one search.
	Load(ctx context.Context, w Shown, clean, lang string) (byLang map[string]*Index, until time.Time, err error)

	vectorShelf
}

// Views searches what a store keeps: of every base as each kind of seeker sees it, it holds an index in memory, which is built
// when it is first searched and again when the base has changed, by whichever process. It makes the vectors that entries lack,
// too. It is safe for concurrent use. Close it.
type Views struct {
	shelf    Shelf
	seeker   Seeker
	progress func(done, total int)
	renewer

	mu     sync.Mutex // guards what follows
	cached map[Shown]*shown
	aims   map[string]aims // by base
	away   time.Time       // until then the store is not asked whether a base has changed
}

// shown is a view of a base in memory.
type shown struct {
	build sync.Mutex // held while the index is built, so that it is built once; searches of other views go on
	atomic.Pointer[loaded]
}

// loaded is a view of a base as it was at a generation.
type loaded struct {
	generation int64
	until      time.Time // when an entry comes into force or ends
	byLang     map[string]*Index
}

// aims are those of a base as it was at a generation.
type aims struct {
	generation int64
	Aims
}

// NewViews returns the views of shelf, which seeker searches. progress, which may be nil, is told of vectors made, and of how many in all.
func NewViews(ctx context.Context, shelf Shelf, seeker Seeker, progress func(done, total int)) *Views {
	v := &Views{shelf: shelf, seeker: seeker, progress: progress, cached: map[Shown]*shown{}, aims: map[string]aims{}}
	v.closing, v.close = context.WithCancel(context.WithoutCancel(ctx))
	return v
}

// Close ends what runs in the background and waits for it. Searches must have ended.
func (v *Views) Close() {
	v.close()
	v.jobs.Wait()
}

// Search implements Searcher.
func (v *Views) Search(ctx context.Context, a Ask) ([]Hit, error) {
	if strings.TrimSpace(a.Text) == "" || a.Most <= 0 {
		return nil, nil
	}
	a = a.clean()
	if a.Base != "" {
		return v.searchBase(ctx, a)
	}
	bases, err := v.shelf.Bases(ctx)
	if err != nil {
		return nil, err
	}
	var all []Hit
	for _, b := range bases {
		a.Base = b.Name
		hits, err := v.searchBase(ctx, a)
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
	}
	// Scores of different bases cannot be compared, probabilities can.
	slices.SortStableFunc(all, func(a, b Hit) int { return cmp.Compare(b.PRight, a.PRight) })
	return all[:min(a.Most, len(all))], nil
}

// searchBase searches a.Base for a text that is clean.
func (v *Views) searchBase(ctx context.Context, a Ask) ([]Hit, error) {
	indexes, err := v.current(ctx, Shown{a.Base, a.View}, a)
	if err != nil {
		return nil, err
	}
	return v.seeker.Search(ctx, indexes, a)
}

// Vector is that of clean in lang, for a Shelf that loads what may answer it; nil where only words and sounds tell.
func (v *Views) Vector(ctx context.Context, base, clean, lang string) ([]float32, error) {
	q, err := v.seeker.query(ctx, base, clean, lang, false)
	return q.Vector, err
}

// current returns the indexes of what w shows now, by language.
func (v *Views) current(ctx context.Context, w Shown, a Ask) (map[string]*Index, error) {
	if byLang := v.meanwhile(w, false); byLang != nil {
		return byLang, nil
	}
	generation, ok, err := v.shelf.Generation(ctx, w.Base)
	if errors.Is(err, ErrAway) {
		if byLang := v.meanwhile(w, true); byLang != nil {
			v.seeker.Log.Warn("the store is away: searching what is in memory", "base", w.Base, "err", err)
			return byLang, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look up base %s: %w", w.Base, err)
	}
	if !ok {
		return nil, v.unknown(ctx, w.Base)
	}
	keep, w, err := v.place(ctx, w, generation)
	if err != nil {
		return nil, err
	}
	keep.build.Lock()
	defer keep.build.Unlock()
	if l := keep.Load(); l != nil && l.generation >= generation && time.Now().Before(l.until) {
		return l.byLang, nil
	}
	byLang, until, err := v.shelf.Load(ctx, w, a.Text, a.Lang)
	if err != nil {
		return nil, err
	}
	if until.IsZero() {
		for _, ix := range byLang {
			ix.Once()
		}
		return byLang, nil
	}
	// The generation was read before the entries: should the base have changed in between, the next search builds again.
	keep.Store(&loaded{generation, until, byLang})
	v.seeker.warmBehind(v.closing, &v.jobs, byLang)
	return byLang, nil
}

// place is where the view is kept that shows the same as w, and that view.
func (v *Views) place(ctx context.Context, w Shown, generation int64) (*shown, Shown, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var err error
	if w.View, err = v.plainest(ctx, w, generation); err != nil {
		return nil, w, err
	}
	keep := v.cached[w]
	if keep == nil {
		if len(v.cached) >= maxViews {
			clear(v.cached)
		}
		keep = &shown{}
		v.cached[w] = keep
	}
	return keep, w, nil
}

// meanwhile is what is in memory of w while the store is away, nil when it is not or nothing is. With away it has just not
// answered.
func (v *Views) meanwhile(w Shown, away bool) map[string]*Index {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	if a, ok := v.aims[w.Base]; ok {
		w.View = w.View.Among(a.Aims)
	}
	if away {
		v.away = now.Add(awayTime)
	}
	keep := v.cached[w]
	if keep == nil || !now.Before(v.away) {
		return nil
	}
	if l := keep.Load(); l != nil && now.Before(l.until) {
		return l.byLang
	}
	return nil
}

// plainest is the view that shows the same as that of w; the lock is held.
func (v *Views) plainest(ctx context.Context, w Shown, generation int64) (View, error) {
	a, ok := v.aims[w.Base]
	if (!ok || a.generation < generation) && w.View != (View{}) {
		read, err := v.shelf.Aims(ctx, w.Base)
		if err != nil {
			return View{}, fmt.Errorf("read whom base %s is for: %w", w.Base, err)
		}
		a = aims{generation, read}
		v.aims[w.Base] = a
	}
	return w.View.Among(a.Aims), nil
}

// NoBaseError tells that a base to be searched does not exist, and which ones do.
type NoBaseError struct {
	Base  string
	There []string
}

func (e *NoBaseError) Error() string {
	if len(e.There) == 0 {
		return fmt.Sprintf("knowledge base %q does not exist; import a file first: parley knowledge import FILE", e.Base)
	}
	return fmt.Sprintf("knowledge base %q does not exist: %s", e.Base, strings.Join(e.There, ", "))
}

// unknown is the NoBaseError for a name.
func (v *Views) unknown(ctx context.Context, base string) error {
	bases, err := v.shelf.Bases(ctx)
	if err != nil {
		return err
	}
	e := &NoBaseError{Base: base}
	for _, b := range bases {
		e.There = append(e.There, b.Name)
	}
	return e
}
