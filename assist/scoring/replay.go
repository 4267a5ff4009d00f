package scoring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/pipeline/call"
)

// Spread is how scores lie. Calls without a score are in neither.
type Spread struct {
	N         int     `json:"n"`
	Mean      float64 `json:"mean" doc:"0..100, 0 when n is 0"`
	Histogram [10]int `json:"histogram" doc:"Scores by tens; 100 counts in the last"`
	Fails     int     `json:"fails" doc:"Calls with an automatic fail"`
}

func (s *Spread) add(c quality.Card) {
	if c.Fail {
		s.Fails++
	}
	if c.Score == nil {
		return
	}
	s.Mean = (s.Mean*float64(s.N) + *c.Score) / float64(s.N+1)
	s.N++
	s.Histogram[min(9, max(0, int(*c.Score/10)))]++
}

// Change is one answer that a changed form would change.
type Change struct {
	Call     call.ID       `json:"call"`
	Question string        `json:"question"`
	Before   quality.Value `json:"before" doc:"Empty for a new question"`
	After    quality.Value `json:"after" doc:"Empty for a question that is gone"`
}

// Report says what a changed form would change.
type Report struct {
	Calls    int      `json:"calls"`
	Changed  int      `json:"changed" doc:"Calls with another answer or score"`
	Wording  int      `json:"wording" doc:"Calls judged by wording alone: no model, or no time to read them by meaning"`
	Anew     int      `json:"anew" doc:"Calls whose score was made with another model of meaning, or none: not all that changes is due to the form"`
	Before   Spread   `json:"before"`
	After    Spread   `json:"after"`
	Examples []Change `json:"examples" doc:"Up to 100"`
}

const mostExamples = 100

// keepAsked takes over what a language model had answered to the questions it is asked: it is not asked again about thousands
// of calls, and what it said does not change with the rest of the form.
func keepAsked(f *quality.Form, old, card quality.Card) quality.Card {
	kept := false
	for i, a := range card.Answers {
		q := f.Question(a.Question)
		if q == nil || q.By != quality.ByLLM {
			continue
		}
		for _, b := range old.Answers {
			if _, ok := q.Normal(b.Value); b.Question == a.Question && b.By == quality.ByLLM && ok {
				card.Answers[i], kept = b, true
			}
		}
	}
	if !kept {
		return card
	}
	return card.Again(f, card.Answers)
}

// patience is how long a replay makes vectors where nothing else is set.
const patience = time.Minute

// Replay judges the calls of old sheets by f, which Read gave, and compares; it stores no score. Calls that are gone are left
// out. What sentences mean is kept from when a call was scored; where it is not, it is made and kept for as long as Patience
// in all, after which such calls are judged by wording alone. Automatic fails are decided beside the newest of the same calls, old being the newest first.
func (k *Keeper) Replay(ctx context.Context, f *quality.Form, old []Sheet) (Report, error) {
	r := Report{Examples: []Change{}}
	left := k.Patience
	if left <= 0 {
		left = patience
	}
	words := k.Scorer.ByWording()
	var sheets []Sheet
	var cards []quality.Card
	for _, s := range old {
		d, err := k.Calls.Get(ctx, s.Call)
		if err != nil {
			if ctx.Err() != nil {
				return r, fmt.Errorf("replay: %w", ctx.Err())
			}
			continue
		}
		c := Call(d)
		v, err := k.vectors(ctx, c)
		if err != nil {
			return r, fmt.Errorf("replay call %s: %w", s.Call, err)
		}
		scorer, known := k.Scorer, v.Len() > 0
		if !known && left <= 0 {
			scorer, v = words, &quality.Vectors{}
		}
		began := time.Now()
		card, err := k.judge(ctx, scorer, f, c, v)
		if errors.Is(err, quality.ErrNoTurns) {
			continue
		}
		if err == nil {
			err = k.saveVectors(ctx, s.Call, v)
		}
		if err != nil {
			return r, fmt.Errorf("replay call %s: %w", s.Call, err)
		}
		if !known && card.Meaning != "" {
			left -= time.Since(began)
		}
		sheets, cards = append(sheets, s), append(cards, card)
	}
	others := cards[:min(len(cards), quality.MostBeside+1)] // each call is left out beside itself
	for i, card := range cards {
		card, err := f.Beside(card, others)
		if err != nil {
			return r, fmt.Errorf("replay: %w", err)
		}
		r.compare(sheets[i], keepAsked(f, sheets[i].Card, card))
	}
	return r, nil
}

func (r *Report) compare(s Sheet, card quality.Card) {
	r.Calls++
	if card.Meaning == "" {
		r.Wording++
	}
	if card.Meaning != s.Card.Meaning {
		r.Anew++
	}
	r.Before.add(s.Card)
	r.After.add(card)
	before, changed := map[string]quality.Value{}, !same(s.Card.Score, card.Score)
	note := func(q string, b, a quality.Value) {
		if a == b {
			return
		}
		changed = true
		if len(r.Examples) < mostExamples {
			r.Examples = append(r.Examples, Change{s.Call, q, b, a})
		}
	}
	for _, a := range s.Card.Answers {
		before[a.Question] = a.Value
	}
	for _, a := range card.Answers {
		note(a.Question, before[a.Question], a.Value)
		delete(before, a.Question)
	}
	for _, a := range s.Card.Answers {
		if b, gone := before[a.Question]; gone {
			note(a.Question, b, "")
		}
	}
	if changed {
		r.Changed++
	}
}

func same(a, b *float64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
