package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/tts"
)

// importSamples fills the bases of the sample lines when they are empty.
func (n *Node) importSamples(ctx context.Context) error {
	bases, err := n.brain.Store.Bases(ctx)
	if err != nil {
		return err
	}
	for _, r := range n.conf().Routes {
		csv, ok := samples.CSV(r.Base)
		if !ok || slices.ContainsFunc(bases, func(b knowledge.Base) bool { return b.Name == r.Base }) {
			continue
		}
		res := ingest.Bytes(r.Base+".csv", csv, r.Base)
		if _, err := n.brain.Store.Import(ctx, res.Entries, knowledge.ImportOptions{}); err != nil {
			return fmt.Errorf("import sample %s: %w", r.Base, err)
		}
	}
	return nil
}

// saying is a text with the voice it is said in.
type saying struct {
	text  string
	voice tts.Voice
}

// lookAgain is how often a running node looks for answers that an import has changed.
const lookAgain = 10 * time.Second

// renderAhead makes the sound of everything that is said word for word, as background work: greetings and prompts
// first, then the first clause of every approved answer, since the rest can be made while it plays, then the rest; and
// what is imported later. It ends with ctx.
func (n *Node) renderAhead(ctx context.Context) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	failed := map[saying]bool{}
	lacks := func(s saying) bool { return failed[s] }
	for first := true; ; first = false {
		openings, rest := n.sayings(ctx)
		n.renderAll(ctx, slices.DeleteFunc(openings, lacks), failed)
		if first {
			close(n.fluent)
		}
		n.renderAll(ctx, slices.DeleteFunc(rest, lacks), failed)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) renderAll(ctx context.Context, todo []saying, failed map[saying]bool) {
	for i, s := range todo {
		n.left.Store(int64(len(todo) - i))
		if i%20 == 0 {
			n.env.Log.Info("rendering answers ahead", "left", len(todo)-i)
		}
		if err := n.mouth.Render(ctx, s.text, s.voice, nil); err != nil && ctx.Err() == nil {
			failed[s] = true
			n.env.Log.Warn("an answer will be made when it is first said", "err", err)
		}
		if ctx.Err() != nil {
			return
		}
	}
	n.left.Store(0)
}

// sayings lists the fixed texts that are not in the cache yet: what a reply can begin with, and the rest.
func (n *Node) sayings(ctx context.Context) (openings, answers []saying) {
	var fixed []saying
	add := func(list *[]saying, r config.Route, lang, text string) {
		s := saying{text, voicesOf(r)[lang]}
		if text != "" && !n.mouth.Has(text, s.voice) && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	for _, r := range n.conf().Routes {
		for lang, text := range greetingsOf(r) {
			add(&fixed, r, lang, text)
			add(&fixed, r, lang, r.Closed[lang])
			if r.OptOut != "" {
				add(&fixed, r, lang, r.OptedOut[lang])
			}
			prompts := answer.Prompts(lang)
			if n.conf().Customers.CodeKey != "" {
				prompts = append(prompts, answer.CodePrompts(lang)...)
			}
			for _, p := range prompts {
				add(&fixed, r, lang, p)
			}
		}
		entries, err := n.brain.Store.Entries(ctx, r.Base)
		if err != nil {
			n.env.Log.Warn("answers are not rendered ahead", "base", r.Base, "err", err)
		}
		for _, e := range entries {
			if clauses := tts.Clauses(e.Answer, e.Lang); len(clauses) > 1 {
				add(&openings, r, e.Lang, clauses[0])
			}
			add(&answers, r, e.Lang, e.Answer)
		}
	}
	return append(fixed, openings...), answers
}

// Fluent is closed once everything that a reply can begin with is rendered.
func (n *Node) Fluent() <-chan struct{} { return n.fluent }

// Unrendered is how many fixed texts are still being made into sound.
func (n *Node) Unrendered() int { return int(n.left.Load()) }
