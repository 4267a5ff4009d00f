package ingest

import (
	"slices"

	"github.com/parley-voice/parley/knowledge"
)

// Join puts the entries of several files together. A question that two files of one base answer differently, or an id
// they use for different questions, is a problem; the same entry twice is not.
func Join(results []Result) ([]knowledge.Entry, []Problem) {
	var entries []knowledge.Entry
	var problems []Problem
	questions, ids := map[[2]string]int{}, map[[2]string]int{}
	for _, r := range results {
		problems = append(problems, r.Problems...)
		for _, e := range r.Entries {
			key := [2]string{e.Base, knowledge.QuestionKey(e.Question)}
			if i, ok := questions[key]; ok {
				if knowledge.QuestionKey(entries[i].Answer) != knowledge.QuestionKey(e.Answer) {
					problems = append(problems, Problem{r.Name, "question \"" + short(e.Question) + "\" has another answer in another of the files: keep one"})
					continue
				}
				for _, s := range e.Similar {
					if !slices.Contains(entries[i].Similar, s) {
						entries[i].Similar = append(entries[i].Similar, s)
					}
				}
				continue
			}
			if _, ok := ids[[2]string{e.Base, e.ID}]; ok {
				problems = append(problems, Problem{r.Name, "id \"" + short(e.ID) + "\" is used for another question in another of the files"})
				continue
			}
			questions[key], ids[[2]string{e.Base, e.ID}] = len(entries), len(entries)
			entries = append(entries, e)
		}
	}
	return entries, problems
}
