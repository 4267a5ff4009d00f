// Package cards chooses which entries of the knowledge an agent sees while the caller talks. It is a pure engine: turns
// in, cards out, for the desk and for measuring alike. Small talk brings nothing, a card is never shown twice in a call,
// and there are never more than a few a minute.
package cards

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	Bar       float64 // probability from which an entry is shown; default 0.04
	PerMinute int     // cards in any 60 seconds; default 4
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
}

// Chooser follows one call. It is not safe for concurrent use.
type Chooser struct {
	search     Searcher
	understand *nlu.Understander
	opt        Options
	shown      map[string]bool
	said       map[string]bool // answers shown, so that two entries that say the same are one card
	times      []call.Offset
	caller     string // the caller's last turn that asked something
	agent      string // what was last said to the caller
}

// New starts following a call.
func New(search Searcher, opt Options) *Chooser {
	return &Chooser{search: search, understand: nlu.New(nlu.Options{}), opt: opt.complete(), shown: map[string]bool{}, said: map[string]bool{}}
}

// complete fills in the defaults.
func (opt Options) complete() Options {
	if opt.Bar <= 0 {
		opt.Bar = 0.04
	}
	if opt.PerMinute <= 0 {
		opt.PerMinute = 4
	}
	if opt.PerTurn <= 0 {
		opt.PerTurn = 3
	}
	return opt
}

// more is how many entries are searched for beyond those that can be shown.
const more = 2

// Feed takes the next turn and returns the cards to show because of it, the likeliest first. Turns of others than the
// caller bring none; they are the context of what the caller says next.
func (c *Chooser) Feed(ctx context.Context, t Turn) ([]Card, error) {
	if t.Who != call.Caller {
		c.agent = t.Text
		return nil, nil
	}
	queries, err := c.queries(ctx, t)
	if err != nil || len(queries) == 0 {
		return nil, err
	}
	best, err := c.find(ctx, queries, t.Lang)
	if err != nil {
		return nil, err
	}
	return c.push(best, t), nil
}

// found is an entry with the query that found it best.
type found struct {
	hit   knowledge.Hit
	query string
	rank  float64 // its probability, and what the talk before says for it
}

// find asks every query and keeps for each entry the best probability; what the talk before adds decides among them.
func (c *Chooser) find(ctx context.Context, queries []query, lang string) ([]found, error) {
	var out []found
	for _, q := range queries {
		hits, err := c.search.Search(ctx, q.text, lang, c.opt.PerTurn+more)
		if err != nil {
			return nil, fmt.Errorf("search knowledge: %w", err)
		}
		for _, h := range hits {
			i := slices.IndexFunc(out, func(f found) bool { return f.hit.ID == h.ID })
			if q.context {
				if i >= 0 {
					out[i].rank += q.weight * h.PRight
				}
				continue
			}
			h.PRight *= q.weight
			switch {
			case i < 0:
				out = append(out, found{h, q.text, h.PRight})
			case h.PRight > out[i].hit.PRight:
				out[i] = found{h, q.text, h.PRight}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b found) int { return cmp.Compare(b.rank, a.rank) })
	return out, nil
}

// What decides how many entries are shown at once: the best one, and others that are nearly as likely.
const (
	sure   = 0.6  // probability from which the best entry is what is meant, so that it is not shown again
	nearly = 0.55 // of the best probability; the third must be nearer still
	nearer = 0.75
)

// push takes the entries that are shown.
func (c *Chooser) push(best []found, t Turn) []Card {
	if len(best) == 0 || best[0].hit.PRight < c.opt.Bar {
		return nil
	}
	room := max(0, min(c.opt.PerTurn, c.room(t.End)))
	top := best[0].rank
	var out []Card
	for n, f := range best {
		p := f.hit.PRight
		if n >= c.opt.PerTurn || n == 1 && f.rank < nearly*top || n > 1 && f.rank < nearer*top {
			break
		}
		if n == 0 && c.shown[f.hit.ID] && p >= sure {
			return nil // what is needed is on the desk already
		}
		if len(out) == room || c.shown[f.hit.ID] || f.hit.Answer != "" && c.said[f.hit.Answer] {
			continue
		}
		c.shown[f.hit.ID], c.said[f.hit.Answer] = true, true
		c.times = append(c.times, t.End)
		out = append(out, Card{Entry: f.hit.Entry, PRight: p, Query: f.query, Turn: t.N, At: t.End})
	}
	return out
}

// room is how many cards may be shown now.
func (c *Chooser) room(now call.Offset) int {
	n := 0
	for _, at := range c.times {
		if time.Duration(now-at) < time.Minute {
			n++
		}
	}
	// Further cards beside the best one only as far as the pace of the whole call allows.
	left := float64(c.opt.PerMinute)*now.Seconds()/60 + early - float64(len(c.times))
	return min(c.opt.PerMinute-n, max(1, int(left)))
}

// early is how many cards may be ahead of the pace.
const early = 2.0

// query is a text to search for; what it finds counts by weight.
type query struct {
	text   string
	weight float64
	// context: what it finds only speaks for entries that the turn itself has found.
	context bool
}

// What the talk before counts, and for turns of how many terms: who says much says what it is about.
const (
	contextWeight = 0.5
	contextTerms  = 12
)

// queries are the texts to search for because of t: what was said, its sentences, and, where it says little by itself,
// what was said before with it. None for small talk.
func (c *Chooser) queries(ctx context.Context, t Turn) ([]query, error) {
	u, err := c.understand.Understand(ctx, nlu.Turn{Text: t.Text, Lang: t.Lang, Offered: true})
	if err != nil {
		return nil, fmt.Errorf("understand turn: %w", err)
	}
	if u.Command == nlu.Yes && u.Alone && isQuestion(c.agent) {
		return []query{{text: lastSentence(c.agent), weight: 0.9}}, nil
	}
	if u.SmallTalk || u.Backchannel || u.Alone && u.Command != nlu.None {
		return nil, nil
	}
	text := strings.TrimSpace(t.Text)
	if text == "" || contentLen(text, t.Lang) < 2 {
		return nil, nil
	}
	before := c.caller
	c.caller = text
	out := []query{{text: text, weight: 1}}
	for _, p := range lastSentences(text, t.Lang) {
		out = append(out, query{text: p, weight: 0.95})
	}
	if isElliptic(text, t.Lang) {
		out[0].weight = 0.8
		if before != "" {
			out = append(out, query{text: joined(before, text, t.Lang), weight: 1})
			c.caller = joined(lastSentence(before), text, t.Lang)
		}
		if isQuestion(c.agent) {
			out = append(out, query{text: joined(lastSentence(c.agent), text, t.Lang), weight: 0.9})
		}
	} else if before != "" && contentLen(text, t.Lang) <= contextTerms {
		out = append(out, query{text: joined(before, text, t.Lang), weight: contextWeight, context: true})
	}
	return out, nil
}
