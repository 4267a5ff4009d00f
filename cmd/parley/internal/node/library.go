package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/fetch"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/watch"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

// openLibrary readies what the knowledge needs beside the calls: vectors are renewed in the background, folders are
// watched.
func (n *Node) openLibrary(context.Context) error {
	n.brain.Store.RenewBehind(judging.Idly(n.queue))
	var folders []watch.Folder
	for _, w := range n.cfg.Knowledge.Watch {
		folders = append(folders, watch.Folder{Path: w.Folder, Base: w.Base, Zone: n.cfg.InsightsZone(), Most: w.Share()})
	}
	n.watch = watch.New(folders, n.brain.Store, n.cfg.Knowledge.Look, n.env.Log)
	return nil
}

// runLibrary looks after the watched folders until ctx ends.
func (n *Node) runLibrary(ctx context.Context, g *errgroup.Group) {
	if len(n.cfg.Knowledge.Watch) > 0 {
		g.Go(func() error { // ends with ctx
			err := n.watch.Run(ctx)
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		})
	}
}

// library is what the page of the knowledge works with: the store the bot itself searches, so that what is published is
// answered from the next question on.
func (n *Node) library() httpapi.KnowledgeOptions {
	f := n.cfg.Knowledge.Fetch
	return httpapi.KnowledgeOptions{
		Store: n.brain.Store, Bot: n.engine, Gaps: n.store, Bar: n.bar,
		Learning: n.store.Learning(), Goldens: n.store.Learning(), Embedder: knowledgecmd.Vectors(n.brain.Store.Embedders()),
		Rehearse: rehearsal{n}, Voice: voice{n}, Watch: n.watch, Mask: masked, Zone: n.cfg.InsightsZone(),
		Fetch: fetch.Options{Networks: config.Prefixes(f.Networks), Hosts: f.Hosts},
	}
}

func masked(text, lang string) string {
	out, _ := redact.Text(text, lang)
	return out
}

// bar is the probability from which on callers get an answer now.
func (n *Node) bar() float64 { return cmp.Or(n.conf().Answer.Bar, answer.DefaultBar) }

// rehearsal gives a bot that knows one entry differently.
type rehearsal struct{ n *Node }

// Rehearse implements httpapi.Rehearser.
func (r rehearsal) Rehearse(ctx context.Context, e knowledge.Entry) (httpapi.Answerer, error) {
	return r.n.brain.With(ctx, e, r.n.bar())
}

// voice makes the sound of answers.
type voice struct{ n *Node }

// Speech implements httpapi.Voice: what a caller on the telephone hears, in the voice of the route that answers from the
// base, or of the first one that speaks the language.
func (v voice) Speech(ctx context.Context, base, text, lang, name string) ([]byte, error) {
	say := tts.Voice{Name: name, Lang: lang}
	for _, c := range v.Voices(base) {
		if c.Lang == lang && (name == "" || c.Voice == name) {
			say.Name = c.Voice
			return v.say(ctx, text, say)
		}
	}
	if name != "" {
		return nil, fmt.Errorf("%w: there is no voice %s for %s", knowledge.ErrInvalid, name, lang)
	}
	return nil, fmt.Errorf("%w: no route speaks %s", knowledge.ErrInvalid, lang)
}

func (v voice) say(ctx context.Context, text string, say tts.Voice) ([]byte, error) {
	pcm, err := v.n.mouth.Say(ctx, text, say)
	if err != nil {
		return nil, err
	}
	return audio.WAV(audio.Rate, 1, pcm)
}

// Voices implements httpapi.Voice: those of the routes that answer from the base, those of the other routes, and what else
// the engine can do.
func (v voice) Voices(base string) []httpapi.VoiceChoice {
	var mine, others, rest []httpapi.VoiceChoice
	seen := map[[2]string]bool{}
	for _, r := range v.n.conf().Routes {
		for _, lang := range slices.Sorted(maps.Keys(r.Voices)) {
			c := httpapi.VoiceChoice{Voice: r.Voices[lang], Lang: lang, Route: r.Name, Base: r.Base == base}
			if c.Voice == "" {
				continue
			}
			seen[[2]string{c.Voice, c.Lang}] = true
			if c.Base {
				mine = append(mine, c)
			} else {
				others = append(others, c)
			}
		}
	}
	for _, o := range v.n.mouth.Voices() {
		if !seen[[2]string{o.Name, o.Lang}] {
			rest = append(rest, httpapi.VoiceChoice{Voice: o.Name, Lang: o.Lang})
		}
	}
	return slices.Concat(mine, others, rest)
}
