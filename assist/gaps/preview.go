package gaps

import (
	"context"
	"fmt"
	"slices"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/knowledge"
)

// Probe is a question asked before and after a change.
type Probe struct {
	Query string
	Lang  string
	// Known says that the right answers are known: Relevant, or none when that is empty.
	Known    bool
	Relevant []string
}

// Outcome is what the bot does with a question.
type Outcome struct {
	Entry    string   `json:"entry"`
	Decision string   `json:"decision" doc:"answer, clarify, offer_person or command"`
	Text     string   `json:"text" doc:"What the caller hears"`
	PRight   float64  `json:"p_right"`
	Choices  []string `json:"choices" doc:"Entries offered"`
}

// How a change looks to a caller who asks one question.
const (
	Gain = "gain" // it is answered, or answered rightly, or there are choices now
	Loss = "loss" // it is not any more
	Else = "changed"
)

// Change is a question that the bot takes differently after a change.
type Change struct {
	Kind   string   `json:"kind" enum:"gain,loss,changed" doc:"gain: it is answered (rightly, where that is known) or choices are offered now; loss: not any more; changed: answered otherwise"`
	Query  string   `json:"query"`
	Lang   string   `json:"lang"`
	Golden bool     `json:"golden" doc:"A question of the golden set, so gain and loss are known and no guess"`
	Want   []string `json:"want,omitempty"`
	Before Outcome  `json:"before"`
	After  Outcome  `json:"after"`
}

// Preview is what a change would do to the questions that were asked again.
type Preview struct {
	Changes []Change `json:"changes" doc:"Losses first, then other changes, then gains"`
	N       int      `json:"n" doc:"Questions that were asked again; 0 when there are no recorded calls yet"`
	Golden  int      `json:"golden" doc:"Of n, those of the golden set"`
	Gains   int      `json:"gains"`
	Losses  int      `json:"losses"`
	// Titles are the questions of entries that are named, by ID; whoever shows a preview fills them in.
	Titles map[string]string `json:"titles,omitempty"`
}

// Named yields the IDs of entries that p names.
func (p Preview) Named(yield func(id string) bool) {
	for _, c := range p.Changes {
		for _, id := range slices.Concat([]string{c.Before.Entry, c.After.Entry}, c.Want) {
			if id != "" && !yield(id) {
				return
			}
		}
	}
}

// LastQuestions are the last n different questions of callers among the steps, which come newest call first, and the golden
// set in front of them.
func LastQuestions(steps []Step, golden []Golden, n int) []Probe {
	seen := map[string]bool{}
	out := make([]Probe, 0, len(golden)+min(n, len(steps)))
	for _, g := range golden {
		seen[knowledge.QuestionKey(g.Query)] = true
		out = append(out, Probe{g.Query, knowledge.Language(g.Query), true, g.Relevant})
	}
	for _, s := range steps {
		if n == 0 {
			break
		}
		key := knowledge.QuestionKey(s.Query)
		if s.Kind != Said || s.Decision == answer.Obey || key == "" || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, Probe{Query: s.Query, Lang: s.Lang})
		n--
	}
	return out
}

// Compare asks two bots the same questions of a base and tells where they differ. progress, which may be nil, is told after
// each question. It blocks and ends with ctx.
func Compare(ctx context.Context, before, after Answerer, base string, probes []Probe, progress func(done, total int)) (Preview, error) {
	out := Preview{Changes: []Change{}}
	for i, p := range probes {
		q := answer.Query{Text: p.Query, Base: base}
		was, err := before.Answer(ctx, answer.Dialogue{}, q)
		if err != nil {
			return out, fmt.Errorf("ask %q: %w", p.Query, err)
		}
		is, err := after.Answer(ctx, answer.Dialogue{}, q)
		if err != nil {
			return out, fmt.Errorf("ask %q after the change: %w", p.Query, err)
		}
		out.N++
		if p.Known {
			out.Golden++
		}
		if c, differs := compared(p, outcomeOf(was), outcomeOf(is)); differs {
			out.Changes = append(out.Changes, c)
		}
		if progress != nil {
			progress(i+1, len(probes))
		}
	}
	for _, c := range out.Changes {
		count(&out.Gains, c.Kind == Gain)
		count(&out.Losses, c.Kind == Loss)
	}
	order := []string{Loss, Else, Gain}
	slices.SortStableFunc(out.Changes, func(a, b Change) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	return out, nil
}

func outcomeOf(d answer.Decision) Outcome {
	o := Outcome{Entry: d.Entry, Decision: d.Decision, Text: d.Text, PRight: d.PRight, Choices: []string{}}
	for _, c := range d.Choices {
		o.Choices = append(o.Choices, c.Entry)
	}
	return o
}

// compared tells how two outcomes of a question differ; differs is false when a caller would notice nothing.
func compared(p Probe, was, is Outcome) (c Change, differs bool) {
	if was.Entry == is.Entry && was.Decision == is.Decision && was.Text == is.Text {
		return c, false
	}
	c = Change{Kind: Else, Query: p.Query, Lang: p.Lang, Golden: p.Known, Want: p.Relevant, Before: was, After: is}
	switch d := p.worth(is) - p.worth(was); {
	case d > 0:
		c.Kind = Gain
	case d < 0:
		c.Kind = Loss
	}
	return c, true
}

// worth orders outcomes: an answer is better than choices and those are better than none. Where the right answer is known a
// wrong one is worth less than none.
func (p Probe) worth(o Outcome) int {
	right := func(id string) bool { return slices.Contains(p.Relevant, id) }
	switch {
	case o.Decision == answer.Known && p.Known && !right(o.Entry):
		return -1
	case o.Decision == answer.Known:
		return 2
	case o.Decision == answer.Clarify && (!p.Known || slices.ContainsFunc(o.Choices, right)):
		return 1
	}
	return 0
}
