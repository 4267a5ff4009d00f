package node

import (
	"context"
	"fmt"
	"slices"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/tts"
)

// importSamples fills the bases of the sample lines when they are empty.
func (n *Node) importSamples(ctx context.Context) error {
	bases, err := n.brain.Store.Bases(ctx)
	if err != nil {
		return err
	}
	for _, r := range n.cfg.Routes {
		csv, ok := samples.CSV(r.Base)
		if !ok || slices.ContainsFunc(bases, func(b sqlite.Base) bool { return b.Name == r.Base }) {
			continue
		}
		res := ingest.Bytes(r.Base+".csv", csv, r.Base)
		if _, err := n.brain.Store.Import(ctx, res.Entries, sqlite.ImportOptions{}); err != nil {
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

// renderAhead makes the sound of everything that is said word for word, as background work: greetings and prompts
// first, then the approved answers of every route.
func (n *Node) renderAhead(ctx context.Context) {
	todo := n.sayings(ctx)
	n.env.Log.Info("rendering answers ahead", "left", len(todo))
	for i, s := range todo {
		if err := n.mouth.Render(ctx, s.text, s.voice, nil); err != nil {
			if ctx.Err() != nil {
				return
			}
			n.env.Log.Warn("a text was not rendered ahead", "err", err)
		}
		if i%20 == 19 {
			n.env.Log.Info("rendering answers ahead", "left", len(todo)-i-1)
		}
	}
	n.env.Log.Info("all answers are rendered")
}

// sayings lists the fixed texts that are not in the cache yet.
func (n *Node) sayings(ctx context.Context) []saying {
	var fixed, answers []saying
	add := func(list *[]saying, r config.Route, lang, text string) {
		s := saying{text, voicesOf(r)[lang]}
		if text != "" && !n.mouth.Has(text, s.voice) && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	for _, r := range n.cfg.Routes {
		for lang, text := range greetingsOf(r) {
			add(&fixed, r, lang, text)
			add(&fixed, r, lang, r.Closed[lang])
			for _, p := range answer.Prompts(lang) {
				add(&fixed, r, lang, p)
			}
		}
		entries, err := n.brain.Store.Entries(ctx, r.Base)
		if err != nil {
			n.env.Log.Warn("answers are not rendered ahead", "base", r.Base, "err", err)
		}
		for _, e := range entries {
			add(&answers, r, e.Lang, e.Answer)
		}
	}
	return append(fixed, answers...)
}

// Unrendered is how many fixed texts still have to be made when they are first said.
func (n *Node) Unrendered(ctx context.Context) int { return len(n.sayings(ctx)) }
