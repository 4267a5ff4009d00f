package nlu

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// heard is a command as found in a text.
type heard struct {
	command     Command
	choice      int
	alone       bool
	backchannel bool
}

// command finds what the caller tells Parley to do, as opposed to what they ask about. Texts come from a recogniser:
// punctuation, case, fillers and homophones mean little.
func command(t Turn, lang string) heard {
	plain := normal(t.Text)
	if plain == "" {
		return heard{}
	}
	if !t.Collecting && loneZero(plain) {
		return heard{command: Person, alone: true}
	}
	if lang == "zh" || hanzi.HasHan(plain) {
		if h := commandZH(plain, t.Offered); h.command != None || lang == "zh" {
			return h
		}
	}
	return commandEN(t.Text, plain, t.Offered)
}

func loneZero(s string) bool {
	switch s {
	case "0", "zero", "零", "press zero", "按零", "按0":
		return true
	}
	return false
}

// normal is s folded and Simplified, with single spaces for everything that is no letter or digit; apostrophes vanish
// ("don't" is "dont").
func normal(s string) string {
	s = hanzi.Simplify(hanzi.Fold(s))
	s = strings.NewReplacer("'", "", "’", "", "‘", "").Replace(s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// stripWords removes the words in drop from both ends of s.
func stripWords(s string, drop map[string]bool) string {
	f := strings.Fields(s)
	for len(f) > 0 && drop[f[0]] {
		f = f[1:]
	}
	for len(f) > 0 && drop[f[len(f)-1]] {
		f = f[:len(f)-1]
	}
	return strings.Join(f, " ")
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

func phraseSet(lines string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(lines, ",") {
		if w = strings.Join(strings.Fields(w), " "); w != "" {
			m[w] = true
		}
	}
	return m
}
