package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
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
		res := ingest.Bytes(r.Base+".csv", csv, ingest.Into{Base: r.Base})
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

// lookAgain is how often a running node looks for knowledge that an import has changed.
const lookAgain = 10 * time.Second

// stock is what was last made ready: a configuration, and bases at their generations.
type stock struct {
	conf  *config.Config
	bases string
}

func (n *Node) stock(ctx context.Context) stock {
	bases, err := n.brain.Store.Bases(ctx)
	if err != nil && ctx.Err() == nil {
		n.env.Log.Warn("answers are not made ready", "err", err)
	}
	var b strings.Builder
	for _, base := range bases {
		fmt.Fprintf(&b, "%s %d\n", base.Name, base.Generation)
	}
	return stock{n.conf(), b.String()}
}

// makeReady does what a caller would otherwise wait for, now and whenever knowledge or configuration have changed: it asks
// each base a first question, which has it read and its models opened, and makes the sound of everything that is said word
// for word, as background work: greetings and prompts first, then the first clause of every approved answer, since the
// rest can be made while it plays, then the rest. It ends with ctx.
func (n *Node) makeReady(ctx context.Context) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	fluent := sync.OnceFunc(func() { close(n.fluent) })
	var seen stock
	var openings, rest []saying
	for ctx.Err() == nil {
		if now := n.stock(ctx); now != seen {
			seen = now
			n.askFirst(ctx)
			if n.cfg.TTS.Ahead {
				openings, rest = n.sayings(ctx)
			}
		}
		if openings = n.render(ctx, tick.C, openings); len(openings) > 0 {
			continue
		}
		fluent()
		if rest = n.render(ctx, tick.C, rest); len(rest) > 0 {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// render makes the sound of todo, in order, until again, and returns what is left: what was added meanwhile may come
// first. When the cache is full nothing is left.
func (n *Node) render(ctx context.Context, again <-chan time.Time, todo []saying) []saying {
	defer func() { n.left.Store(int64(len(todo))) }()
	for ; len(todo) > 0 && ctx.Err() == nil; todo = todo[1:] {
		n.left.Store(int64(len(todo)))
		s := todo[0]
		if n.mouth.Has(s.text, s.voice) {
			continue
		}
		select {
		case <-again:
			n.env.Log.Info("rendering answers ahead", "left", len(todo))
			return todo
		default:
		}
		if !n.mouth.Room() {
			n.env.Log.Info("the cache of speech is nearly full: other answers are made when they are first said",
				"tts.cache_mb", n.cfg.TTS.CacheMB, "left", len(todo))
			todo = nil
			return nil
		}
		if err := n.mouth.Render(ctx, s.text, s.voice, nil); err != nil && ctx.Err() == nil {
			n.env.Log.Warn("an answer will be made when it is first said", "err", err)
		}
	}
	return todo
}

// sayings lists the fixed texts: what a reply can begin with, and the rest.
func (n *Node) sayings(ctx context.Context) (openings, answers []saying) {
	for _, r := range n.conf().Routes {
		for lang, text := range greetingsOf(r) {
			fixed := []string{text, r.Closed[lang]}
			if r.OptOut != "" {
				fixed = append(fixed, r.OptedOut[lang])
			}
			fixed = append(fixed, answer.Prompts(lang)...)
			if n.conf().Customers.CodeKey != "" {
				fixed = append(fixed, answer.CodePrompts(lang)...)
			}
			for _, text := range fixed {
				openings = append(openings, saying{text, voicesOf(r)[lang]})
			}
		}
	}
	for _, r := range n.conf().Routes {
		entries, err := n.brain.Store.Entries(ctx, r.Base)
		if err != nil {
			n.env.Log.Warn("answers are not rendered ahead", "base", r.Base, "err", err)
		}
		for _, e := range entries {
			v := voicesOf(r)[e.Lang]
			if clauses := tts.Clauses(e.Answer, e.Lang); len(clauses) > 0 {
				openings = append(openings, saying{clauses[0], v})
			}
			answers = append(answers, saying{e.Answer, v})
		}
	}
	return openings, answers
}

// firstQuestions are what a base is asked before callers do.
func firstQuestions() map[string]string {
	return map[string]string{"en": probe, "zh": "请问银行卡丢了应该怎么办？"}
}

// askFirst asks each base a question in each language of its routes, so that no caller is the first one to ask.
func (n *Node) askFirst(ctx context.Context) {
	for _, r := range n.conf().Routes {
		for _, lang := range r.Langs {
			q := answer.Query{Text: firstQuestions()[lang], Lang: lang, Reply: lang, Base: r.Base, Queue: r.Name, Spoken: true, Quick: true}
			if _, err := n.engine.Answer(ctx, answer.Dialogue{}, q); err != nil && ctx.Err() == nil {
				n.env.Log.Warn("a first question failed", "route", r.Name, "err", err)
			}
		}
	}
}

// Fluent is closed once everything that a reply can begin with is rendered.
func (n *Node) Fluent() <-chan struct{} { return n.fluent }

// Unrendered is how many fixed texts are still being made into sound.
func (n *Node) Unrendered() int { return int(n.left.Load()) }
