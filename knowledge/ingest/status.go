package ingest

import (
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// What a file may write for whom an entry is for and how far it is, beside the names themselves.
var (
	audiences = map[string]knowledge.Audience{ //nolint:gochecknoglobals // a constant table
		"机器人": knowledge.ForBot, "agents": knowledge.ForAgent, "坐席": knowledge.ForAgent, "座席": knowledge.ForAgent, "客服": knowledge.ForAgent,
	}
	states = map[string]knowledge.State{ //nolint:gochecknoglobals // a constant table
		"草稿": knowledge.Draft, "待审核": knowledge.Review, "审核中": knowledge.Review, "已发布": knowledge.Published, "已过期": knowledge.Expired,
	}
)

// status is what a file says of an entry beside its texts, in its own words; nothing is not said.
type status struct {
	Audience, State string
	Queues          []string
	From, Until     string
	Pair            string // ID of the same entry in the other language
}

// settled reads whom e is for, how far it is and when it is in force; what a file does not say stays empty. A word that is not known is
// a problem of row n: what was meant for agents alone, or until a day, must not be told to callers or after it.
func (c *collector) settled(n int, e *knowledge.Entry, more status) bool {
	var ok bool
	e.Pair = tidy(more.Pair)
	e.Audience, e.State, e.Queues = knowledge.Audience(more.Audience), knowledge.State(more.State), slices.Clone(more.Queues)
	if !c.inForce(n, e, more) {
		return false
	}
	if e.Audience, ok = named(e.Audience, audiences, knowledge.ForBot, knowledge.ForAgent); !ok {
		c.add(n, "audience", "audience %q is not known: write bot (callers hear it) or agent (only people at the desk see it), or leave it empty", short(string(e.Audience)))
		return false
	}
	if e.State, ok = named(e.State, states, knowledge.Draft, knowledge.Review, knowledge.Published, knowledge.Expired); !ok {
		c.add(n, "state", "state %q is not known: write draft, review, published or expired, or leave it empty", short(string(e.State)))
		return false
	}
	for i, q := range e.Queues {
		e.Queues[i] = tidy(q)
	}
	if e.Queues = slices.DeleteFunc(e.Queues, func(q string) bool { return q == "" }); len(e.Queues) == 0 {
		e.Queues = nil // not said
	}
	return true
}

// named is the one of known, or of the other words for them, that v is; nothing is itself.
func named[T ~string](v T, words map[string]T, known ...T) (T, bool) {
	s := strings.ToLower(tidy(string(v)))
	if w, ok := words[s]; ok {
		return w, true
	}
	return T(s), s == "" || slices.Contains(known, T(s))
}
