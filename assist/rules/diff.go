package rules

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/parley-voice/parley/pipeline/call"
)

// Call is a recorded call to be played again. Its turns hold what the running system had made of them (intent,
// sentiment, concern) or can make again.
type Call struct {
	ID       call.ID
	Turns    []Turn
	Customer Customer
	Packs    []string // of its route; nil: all of the set
}

// Change tells what a changed rule file would have done otherwise.
type Change struct {
	Calls   int          `json:"calls"`   // calls that were played
	Changed int          `json:"changed"` // calls in which anything differs
	Rules   []RuleChange `json:"rules"`   // rules with a difference, by name
	Firings []FireChange `json:"firings"` // every difference, at most MaxChanges; by call and turn
	Left    int          `json:"left"`    // differences beyond those
}

// RuleChange counts the firings of one rule.
type RuleChange struct {
	Rule   string `json:"rule"`
	Before int    `json:"before"`
	After  int    `json:"after"`
	New    int    `json:"new"`  // firings at turns at which it did not fire before
	Gone   int    `json:"gone"` // the other way round
}

// FireChange is a firing that only one of the two has.
type FireChange struct {
	Call call.ID `json:"call"`
	New  bool    `json:"new"` // only the changed rules have it
	Firing
}

// MaxChanges bounds the list of differences.
const MaxChanges = 200

// Diff plays calls to two sets of rules and tells where their firings differ. It blocks until the calls are played and
// fails when calls fails, when a condition cannot be evaluated or when ctx ends.
func Diff(ctx context.Context, before, after *Set, calls iter.Seq2[Call, error]) (Change, error) {
	out := Change{Rules: []RuleChange{}, Firings: []FireChange{}}
	byRule := map[string]*RuleChange{}
	for c, err := range calls {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return Change{}, fmt.Errorf("read calls: %w", err)
		}
		old, err := Play(before, c)
		if err != nil {
			return Change{}, fmt.Errorf("rules before, call %s: %w", c.ID, err)
		}
		now, err := Play(after, c)
		if err != nil {
			return Change{}, fmt.Errorf("rules after, call %s: %w", c.ID, err)
		}
		out.Calls++
		out.add(c.ID, old, now, byRule)
	}
	for _, r := range byRule {
		if r.New+r.Gone > 0 {
			out.Rules = append(out.Rules, *r)
		}
	}
	slices.SortFunc(out.Rules, func(a, b RuleChange) int { return cmp.Compare(a.Rule, b.Rule) })
	return out, nil
}

// Play feeds a call's turns to a new session and returns all that fires.
func Play(set *Set, c Call) ([]Firing, error) {
	if c.Packs != nil {
		set = set.For(c.Packs...)
	}
	s := set.Session()
	s.SetCustomer(c.Customer)
	var out []Firing
	for _, t := range c.Turns {
		out = append(out, s.Feed(t)...)
	}
	if n := len(c.Turns); n > 0 {
		out = append(out, s.Lapse(c.Turns[n-1])...)
	}
	return out, s.Err()
}

// place is where a rule fired.
type place struct {
	rule string
	turn int
}

// add counts the firings of one call.
func (c *Change) add(id call.ID, old, now []Firing, byRule map[string]*RuleChange) {
	count := func(rule string) *RuleChange {
		if byRule[rule] == nil {
			byRule[rule] = &RuleChange{Rule: rule}
		}
		return byRule[rule]
	}
	was, is := map[place]bool{}, map[place]bool{}
	for _, f := range old {
		was[place{f.Rule, f.Turn}] = true
		count(f.Rule).Before++
	}
	for _, f := range now {
		is[place{f.Rule, f.Turn}] = true
		count(f.Rule).After++
	}
	var diff []FireChange
	for _, f := range old {
		if !is[place{f.Rule, f.Turn}] {
			count(f.Rule).Gone++
			diff = append(diff, FireChange{id, false, f})
		}
	}
	for _, f := range now {
		if !was[place{f.Rule, f.Turn}] {
			count(f.Rule).New++
			diff = append(diff, FireChange{id, true, f})
		}
	}
	if len(diff) > 0 {
		c.Changed++
	}
	slices.SortStableFunc(diff, func(a, b FireChange) int { return cmp.Compare(a.Turn, b.Turn) })
	room := min(len(diff), MaxChanges-len(c.Firings))
	c.Firings = append(c.Firings, diff[:room]...)
	c.Left += len(diff) - room
}
