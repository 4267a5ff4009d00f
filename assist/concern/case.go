package concern

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"strings"

	"github.com/parley-voice/parley/knowledge/vector"
)

//go:embed data/case_en.txt
var casesEN string

//go:embed data/case_zh.txt
var casesZH string

//go:embed data/turns_en.txt
var turnsEN string

//go:embed data/turns_zh.txt
var turnsZH string

// Case is how much the meaning of a turn speaks for calling a supervisor, as logarithms of odds: 0 is even, 2 is seven
// to one. What a turn means depends on what it replies to: "again?" to "have you restarted it?" is not "again?" to a joke.
type Case struct {
	Known bool
	Said  float64 // of the turn
	Part  float64 // of its gravest sentence
	Reply float64 // of the turn together with what was said to the caller before it
}

// exchange is a turn of a dialogue, with what was last said to the caller.
type exchange struct {
	grave        bool
	before, said string
}

// exchanges reads lines of "grave: BEFORE | SAID" and "calm: BEFORE | SAID".
func exchanges(raw string) []exchange {
	var out []exchange
	for _, e := range parse(raw) {
		before, said, ok := strings.Cut(e.text, "|")
		if ok {
			out = append(out, exchange{e.kind == "grave", strings.TrimSpace(before), strings.TrimSpace(said)})
		}
	}
	return out
}

// together is a turn with what was said before it.
func together(before, said string) string { return clip(strings.TrimSpace(before + " " + said)) }

// weighed is a text to learn from.
type weighed struct {
	text  string
	grave bool
	worth float64
}

// Worth of the texts that are not written as examples.
const (
	ordinaryWorth = 0.5 // what people ask anyway
	calmPartWorth = 0.3 // a sentence of a calm turn
)

// lessons are the texts in lang to learn from: the examples, ordinary questions, and the turns of dialogues, each by
// itself and with what was said before it, but for those that leave names.
func lessons(lang string, leave func(said string) bool) []weighed {
	raw, cases, turns := examplesEN, casesEN, turnsEN
	if lang == "zh" {
		raw, cases, turns = examplesZH, casesZH, turnsZH
	}
	var out []weighed
	for _, e := range append(parse(raw), parse(cases)...) {
		out = append(out, weighed{e.text, e.kind != Calm, 1})
	}
	for _, e := range background(lang) {
		out = append(out, weighed{e.text, false, ordinaryWorth})
	}
	for _, e := range exchanges(turns) {
		if leave(e.said) {
			continue
		}
		out = append(out, weighed{clip(e.said), e.grave, 1}, weighed{together(e.before, e.said), e.grave, 1})
		if parts := sentences(e.said, lang); !e.grave && len(parts) > 1 {
			for _, p := range parts {
				out = append(out, weighed{p, false, calmPartWorth})
			}
		}
	}
	return out
}

// scale is a logistic regression with two outcomes.
type scale struct {
	centre []float64
	weight []float64 // the last number is the bias
}

// How the scale is fitted: gradient descent with momentum, both outcomes counting alike.
const (
	caseRounds   = 400
	caseRate     = 0.5
	caseMomentum = 0.9
)

// learnScale learns a scale from ls, which are of what the name says.
func learnScale(ctx context.Context, em Embedder, of string, ls []weighed) (*scale, error) {
	texts := make([]string, len(ls))
	for i, l := range ls {
		texts[i] = l.text
	}
	vecs, err := embedKept(ctx, em, texts)
	if err != nil {
		return nil, fmt.Errorf("embed %s: %w", of, err)
	}
	return fitScale(vecs, ls), nil
}

func fitScale(vecs [][]float32, ls []weighed) *scale {
	dim := len(vecs[0])
	s := &scale{centre: make([]float64, dim), weight: make([]float64, dim+1)}
	for _, v := range vecs {
		for i, x := range v {
			s.centre[i] += float64(x) / float64(len(vecs))
		}
	}
	var sums [2]float64
	for _, l := range ls {
		sums[outcome(l)] += l.worth
	}
	xs, worth := make([][]float64, len(vecs)), make([]float64, len(vecs))
	for i, v := range vecs {
		xs[i], worth[i] = centred(v, s.centre), 0.5*ls[i].worth/sums[outcome(ls[i])]
	}
	speed, grad := make([]float64, dim+1), make([]float64, dim+1)
	for range caseRounds {
		clear(grad)
		for i, x := range xs {
			d := (1/(1+math.Exp(-vector.Dot(s.weight, x))) - float64(outcome(ls[i]))) * worth[i]
			for n, v := range x {
				grad[n] += d * v
			}
		}
		for n := range grad {
			if n < dim { // the bias is free
				grad[n] += penalty * s.weight[n]
			}
			speed[n] = caseMomentum*speed[n] - caseRate*grad[n]
			s.weight[n] += speed[n]
		}
	}
	return s
}

func outcome(l weighed) int {
	if l.grave {
		return 1
	}
	return 0
}

func (s *scale) weigh(v []float32) float64 { return vector.Dot(s.weight, centred(v, s.centre)) }

// JudgeReply is Judge of a turn that replies to what was said to the caller before it, empty when nothing was. It also
// makes the case.
func (j *Judge) JudgeReply(ctx context.Context, before, text, lang string) (Opinion, error) {
	m, s := j.models[lang], j.scales[lang]
	if m == nil || s == nil || strings.TrimSpace(text) == "" {
		return Opinion{}, nil
	}
	texts := pieces(text, lang)
	vecs, err := j.embedders[lang].Embed(ctx, append(texts, together(before, text)))
	if err != nil {
		return Opinion{}, fmt.Errorf("embed reply: %w", err)
	}
	vecs, reply := vecs[:len(texts)], vecs[len(texts)]
	o := m.opinion(vecs)
	o.Case = Case{Known: true, Said: s.weigh(vecs[0]), Reply: s.weigh(reply)}
	o.Case.Part = o.Case.Said
	if len(vecs) > 1 {
		o.Case.Part = math.Inf(-1)
		for _, v := range vecs[1:] {
			o.Case.Part = max(o.Case.Part, s.weigh(v))
		}
	}
	return o, nil
}
