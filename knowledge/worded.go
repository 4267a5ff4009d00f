package knowledge

import (
	"slices"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// wording folds a question so that two are the same when they differ in case, width, spaces and punctuation only.
func wording(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, hanzi.Fold(hanzi.Simplify(text)))
}

// word notes that entry i is asked for in these words.
func (ix *Index) word(question string, i int32) {
	if w := wording(question); w != "" && !slices.Contains(ix.worded[w], i) {
		ix.worded[w] = append(ix.worded[w], i)
	}
}

// putFirst puts the entries that are asked for in just these words before all others, however near those are in meaning:
// "number 3" and "number 41" are nearly the same to an embedder.
func (ix *Index) putFirst(text string, s *scores) {
	same := ix.worded[wording(text)]
	if len(same) == 0 {
		return
	}
	top := slices.Max(s.fused)
	for _, i := range same {
		s.fused[i] = top + 1e-4 + max(0, s.fused[i])*1e-3
	}
}
