package ingest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu/hanzi"
)

var number = regexp.MustCompile(`\d+(?:[.,:]\d+)*`)

const (
	nearly   = 0.8 // of all terms of two questions are in both
	commonly = 50  // a term of more entries tells nothing
)

// Compare notes entries whose questions are nearly the same as those of others in the batch, or of what is stored and stays, and of
// those the ones whose answers hold other numbers. Only entries that share a rare term are compared.
func (b *Batch) Compare(stored []knowledge.Entry) {
	entries, places := b.beside(stored)
	by := map[string][]int{}
	sets := make([][]string, len(entries))
	for i, e := range entries {
		sets[i] = knowledge.Terms(hanzi.Simplify(e.Question), e.Lang)
		slices.Sort(sets[i])
		sets[i] = slices.Compact(sets[i])
		for _, t := range sets[i] {
			by[t] = append(by[t], i)
		}
	}
	for i := len(entries) - len(b.Entries); i < len(entries) && len(b.Notes) < maxNotes; i++ {
		seen := map[int]bool{}
		for _, t := range sets[i] {
			if len(by[t]) > commonly {
				continue
			}
			for _, k := range by[t] {
				if k >= i || seen[k] || entries[k].Lang != entries[i].Lang || entries[k].Base != entries[i].Base {
					continue
				}
				seen[k] = true
				if alike(sets[i], sets[k]) >= nearly {
					b.Notes = append(b.Notes, near(entries[i], entries[k], places[i], places[k]))
				}
			}
		}
	}
}

// beside are the stored entries that the batch leaves as they are, with their questions for places, and then those of the batch.
func (b *Batch) beside(stored []knowledge.Entry) (entries []knowledge.Entry, places []string) {
	ids, questions := map[[2]string]bool{}, map[[2]string]bool{}
	for _, e := range b.Entries {
		ids[[2]string{e.Base, e.ID}], questions[[2]string{e.Base, knowledge.QuestionKey(e.Question)}] = true, true
	}
	for _, e := range stored {
		if e.State != knowledge.Expired && !ids[[2]string{e.Base, e.ID}] && !questions[[2]string{e.Base, knowledge.QuestionKey(e.Question)}] {
			entries, places = append(entries, e), append(places, "the base")
		}
	}
	return append(entries, b.Entries...), append(places, b.Places...)
}

func alike(a, b []string) float64 {
	both := 0
	for _, t := range a {
		if _, ok := slices.BinarySearch(b, t); ok {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)+len(b)-both))
}

// near tells that a asks nearly the same as b.
func near(a, b knowledge.Entry, at, other string) Note {
	na, nb := number.FindAllString(a.Answer, -1), number.FindAllString(b.Answer, -1)
	slices.Sort(na)
	slices.Sort(nb)
	if len(na) > 0 && len(nb) > 0 && !slices.Equal(na, nb) && slices.Equal(number.FindAllString(a.Question, -1), number.FindAllString(b.Question, -1)) {
		return NewNote("numbers", at, "numbers", "answers %s, but the nearly same question in %s answers %s: %s", strings.Join(na, " "), other, strings.Join(nb, " "), short(b.Question))
	}
	return NewNote("near", at, "near", "asks nearly the same as %s: %s", other, short(b.Question))
}
