// Package cards chooses which entries of the knowledge an agent sees while the caller talks. It is a pure engine: turns
// in, cards out, for the desk and for measuring alike. Small talk brings nothing, a card is never made twice in a call,
// and over a call there are never more than a few a minute.
package cards

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// Searcher finds the best entries for a text in the base that cards are of, best first, whatever base and view an Ask names. It may
// block; it must return when ctx ends.
type Searcher interface {
	Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error)
}

// Options are the limits; zero values stand for the defaults.
type Options struct {
	Bar       float64 // probability below which no new card is made, however much time there is; default 0.03
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
	said       map[string]string // entry by answer shown, so that two entries that say the same are one card
	last       string            // entry that was shown last
	purse      purse
	caller     string // what the caller asked last
	agent      string // what was last said to the caller
	heard      bool   // the caller has said something to search for
}

// New starts following a call.
func New(search Searcher, opt Options) *Chooser {
	return &Chooser{search: search, understand: nlu.New(nlu.Options{}), opt: opt.complete(), shown: map[string]bool{}, said: map[string]string{}}
}

// complete fills in the defaults.
func (opt Options) complete() Options {
	if opt.Bar <= 0 {
		opt.Bar = 0.03
	}
	if opt.PerMinute <= 0 {
		opt.PerMinute = 4
	}
	if opt.PerTurn <= 0 {
		opt.PerTurn = 3
	}
	return opt
}

// more is how many entries are searched for beyond those that can be shown: what is lower in one search may be high in
// another.
const more = 5

// Feed takes the next turn and returns the cards that are needed because of it, the likeliest first: new ones, and those
// from before that are needed again. Turns of others than the caller bring none; they are the context of what the caller
// says next.
func (c *Chooser) Feed(ctx context.Context, t Turn) ([]Card, error) {
	c.purse.earn(t, float64(c.opt.PerMinute))
	bare := redact.Bare(t.Text)
	t.Text, _ = redact.Without(t.Text) // a mask is no word to search for
	if t.Who != call.Caller {
		c.agent = t.Text
		return nil, nil
	}
	if bare { // a number or a name was given: what was asked before stands
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

// found is an entry with the query that found it best.
type found struct {
	hit   knowledge.Hit // its PRight is the best that a query gave
	query string
	rank  float64 // what all queries say for it together
	need  float64 // that, as the probability that it is needed now
}

// find asks every query. What a query finds adds to an entry's rank by the query's weight; the queries of one group are
// one voice, that of the best of them.
func (c *Chooser) find(ctx context.Context, a asked, lang string) ([]found, error) {
	var out []found
	groups := map[string]map[int]float64{} // by entry and group
	for _, q := range a.queries {
		hits, err := c.search.Search(ctx, q.ask(lang, c.opt))
		if err != nil {
			return nil, fmt.Errorf("search knowledge: %w", err)
		}
		for _, h := range hits {
			voices := groups[h.ID]
			if voices == nil {
				voices = map[int]float64{}
				groups[h.ID] = voices
			}
			voices[q.group] = max(voices[q.group], q.weight*h.PRight)
			h.PRight *= q.trust
			i := slices.IndexFunc(out, func(f found) bool { return f.hit.ID == h.ID })
			switch {
			case i < 0:
				out = append(out, found{hit: h, query: q.text})
			case h.PRight > out[i].hit.PRight:
				out[i].hit, out[i].query = h, q.text
			}
		}
	}
	sum := 0.0
	for i, f := range out {
		for _, v := range groups[f.hit.ID] {
			out[i].rank += v
		}
		if a.leans && f.hit.ID == c.last {
			out[i].rank += sameTopic
		}
		sum += out[i].rank
	}
	for i := range out {
		out[i].need = a.wanted * out[i].rank / max(littleFound, sum)
	}
	slices.SortStableFunc(out, func(a, b found) int { return cmp.Compare(b.rank, a.rank) })
	return out, nil
}

const (
	littleFound = 0.5 // sum of ranks below which it is doubtful that any entry is needed

	sameTopic = 0.15 // what speaks for the entry shown last when a turn leans on what was said before
	keeps     = 0.03 // how likely a card that lies there must be needed to be raised, which costs nothing
)

// push takes the entries that are shown: those that lie there already as far as they may be needed now, and others that
// are worth a card.
func (c *Chooser) push(best []found, t Turn) []Card {
	var out []Card
	for _, f := range best {
		if len(out) == c.opt.PerTurn {
			break
		}
		id := f.hit.ID
		if twin, ok := c.said[f.hit.Answer]; ok && f.hit.Answer != "" {
			id = twin
		}
		card := Card{Entry: f.hit.Entry, PRight: f.hit.PRight, Query: f.query, Turn: t.N, At: t.End, Again: c.shown[id]}
		switch {
		case card.Again && (id != f.hit.ID || f.need < keeps):
			continue
		case card.Again:
		case f.need < max(c.opt.Bar, c.purse.price()) || !c.purse.spend():
			continue
		default:
			c.shown[id], c.said[f.hit.Answer] = true, id
		}
		out = append(out, card)
	}
	if len(out) > 0 {
		c.last = out[0].Entry.ID
	}
	return out
}
