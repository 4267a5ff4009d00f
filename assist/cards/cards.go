// Package cards chooses which entries of the knowledge an agent sees while the caller talks. It is a pure engine: turns
// in, cards out, for the desk and for measuring alike. Small talk brings nothing, a card is never made twice in a call,
// and over a call there are never more than a few a minute.
package cards

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// Searcher finds the best entries for a text in the base that cards are of, best first, whatever base and view an Ask names. It may
// block; it must return when ctx ends, and be safe for concurrent use.
type Searcher interface {
	Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error)
}

// Options are the limits; zero values stand for the defaults.
type Options struct {
	Bar       float64 // probability below which no new card is made, however much time there is; default 0.01
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
	Entry      string // entry that a turn of the bot answered with
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
	purse      purse
	caller     string // what the caller asked last
	agent      string // what was last said to the caller
	heard      bool   // the caller has said something to search for
	bot        bool   // the bot has the call
	open       *open
	told       map[string]bool // entries the bot has answered with
}

// New starts following a call.
func New(search Searcher, opt Options) *Chooser {
	return &Chooser{search: search, understand: nlu.New(nlu.Options{}), opt: opt.complete(), shown: map[string]bool{}, said: map[string]string{}, told: map[string]bool{}}
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

// more is how many entries are searched for beyond those that can be shown: what is lower in one search may be high in
// another.
const more = 5

// Feed takes the next turn and returns the cards that are needed because of it, the likeliest first: new ones, and those
// from before that are needed again. Turns of others than the caller bring none; they are the context of what the caller
// says next. While the bot has the call nobody reads cards: what the caller asked it in vain comes with Meet.
func (c *Chooser) Feed(ctx context.Context, t Turn) ([]Card, error) {
	c.purse.earn(t, float64(c.opt.PerMinute))
	bare := redact.Bare(t.Text)
	t.Text, _ = redact.Without(t.Text) // a mask is no word to search for
	if t.Who != call.Caller {
		c.reply(t)
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
	if c.bot {
		c.open = &open{best, t}
		return nil, nil
	}
	return c.push(best, t), nil
}

// open is what the caller asked the bot last, which has not answered it.
type open struct {
	best []found
	turn Turn
}

// reply takes what was said to the caller. What the bot has answered with needs no card.
func (c *Chooser) reply(t Turn) {
	c.agent = t.Text
	c.bot = t.Who == call.Bot
	if t.Entry != "" {
		c.told[t.Entry] = true
	}
	if t.Entry != "" || !c.bot {
		c.open = nil
	}
}

// Meet tells that a person has the call, or soon will, and returns the cards for what the caller asked the bot in vain.
func (c *Chooser) Meet() []Card {
	c.bot = false
	if c.open == nil {
		return nil
	}
	o := *c.open
	c.open = nil
	return c.push(o.best, o.turn)
}

// found is an entry with the query that found it best.
type found struct {
	hit    knowledge.Hit // its PRight is the best that a query gave
	query  string
	voices [groups]float64 // the best PRight that each group of queries gave
	need   float64         // what all say together: the probability that it is needed now
}

// How much what each group of queries finds says for an entry, and how much more or less where the turn says little by itself: fitted (fit.py) on all
// turns with a label in 23 sets of cmd/parley/internal/evalassist, read by parts that were not learnt from them, so that among the entries found for a
// turn the probabilities of those on the label come out as high as may be.
var (
	voice     = [groups]float64{ofTurn: 1.08, ofSentence: 0.36, ofBefore: 0.28, ofAgent: 0.26, ofTalk: 0.6}
	voiceLean = [groups]float64{ofTurn: -0.94, ofSentence: 0.12, ofBefore: 0.29, ofAgent: 0.27, ofTalk: 0.3}
)

// unheard is what is added to probabilities before their logarithm is taken: below it they say nothing.
const unheard = 0.06

// find asks every query, all at once, and tells how likely each entry found is needed: how likely the turn asks for anything,
// times its share of what the queries say.
func (c *Chooser) find(ctx context.Context, a asked, lang string) ([]found, error) {
	hits, err := c.searchAll(ctx, a.queries, lang)
	if err != nil {
		return nil, err
	}
	var out []found
	for n, q := range a.queries {
		for _, h := range hits[n] {
			if c.told[h.ID] && q.group != ofTurn && q.group != ofSentence { // the bot has told it, and it is not asked for again
				continue
			}
			i := slices.IndexFunc(out, func(f found) bool { return f.hit.ID == h.ID })
			if i < 0 {
				i = len(out)
				out = append(out, found{hit: h, query: q.text})
				out[i].hit.PRight = 0
			}
			f := &out[i]
			f.voices[q.group] = max(f.voices[q.group], h.PRight)
			if h.PRight *= q.trust; h.PRight > f.hit.PRight {
				f.hit, f.query = h, q.text
			}
		}
	}
	share(out, a)
	slices.SortStableFunc(out, func(a, b found) int { return cmp.Compare(b.need, a.need) })
	return out, nil
}

// searchAll makes the searches, in the order of queries.
func (c *Chooser) searchAll(ctx context.Context, queries []query, lang string) ([][]knowledge.Hit, error) {
	hits := make([][]knowledge.Hit, len(queries))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, q := range queries {
		// Ends with its search; Wait below waits for all.
		g.Go(func() (err error) {
			hits[i], err = c.search.Search(ctx, q.ask(lang, c.opt))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("search knowledge: %w", err)
	}
	return hits, nil
}

// atOnce is how many searches of a turn are made at the same time: each of them keeps about one core busy.
const atOnce = 2

// share fills in need.
func share(out []found, a asked) {
	most, best, sum := math.Inf(-1), 0.0, 0.0
	for i := range out {
		f := &out[i]
		best = max(best, f.voices[ofTurn])
		for g, p := range f.voices {
			w := voice[g]
			if a.leans {
				w += voiceLean[g]
			}
			f.need += w * math.Log1p(p/unheard)
		}
		most = max(most, f.need)
	}
	for i := range out {
		out[i].need = math.Exp(out[i].need - most)
		sum += out[i].need
	}
	wanted := 1 / (1 + math.Exp(-a.odds-wantedFound*best))
	for i := range out {
		out[i].need *= wanted / sum
	}
}

// keeps is how likely a card that lies there must be needed to be raised, which costs nothing.
const keeps = 0.01

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
	return out
}
