package ingest

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// Fate is what becomes of a row of a file, in words for people.
type Fate struct {
	Where    string `json:"where"`
	State    string `json:"state" enum:"new,changed,same,invalid"`
	Why      string `json:"why,omitempty" doc:"What is wrong, or what else a person should know"`
	Question string `json:"question,omitempty"`
	Said
	Differs []string `json:"differs,omitempty" doc:"Fields that are not as they were"`

	Row *knowledge.Row `json:"-"` // nil for what is wrong
}

// Weigh adds to the problems what is wrong with entries beside what the base holds of them, as a dry run said in rows.
func (b *Batch) Weigh(rows []knowledge.Row) {
	for i, r := range rows {
		if r.Wrong != nil {
			b.refuse(i, r.Wrong)
		}
	}
}

// Refused reports whether err, which an import of the batch ended with, is about one of its entries, and adds that to the problems.
func (b *Batch) Refused(err error) bool {
	var wrong *knowledge.RowError
	if !errors.As(err, &wrong) {
		return false
	}
	b.refuse(wrong.Row, wrong.Err)
	return true
}

func (b *Batch) refuse(row int, err error) {
	b.Problems = append(b.Problems, NewProblem(b.Places[row], "base", "with what the base holds of it: %s", strings.TrimPrefix(err.Error(), knowledge.ErrInvalid.Error()+": ")))
}

// Fates tells what becomes of each row of a batch, of which a dry run said what is in rows: what is wrong first, then what is changed, new and the
// same.
func (b *Batch) Fates(rows []knowledge.Row) []Fate {
	out := make([]Fate, 0, len(rows)+len(b.Problems))
	for _, p := range b.Problems {
		out = append(out, Fate{Where: p.Where, State: "invalid", Why: p.Why, Said: p.Said})
	}
	for i := range rows {
		r := &rows[i]
		if r.Wrong != nil {
			continue // among the problems
		}
		f := Fate{Where: b.Places[i], Question: r.Entry.Question, Row: r}
		switch {
		case r.Was == nil:
			f.State = "new"
		case r.Same():
			f.State = "same"
		default:
			f.State, f.Differs = "changed", r.Entry.Differs(*r.Was)
		}
		if r.Gone != nil {
			f.Said, f.Why = Sayf("gone-versions", "another entry asks this and would be forgotten with its versions: %s", r.Gone.ID)
		}
		out = append(out, f)
	}
	order := []string{"invalid", "changed", "new", "same"}
	slices.SortStableFunc(out, func(x, y Fate) int {
		return cmp.Compare(slices.Index(order, x.State), slices.Index(order, y.State))
	})
	return out
}
