package scoring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Spread is how scores lie. Calls without a score are in neither.
type Spread struct {
	N         int            `json:"n" doc:"Calls with a score, of which the mean is"`
	Mean      float64        `json:"mean" doc:"0..100, 0 when n is 0"`
	MeanRange *quality.Range `json:"mean_range" doc:"95 % interval of the mean; null for fewer than two calls"`
	Histogram [10]int        `json:"histogram" doc:"Scores by tens; 100 counts in the last"`
	Judged    int            `json:"judged" doc:"Calls that could fail, those without a score among them"`
	Fails     int            `json:"fails" doc:"Of these, calls with an automatic fail"`
	FailRange *quality.Range `json:"fail_range" doc:"95 % interval of the share that fails, 0 to 1; null when judged is 0"`

	scores quality.Sample
}

func (s *Spread) add(c quality.Card) {
	s.Judged++
	if c.Fail {
		s.Fails++
	}
	if c.Score == nil {
		return
	}
	s.scores.Add(*c.Score)
	s.Histogram[min(9, max(0, int(*c.Score/10)))]++
}

// sum writes down the figures of what was added.
func (s *Spread) sum() {
	s.N, s.Mean, s.MeanRange = s.scores.N, s.scores.Mean, within(&s.scores, 0, 100)
	s.FailRange = shareRange(s.Fails, s.Judged)
}

// Shift is how far the scores of the same calls move.
type Shift struct {
	N     int            `json:"n" doc:"Calls with a score before and after"`
	Mean  float64        `json:"mean" doc:"After minus before, 0 when n is 0"`
	Range *quality.Range `json:"range" doc:"95 % interval; null for fewer than two calls. Where it leaves out 0 it is more than chance"`
}

// within is the interval of a mean that cannot lie outside of low and high.
func within(s *quality.Sample, low, high float64) *quality.Range {
	r, ok := s.Range()
	if !ok {
		return nil
	}
	return &quality.Range{Low: max(low, r.Low), High: min(high, r.High)}
}

// shareRange is the interval of k of n, nil for none.
func shareRange(k, n int) *quality.Range {
	if n == 0 {
		return nil
	}
	r := quality.Wilson(k, n)
	return &r
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
	Calls   int `json:"calls"`
	New     int `json:"new" doc:"Of these, calls without a score by this form: they are in after alone, and not among the changed ones"`
	Changed int `json:"changed" doc:"Calls with another answer or score"`
	// ChangedRange is of the share of those that had a score.
	ChangedRange *quality.Range `json:"changed_range" doc:"95 % interval of the share of calls - new that changes, 0 to 1; null when there are none"`
	Shift        Shift          `json:"shift" doc:"How far the scores of the same calls move; nothing of new ones is in it"`
	Wording      int            `json:"wording" doc:"Calls judged by wording alone: no model, or no time to read them by meaning"`
	Anew         int            `json:"anew" doc:"Calls whose score was made with another model of meaning, or none: not all that changes is due to the form"`
	Before       Spread         `json:"before"`
	After        Spread         `json:"after"`
	Examples     []Change       `json:"examples" doc:"Up to 100"`

	moved quality.Sample
}

// sum writes down the figures of all calls that were compared.
func (r *Report) sum() {
	r.Before.sum()
	r.After.sum()
	r.ChangedRange = shareRange(r.Changed, r.Calls-r.New)
	r.Shift = Shift{N: r.moved.N, Mean: r.moved.Mean, Range: within(&r.moved, -100, 100)}
}

const mostExamples = 100

// keepGiven takes over what people answered, which no machine takes back, and what a language model had answered to the
// questions it is asked: it is not asked again about thousands of calls, and what it said does not change with the rest of
// the form. An answer that the changed question does not have is not kept.
func keepGiven(f *quality.Form, old, card quality.Card) quality.Card {
	kept := false
	for i, a := range card.Answers {
		q := f.Question(a.Question)
		if q == nil {
			continue
		}
		for _, b := range old.Answers {
			given := b.By == Person || b.By == quality.ByLLM && q.By == quality.ByLLM
			if _, ok := q.Normal(b.Value); b.Question == a.Question && given && ok {
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

// Trial is a changed form and the calls to try it on.
type Trial struct {
	Form     *quality.Form // as Read gave it
	Old      []Sheet       // scores made with versions of the form, the newest first
	Past     []call.ID     // calls it is for that have none, the newest first
	Progress func(done, total int)
}

// Replay judges calls by a changed form and compares with their scores; it stores no score. Calls that are gone are left
// out. What sentences mean is kept from when a call was scored; where it is not, it is made and kept for as long as Patience
// in all, after which such calls are judged by wording alone. Automatic fails are decided beside the newest of the same calls.
func (k *Keeper) Replay(ctx context.Context, t Trial) (Report, error) {
	r := Report{Examples: []Change{}}
	old := slices.Clone(t.Old)
	for _, id := range t.Past {
		old = append(old, Sheet{Call: id})
	}
	g := again{k: k, f: t.Form, words: k.Scorer.ByWording(), left: cmp.Or(max(0, k.Patience), patience)}
	var sheets []Sheet
	var cards []quality.Card
	for i, s := range old {
		if t.Progress != nil {
			t.Progress(i, len(old))
		}
		card, ok, err := g.judge(ctx, s.Call)
		if err != nil {
			return r, err
		}
		if ok {
			sheets, cards = append(sheets, s), append(cards, card)
		}
	}
	others := cards[:min(len(cards), quality.MostBeside+1)] // each call is left out beside itself
	for i, card := range cards {
		card, err := t.Form.Beside(card, others)
		if err != nil {
			return r, fmt.Errorf("replay: %w", err)
		}
		r.compare(sheets[i], keepGiven(t.Form, sheets[i].Card, card))
	}
	r.sum()
	return r, nil
}

// again judges calls anew for one replay.
type again struct {
	k     *Keeper
	f     *quality.Form
	words *quality.Scorer
	left  time.Duration // to make vectors in
}

// judge is false for a call that is gone or in which nothing was said.
func (g *again) judge(ctx context.Context, id call.ID) (quality.Card, bool, error) {
	none := quality.Card{}
	d, err := g.k.Calls.Get(ctx, id)
	if errors.Is(err, record.ErrUnknown) {
		return none, false, nil
	}
	if err != nil {
		return none, false, fmt.Errorf("replay call %s: %w", id, err)
	}
	c := Call(d)
	v, err := g.k.vectors(ctx, c)
	if err != nil {
		return none, false, fmt.Errorf("replay call %s: %w", id, err)
	}
	scorer, known := g.k.Scorer, v.Len() > 0
	if !known && g.left <= 0 {
		scorer, v = g.words, &quality.Vectors{}
	}
	began := time.Now()
	card, err := g.k.judge(ctx, scorer, g.f, c, v)
	if errors.Is(err, quality.ErrNoTurns) {
		return none, false, nil
	}
	if err == nil {
		err = g.k.saveVectors(ctx, id, v)
	}
	if err != nil {
		return none, false, fmt.Errorf("replay call %s: %w", id, err)
	}
	if !known && card.Meaning != "" {
		g.left -= time.Since(began)
	}
	return card, true, nil
}

func (r *Report) compare(s Sheet, card quality.Card) {
	r.Calls++
	if card.Meaning == "" {
		r.Wording++
	}
	r.After.add(card)
	if s.Form == "" {
		r.New++
		return
	}
	if card.Meaning != s.Card.Meaning {
		r.Anew++
	}
	r.Before.add(s.Card)
	if s.Card.Score != nil && card.Score != nil {
		r.moved.Add(*card.Score - *s.Card.Score)
	}
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
