package quality

import (
	"context"
	"fmt"
)

// Judging is one call on its way to a card. It is for one goroutine.
type Judging struct {
	judge   *judge
	form    *Form
	answers []Answer
}

// Begin readies the judging of c by f, which takes no time to speak of. kept are vectors of an earlier judging of c by the
// same language and weights, which Model names, and get those that are made now; nil keeps none.
func (s *Scorer) Begin(f *Form, c Call, kept *Vectors) *Judging {
	j := newJudge(s, c)
	if kept == nil || kept.Model == "" || kept.Model != s.Model(c) {
		kept = &Vectors{}
	}
	j.kept = kept
	return &Judging{judge: j, form: f}
}

// Finish answers what is not answered yet and adds it up. It looks at ctx between two questions and two embeddings, some
// milliseconds apart; called again after an error it goes on with the question it had come to. The errors are ErrNoTurns for
// an empty call, that of ctx, and those of an Embedder.
func (g *Judging) Finish(ctx context.Context) (Card, error) {
	j := g.judge
	if len(j.call.Turns) == 0 {
		return Card{}, fmt.Errorf("judge call %s: %w", j.call.ID, ErrNoTurns)
	}
	j.ctx = ctx
	j.fired(g.form)
	for i := len(g.answers); i < len(g.form.Questions); i++ {
		q := &g.form.Questions[i]
		if err := ctx.Err(); err != nil {
			return Card{}, fmt.Errorf("judge call %s: %w", j.call.ID, err)
		}
		a, err := j.answer(q)
		if err != nil {
			return Card{}, fmt.Errorf("judge call %s, question %s: %w", j.call.ID, q.ID, err)
		}
		g.answers = append(g.answers, a)
	}
	card := NewCard(g.form, j.call.ID, g.answers)
	card.Meaning = j.scorer.meaningOf(j.lang)
	return card, nil
}

// Model names the embedding weights that judge c, "" where wording alone does or the weights have no name: vectors of c are
// only kept under a name.
func (s *Scorer) Model(c Call) string {
	lang := languageOf(c)
	if h, ok := s.opt.Embedders[lang].(interface{ Hash() string }); ok {
		if hash := h.Hash(); hash != "" {
			name := lang + "-" + hash[:min(len(hash), modelName)]
			if m, r := s.reader(lang); m != nil && r != nil {
				name += readerName
			}
			return name
		}
	}
	return ""
}

// modelName is how much of the hash of weights stands in their name, readerName what stands behind it where calls are read, too: it
// changes with what is read of turns.
const (
	modelName  = 12
	readerName = "-r1"
)

// meaningOf says in a card how meaning was judged in a language.
func (s *Scorer) meaningOf(lang string) string {
	if s.opt.Embedders[lang] == nil {
		return ""
	}
	if name := s.Model(Call{Lang: lang}); name != "" {
		return name
	}
	return lang
}

// ByWording is the same Scorer without its Embedders.
func (s *Scorer) ByWording() *Scorer {
	opt := s.opt
	opt.Embedders = nil
	return New(opt)
}
