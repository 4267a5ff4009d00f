package entity

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/spell"
)

// leadIn are words that people say before their name.
var leadIn = set("my full first last sur given family name surname names is it's its it i'm this that's the and so yes yeah ok okay um uh er hello hi calling called under spelled spelt letters capital please") //nolint:gochecknoglobals // a table

// Name reads a person's name out of what a recogniser heard when it was asked for: "my name is Katie Marshall", "s m i t h
// smith", "Sierra Oscar papa Hotel India Echo, space, Golf India lima lima". What is spelled comes back as one word, or
// where a space was said, as several. Heard are the recogniser's versions, the likeliest first; the first in which there
// is a name counts. False where there is none.
func Name(heard ...string) (string, bool) {
	for _, text := range heard {
		ws := nameWords(text)
		if len(ws) == 0 {
			continue
		}
		if spelled(ws) {
			return lettersOf(ws), true
		}
		if len(ws) <= 5 {
			return titled(ws), true
		}
	}
	return "", false
}

// nameWords are the words of text without what people say before a name.
func nameWords(text string) []string {
	var out []string
	for _, w := range saidIn(text) {
		if len(out) == 1 && out[0] == "i" && w.text == "am" {
			out = nil
			continue
		}
		if len(out) == 0 && leadIn[w.text] || strings.ContainsFunc(w.text, unicode.IsDigit) {
			continue
		}
		out = append(out, w.text)
	}
	return out
}

// spelled reports whether words are letters that somebody reads out: most of them are, and there are three at least.
func spelled(ws []string) bool {
	n := 0
	for _, w := range ws {
		if utf8.RuneCountInString(w) <= 2 || spell.Alphabet(w) != 0 {
			n++
		}
	}
	return n >= 3 && 2*n > len(ws)
}

// lettersOf joins what was spelled. A word that says the same again is left out: "s m i t h smith".
func lettersOf(ws []string) string {
	var parts []string // words that were said whole stand between what was spelled
	var b strings.Builder
	end := func() {
		if b.Len() > 0 {
			parts = append(parts, b.String())
			b.Reset()
		}
	}
	for i := 0; i < len(ws); i++ {
		s, words := letters(ws[i:])
		switch {
		case s != "":
			b.WriteString(s)
			i += words - 1
		default:
			end()
			if ws[i] != "space" {
				parts = append(parts, ws[i])
			}
		}
	}
	end()
	for i := len(parts) - 1; i >= 0; i-- {
		if slices.Contains(parts[:i], parts[i]) {
			parts = slices.Delete(parts, i, i+1)
		}
	}
	return titled(parts)
}

// letters reads the letters that the first of ws stand for, and how many words they are; "" for a whole word.
func letters(ws []string) (string, int) {
	w := ws[0]
	letter := cmp.Or(spell.Alphabet(w), spell.Name(w))
	switch {
	case (w == "double" || w == "triple") && len(ws) > 1 && utf8.RuneCountInString(ws[1]) == 1:
		if w == "double" && ws[1] == "u" {
			return "w", 2
		}
		return strings.Repeat(ws[1], map[string]int{"double": 2, "triple": 3}[w]), 2
	case letter != 0:
		return strings.ToLower(string(letter)), 1
	case len(w) == 1:
		return w, 1 + told(w, ws[1:])
	case utf8.RuneCountInString(w) <= 3:
		return w, 1
	}
	return "", 1
}

// titled writes words with capitals: katie o'brien is Katie O'Brien.
func titled(ws []string) string {
	out := make([]string, len(ws))
	for i, w := range ws {
		start := true
		out[i] = strings.Map(func(r rune) rune {
			if start {
				r = unicode.ToUpper(r)
			}
			start = r == '\'' || r == '-'
			return r
		}, w)
	}
	return strings.Join(out, " ")
}
