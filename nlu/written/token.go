package written

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one word of an English text. What stands between words stays as it is.
type token struct {
	from, to int    // bytes
	raw      string // as it stands
	word     string // in lower case; "" for what is no plain word: it has digits or signs in it
	joined   bool   // only a space or a hyphen parts it from the token before
}

// tokens splits a text into its words. Hyphens part words (twenty-five); a word with any other sign inside is opaque, so
// that addresses and figures already written are left alone.
func tokens(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		end := i
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if unicode.IsSpace(r) {
				break
			}
			end += size
		}
		out = split(out, text, i, end)
		i = end
	}
	for i := 1; i < len(out); i++ {
		gap := text[out[i-1].to:out[i].from]
		out[i].joined = gap == " " || gap == "-"
	}
	return out
}

// split adds the words of text[from:to], which has no spaces.
func split(out []token, text string, from, to int) []token {
	part := text[from:to]
	core := strings.TrimLeftFunc(part, isStop)
	from += len(part) - len(core)
	core = strings.TrimRightFunc(core, isStop)
	to = from + len(core)
	if core == "" {
		return out
	}
	plain := true
	for _, r := range core {
		plain = plain && (unicode.IsLetter(r) || r == '\'' || r == '’' || r == '-')
	}
	if !plain || strings.Contains(core, "--") {
		return append(out, token{from: from, to: to, raw: core})
	}
	for w := range strings.SplitSeq(core, "-") {
		out = append(out, token{from: from, to: from + len(w), raw: w, word: strings.ToLower(strings.ReplaceAll(w, "’", "'"))})
		from += len(w) + 1
	}
	return out
}

// isStop says that a sign may stand around a word without being part of it.
func isStop(r rune) bool { return strings.ContainsRune(`.,;:!?"()[]{}“”'‘’…-–—`, r) }

// line is an English text as tokens.
type line []token

// at is the word at i when nothing but a space parts it from the one before, else "".
func (l line) at(i int) string {
	if i <= 0 || i >= len(l) || !l[i].joined {
		return ""
	}
	return l[i].word
}

// first is the word at i, whatever is before it.
func (l line) first(i int) string {
	if i < 0 || i >= len(l) {
		return ""
	}
	return l[i].word
}

// before is the word before i when nothing but a space is between them.
func (l line) before(i int) string {
	if i <= 0 || i >= len(l) || !l[i].joined {
		return ""
	}
	return l[i-1].word
}

// seq is the word at j of something that begins at i.
func (l line) seq(i, j int) string {
	if i == j {
		return l.first(j)
	}
	return l.at(j)
}

// rule reads what begins at token i; it returns the text to write and the token after it, or false.
type rule func(l line, i int) (string, int, bool)

// english holds the rules; the first one that fits is taken.
var english = []rule{ //nolint:gochecknoglobals // a table
	dotted, electronic, between, date, quarter, markedTime, money, measure, fraction, era, bareTime, digitRun, serial, decade,
	ordinal, year, short, number,
}

func writeEnglish(text string) string {
	l := line(tokens(text))
	var b strings.Builder
	done := 0
next:
	for i := 0; i < len(l); {
		if l[i].word != "" {
			for _, r := range english {
				if s, j, ok := r(l, i); ok && j > i {
					b.WriteString(text[done:l[i].from])
					b.WriteString(s)
					done = l[j-1].to
					i = j
					continue next
				}
			}
		}
		i++
	}
	b.WriteString(text[done:])
	return b.String()
}
