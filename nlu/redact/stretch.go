package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A long text is looked at in stretches, so that the work grows with its length and not with the square of it: rules look at what
// stands around each place, and at all that is looked at.

const (
	// mostAtOnce is how long a stretch is at most, in bytes: hardly a turn is longer.
	mostAtOnce = 1536
	// edge is how much at both ends of a stretch is read only to understand what lies between: what rules look at around a value.
	edge = 384
	// beforeMost is how far a rule looks back from a place, in bytes.
	beforeMost = 320
)

// stretch is a part of a text: [from,to) is read, and what touches [start,end) counts.
type stretch struct{ from, start, end, to int }

// stretches cuts s: each place counts in one of them.
func stretches(s string) []stretch {
	var out []stretch
	for start := 0; ; {
		w := stretch{from: wholeRune(s, max(0, start-edge)), start: start, end: len(s), to: len(s)}
		if len(s)-w.from <= mostAtOnce {
			return append(out, w)
		}
		w.to = wholeRune(s, w.from+mostAtOnce)
		w.end = breakBefore(s, start+edge, w.to-edge)
		out, start = append(out, w), w.end
	}
}

// breaks are what sentences and their parts end with, the best first.
var sentenceEnds = []string{"\n。！？；", ".!?;", "，,、", " "}

// breakBefore is the last place in s[from:to] behind which something new begins; to, or the character there, where nothing does.
func breakBefore(s string, from, to int) int {
	from, to = wholeRune(s, from), wholeRune(s, to)
	for _, ends := range sentenceEnds {
		if k := strings.LastIndexAny(s[from:to], ends); k >= 0 {
			_, n := utf8.DecodeRuneInString(s[from+k:])
			return from + k + n
		}
	}
	return to
}

// wholeRune is where the character of which i is inside begins.
func wholeRune(s string, i int) int {
	for back := range utf8.UTFMax {
		if i-back <= 0 || i >= len(s) || utf8.RuneStart(s[i-back]) {
			return min(max(0, i-back), len(s))
		}
	}
	return i // no text
}

// longWord finds the words of a text that are longer than a stretch, such as a key that somebody pastes: what is hidden of one in a
// stretch is hidden of all.
type longWord struct {
	s        string
	from, to int // the last one that was found
}

// at is the word that goes on through i, or i where one ends there.
func (t *longWord) at(i int) (from, to int) {
	if i <= t.from || i >= t.to {
		t.from = len(strings.TrimRightFunc(t.s[:i], inToken))
		t.to = len(t.s) - len(strings.TrimLeftFunc(t.s[i:], inToken))
	}
	if t.from == i || t.to == i {
		return i, i
	}
	return t.from, t.to
}

// inToken reports whether a character may stand inside a word that is no Chinese one.
func inToken(r rune) bool { return !unicode.IsSpace(r) && !unicode.Is(unicode.Han, r) && r < '\u3000' }

// upTo is what stands before i in s, as far back as rules look.
func upTo(s string, i int) string { return s[wholeRune(s, max(0, i-beforeMost)):i] }

// foundBefore is where the place begins that re, which is tied to the end, finds right before i in s; -1 where there is none.
func foundBefore(re *regexp.Regexp, s string, i int) int {
	before := upTo(s, i)
	if m := re.FindStringIndex(before); m != nil {
		return i - len(before) + m[0]
	}
	return -1
}
