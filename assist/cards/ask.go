package cards

import (
	"context"
	"fmt"
	"strings"

	"github.com/parley-voice/parley/nlu"
)

// asked is what is searched for because of a turn.
type asked struct {
	queries []query
	leans   bool // the turn says little by itself
	terms   int
}

// query is a text to search for.
type query struct {
	text string
	form form
}

// form is what of the dialogue a query is made of.
type form int

// The forms of queries. All but the first are stood in for by another where the dialogue has nothing to make them of.
const (
	ofTurn     form = iota
	ofSentence      // one of several sentences
	ofBefore        // what the caller said before, and the turn
	ofBefore2       // their last two turns before, and the turn
	ofExchange      // what they said before, what was said to them, and the turn
	forms
)

// ask tells what to search for because of t: what was said, its sentences, and what was said before together with it.
// Nothing for small talk. A yes to a question asks what the question asked.
func (c *Chooser) ask(ctx context.Context, t Turn) (asked, error) {
	u, err := c.understand.Understand(ctx, nlu.Turn{Text: t.Text, Lang: t.Lang, Offered: true})
	if err != nil {
		return asked{}, fmt.Errorf("understand turn: %w", err)
	}
	if u.Command == nlu.Yes && u.Alone && isQuestion(c.agent) {
		text := lastSentence(c.agent)
		return asked{queries: []query{{text, ofTurn}}, terms: contentLen(text, t.Lang)}, nil
	}
	text := strings.TrimSpace(t.Text)
	if u.SmallTalk || u.Backchannel || u.Alone && u.Command != nlu.None {
		return asked{}, nil
	}
	n := contentLen(text, t.Lang)
	if text == "" || n < 2 && len(c.callers) == 0 || n < 1 {
		return asked{}, nil
	}
	a := asked{queries: []query{{text, ofTurn}}, leans: leans(text, t.Lang), terms: n}
	for _, p := range saying(text, t.Lang) {
		a.queries = append(a.queries, query{p, ofSentence})
	}
	reply := text
	if c.agent != "" {
		reply = joined(c.agent, text, t.Lang)
	}
	if k := len(c.callers); k > 0 {
		a.queries = append(a.queries, query{joined(c.callers[k-1], text, t.Lang), ofBefore})
		reply = joined(c.callers[k-1], reply, t.Lang)
		if k > 1 {
			a.queries = append(a.queries, query{joined(c.callers[k-2], joined(c.callers[k-1], text, t.Lang), t.Lang), ofBefore2})
		}
	}
	if reply != text {
		a.queries = append(a.queries, query{reply, ofExchange})
	}
	c.callers = append(c.callers, text)
	c.callers = c.callers[max(0, len(c.callers)-2):]
	return a, nil
}
