package concern

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed data/replies_en.txt
var repliesEN string

//go:embed data/replies_zh.txt
var repliesZH string

// replyLessons are the replies in lang to learn from which leave open what the caller came with, but for those that leave names.
func replyLessons(lang string, leave func(said string) bool) []weighed {
	raw := repliesEN
	if lang == "zh" {
		raw = repliesZH
	}
	var out []weighed
	for _, e := range parse(raw) {
		if !leave(e.text) {
			out = append(out, weighed{e.text, e.kind != Calm, 1})
		}
	}
	return out
}

// Open is how much a reply to the caller leaves open what they came with, as a logarithm of odds: above 0 it puts them off,
// says no or says nothing, below 0 it helps, settles or is small talk. It is 0 without a model for lang or without a text.
func (j *Judge) Open(ctx context.Context, reply, lang string) (float64, error) {
	s := j.replies[lang]
	if s == nil || strings.TrimSpace(reply) == "" {
		return 0, nil
	}
	vecs, err := j.embedders[lang].Embed(ctx, []string{clip(reply)})
	if err != nil {
		return 0, fmt.Errorf("embed reply to the caller: %w", err)
	}
	return s.weigh(vecs[0]), nil
}
