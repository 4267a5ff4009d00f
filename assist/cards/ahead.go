package cards

import (
	"context"
	"slices"
	"sync"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu/redact"
)

// remembered is how many searches an Ahead keeps.
const remembered = 16

// Ahead is a Searcher that searches for what somebody is just saying, so that what is found is there when they have
// finished; a search that was made, or is under way, is not made again. It is safe for concurrent use.
type Ahead struct {
	search Searcher

	mu   sync.Mutex
	made []*look // oldest first
}

// look is one search.
type look struct {
	ask  knowledge.Ask
	done chan struct{}
	hits []knowledge.Hit
	err  error
}

// NewAhead returns an Ahead over search.
func NewAhead(search Searcher) *Ahead { return &Ahead{search: search} }

// Prepare searches for what a Chooser with opt would search for if text were a whole turn. It blocks until that is done
// or ctx ends, and tells nobody: whether it failed shows when the turn is there.
func (a *Ahead) Prepare(ctx context.Context, text, lang string, opt Options) {
	if redact.Bare(text) {
		return
	}
	text, _ = redact.Without(text)
	queries := []query{{text: text, group: ofTurn}}
	for _, p := range saying(text, lang) {
		queries = append(queries, query{text: p, group: ofSentence})
	}
	for _, q := range queries {
		if _, err := a.Search(ctx, q.ask(lang, opt.complete())); err != nil {
			return
		}
	}
}

// Search implements Searcher.
func (a *Ahead) Search(ctx context.Context, ask knowledge.Ask) ([]knowledge.Hit, error) {
	l, mine := a.look(ask)
	if mine {
		l.hits, l.err = a.search.Search(ctx, ask)
		if l.err != nil { // the next one tries again
			a.forget(l)
		}
		close(l.done)
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.err != nil && !mine { // who began it may have given up, such as on a turn that went on
		return a.search.Search(ctx, ask)
	}
	return slices.Clone(l.hits), l.err
}

// look finds a search, or begins one, which is then the caller's to make.
func (a *Ahead) look(ask knowledge.Ask) (l *look, mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.made {
		if l.ask == ask {
			return l, false
		}
	}
	l = &look{ask: ask, done: make(chan struct{})}
	a.made = append(a.made, l)
	a.made = slices.Delete(a.made, 0, max(0, len(a.made)-remembered))
	return l, true
}

func (a *Ahead) forget(l *look) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made = slices.DeleteFunc(a.made, func(x *look) bool { return x == l })
}
