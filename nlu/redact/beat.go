package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/spell"
)

// beatKind is what a word does to a series.
type beatKind int

const (
	beatOne    beatKind = iota // a digit
	beatGroup                  // several digits at once: "forty two", 4471
	beatLetter                 // a letter
	beatRepeat                 // "double"
	beatFill                   // may stand inside: "uh", 然后, a comma
	beatBack                   // takes back what was read: "no sorry", 不对
	beatScale                  // makes it an amount: "hundred", 百
	beatSound                  // a word that sounds like a digit
	beatOther                  // ends it
)

type beat struct {
	start, end    int
	kind          beatKind
	chars, digits int
	zero          bool // a nought, which an amount never begins with
}

var takesBack = words(`^(?:no[,\s]+(?:sorry|wait|hang on)|sorry|wait|i mean|correction|make that|scratch that|rather|no\b)`)

// takenBack is what takes back a reading at the start of s.
func takenBack(s string) string {
	if !strings.ContainsRune("nswicmrNSWICMR", rune(s[0])) {
		return ""
	}
	return takesBack.FindString(s)
}

// amount is a figure that is written as one: 1,050 or 24.99.
var amount = regexp.MustCompile(`^(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d{1,2})(?:[^\d.]|$)`)

var takesBackZH = []string{"不对不对", "说错了", "不好意思", "不对", "不是", "错了", "应该是"}

// beats cuts s.
func beats(s string) []beat {
	var out []beat
	days := dates(s)
	for i := 0; i < len(s); {
		b := beatAt(s, i)
		if len(days) > 0 && i >= days[0][0] {
			b, days = beat{start: i, end: max(b.end, days[0][1]), kind: beatOther}, days[1:]
		}
		out = append(out, b)
		i = b.end
	}
	return out
}

func beatAt(s string, i int) beat {
	r, n := utf8.DecodeRuneInString(s[i:])
	switch {
	case hanzi.IsHan(r):
		return hanBeat(s, i, r, n)
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return wordBeat(s, i)
	case unicode.IsSpace(r), strings.ContainsRune(",，、-–—.。…/·\"“”'’()（）", r):
		return beat{start: i, end: i + n, kind: beatFill}
	}
	return beat{start: i, end: i + n, kind: beatOther}
}

func hanBeat(s string, i int, r rune, n int) beat {
	rest := s[i:]
	for _, w := range takesBackZH {
		if strings.HasPrefix(rest, w) {
			return beat{start: i, end: i + len(w), kind: beatBack}
		}
	}
	if d := hanDigit(r); d != "" {
		if after, ok := strings.CutPrefix(rest[n:], "个"); ok && d >= "2" && d <= "6" {
			next, m := utf8.DecodeRuneInString(after)
			if hanDigit(next) != "" || next >= '0' && next <= '9' {
				return beat{start: i, end: i + n + len("个") + m, kind: beatOne, chars: int(d[0] - '0'), digits: int(d[0] - '0'), zero: true}
			}
		}
		return beat{start: i, end: i + n, kind: beatOne, chars: 1, digits: 1, zero: r == '零' || r == '〇' || r == '幺' || r == '洞'}
	}
	if strings.ContainsRune("十百千万亿点", r) {
		return beat{start: i, end: i + n, kind: beatScale}
	}
	for _, w := range betweenHan {
		if strings.HasPrefix(rest, w) {
			return beat{start: i, end: i + len(w), kind: beatFill}
		}
	}
	if soundHan[r] != "" {
		return beat{start: i, end: i + n, kind: beatSound, chars: 1, digits: 1}
	}
	return beat{start: i, end: i + n, kind: beatOther}
}

// wordBeat is a word of Latin letters and figures.
func wordBeat(s string, i int) beat {
	w := latinPiece.FindString(s[i:])
	if w == "" {
		_, n := utf8.DecodeRuneInString(s[i:])
		return beat{start: i, end: i + n, kind: beatOther}
	}
	if k := strings.IndexFunc(w, hanzi.IsHan); k > 0 {
		w = w[:k]
	}
	b := beat{start: i, end: i + len(w), kind: beatOther}
	if m := amount.FindStringSubmatchIndex(s[i:]); m != nil {
		b.end = i + m[3]
		return b
	}
	low := strings.ToLower(strings.TrimRight(w, "'’"))
	if m := takenBack(s[i:]); m != "" {
		b.end, b.kind = i+len(m), beatBack
		return b
	}
	_, figures := classOf(low)
	switch {
	case english[low] != "":
		b.kind, b.chars, b.digits, b.zero = beatOne, len(english[low]), len(english[low]), english[low] == "0"
		if len(english[low]) > 1 {
			b.kind = beatGroup
		}
	case times[low] > 0:
		b.kind, b.chars, b.zero = beatRepeat, times[low]-1, true
	case low == "hundred" || low == "thousand" || low == "million" || low == "point":
		b.kind = beatScale
	case figures > 0:
		b.kind, b.chars, b.digits = beatGroup, utf8.RuneCountInString(low), figures
		if len(low) == 1 {
			b.kind = beatOne
		}
		b.zero = low[0] == '0'
	case len(low) == 1 || spell.Alphabet(low) != 0:
		b.kind, b.chars = beatLetter, 1
		if m := asIn.FindStringSubmatch(s[b.end:]); m != nil && len(low) == 1 && english[strings.ToLower(m[1])] == "" && times[strings.ToLower(m[1])] == 0 {
			b.end += len(m[0])
		}
	case sounds[low] != "":
		b.kind, b.chars, b.digits = beatSound, 1, 1
	case between[low], low == "dot", low == "capital", low == "so", low == "it's", low == "that's", low == "the", low == "letter", low == "letters":
		b.kind = beatFill
	}
	return b
}

// asIn tells a letter by a word: "M for mother".
var asIn = words(`^ (?:as in|for|like) ([a-z]{3,})\b`)
