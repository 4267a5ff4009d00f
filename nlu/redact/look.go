package redact

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// look is a text with what can be told of it at a glance. Most turns have no number and announce nothing: the glance spares
// them the expressions, which cost a hundred times as much.
type look struct {
	s, low  string
	words   map[string]bool // in lower case, Latin letters only
	numbers bool            // a digit, or a word for one
	han     bool
}

func glance(s string) look {
	l := look{s: s, low: strings.ToLower(s), han: hanzi.HasHan(s), words: map[string]bool{}}
	l.numbers = strings.ContainsFunc(s, func(r rune) bool { return unicode.IsDigit(r) || hanDigit(r) != "" })
	for w := range strings.FieldsFuncSeq(l.low, func(r rune) bool { return !unicode.IsLetter(r) || unicode.Is(unicode.Han, r) }) {
		l.words[w] = true
		l.numbers = l.numbers || english[w] != "" || sounds[w] != "" && len(w) > 2
	}
	return l
}

// any reports whether one of the parts, separated by spaces, stands in the text; "" stands in every one.
func (l look) any(parts string) bool {
	if parts == "" {
		return true
	}
	for p := range strings.FieldsSeq(parts) {
		if strings.Contains(l.low, p) {
			return true
		}
	}
	return false
}

// word reports whether one of the words does.
func (l look) word(words map[string]bool) bool {
	for w := range l.words {
		if words[w] {
			return true
		}
	}
	return false
}
