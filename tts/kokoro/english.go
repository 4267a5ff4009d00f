package kokoro

import (
	"strings"
	"unicode"
)

// english turns English text into Kokoro's phonemes. Its methods may be called from any goroutine.
type english struct {
	lex   *lexicon
	speak *phonemizer
}

// marks are the punctuation the model knows; the pause of a mark follows it.
const marks = ";:,.!?—…"

// phonemes speaks text, which has no digits left. Words are joined by spaces, punctuation stays.
func (e *english) phonemes(text string) string {
	tokens := tokenize(text)
	shouting := allCapitals(tokens)
	sounds := make([]string, len(tokens))
	vowelNext := unknown
	for i := len(tokens) - 1; i >= 0; i-- {
		tk := tokens[i]
		if strings.ContainsAny(tk, marks) {
			sounds[i] = tk
			vowelNext = unknown
			continue
		}
		last := i+1 == len(tokens) || strings.ContainsAny(tokens[i+1], marks)
		if shouting {
			tk = strings.ToLower(tk)
		}
		sounds[i] = e.token(tk, tokens, i, last, vowelNext)
		if sounds[i] != "" {
			vowelNext = startsWithVowel(sounds[i])
		}
	}
	return join(sounds)
}

func join(sounds []string) string {
	var b strings.Builder
	for _, s := range sounds {
		if s == "" {
			continue
		}
		if b.Len() > 0 && !strings.ContainsAny(s, marks) {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

// following says with what kind of sound the next word starts.
type following int

const (
	unknown following = iota // a pause follows
	vowel
	consonant
)

const vowels = "AIOQWYaiuæɑɒɔəɐɛɜɪʊʌᵻ"

func startsWithVowel(s string) following {
	for _, r := range s {
		if r == 'ˈ' || r == 'ˌ' || r == ' ' {
			continue
		}
		if strings.ContainsRune(vowels, r) {
			return vowel
		}
		return consonant
	}
	return unknown
}

// token returns the phonemes of one word. tokens[i] is it as written.
func (e *english) token(tk string, tokens []string, i int, last bool, next following) string {
	if s, ok := weak(tk, tokens, i, last, next); ok {
		return s
	}
	t := guess(tokens, i, last)
	if strings.Contains(tk, "-") {
		if s, ok := e.lex.find(strings.ToLower(tk), t); ok {
			return s
		}
		var parts []string
		for p := range strings.SplitSeq(tk, "-") {
			if p != "" {
				parts = append(parts, e.word(p, t))
			}
		}
		return strings.Join(parts, " ")
	}
	return e.word(tk, t)
}

// weak are the small words whose sound depends on what follows.
func weak(tk string, tokens []string, i int, last bool, next following) (string, bool) {
	switch tk {
	case "a":
		return "ɐ", true
	case "A":
		if i == 0 && !last && len(tokens[1]) > 1 && tokens[1] == strings.ToLower(tokens[1]) {
			return "ɐ", true
		}
		return "ˈA", true
	case "an", "An":
		return "ɐn", true
	case "I":
		return "ˌI", true
	case "the", "The":
		if next == vowel {
			return "ði", true
		}
		return "ðə", true
	case "to", "To":
		switch next {
		case vowel:
			return "tʊ", true
		case consonant:
			return "tə", true
		}
		return "tu", true
	case "in", "In":
		if last {
			return "ˈɪn", true
		}
		return "ɪn", true
	case "used", "Used":
		if !last && tokens[i+1] == "to" {
			return "jˈust", true
		}
		return "jˈuzd", true
	}
	return "", false
}

// word returns the phonemes of a word of letters and apostrophes; never empty.
func (e *english) word(w string, t tag) string {
	w = strings.Trim(w, "'")
	if w == "" {
		return ""
	}
	upper, lower := strings.ToUpper(w), strings.ToLower(w)
	switch {
	case len(w) == 1:
		return e.spell(w)
	case w == upper:
		return e.capitals(w, lower, t)
	}
	if s, ok := own(lower); ok {
		return s
	}
	if s, ok := e.lex.word(w, t); ok {
		return s
	}
	if s, ok := e.lex.word(lower, t); ok {
		return s
	}
	if stem, ok := strings.CutSuffix(w, "s"); ok && strings.ToUpper(stem) == stem && len(stem) > 1 { // PINs, ATMs
		return addS(e.capitals(strings.TrimSuffix(stem, "'"), strings.ToLower(stem), t))
	}
	if parts := camel(w); len(parts) > 1 {
		sounds := make([]string, len(parts))
		for i, p := range parts {
			sounds[i] = e.word(p, t)
		}
		return strings.Join(sounds, " ")
	}
	if s, ok := e.compound(lower, t); ok {
		return s
	}
	return e.foreign(lower, t)
}

// own has words of the trade that the lexicons lack or spell.
func own(w string) (string, bool) {
	s, ok := map[string]string{
		"wechat": "wˈiʧˌæt", "alipay": "ˈælipˌA", "paypal": "pˈApˌæl", "wifi": "wˈIfˌI", "mastercard": "mˈæstəɹkˌɑɹd", "youtube": "jˈutˌub",
		"kokoro": "kəkˈɔɹO", "taobao": "tˈWbˌW", "unionpay": "jˈunjənpˌA", "iphone": "ˈIfˌOn", "ipad": "ˈIpˌæd", "fintech": "fˈɪntˌɛk",
		"covid": "kˈOvɪd", "whatsapp": "wˈʌtsˌæp", "faqs": "ˈɛf ˈA kjˈuz", "etc": "ɛtsˈɛtəɹə",
	}[w]
	return s, ok
}

// capitals speaks a word written in capitals: as a word where the lexicon has it so, letter by letter otherwise.
func (e *english) capitals(w, lower string, t tag) string {
	if strings.HasSuffix(w, "'S") {
		return addS(e.capitals(w[:len(w)-2], lower[:len(lower)-2], t))
	}
	switch w {
	case "US", "USA", "UK", "EU", "IT", "ID", "TV", "PC", "AM", "PM", "OTP", "IBAN", "APR", "VAT", "HR", "PR":
		if w != "IBAN" {
			return e.spell(w)
		}
	}
	if en, ok := e.lex.gold[w]; ok {
		if s := en.as(capitals); s != "" {
			return s
		}
		return e.spell(w)
	}
	if s, ok := own(lower); ok {
		return s
	}
	if s, ok := e.lex.word(lower, t); ok && len(w) > 2 {
		return s
	}
	if len(w) > 5 && strings.ContainsAny(lower, "aeiouy") {
		return e.foreign(lower, t)
	}
	return e.spell(w)
}

// spell speaks letters one by one; the last one carries the stress.
func (e *english) spell(w string) string {
	var parts []string
	for _, r := range w {
		if en, ok := e.lex.gold[string(unicode.ToUpper(r))]; ok && en.sound != "" {
			parts = append(parts, en.sound)
		}
	}
	for i := range len(parts) - 1 {
		parts[i] = strings.Replace(parts[i], "ˈ", "ˌ", 1)
	}
	return strings.Join(parts, " ")
}

// compound splits a word of two that the lexicon knows: "chargeback".
func (e *english) compound(w string, t tag) (string, bool) {
	for i := len(w) - 4; i >= 4; i-- {
		head, ok := e.lex.find(w[:i], plain)
		if !ok {
			continue
		}
		if rest, ok := e.lex.word(w[i:], t); ok {
			return head + strings.Replace(rest, "ˈ", "ˌ", 1), true
		}
	}
	return "", false
}

// foreign speaks a word no lexicon has.
func (e *english) foreign(w string, _ tag) string {
	if s, err := e.speak.ipa(w); err == nil && s != "" {
		return fromIPA(s)
	}
	return byRule(w)
}

// camel splits "PayPal" into "Pay" and "Pal", "eSIM" into "e" and "SIM".
func camel(w string) []string {
	var parts []string
	r := []rune(w)
	start := 0
	for i := 1; i < len(r); i++ {
		up := unicode.IsUpper(r[i]) && (!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]))
		if up {
			parts = append(parts, string(r[start:i]))
			start = i
		}
	}
	return append(parts, string(r[start:]))
}
