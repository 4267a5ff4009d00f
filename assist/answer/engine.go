package answer

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
)

// Understander tells what an utterance is. It must be safe for concurrent use.
type Understander interface {
	Understand(ctx context.Context, t nlu.Turn) (nlu.Understanding, error)
}

// Searcher finds the entries that fit an Ask best, best first. It must be safe for concurrent use.
type Searcher interface {
	Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error)
}

// Passage is approved text that a phrased reply may rest on.
type Passage struct {
	ID    string
	Title string
	Text  string
}

// Phraser words a reply to question from the passages alone, in lang, and tells which of them it used. An error, or an
// empty text, means that nothing may be said.
type Phraser interface {
	Phrase(ctx context.Context, lang, question string, passages []Passage) (text string, used []string, err error)
}

// Sentence is one sentence of a phrased reply, with the IDs of the passages it rests on.
type Sentence struct {
	Text string
	Used []string
}

// Streamer is a Phraser that can give its reply sentence by sentence. An error is the last thing yielded; breaking the
// range, or ending ctx, stops the model.
type Streamer interface {
	Sentences(ctx context.Context, lang, question string, passages []Passage) iter.Seq2[Sentence, error]
}

// Options are the bars of an Engine. A zero bar takes the default.
type Options struct {
	// Bar is the probability from which on an approved answer is given at once, 0..1.
	Bar float64
	// Ask is the probability from which on "did you mean" is asked, 0..1.
	Ask float64
	// Sure is the recogniser's confidence below which an utterance must fit very well to be answered, 0..1.
	Sure    float64
	Phraser Phraser // nil: between the bars the caller is asked what was meant
	Log     *slog.Logger
}

// The default bars.
const (
	DefaultBar  = knowledge.AnswerBar
	DefaultAsk  = knowledge.OfferBar
	DefaultSure = 0.35

	choicesMin = knowledge.ChoiceBar // an entry below this probability is not offered
	choicesMax = knowledge.MaxChoices
	closeRatio = 0.70 // a second entry this near to the first is a rival
	hitsWanted = 8
	spokenMax  = 170 // characters of English questions that fit into one "did you mean"
)

// Engine answers. It keeps nothing between calls and is safe for concurrent use; the caller keeps the Dialogue.
type Engine struct {
	understand Understander
	search     Searcher
	opt        Options
	log        *slog.Logger
}

// New returns an engine over u and s.
func New(u Understander, s Searcher, opt Options) *Engine {
	e := &Engine{understand: u, search: s, opt: opt, log: opt.Log}
	if e.opt.Bar == 0 {
		e.opt.Bar = DefaultBar
	}
	if e.opt.Ask == 0 {
		e.opt.Ask = min(DefaultAsk, e.opt.Bar)
	}
	if e.opt.Sure == 0 {
		e.opt.Sure = DefaultSure
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	return e
}

// request is one Answer in the making.
type request struct {
	*Engine
	ctx context.Context //nolint:containedctx // lives only as long as Answer
	d   Dialogue
	q   Query
	u   nlu.Understanding
	out Decision
}

// Answer decides what to say to q after d. It has no side effects and may be called ahead of time, concurrently and in
// vain: what follows from the decision is in Decision.Next. It blocks while it searches (milliseconds; with a Phraser up
// to seconds) and ends with ctx. An error means that understanding or searching failed; nothing must be said then.
func (e *Engine) Answer(ctx context.Context, d Dialogue, q Query) (Decision, error) {
	began := time.Now()
	if q.Reply == "" {
		q.Reply = q.Lang
	}
	if q.Reply == "" {
		q.Reply = nlu.Language(q.Text, "en")
	}
	if q.Lang == "" {
		q.Lang = nlu.Language(q.Text, q.Reply)
	}
	r := &request{Engine: e, ctx: ctx, d: d, q: q}
	r.out = Decision{Query: q.Text, Lang: q.Reply, Next: d}
	if q.Key != 0 {
		r.out.Query = string(q.Key)
	}
	if err := r.decide(); err != nil {
		return Decision{}, err
	}
	r.finish()
	r.out.MS = float64(time.Since(began).Microseconds()) / 1000
	return r.out, nil
}

func (r *request) decide() error {
	if r.q.Key != 0 {
		return r.key()
	}
	if strings.TrimSpace(r.q.Text) == "" {
		r.failed(Clarify, sayNothing)
		return nil
	}
	u, err := r.understand.Understand(r.ctx, nlu.Turn{Text: r.q.Text, Lang: r.q.Lang, Offered: len(r.d.Offered) > 0 || r.d.Person})
	if err != nil {
		return fmt.Errorf("understand: %w", err)
	}
	r.u, r.out.Understanding = u, u
	r.out.Intent, r.out.Sentiment = u.Intent, u.Sentiment
	if done, err := r.obey(); done || err != nil {
		return err
	}
	if r.smallTalk() {
		return nil
	}
	return r.know()
}

// finish completes the dialogue that follows.
func (r *request) finish() {
	n := &r.out.Next
	n.Turns++
	n.Offered = r.out.Choices
	if r.out.Text != "" && r.out.Command != nlu.Repeat {
		n.Last, n.LastLang = r.out.Text, r.out.Lang
	}
}

// say makes the reply a fixed sentence in the language of the conversation.
func (r *request) say(decision, name string) {
	r.out.Decision, r.out.Text, r.out.Lang = decision, Say(name, r.q.Reply), r.q.Reply
	r.out.Next.Person = false
}

// offer makes the reply a sentence that offers a person.
func (r *request) offer(name string) {
	r.say(Offer, name)
	r.out.Next.Person = true
}

// failed is a turn that brought nothing: after the second in a row a person is proposed.
func (r *request) failed(decision, name string) {
	r.out.Next.Failures = r.d.Failures + 1
	if r.d.Failures >= 1 {
		r.offer(sayStill)
		return
	}
	if decision == Offer {
		r.offer(name)
		return
	}
	r.say(decision, name)
}

// give answers with an approved entry, word for word.
func (r *request) give(c Choice, p float64) {
	r.out.Decision, r.out.Entry, r.out.Text, r.out.Lang, r.out.PRight = Known, c.Entry, c.Answer, c.Lang, p
	r.out.Next.Person, r.out.Next.Failures = false, 0
	r.out.Next.Foreign = r.d.Foreign || c.Lang != r.q.Reply
}
