// Package intent tells which of a list of intents an utterance has, from examples: sentence embeddings, a softmax
// regression over them, and a calibrated probability that says when it is none of them.
package intent

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Embedder turns texts into vectors of one length. It must be safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Keeper is an Embedder that keeps the vectors of examples from one start to the next. What callers say is never given to
// it.
type Keeper interface {
	EmbedKept(ctx context.Context, texts []string) ([][]float32, error)
}

// Classifier knows the intents of a set of examples. It is safe for concurrent use.
type Classifier struct {
	embedders map[string]Embedder
	models    map[string]*model
	threshold float64
}

// Options are what Train needs beside the examples.
type Options struct {
	// Embedders by language. Examples in a language without one are left out.
	Embedders map[string]Embedder
	// Threshold is the probability from which on an intent is named; 0 is 0.35.
	Threshold float64
}

// Train learns from examples. It embeds them all (a few milliseconds each) and fails when a language has fewer than two
// intents. The same examples always give the same Classifier.
func Train(ctx context.Context, examples []Example, opt Options) (*Classifier, error) {
	c := &Classifier{embedders: opt.Embedders, models: map[string]*model{}, threshold: opt.Threshold}
	if c.threshold == 0 {
		c.threshold = 0.35
	}
	byLang := map[string][]Example{}
	for _, e := range examples {
		if opt.Embedders[e.Lang] != nil {
			byLang[e.Lang] = append(byLang[e.Lang], e)
		}
	}
	if len(byLang) == 0 {
		return nil, errors.New("train intents: no examples in a language that can be embedded")
	}
	for lang, ex := range byLang {
		texts := make([]string, len(ex))
		names := make([]string, len(ex))
		for i, e := range ex {
			texts[i], names[i] = e.Text, e.Intent
		}
		embed := opt.Embedders[lang].Embed
		if k, ok := opt.Embedders[lang].(Keeper); ok {
			embed = k.EmbedKept
		}
		vecs, err := embed(ctx, texts)
		if err != nil {
			return nil, fmt.Errorf("train intents: embed examples: %w", err)
		}
		m, err := fit(vecs, names)
		if err != nil {
			return nil, fmt.Errorf("train intents in %s: %w", lang, err)
		}
		c.models[lang] = m
	}
	return c, nil
}

// Classify returns the intent of text, "" when none is sure enough, and the probability that the best one is right. A
// language without examples has no intents, and that is no error.
func (c *Classifier) Classify(ctx context.Context, text, lang string) (name string, p float64, err error) {
	name, p, err = c.Best(ctx, text, lang)
	if err != nil || p < c.threshold {
		return "", p, err
	}
	return name, p, nil
}

// Best is Classify without the threshold: the likeliest intent and the probability that it is right.
func (c *Classifier) Best(ctx context.Context, text, lang string) (name string, p float64, err error) {
	m := c.models[lang]
	if m == nil {
		return "", 0, nil
	}
	vecs, err := c.embedders[lang].Embed(ctx, []string{text})
	if err != nil {
		return "", 0, fmt.Errorf("embed text: %w", err)
	}
	name, p = m.classify(vecs[0])
	return name, p, nil
}

// Names are the intents of a language, in order.
func (c *Classifier) Names(lang string) []string {
	if m := c.models[lang]; m != nil {
		return slices.Clone(m.names)
	}
	return nil
}
