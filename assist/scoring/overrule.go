package scoring

import "github.com/parley-voice/parley/assist/quality"

// Person is how an answer was found that a person gave.
const Person = "person"

// Overrule puts a person's answer in place of the one to a question and adds the card up again. The evidence stays. The
// error is ErrUnknown for a question that the card or the form lacks, ErrAnswer for what it cannot be answered with.
func Overrule(f *quality.Form, c quality.Card, question string, v quality.Value, reason string) (quality.Card, error) {
	answers := append([]quality.Answer(nil), c.Answers...)
	for i, a := range answers {
		q := f.Question(question)
		if a.Question != question || q == nil {
			continue
		}
		v, ok := q.Normal(v)
		if !ok {
			return c, ErrAnswer
		}
		a.Value, a.Confidence, a.By, a.Why = v, 1, Person, reason
		answers[i] = a
		return c.Again(f, answers), nil
	}
	return c, ErrUnknown
}
