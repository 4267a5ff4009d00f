// Package concern tells from the meaning of what is said in a call whether somebody else should look at it, and why: of what a
// caller says anger, a demand, a threat, danger, fraud, distress; of what an agent says contempt, a private bargain, what is none of
// the caller's business. Words alone miss what is said in an unusual way; here small layers over sentence embeddings generalise
// from the texts of lessons, with harmless ones beside them. It is evidence for assist/rules, not a decision.
package concern

import (
	"context"
	"embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parley-voice/parley/nlu/softmax"
)

// What lessons taught for each language, see Learnt: rows of little-endian float32, one for each kind, as long as Features are
// and a bias. "TestLearn" of lessons writes them.
//
//go:embed data/*.f32
var data embed.FS

// Kinds of what a caller says and of what an agent says, in the order of what is learnt. The first of each is what concerns nobody
// else.
var (
	CallerKinds = []string{"calm", "anger", "stuck", "demand", "threat", "complaint", "leaving", "danger", "selfharm", "fraud", "abuse", "distress"}
	AgentKinds  = []string{"proper", "insult", "deal", "leak", "promise", "unsafe", "discrimination", "pressure"}
	OpenKinds   = []string{"calm", "open"} // of replies: whether they leave open what the caller came with
)

// Weights are what was learnt for one language.
type Weights struct {
	Caller, Agent softmax.Rows // by CallerKinds, AgentKinds
	Open          softmax.Rows // by OpenKinds, of a reply without what it replies to
}

// Learnt is what lessons taught, by language.
func Learnt() map[string]Weights {
	rows := func(name, lang string) softmax.Rows {
		raw, err := data.ReadFile("data/" + name + "." + lang + ".f32")
		if err != nil { // it is part of the program
			panic(err)
		}
		return softmax.ReadRows(raw)
	}
	out := map[string]Weights{}
	for _, lang := range []string{"en", "zh"} {
		out[lang] = Weights{Caller: rows("caller", lang), Agent: rows("agent", lang), Open: rows("open", lang)}
	}
	return out
}

// Embedder turns texts into vectors of length one. It must be safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Opinion is what is made of one turn of a caller.
type Opinion struct {
	Kind    string  // likeliest of CallerKinds that is not calm
	Concern float64 // probability that the turn is not calm, 0..1
	Case    Case
}

// Case is how much the meaning of a turn speaks for calling a supervisor, as logarithms of odds: 0 is even, 2 is seven
// to one. What a turn means depends on what it replies to: "again?" to "have you restarted it?" is not "again?" to a joke.
type Case struct {
	Known bool
	Said  float64 // of the turn by itself
	Reply float64 // of the turn together with what was said to the caller before it
}

// Conduct is what is made of one turn of an agent, or of the bot.
type Conduct struct {
	Kind   string  // likeliest of AgentKinds that is not proper
	Unfair float64 // probability that the turn is not proper, 0..1
	// Open is how much the turn leaves open what the caller came with, as a logarithm of odds: above 0 it puts them off, says no or
	// says nothing, below 0 it helps, settles or is small talk.
	Open float64
}

// Judge gives opinions. It is safe for concurrent use.
type Judge struct {
	embedders map[string]Embedder
	weights   map[string]Weights
}

// NewJudge returns a Judge that judges texts in the languages ("en", "zh") which have an embedder by what was learnt for it. In
// other languages, and with an embedder of another width than was learnt with, it has no opinion.
func NewJudge(embedders map[string]Embedder, learnt map[string]Weights) *Judge {
	return &Judge{embedders, learnt}
}

// Caller gives an opinion on a turn of the caller that replies to what was last said to them, empty when nothing was. It embeds
// both, a few milliseconds each unless the turn was embedded before, and fails only when that does.
func (j *Judge) Caller(ctx context.Context, before, text, lang string) (Opinion, error) {
	vecs, err := j.read(ctx, before, text, lang)
	if err != nil || vecs == nil {
		return Opinion{}, err
	}
	odds := j.weights[lang].Caller.Scores(Features(vecs[0], vecs[1]), len(CallerKinds))
	alone := j.weights[lang].Caller.Scores(Features(vecs[0], vecs[0]), len(CallerKinds))
	if odds == nil {
		return Opinion{}, nil
	}
	o := Opinion{Case: Case{Known: true, Said: against(alone), Reply: against(odds)}}
	o.Kind, o.Concern = likeliest(odds, CallerKinds)
	return o, nil
}

// Agent gives an opinion on a turn of an agent or the bot that replies to what the caller said last, like Caller.
func (j *Judge) Agent(ctx context.Context, before, text, lang string) (Conduct, error) {
	vecs, err := j.read(ctx, before, text, lang)
	if err != nil || vecs == nil {
		return Conduct{}, err
	}
	odds := j.weights[lang].Agent.Scores(Features(vecs[0], vecs[1]), len(AgentKinds))
	open := j.weights[lang].Open.Scores(Features(vecs[0], nil), len(OpenKinds))
	if odds == nil || open == nil {
		return Conduct{}, nil
	}
	c := Conduct{Open: against(open)}
	c.Kind, c.Unfair = likeliest(odds, AgentKinds)
	return c, nil
}

// read embeds a turn and the turn together with what was said before it. It returns nil where there is nothing to judge with.
func (j *Judge) read(ctx context.Context, before, text, lang string) ([][]float32, error) {
	em := j.embedders[lang]
	if em == nil || strings.TrimSpace(text) == "" {
		return nil, nil
	}
	vecs, err := em.Embed(ctx, []string{clip(text), Together(before, text)})
	if err != nil {
		return nil, fmt.Errorf("embed turn: %w", err)
	}
	return vecs, nil
}

// Together is a turn with what was said before it, as it is embedded.
func Together(before, text string) string { return clip(strings.TrimSpace(before + " " + text)) }

// longTurns is how many letters of a turn are read.
const longTurns = 600

func clip(s string) string {
	rs := []rune(s)
	return string(rs[:min(len(rs), longTurns)])
}

// spread brings a vector to the size that softmax.Fit wants.
const spread = 2.5

// Features are what is learnt from: the vector of a turn and, where it is not nil, that of the turn together with what was said
// before it.
func Features(said, together []float32) []float64 {
	x := make([]float64, 0, len(said)+len(together))
	for _, vec := range [][]float32{said, together} {
		for _, v := range vec {
			x = append(x, spread*float64(v))
		}
	}
	return x
}

// against are the log odds of all kinds but the first against it.
func against(odds []float64) float64 {
	top, sum := slices.Max(odds[1:]), 0.0
	for _, z := range odds[1:] {
		sum += math.Exp(z - top)
	}
	return top + math.Log(sum) - odds[0]
}

// likeliest is the likeliest kind but the first, and how likely it is that it is not the first, 0..1.
func likeliest(odds []float64, kinds []string) (kind string, share float64) {
	best := 1
	for k := range odds {
		if k > 0 && odds[k] > odds[best] {
			best = k
		}
	}
	return kinds[best], 1 / (1 + math.Exp(-against(odds)))
}
