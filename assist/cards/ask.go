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
	leans   bool    // the turn says little by itself, and something was said before it
	odds    float64 // logarithm of the odds that the turn asks for what an entry may tell, but for what is found
}

// query is a text to search for.
type query struct {
	text  string
	group int
	trust float64 // of what it finds, as probability
}

// ask is the search for q. Only the turn, by itself and in the talk, is read together with entries: on the sets of cmd/parley/internal/evalassist
// reading what else is searched for made no difference.
func (q query) ask(lang string, opt Options) knowledge.Ask {
	return knowledge.Ask{Text: q.text, Lang: lang, Most: opt.PerTurn + more, Unread: q.group != ofTurn && q.group != ofTalk}
}

// Groups of queries.
const (
	ofTurn = iota
	ofSentence
	ofBefore
	ofAgent
	ofTalk
	groups
)

// ask tells what to search for because of t: what was said, its sentences, and what was said before together with it. Nothing for
// small talk.
func (c *Chooser) ask(ctx context.Context, t Turn) (asked, error) {
	u, err := c.understand.Understand(ctx, nlu.Turn{Text: t.Text, Lang: t.Lang, Offered: true})
	if err != nil {
		return asked{}, fmt.Errorf("understand turn: %w", err)
	}
	if u.Command == nlu.Yes && u.Alone && isQuestion(c.agent) {
		return asked{queries: []query{{lastSentence(c.agent), ofTurn, 0.9}}, odds: agreed}, nil
	}
	text := strings.TrimSpace(t.Text)
	// Nothing is too short: "when do I have to?" and "twice." speak of what was said before.
	says := contentLen(text, t.Lang) >= 2
	if u.SmallTalk || u.Backchannel || u.Alone && u.Command != nlu.None || text == "" || !says && c.caller == "" && c.agent == "" {
		return asked{}, nil
	}
	a := asked{leans: leans(text, t.Lang) && c.caller+c.agent != "", odds: c.odds(text, t.Lang), queries: []query{{text, ofTurn, 1}}}
	for _, p := range saying(text, t.Lang) {
		a.queries = append(a.queries, query{p, ofSentence, 0.95})
	}
	trust := 0.5
	if a.leans {
		trust = 0.9
	}
	if c.caller != "" {
		a.queries = append(a.queries, query{joined(c.caller, text, t.Lang), ofBefore, trust})
	}
	if c.agent != "" {
		a.queries = append(a.queries, query{joined(c.agent, text, t.Lang), ofAgent, 0.5})
	}
	if talk := knowledge.InTalk([]string{c.caller, c.agent}, text, t.Lang); talk != text {
		a.queries = append(a.queries, query{talk, ofTalk, 0.9})
	}
	if says {
		c.caller = text
	}
	c.heard = true
	return a, nil
}

// What a turn sounds like that asks for something: logistic regression (fit.py) over all turns of callers in the two large sets of
// cmd/parley/internal/evalassist, in which one turn in four has a label. Where each is judged by what the other taught, a turn with
// a label comes before one without in .90 of all pairs.
const (
	wantedBias  = -8.49
	wantedFirst = 1.85 // it is the first one: what a call begins with is what it is about
	wantedSays  = 2.21 // logarithm of 1 + its length in words
	wantedAsks  = 1.41 // it is a question
	wantedFound = 1.91 // how likely the best entry is right, by the turn alone

	agreed = 3 // the agent has named a thing, and the caller wants it
)

// odds is the logarithm of the odds that a turn asks for what an entry may tell. What gives details, thanks or only chats brings no
// card of its own unless an entry is likely by itself.
func (c *Chooser) odds(text, lang string) float64 {
	x := wantedBias + wantedSays*math.Log1p(words(text, lang))
	if !c.heard {
		x += wantedFirst
	}
	if asks(text, lang) {
		x += wantedAsks
	}
	return x
}
