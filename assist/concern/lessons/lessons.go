// Package lessons teaches assist/concern: it reads texts of callers and agents whose kind is known, and fits the layers that tell
// the kinds apart. It is for tests, which write what the program ships and judge dialogues by what others have taught.
package lessons

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/intent"
	"github.com/parley-voice/parley/nlu/softmax"
)

// "kind: SAID" and "kind: BEFORE | SAID", of callers, of agents, and of replies to callers, which are calm or open.
//
//go:embed texts/*.txt
var texts embed.FS

// Text is something to learn from.
type Text struct {
	Before string // what was said before it, empty when nothing was or it does not matter
	Said   string
	Kind   string // one of concern.CallerKinds or concern.AgentKinds, or Grave
}

// Grave is the kind of a turn at which a supervisor would have been called, for whatever reason. It is learnt as the kind that the
// others take it for.
const Grave = "grave"

// Lessons are what is learnt from in one language.
type Lessons struct{ Caller, Agent, Replies []Text }

// Of are the texts of this package in lang, with ordinary requests of callers: the examples of the built-in intents and the
// questions of the sample bases.
func Of(lang string) Lessons {
	l := Lessons{Caller: parse("caller_" + lang), Agent: parse("agent_" + lang), Replies: parse("replies_" + lang)}
	calm := concern.CallerKinds[0]
	for _, e := range intent.Default() {
		if e.Lang == lang && e.Intent != nlu.IntentComplaint {
			l.Caller = append(l.Caller, Text{Said: e.Text, Kind: calm})
		}
	}
	for _, base := range samples.Names() {
		raw, _ := samples.CSV(base)
		for _, e := range ingest.Bytes(base+".csv", raw, base).Entries {
			if e.Lang == lang {
				l.Caller = append(l.Caller, Text{Said: e.Question, Kind: calm})
			}
		}
	}
	return l
}

func parse(name string) []Text {
	raw, err := texts.ReadFile("texts/" + name + ".txt")
	if err != nil { // it is part of the program
		panic(err)
	}
	var out []Text
	for line := range strings.Lines(string(raw)) {
		kind, said, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(kind, "#") {
			continue
		}
		before, after, ok := strings.Cut(said, " | ")
		if !ok {
			before, after = "", said
		}
		out = append(out, Text{strings.TrimSpace(before), strings.TrimSpace(after), kind})
	}
	return out
}

// How little single texts are trusted, see softmax.Fit: more than is best for texts by the same hand.
const (
	callerDecay = 1
	agentDecay  = 1
	openDecay   = 1
)

// Learn fits what l teaches. It embeds all texts, which takes minutes unless em remembers them.
func Learn(ctx context.Context, em concern.Embedder, l Lessons) (concern.Weights, error) {
	var w concern.Weights
	caller, err := features(ctx, em, l.Caller, true)
	if err != nil {
		return w, err
	}
	agent, err := features(ctx, em, l.Agent, true)
	if err != nil {
		return w, err
	}
	replies, err := features(ctx, em, l.Replies, false)
	if err != nil {
		return w, err
	}
	w.Caller = layer(caller, classes(l.Caller, concern.CallerKinds), len(concern.CallerKinds), callerDecay)
	w.Agent = layer(agent, classes(l.Agent, concern.AgentKinds), len(concern.AgentKinds), agentDecay)
	w.Open = layer(replies, classes(l.Replies, concern.OpenKinds), len(concern.OpenKinds), openDecay)
	return w, nil
}

// layer fits a layer to x. What is of no known kind, but not of the first, is learnt as what it is likeliest by the rest.
func layer(x [][]float64, class []int, kinds int, decay float64) softmax.Rows {
	rows := softmax.FitRows(x, class, kinds, decay)
	if !slices.Contains(class, -1) {
		return rows
	}
	for i, c := range class {
		if c < 0 {
			odds := rows.Scores(x[i], kinds)
			class[i] = slices.Index(odds, slices.Max(odds[1:]))
		}
	}
	return softmax.FitRows(x, class, kinds, decay)
}

// features embeds texts, together with what was said before them where that matters.
func features(ctx context.Context, em concern.Embedder, ts []Text, replying bool) ([][]float64, error) {
	var all []string
	for _, t := range ts {
		all = append(all, concern.Together("", t.Said), concern.Together(t.Before, t.Said))
	}
	vecs, err := em.Embed(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("embed lessons: %w", err)
	}
	out := make([][]float64, len(ts))
	for i := range ts {
		out[i] = concern.Features(vecs[2*i], nil)
		if replying {
			out[i] = concern.Features(vecs[2*i], vecs[2*i+1])
		}
	}
	return out, nil
}

// classes are the numbers of the kinds of texts; that of Grave is -1.
func classes(ts []Text, kinds []string) []int {
	out := make([]int, len(ts))
	for i, t := range ts {
		out[i] = slices.Index(kinds, t.Kind)
	}
	return out
}
