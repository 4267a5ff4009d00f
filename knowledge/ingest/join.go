package ingest

import "github.com/parley-voice/parley/knowledge"

// Batch is what several files hold together. Entries are complete only when Problems is empty.
type Batch struct {
	Entries  []knowledge.Entry
	Places   []string // where each entry was read
	Problems []Problem
	Notes    []Note
}

// Join puts the entries of several files together. A question that two files of one base answer differently, or an id
// they use for different questions, is a problem; the same entry twice is not.
func Join(results []Result) *Batch {
	b := &Batch{}
	questions, ids := map[[2]string]int{}, map[[2]string]int{}
	for _, r := range results {
		b.Problems, b.Notes = append(b.Problems, r.Problems...), append(b.Notes, r.Notes...)
		for k, e := range r.Entries {
			key, at := [2]string{e.Base, knowledge.QuestionKey(e.Question)}, r.Places[k]
			if i, ok := questions[key]; ok {
				if why := takeOver(&b.Entries[i], e, b.Places[i]); why.Code != "" {
					b.Problems = append(b.Problems, Problem{at, why.text, why.Said})
				}
				continue
			}
			if i, ok := ids[[2]string{e.Base, e.ID}]; ok {
				b.Problems = append(b.Problems, NewProblem(at, "id-other", "id %q is used for another question in %s", short(e.ID), b.Places[i]))
				continue
			}
			questions[key], ids[[2]string{e.Base, e.ID}] = len(b.Entries), len(b.Entries)
			b.Entries, b.Places = append(b.Entries, e), append(b.Places, at)
		}
	}
	return b
}
