package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/spell"
)

// code is a value made of digits and single letters, written or spelled out.
type code struct {
	start, end    int
	chars, digits int
}

// codeAt reads the longest code that begins at i; ok is false when there is none.
func codeAt(s string, i int) (code, bool) {
	c := code{start: i, end: i}
	repeat, gap := false, false
	for j := i; j < len(s); {
		r, n := utf8.DecodeRuneInString(s[j:])
		switch {
		case unicode.IsDigit(r):
			j += n
			gap = false
			c.add(j, 1, 1)
		case unicode.Is(unicode.Han, r) || r == '〇':
			if hanDigit(r) == "" {
				if c.chars == 0 || !joins(s[j:]) {
					return c, c.chars > 0
				}
				j += joinLen(s[j:])
				continue
			}
			if (c.chars == 0 || gap) && lone(s[j:], n) {
				return c, c.chars > 0
			}
			j += n
			gap = false
			c.add(j, 1, 1)
		case unicode.IsLetter(r):
			w, end := wordAt(s, j)
			kind := c.word(strings.ToLower(w), repeat)
			switch kind {
			case breaks:
				return c, c.chars > 0
			case hard:
				repeat = times[strings.ToLower(w)] > 0
				if c.chars == 0 && !repeat {
					return c, false
				}
			default:
				repeat = false
				c.end = end
			}
			j = end
		case strings.ContainsRune(" \t-–·.,，、/()", r):
			if c.chars == 0 {
				return c, false
			}
			j += n
			gap = true
		default:
			return c, c.chars > 0
		}
	}
	return c, c.chars > 0
}

func (c *code) add(end, chars, digits int) {
	c.end, c.chars, c.digits = end, c.chars+chars, c.digits+digits
}

// word takes a word into the code and says what it was: digits when it belongs, hard when it may stand inside, breaks
// when it ends the code.
func (c *code) word(w string, repeat bool) tokenKind {
	switch {
	case english[w] != "":
		c.chars, c.digits = c.chars+len(english[w]), c.digits+1
	case sounds[w] != "" && (c.digits > 0 || repeat):
		// belongs only when more digits follow: its end is moved by the next one
		return hard
	case times[w] > 0:
		c.chars++
		return hard
	case w == "i" || w == "a": // words more often than letters: they belong when the code goes on
		if c.chars == 0 && w == "i" {
			return breaks
		}
		return hard
	case utf8.RuneCountInString(w) == 1, spell.Alphabet(w) != 0:
		c.chars++
	case spell.Name(w) != 0 && c.chars > 0:
		return hard
	case c.chars > 0 && (w == "dash" || w == "hyphen" || w == "space" || w == "slash" || w == "stroke" || w == "point" || w == "dot" || w == "uh" || w == "um" || w == "then" || w == "as" || w == "in" || w == "and"):
		return hard
	default:
		return breaks
	}
	return digits
}

// wordAt is the word at i: letters, with digits that follow them directly ("E123", "SW1A").
func wordAt(s string, i int) (string, int) {
	j := i
	for j < len(s) {
		r, n := utf8.DecodeRuneInString(s[j:])
		if !unicode.IsLetter(r) && r != '\'' || unicode.Is(unicode.Han, r) {
			break
		}
		j += n
	}
	w := s[i:j]
	// "HX 4471": the letters belong to the code behind them
	if m := codeHead.FindStringIndex(s[i:]); m != nil && (i == 0 || !isLatin(s[i-1])) {
		return w[:1], i + 1
	}
	// upper-case letters that touch digits belong to a code whatever they spell
	if j < len(s) && isASCIIDigit(s[j]) && j-i <= 4 || i > 0 && isASCIIDigit(s[i-1]) && j-i <= 4 {
		return w[:1], i + 1
	}
	return w, j
}

// codeHead are capitals with figures behind them.
var codeHead = regexp.MustCompile(`^[A-Z]{2,4}(?:(?:[ /-]| (?:stroke|slash|dash|hyphen) )\d{2}|[，,]?(?:[横斜]?杠)[，,、\s]*` + numZH + `)`)

// lone reports whether the digit character at the start of s is part of an ordinary word: 一下, 两个.
func lone(s string, n int) bool {
	next, _ := utf8.DecodeRuneInString(s[n:])
	return hanDigit(next) == "" && !unicode.IsDigit(next) && unicode.Is(unicode.Han, next)
}

func joins(s string) bool { return joinLen(s) > 0 }

// joinLen is the length of a filler between two digits that is at the start of s and followed by a digit.
func joinLen(s string) int {
	for _, w := range betweenHan {
		if !strings.HasPrefix(s, w) {
			continue
		}
		r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s[len(w):], " ，,、"))
		if hanDigit(r) != "" || unicode.IsDigit(r) {
			return len(w)
		}
	}
	return 0
}
