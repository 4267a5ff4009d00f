package cards

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
)

// asked is what is searched for because of a turn.
type asked struct {
	queries []query
	leans   bool    // the turn says little by itself
	wanted  float64 // how likely the turn asks for what an entry may tell, 0..1
}

// query is a text to search for.
type query struct {
	text   string
	group  int
	weight float64 // of what it finds, in the order of entries
	trust  float64 // of what it finds, as probability
}

// ask is the search for q. Only the turn itself is read together with entries: on the sets of cmd/parley/internal/evalassist
// reading what is searched for beside it made no difference.
func (q query) ask(lang string, opt Options) knowledge.Ask {
	return knowledge.Ask{Text: q.text, Lang: lang, Most: opt.PerTurn + more, Unread: q.group != ofTurn}
}

// Groups of queries.
const (
	ofTurn = iota
	ofSentence
	ofBefore
	ofAgent
)

// ask tells what to search for because of t: what was said, its sentences, and what was said before together with it,
// which counts more where the turn says little by itself. Nothing for small talk.
func (c *Chooser) ask(ctx context.Context, t Turn) (asked, error) {
	u, err := c.understand.Understand(ctx, nlu.Turn{Text: t.Text, Lang: t.Lang, Offered: true})
	if err != nil {
		return asked{}, fmt.Errorf("understand turn: %w", err)
	}
	if u.Command == nlu.Yes && u.Alone && isQuestion(c.agent) {
		return asked{queries: []query{{lastSentence(c.agent), ofTurn, 1, 0.9}}, wanted: 1}, nil
	}
	text := strings.TrimSpace(t.Text)
	// Nothing is too short: "when do I have to?" and "twice." speak of what was said before.
	says := contentLen(text, t.Lang) >= 2
	if u.SmallTalk || u.Backchannel || u.Alone && u.Command != nlu.None || text == "" || !says && c.caller == "" && c.agent == "" {
		return asked{}, nil
	}
	a := asked{leans: leans(text, t.Lang), wanted: c.wanted(text, t.Lang)}
	own, before, agent := query{text, ofTurn, 1, 1}, query{group: ofBefore, weight: 0.25, trust: 0.5}, query{group: ofAgent, weight: 0.4, trust: 0.5}
	if a.leans {
		own.weight, before.weight, before.trust, agent.weight = 0.5, 1, 0.9, 0.5
	}
	a.queries = append(a.queries, own)
	for _, p := range saying(text, t.Lang) {
		a.queries = append(a.queries, query{p, ofSentence, 0.3, 0.95})
	}
	if c.caller != "" {
		before.text = joined(c.caller, text, t.Lang)
		a.queries = append(a.queries, before)
	}
	if c.agent != "" {
		agent.text = joined(c.agent, text, t.Lang)
		a.queries = append(a.queries, agent)
	}
	if says {
		c.caller = text
	}
	c.heard = true
	return a, nil
}

// What a turn sounds like that asks for something: logistic regression over all turns of callers in the sets of
// cmd/parley/internal/evalassist, those with a label and the others counting alike. Where a set is judged by what the others
// taught, a turn with a label comes before one without in .93 of all pairs.
const (
	wantedBias  = -4.6
	wantedAsks  = 2.75  // it is a question
	wantedReply = -1.15 // it replies to a question, as a name, a date or "since Tuesday" do
	wantedSays  = 1.8   // logarithm of 1 + its length in words
)

// wanted is how likely a turn asks for what an entry may tell: from two to one on it counts as certain. What gives details, thanks
// or only chats brings no card of its own unless one entry is far likelier than the others.
func (c *Chooser) wanted(text, lang string) float64 {
	if !c.heard { // what a call begins with is what it is about
		return 1
	}
	x := wantedBias + wantedSays*math.Log1p(words(text, lang))
	if asks(text, lang) {
		x += wantedAsks
	}
	if asks(c.agent, lang) {
		x += wantedReply
	}
	return min(1, 1.5/(1+math.Exp(-x)))
}
