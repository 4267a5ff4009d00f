package kokoro

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// tokenize cuts text into words (letters of the Latin alphabet, apostrophes and hyphens inside) and single marks.
// Accents are taken off; what cannot be spoken is left out. Quotes and brackets are not kept: their pauses are the
// commas beside them.
func tokenize(text string) []string {
	var out []string
	var word strings.Builder
	flush := func() {
		if w := strings.Trim(word.String(), "'-"); w != "" {
			out = append(out, w)
		}
		word.Reset()
	}
	for _, r := range norm.NFKD.String(strings.NewReplacer("’", "'", "‘", "'", "…", "…", "–", " — ").Replace(text)) {
		switch {
		case r < unicode.MaxASCII && unicode.IsLetter(r), r == '\'', r == '-':
			word.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case strings.ContainsRune(marks, r), r == '\n', r == '(', r == ')':
			flush()
			out = addMark(out, r)
		default:
			flush()
		}
	}
	flush()
	return out
}

// addMark appends a mark; of several in a row the first stays, and none opens the text.
func addMark(out []string, r rune) []string {
	if r == '\n' || r == '(' || r == ')' {
		r = ','
	}
	if n := len(out); n == 0 || strings.ContainsAny(out[n-1], marks) {
		return out
	}
	return append(out, string(r))
}

// allCapitals reports whether a text of several words is written in capitals only, as some people write everything.
func allCapitals(tokens []string) bool {
	long := 0
	for _, tk := range tokens {
		if tk != strings.ToUpper(tk) {
			return false
		}
		if len(tk) > 5 {
			long++
		}
	}
	return long >= 2
}

// byRule is the crude reading of a word nobody knows, good enough to be guessed by the listener: each letter or usual
// pair of letters has one sound and the first vowel the stress.
func byRule(w string) string {
	s := strings.NewReplacer(
		"tion", "ʃən", "igh", "I", "ough", "ɔ", "ch", "ʧ", "sh", "ʃ", "th", "θ", "ph", "f", "ck", "k", "qu", "kw", "ng", "ŋ", "wh", "w", "oo", "u",
		"ee", "i", "ea", "i", "ai", "A", "ay", "A", "oa", "O", "ow", "W", "ou", "W", "oi", "Y", "oy", "Y", "au", "ɔ", "aw", "ɔ", "er", "əɹ", "ar", "ɑɹ",
		"or", "ɔɹ", "ir", "ɜɹ", "ur", "ɜɹ", "a", "æ", "b", "b", "c", "k", "d", "d", "e", "ɛ", "f", "f", "g", "ɡ", "h", "h", "i", "ɪ", "j", "ʤ", "k", "k",
		"l", "l", "m", "m", "n", "n", "o", "ɑ", "p", "p", "q", "k", "r", "ɹ", "s", "s", "t", "t", "u", "ʌ", "v", "v", "w", "w", "x", "ks", "y", "i", "z", "z", "'", "",
	).Replace(w)
	for i, r := range s {
		if strings.ContainsRune(vowels, r) {
			return s[:i] + "ˈ" + s[i:]
		}
	}
	return s
}
