package tts

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long clauses are, in spoken syllables: a Han character counts one, a Latin letter a third. The first clause is
// short because the caller waits for it; each later one may be longer because it is made while the one before plays,
// but only so much longer that a slow machine (speech made at 0.6 times its length) is never late.
const (
	leastSyllables    = 3
	firstSyllables    = 10
	longestSyllables  = 40
	thirdsPerSyllable = 3
)

// longest returns how long clause k (from 0) may be, in thirds of a syllable.
func longest(k int) int {
	n := firstSyllables
	for ; k > 0 && n < longestSyllables; k-- {
		n = n * 8 / 5
	}
	return min(n, longestSyllables) * thirdsPerSyllable
}

// Clauses cuts text into pieces to be spoken one after the other. It cuts at the ends of sentences and at commas and
// their like, and where a piece would become too long without any, before a connecting word. Abbreviations, decimals,
// addresses and quoted ends stay whole. Joining the pieces gives text back; pieces are never empty, and one that holds
// nothing to speak is joined to a neighbour. Text without anything to speak gives nil.
func Clauses(text, lang string) []string {
	var out []string
	for _, atom := range split(text, lang) {
		out = place(out, atom)
	}
	if n := len(out); n > 1 && !speakable(out[n-1]) {
		out[n-2] += out[n-1]
		out = out[:n-1]
	}
	if len(out) == 1 && !speakable(out[0]) {
		return nil
	}
	return out
}

// place adds a to the clauses: on its own, or joined to the last one when that is too short or a has nothing to speak.
func place(out []string, a string) []string {
	n := len(out)
	if n == 0 {
		return append(out, a)
	}
	last := out[n-1]
	most := longest(n - 1)
	join := !speakable(a) || !speakable(last)
	if w := weight(last); !join && w < leastSyllables*thirdsPerSyllable {
		join = w+weight(a) <= most
	} else if !join && n > 1 && !endsSentence(last) {
		join = w+weight(a) <= most/2
	}
	if join {
		out[n-1] += a
		return out
	}
	return append(out, a)
}

// weight is how long s takes to speak, in thirds of a syllable.
func weight(s string) int {
	w := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r), unicode.IsDigit(r):
			w += thirdsPerSyllable
		case unicode.IsLetter(r):
			w++
		}
	}
	return w
}

func speakable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("$€£¥￥%&@+", r)
	}) >= 0
}

func endsSentence(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, " \t\r\n\"'”’)）」』》"))
	return strings.ContainsRune(".!?。！？…；;", r) || strings.HasSuffix(s, "\n")
}

// split cuts text behind every mark where a speaker may pause, then long pieces at connecting words.
func split(text, lang string) []string {
	var atoms []string
	add := func(s string) { atoms = append(atoms, shorten(s, lang, len(atoms))...) }
	start := 0
	for i, r := range text {
		if i < start {
			continue
		}
		end := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(text[i:])
			end = i + size
		}
		if !cuts(text, i, end, r) {
			continue
		}
		end = tail(text, end)
		add(text[start:end])
		start = end
	}
	if start < len(text) {
		add(text[start:])
	}
	return atoms
}

// tail extends a cut over closing quotes, repeated marks and white space.
func tail(text string, end int) int {
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsSpace(r) && !strings.ContainsRune(".!?。！？…；;，,、：\"'”’)）」』》】", r) {
			break
		}
		if (r == '\'' || r == '"') && end+n < len(text) {
			if next, _ := utf8.DecodeRuneInString(text[end+n:]); unicode.IsLetter(next) && unicode.IsSpace(rune(text[end-1])) {
				break // an opening quote
			}
		}
		end += n
	}
	return end
}

// cuts reports whether the mark r at text[i:end] ends a piece.
func cuts(text string, i, end int, r rune) bool {
	switch r {
	case '。', '！', '？', '；', '，', '：', '…', '\n':
		return true
	case '!', '?', ';', '—':
		return true
	case ',', ':':
		return !between(text, i, end, unicode.IsDigit) && spaceOrEnd(text, end)
	case '.':
		return spaceOrEnd(text, end) && !abbreviation(text[:i])
	}
	return false
}

func between(text string, i, end int, ok func(rune) bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return ok(before) && ok(after)
}

// spaceOrEnd reports whether what follows a Western mark shows that it is punctuation and not part of a word.
func spaceOrEnd(text string, end int) bool {
	if end >= len(text) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(text[end:])
	return unicode.IsSpace(r) || unicode.Is(unicode.Han, r) || strings.ContainsRune("\"'”’)）」』》】.!?", r)
}

// abbreviation reports whether a full stop behind s belongs to the word before it.
func abbreviation(s string) bool {
	word := s[strings.LastIndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '.' })+1:]
	if word == "" || len(word) > 6 {
		return false
	}
	if len(word) == 1 && word != "I" { // an initial: "J. Smith"
		return word[0] >= 'A' && word[0] <= 'Z'
	}
	switch strings.ToLower(word) {
	case "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "approx", "dept", "ext", "fig", "e.g", "i.e", "a.k.a", "u.s", "u.k", "no", "nos":
		return strings.ToLower(word) != "no" || word == "No"
	}
	return false
}
