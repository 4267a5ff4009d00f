package gaps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/answer"
)

// Golden is a question whose right answer is known: one of Relevant, or none when that is empty.
type Golden struct {
	Query    string   `json:"query"`
	Relevant []string `json:"relevant"`
}

// Run is what came of a golden set.
type Run struct {
	Base     string    `json:"base"`
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"`
	N        int       `json:"n" doc:"Questions"`
	Answered float64   `json:"answered" doc:"Share of the answerable ones that were answered rightly at once, 0..1"`
	Helped   float64   `json:"helped" doc:"That, or the right entry was among the choices offered"`
	Wrong    float64   `json:"wrong" doc:"Share of all questions given a wrong answer"`
	R1       float64   `json:"r1" doc:"Share of the answerable ones whose right entry was found first"`
	Failures []Failure `json:"failures" doc:"At most 200"`
	Passed   []string  `json:"passed,omitempty" doc:"Questions that went well"`
}

// Well is the number of questions that went well, also of a run that did not keep which.
func (r Run) Well() int {
	if r.Passed == nil {
		return r.N - len(r.Failures)
	}
	return len(r.Passed)
}

// Failure is a question of a golden set that did not go well.
type Failure struct {
	Query    string   `json:"query"`
	Want     []string `json:"want"`
	Got      string   `json:"got" doc:"The entry answered with or found first"`
	Decision string   `json:"decision"`
	Text     string   `json:"text,omitempty" doc:"What the caller would have heard"`
	PRight   float64  `json:"p_right,omitempty"`
	Offered  bool     `json:"offered,omitempty" doc:"The right entry was among the choices"`
	Wrong    bool     `json:"wrong" doc:"A wrong answer was given, rather than none"`
}

// Answerer is the bot.
type Answerer interface {
	Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error)
}

const (
	// MaxGolden is the number of questions in one golden set.
	MaxGolden    = 2000
	mostFailures = 200
)

// Try asks the bot every question of a golden set. first tells the ID of the entry that is found first, "" for none.
// It blocks and ends with ctx.
func Try(ctx context.Context, bot Answerer, first func(ctx context.Context, query string) (string, error), base string, items []Golden, at time.Time) (Run, error) {
	run := Run{Base: base, At: at.UTC().Truncate(time.Millisecond), N: len(items), Failures: []Failure{}}
	answerable, answered, helped, wrong, r1 := 0, 0, 0, 0, 0
	for _, g := range items {
		d, err := bot.Answer(ctx, answer.Dialogue{}, answer.Query{Text: g.Query, Base: base})
		if err != nil {
			return run, fmt.Errorf("try %q: %w", g.Query, err)
		}
		found, err := first(ctx, g.Query)
		if err != nil {
			return run, fmt.Errorf("try %q: %w", g.Query, err)
		}
		right := func(id string) bool { return slices.Contains(g.Relevant, id) }
		gave := d.Decision == answer.Known
		good := gave && right(d.Entry)
		offered := slices.ContainsFunc(d.Choices, func(c answer.Choice) bool { return right(c.Entry) })
		if len(g.Relevant) > 0 {
			answerable++
			count(&answered, good)
			count(&helped, good || !gave && offered)
			count(&r1, right(found))
		}
		count(&wrong, gave && !good)
		if (gave && !good || len(g.Relevant) > 0 && !good) && len(run.Failures) < mostFailures {
			f := Failure{Query: g.Query, Want: append([]string{}, g.Relevant...), Got: found, Decision: d.Decision, Text: d.Text, PRight: d.PRight, Offered: offered && !gave, Wrong: gave}
			if gave {
				f.Got = d.Entry
			}
			run.Failures = append(run.Failures, f)
		}
		if !(gave && !good) && (len(g.Relevant) == 0 || good) {
			run.Passed = append(run.Passed, g.Query)
		}
	}
	share := func(n, of int) float64 { return float64(n) / float64(max(1, of)) }
	run.Answered, run.Helped, run.R1 = share(answered, answerable), share(helped, answerable), share(r1, answerable)
	run.Wrong = share(wrong, len(items))
	return run, nil
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

// CheckGolden tells what is wrong with a golden set, "" when nothing.
func CheckGolden(items []Golden) string {
	if len(items) > MaxGolden {
		return fmt.Sprintf("at most %d questions", MaxGolden)
	}
	seen := map[string]bool{}
	for i, g := range items {
		key := strings.ToLower(strings.TrimSpace(g.Query))
		switch {
		case key == "":
			return fmt.Sprintf("question %d is empty", i+1)
		case seen[key]:
			return fmt.Sprintf("question %d is there twice: %s", i+1, g.Query)
		}
		seen[key] = true
	}
	return ""
}
