package ingest

import (
	"cmp"
	"slices"

	"github.com/parley-voice/parley/knowledge"
)

// Fate is what becomes of a row of a file, in words for people.
type Fate struct {
	Where    string   `json:"where"`
	State    string   `json:"state" enum:"new,changed,same,invalid"`
	Why      string   `json:"why,omitempty" doc:"What is wrong, or what else a person should know"`
	Question string   `json:"question,omitempty"`
	Differs  []string `json:"differs,omitempty" doc:"Fields that are not as they were"`

	Row *knowledge.Row `json:"-"` // nil for what is wrong
}

// Fates tells what becomes of each row of a batch, of which a dry run said what is in rows: what is wrong first, then what is changed, new and the
// same.
func (b *Batch) Fates(rows []knowledge.Row) []Fate {
	out := make([]Fate, 0, len(rows)+len(b.Problems))
	for _, p := range b.Problems {
		out = append(out, Fate{Where: p.Where, State: "invalid", Why: p.Why})
	}
	for i := range rows {
		r := &rows[i]
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
			f.Why = "another entry asks this and would be forgotten with its versions: " + r.Gone.ID
		}
		out = append(out, f)
	}
	order := []string{"invalid", "changed", "new", "same"}
	slices.SortStableFunc(out, func(x, y Fate) int {
		return cmp.Compare(slices.Index(order, x.State), slices.Index(order, y.State))
	})
	return out
}
