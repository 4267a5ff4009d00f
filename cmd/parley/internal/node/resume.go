package node

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	// resumeWithin counts from the last sign of life of the cut call, which may be half a minute before it was cut.
	resumeWithin = 2 * time.Minute
	// resumeWait is how long a caller may wait for the look into the record; a database that is away costs the words only.
	resumeWait = 500 * time.Millisecond
	// resumeRead is how long somebody who was cut off may wait for what was said then.
	resumeRead = time.Second
	// repeatable is how many letters of an answer are said again at most.
	repeatable = 300
)

// resume recognises who rings again after a call that was cut: r then begins with words for that, in the language the
// caller spoke, and the ID of the cut call is returned.
func (n *Node) resume(ctx context.Context, r config.Route, from string) (config.Route, call.ID) {
	if call.Nameless(from) { // they cannot be told from others
		return r, ""
	}
	look, cancel := context.WithTimeout(ctx, resumeWait)
	defer cancel()
	cut, ok, err := n.store.Broken(look, from, r.Name, time.Now().Add(-resumeWithin))
	if err != nil {
		n.env.Log.Warn("whether the caller was cut off before is not known", "err", err)
	}
	if err != nil || !ok {
		return r, ""
	}
	read, stop := context.WithTimeout(ctx, resumeRead)
	defer stop()
	d, err := n.store.Get(read, cut.ID)
	if err != nil { // they are told so all the same
		n.env.Log.Warn("what was said before the caller was cut off is not known", "err", err)
		d = record.Detail{Call: cut}
	}
	return resumed(r, d), cut.ID
}

// resumed is the route of a call that goes on where d was cut: an answer under way is given again.
func resumed(r config.Route, d record.Detail) config.Route {
	r.Langs = beginIn(r.Langs, d.Lang)
	said := ""
	if i := len(d.Turns) - 1; i >= 0 && d.Turns[i].Who == call.Bot && d.Turns[i].Decision == answer.Known && d.Turns[i].Lang == r.Langs[0] {
		said = d.Turns[i].Text
	}
	if utf8.RuneCountInString(said) > repeatable {
		said = ""
	}
	r.Greeting = map[string]string{
		"en": "Sorry, we were cut off. " + either(said, "I said: ", "Please go on."),
		"zh": "抱歉，刚才通话中断了。" + either(said, "刚才说到：", "您请继续。"),
	}
	return r
}

// either is the text after its lead, or the other one when there is none.
func either(text, lead, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return lead + text
}
