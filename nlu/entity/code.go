package entity

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/spell"
)

// Bounds of what is a code because it is read out one by one.
const (
	leastCode    = 4 // characters
	leastFigures = 5 // where there are no letters
	leastWords   = 3
)

// readOut returns the codes in s that are read out, letter by letter and figure by figure: "A, B, one, two, three four",
// "sierra tango 4 4 7", "double oh seven x y". Words around them are not taken.
func readOut(s string) []Figure {
	ws := saidIn(s)
	var out []Figure
	for i := 0; i < len(ws); {
		c := codeFrom(s, ws, i)
		if !c.good() {
			i++
			continue
		}
		last := ws[c.end-1]
		out = append(out, Figure{Kind: Reference, Text: s[ws[i].from:last.to], From: ws[i].from, To: last.to, Code: c.text.String()})
		i = c.end
	}
	return out
}

// spelling is a code that is being read.
type spelling struct {
	text             strings.Builder
	end              int // the word behind it
	letters, figures int // characters
	alphabet         int // letters that words of the spelling alphabet stand for
	words            int
	grouped          bool // some figures were written together
}

// good reports whether it is read out beyond doubt. One word of the alphabet is a word: "the hotel, two, three, four".
func (c *spelling) good() bool {
	switch n := c.letters + c.figures; {
	case c.words < leastWords || n < leastCode || c.figures == 0:
		return false
	case c.letters == 0:
		return c.figures >= leastFigures && !c.grouped // a list of numbers is none: 10, 20, 30
	default:
		return c.letters > c.alphabet || c.alphabet > 1
	}
}

func (c *spelling) add(s string, words int) {
	c.text.WriteString(s)
	c.end, c.words = c.end+words, c.words+words
	c.grouped = c.grouped || words == 1 && len(s) > 1
	for _, r := range s {
		if unicode.IsDigit(r) {
			c.figures++
		} else {
			c.letters++
		}
	}
}

// codeFrom reads the code that begins at word i.
func codeFrom(s string, ws []said, i int) *spelling {
	c := &spelling{end: i}
	for c.end < len(ws) {
		if c.end > i && !near(s[ws[c.end-1].to:ws[c.end].from]) {
			break
		}
		w, times := ws[c.end].text, 1
		next := c.end + 1
		if k := index([]string{"double", "triple"}, w); k >= 0 && next < len(ws) {
			w, times = ws[next].text, 2+k
		}
		one, words, again := sign(w), 1, 0
		if len(w) == 1 && times == 1 {
			again = told(w, texts(ws[next:]))
		}
		switch {
		case one == "" || len(one) > 1 && times > 1:
			return c
		case (w == "a" || w == "i") && (c.letters == 0 || c.figures > 0) && again == 0 && !letterAt(s, ws, next) && !setApart(s, ws, c.end):
			return c // an article, somebody
		case times > 1:
			words = 2
		default:
			words += again
		}
		if spell.Alphabet(w) != 0 {
			c.alphabet += times
		}
		c.add(strings.Repeat(one, times), words)
	}
	return c
}

// sign is what a word of a code stands for, "" where it is no part of one.
func sign(w string) string {
	switch l := spell.Alphabet(w); {
	case l != 0:
		return string(l)
	case index(ones, w) >= 0:
		return string(rune('0' + index(ones, w)))
	case w == "oh", w == "nought":
		return "0"
	case len(w) == 1 && (w[0] >= 'a' && w[0] <= 'z' || w[0] >= '0' && w[0] <= '9'):
		return strings.ToUpper(w)
	case len(w) <= 8 && strings.ContainsFunc(w, unicode.IsDigit) && !strings.ContainsFunc(w, func(r rune) bool { return r > unicode.MaxASCII || r == '\'' }):
		return strings.ToUpper(w)
	}
	return ""
}

// letterAt reports whether a letter said alone stands at word i.
func letterAt(s string, ws []said, i int) bool {
	return i < len(ws) && near(s[ws[i-1].to:ws[i].from]) && (len(ws[i].text) == 1 && ws[i].text[0] >= 'a' || spell.Alphabet(ws[i].text) != 0)
}

// setApart reports whether word i has a hyphen or a comma at its side, as recognisers write what is spelled.
func setApart(s string, ws []said, i int) bool {
	before, after := "", ""
	if i > 0 {
		before = s[ws[i-1].to:ws[i].from]
	}
	if i+1 < len(ws) {
		after = s[ws[i].to:ws[i+1].from]
	}
	return strings.ContainsAny(before+after, "-,")
}

// near reports whether no more than a sign and a space part two words.
func near(gap string) bool {
	return len(gap) <= 2 && strings.Trim(gap, " ,-.") == ""
}

// plain is a code without what parts it.
func plain(code string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, code))
}
