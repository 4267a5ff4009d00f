package rules

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
)

// waiting is for what a rule that says "wait" waits: a caller's turn that is alarming by itself is often settled by the
// reply to it. Where atOnce holds, the rule fires like any other. Otherwise it fires when the reply leaves things open, or
// when the caller's next turn goes on in the same way, and is forgotten when neither does.
type waiting struct {
	atOnce *condition
	keep   *condition // a number, remembered from the caller's turn
	reply  *condition // of the turn of the agent or the bot
	next   *condition // of the caller's next turn
}

// held is a rule that waits.
type held struct {
	kept    float64
	reasons []Reason // as they were on the caller's turn
	replied bool     // by a turn that did not leave things open
}

// compileWait reads the conditions that src has for waiting, if any.
func (s *Set) compileWait(env *cel.Env, src *source) error {
	in := src.in.Wait
	if in == nil {
		return nil
	}
	if s.wait != nil {
		return faultf(src.at("$.wait"), "wait-twice", "wait: is in another file already")
	}
	w := &waiting{}
	for _, part := range []struct {
		name, is string
		number   bool
		into     **condition
	}{{"at_once", in.AtOnce, false, &w.atOnce}, {"keep", in.Keep, true, &w.keep}, {"reply", in.Reply, false, &w.reply}, {"next", in.Next, false, &w.next}} {
		at := cmp.Or(src.at("$.wait."+part.name), src.at("$.wait"))
		if part.is == "" || len(part.is) > maxWhen {
			return faultf(at, "wait-condition", "wait: %s needs a condition of at most %d characters", part.name, maxWhen)
		}
		c, err := compile(env, part.is, part.number, s.vars)
		if err != nil {
			return faultf(at, "wait", "wait: %s: %w", part.name, err)
		}
		c.name = "wait." + part.name
		*part.into = c
	}
	s.wait = w
	return nil
}

// Waits reports whether a rule waits for the reply to the caller's last turn, so that it is worth knowing its Open.
func (s *Session) Waits() bool {
	for _, h := range s.held {
		if !h.replied {
			return true
		}
	}
	return false
}

// Lapse returns what waits for a reply, highest priority first, and has it fire: nobody has replied to last, the turn heard last, for long, or
// the call has ended with it. No reply is waited for any more then. What a reply has settled waits on for the caller's next turn.
func (s *Session) Lapse(last Turn) []Firing {
	out := s.release(last, func(h held) bool { return !h.replied })
	maps.DeleteFunc(s.held, func(_ string, h held) bool { return !h.replied })
	return out
}

// replied returns what waited for t, the turn of an agent or the bot, and fires because of it. The rest waits on.
func (s *Session) replied(t Turn) []Firing {
	out := s.release(t, func(h held) bool {
		s.put(keptVar, h.kept)
		return s.holds(s.set.wait.reply)
	})
	for id, h := range s.held {
		h.replied = true
		s.held[id] = h
	}
	return out
}

func (s *Session) release(t Turn, ready func(held) bool) []Firing {
	var out []Firing
	for _, r := range s.set.rules {
		if h, ok := s.held[r.in.ID]; ok && ready(h) {
			delete(s.held, r.in.ID)
			out = append(out, s.firing(r, t, slices.Clone(h.reasons)))
		}
	}
	return out
}
