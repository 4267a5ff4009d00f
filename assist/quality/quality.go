// Package quality judges one finished call against a form of questions, without a language model: was this said, by the
// right party, in the right part of the call, was it due at all, and was it true. Every answer carries the words that
// decided it, so that a reviewer can hear them. A form is free text written by people who do not know this package:
// what a question asks is read from its words (plan.go), what a call holds is found by wording and, where an Embedder is
// given, by meaning. A Scorer is safe for concurrent use.
package quality

import (
	"context"
	"errors"

	"github.com/parley-voice/parley/assist/quality/reads"
)

// Who says a turn.
const (
	Agent  = "agent"
	Caller = "caller"
)

// Turn is one utterance of a call.
type Turn struct {
	Who    string  `json:"who"` // Agent or Caller; "bot" counts as the agent, any other word as unknown
	Text   string  `json:"text"`
	StartS float64 `json:"start_s"` // seconds from the start of the call
	EndS   float64 `json:"end_s"`
	// Confidence of the recogniser, 0..1; nil when it is not known, which counts as sure.
	Confidence *float64 `json:"confidence,omitempty"`
}

// Call is what is judged.
type Call struct {
	ID    string   `json:"id"`
	Lang  string   `json:"lang"` // "en" or "zh"; "" is judged by the script of the turns
	Queue string   `json:"queue"`
	Turns []Turn   `json:"turns"`
	Facts []string `json:"facts"` // what was true and due in this call, one sentence each
}

// Value is an answer: one of those below, the key of a level of a scale, or the keys of several options with commas between.
type Value string

// The answers.
const (
	Yes        Value = "yes"
	No         Value = "no"
	NA         Value = "na"          // the question does not apply to this call
	CannotTell Value = "cannot_tell" // what would decide was not heard well enough
)

// Values are all answers to a question of yes or no, in the order of confusion tables.
func Values() []Value { return []Value{Yes, No, NA, CannotTell} }

// Evidence points at the words that decided an answer.
type Evidence struct {
	Turn   int     `json:"turn"`  // index into Call.Turns
	Start  int     `json:"start"` // first character of the words in the turn's text, counted in runes
	End    int     `json:"end"`   // first character behind them
	Text   string  `json:"text"`
	StartS float64 `json:"start_s"` // when the words were said, in proportion to their place in the turn
	EndS   float64 `json:"end_s"`
}

// Answer is one question answered.
type Answer struct {
	Question   string     `json:"question"` // its id
	Value      Value      `json:"answer"`
	Confidence float64    `json:"confidence"` // 0..1
	Evidence   []Evidence `json:"evidence"`   // empty when the answer rests on nothing having been said
	By         string     `json:"by"`         // wording, meaning, facts, timing, absence, rule, llm, or open: left to a person
	Why        string     `json:"why"`        // one line for people, in English, without words of the call
	// FailOdds is how much speaks for the answer that fails the call, by this call alone, in log odds that mean something only
	// beside those of other calls to the same question, with which Form.Beside compares them; nil where no answer fails it or
	// none was weighed.
	FailOdds *float64 `json:"fail_odds,omitempty"`
	// Beside is how many other calls FailOdds were compared with, 0 where there were too few.
	Beside int `json:"beside,omitempty"`

	standing *standing // for Beside; nil for an answer that was stored
}

// Embedder turns texts into vectors of length one, one per text.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Options of a Scorer.
type Options struct {
	// Embedders by language, "en" and "zh". A language without one is judged by wording alone.
	Embedders map[string]Embedder
	// Readers by language read turns with the Part of what reads.For has for the Embedder; without one that is left out.
	Readers map[string]reads.Reader
	// MinConfidence of the recogniser below which a turn cannot decide a question. Default 0.5.
	MinConfidence float64
	// Model answers the questions of ByLLM, in Ask; nil leaves them to people.
	Model Model
}

// Scorer judges calls. Make one with New.
type Scorer struct {
	opt   Options
	bents bents
}

// New returns a Scorer.
func New(opt Options) *Scorer {
	if opt.MinConfidence <= 0 {
		opt.MinConfidence = 0.5
	}
	return &Scorer{opt: opt}
}

// ErrNoTurns is the error of a call in which nobody said anything.
var ErrNoTurns = errors.New("the call has no turns: transcribe it first")

// Judge answers every question of f about c. It returns ErrNoTurns for an empty call and the error of an Embedder or of ctx.
// Begin does the same for whoever has to interrupt it.
func (s *Scorer) Judge(ctx context.Context, f *Form, c Call) (Card, error) {
	return s.Begin(f, c, nil).Finish(ctx)
}
