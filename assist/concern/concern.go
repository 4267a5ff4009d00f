// Package concern tells from what is said in a call whether somebody else should look at it, and why: of what a caller says anger,
// a demand, a threat, danger, fraud, distress; of what an agent says contempt, a private bargain, what is none of the caller's
// business. Words alone miss what is said in an unusual way, and a turn alone does not tell what it replies to: here each turn is
// read behind those before it, by the lower layers of an embedding model and by what was learnt on top of them. It is evidence for
// assist/rules, not a decision.
package concern

import (
	"context"
	_ "embed" // what was learnt
	"fmt"
	"math"
	"slices"
	"strings"
)

//go:embed data/reads.en.onnxpart
var readsEN []byte

//go:embed data/reads.zh.onnxpart
var readsZH []byte

// learnt is what was learnt for each model, by its Hash: learn.py makes it.
var learnt = map[string][]byte{
	"b3ddde66c235c665de63db6e0ef5f8d31010a48ca3d6785a3636605f6c87df06": readsEN,
	"ec4c567cefb7e3c16344ee960ac1bac83a79a6049b8781eaef8e6ff846aa422b": readsZH,
}

// Part is what was learnt for the embedding model with a hash: the layers that a Reader puts on top of its lower ones. It is nil
// where there is none. It must not be changed.
func Part(hash string) []byte { return learnt[hash] }

// Kinds of what a caller says and of what an agent says, in the order in which a Reader tells them. The first of each is what
// concerns nobody else.
var (
	CallerKinds = []string{"calm", "anger", "stuck", "demand", "threat", "complaint", "leaving", "danger", "selfharm", "fraud", "abuse", "distress"}
	AgentKinds  = []string{"proper", "insult", "deal", "leak", "promise", "unsafe", "discrimination", "pressure"}
)

// Reader judges what is said now behind what was said before it, oldest first (embed.Reader with Part does): how much speaks for
// a supervisor, as a logarithm of odds, then the log odds of CallerKinds and of AgentKinds. It must be safe for concurrent use.
type Reader interface {
	Read(ctx context.Context, before []string, now string) ([]float32, error)
}

// Said is a turn of a call.
type Said struct {
	Caller bool // says it; the agent or the bot otherwise
	Text   string
}

// speakers are how a Reader is told who speaks.
var speakers = map[string]map[bool]string{"en": {true: "caller: ", false: "agent: "}, "zh": {true: "客户：", false: "客服："}}

// Opinion is what is made of one turn of a caller.
type Opinion struct {
	Kind    string  // likeliest of CallerKinds that is not calm
	Concern float64 // probability that the turn is not calm, 0..1
	Case    Case
}

// Case is how much what was said speaks for calling a supervisor by now, as a logarithm of odds: 0 is even, 2 is seven to one.
type Case struct {
	Known bool
	Said  float64
}

// Conduct is what is made of one turn of an agent, or of the bot.
type Conduct struct {
	Kind   string  // likeliest of AgentKinds that is not proper
	Unfair float64 // probability that the turn is not proper, 0..1
	Case   Case    // with this reply
}

// Judge gives opinions. It is safe for concurrent use.
type Judge struct {
	readers map[string]Reader
}

// NewJudge returns a Judge of texts in the languages ("en", "zh") which have a reader. In other languages it has no opinion.
func NewJudge(readers map[string]Reader) *Judge { return &Judge{readers} }

// Caller gives an opinion on a turn of the caller behind what was said before it, oldest first. It blocks for one run of a model,
// some milliseconds, and fails only when that does.
func (j *Judge) Caller(ctx context.Context, before []Said, text, lang string) (Opinion, error) {
	z, err := j.read(ctx, before, Said{true, text}, lang)
	if err != nil || z == nil {
		return Opinion{}, err
	}
	o := Opinion{Case: Case{true, z[0]}}
	o.Kind, o.Concern = likeliest(z[1:1+len(CallerKinds)], CallerKinds)
	return o, nil
}

// Agent gives an opinion on a turn of an agent or the bot, like Caller.
func (j *Judge) Agent(ctx context.Context, before []Said, text, lang string) (Conduct, error) {
	z, err := j.read(ctx, before, Said{false, text}, lang)
	if err != nil || z == nil {
		return Conduct{}, err
	}
	c := Conduct{Case: Case{true, z[0]}}
	c.Kind, c.Unfair = likeliest(z[1+len(CallerKinds):], AgentKinds)
	return c, nil
}

// read returns nil where there is nothing to judge with.
func (j *Judge) read(ctx context.Context, before []Said, now Said, lang string) ([]float64, error) {
	r := j.readers[lang]
	if r == nil || strings.TrimSpace(now.Text) == "" {
		return nil, nil
	}
	told := make([]string, len(before))
	for i, s := range before {
		told[i] = s.in(lang)
	}
	given, err := r.Read(ctx, told, now.in(lang))
	if err != nil {
		return nil, fmt.Errorf("judge turn: %w", err)
	}
	if want := 1 + len(CallerKinds) + len(AgentKinds); len(given) != want {
		return nil, fmt.Errorf("judge turn: %d numbers were read from it, not %d", len(given), want)
	}
	z := make([]float64, len(given))
	for i, v := range given {
		z[i] = float64(v)
	}
	return z, nil
}

// longTurns is how many letters of a turn are read, the last ones.
const longTurns = 600

// in is what is said as a reader of a language is given it.
func (s Said) in(lang string) string {
	text := []rune(s.Text)
	return speakers[lang][s.Caller] + string(text[max(0, len(text)-longTurns):])
}

// likeliest is the likeliest kind but the first, and how likely it is that it is not the first, 0..1.
func likeliest(odds []float64, kinds []string) (kind string, share float64) {
	best := 1 + slices.Index(odds[1:], slices.Max(odds[1:]))
	sum := 0.0
	for _, z := range odds[1:] {
		sum += math.Exp(z - odds[0])
	}
	return kinds[best], sum / (1 + sum)
}
