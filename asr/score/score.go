// Package score measures how much of a text was recognised rightly: the word error rate, or the character error rate
// where the reference has Chinese characters. Both texts are first brought to one form: NFKC, lower case, no
// punctuation, Simplified characters, numbers spoken out.
package score

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Metric says what is counted.
type Metric string

// The metrics.
const (
	WER Metric = "wer" // words
	CER Metric = "cer" // characters
)

// MetricOf is CER where ref has Chinese characters, else WER.
func MetricOf(ref string) Metric {
	if hanzi.HasHan(ref) {
		return CER
	}
	return WER
}

// Count is the outcome of one or more comparisons. The zero value is empty; add with Add.
type Count struct {
	Errors int // substitutions, deletions and insertions
	Length int // words or characters of the references
}

// Add puts o into c.
func (c *Count) Add(o Count) {
	c.Errors += o.Errors
	c.Length += o.Length
}

// Rate is errors per unit of reference, 0 when both are empty; it may exceed 1. Without a reference any error is rate 1.
func (c Count) Rate() float64 {
	switch {
	case c.Length > 0:
		return float64(c.Errors) / float64(c.Length)
	case c.Errors > 0:
		return 1
	default:
		return 0
	}
}

// Compare counts the errors of hyp against ref by m.
func Compare(m Metric, ref, hyp string) Count {
	ref, hyp = Alike(m, ref, hyp)
	a, b := Units(m, ref), Units(m, hyp)
	return Count{Errors: distance(a, b), Length: len(a)}
}

// Normalise returns text as it is compared by m: words parted by single spaces, or for CER without any space.
func Normalise(m Metric, text string) string {
	if m == CER {
		return strings.Join(Units(m, text), "")
	}
	return strings.Join(Units(m, text), " ")
}

// Units are the words or characters that are compared.
func Units(m Metric, text string) []string {
	text = ungroup(hanzi.Simplify(hanzi.Fold(text)))
	if m == WER {
		return strings.FieldsFunc(strings.Map(bare, SpeakEnglish(text)), unicode.IsSpace)
	}
	var out []string
	for _, r := range hanzi.SpeakNumbers(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, string(r))
		}
	}
	return out
}

// bare drops apostrophes, so that it's is one word, and makes a space of all else that is no letter or digit.
func bare(r rune) rune {
	switch {
	case r == '\'' || r == '’' || r == '`':
		return -1
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
		return r
	default:
		return ' '
	}
}

// distance is the edit distance of a and b.
func distance(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
