// Package cards chooses which entries of the knowledge an agent sees while the caller talks. It is a pure engine: turns
// in, cards out, for the desk and for measuring alike. Small talk brings nothing, a card is never made twice in a call,
// and over a call there are never more than a few a minute.
package cards

import (
	"context"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// Searcher finds the k best entries for a text, best first. It may block; it must return when ctx ends.
type Searcher interface {
	Search(ctx context.Context, text, lang string, k int) ([]knowledge.Hit, error)
}

// Options are the limits; zero values stand for the defaults.
type Options struct {
	Bar       float64 // probability of a search from which an entry is shown; default 0.01
	PerMinute int     // cards a minute over the call; default 4
	PerTurn   int     // cards at once; default 3
}

// Turn is one completed turn of the call.
type Turn struct {
	N          int // number that cards name the turn by
	Who        call.Party
	Text       string
	Lang       string
	Start, End call.Offset
}

// Card is an entry to be shown.
type Card struct {
	Entry  knowledge.Entry `json:"entry"`
	PRight float64         `json:"p_right"` // probability that the entry is what is needed, 0..1
	Query  string          `json:"query"`   // what it was found with
	Turn   int             `json:"turn"`
	At     call.Offset     `json:"at_s"`
	Again  bool            `json:"again,omitempty"` // was shown before and is needed now: no new card
}

// Chooser follows one call. It is not safe for concurrent use.
type Chooser struct {
	search     Searcher
	understand *nlu.Understander
	opt        Options
	shown      map[string]bool
	said       map[string]string  // entry by answer shown, so that two entries that say the same are one card
	asked      map[string]float64 // by entry, how much it was asked for in earlier turns, fading
	purse      purse
	callers    []string // what the caller asked last, at most two turns
	agent      string   // what was last said to the caller
}

// New starts following a call.
func New(search Searcher, opt Options) *Chooser {
	return &Chooser{search: search, understand: nlu.New(nlu.Options{}), opt: opt.complete(), shown: map[string]bool{}, said: map[string]string{}, asked: map[string]float64{}}
}

// complete fills in the defaults.
func (opt Options) complete() Options {
	if opt.Bar <= 0 {
		opt.Bar = 0.01
	}
	if opt.PerMinute <= 0 {
		opt.PerMinute = 4
	}
	if opt.PerTurn <= 0 {
		opt.PerTurn = 3
	}
	return opt
}

// depth is how many entries are searched for, more than can be shown: what is low in one search may be high in another.
const depth = 12

// Feed takes the next turn and returns the cards that are needed because of it, the likeliest first: new ones, and those
// from before that are needed again. Turns of others than the caller bring none; they are the context of what the caller
// says next.
func (c *Chooser) Feed(ctx context.Context, t Turn) ([]Card, error) {
	c.purse.earn(t, float64(c.opt.PerMinute))
	if t.Who != call.Caller {
		c.agent = t.Text
		return nil, nil
	}
	asked, err := c.ask(ctx, t)
	if err != nil || len(asked.queries) == 0 {
		return nil, err
	}
	best, err := c.find(ctx, asked, t.Lang)
	if err != nil {
		return nil, err
	}
	return c.push(best, t), nil
}

// What is shown of what was found.
const (
	looked  = 6    // entries that are considered, at most
	needful = 0.02 // probability from which what was shown before is raised
)

// push takes the entries that are shown, the likeliest first: what was shown before costs nothing, what is new as far as it
// is worth it and there is something left to spend.
func (c *Chooser) push(best []found, t Turn) []Card {
	var out []Card
	for n, f := range best[:min(looked, len(best))] {
		if len(out) >= c.opt.PerTurn {
			break
		}
		card := Card{Entry: f.hit.Entry, PRight: f.p, Query: f.query, Turn: t.N, At: t.End}
		id := f.hit.ID
		if twin, ok := c.said[f.hit.Answer]; ok && f.hit.Answer != "" {
			id = twin
		}
		if c.shown[id] {
			if id == f.hit.ID && f.p >= needful {
				card.Again = true
				out = append(out, card)
			}
			continue
		}
		if f.hit.PRight < c.opt.Bar || !c.purse.spend(n, f.p) {
			continue
		}
		c.shown[f.hit.ID], c.said[f.hit.Answer] = true, f.hit.ID
		out = append(out, card)
	}
	return out
}
