package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// What a model holds private need not be a value: words that lead to one, numbers of which the words around them say that they are
// nobody's, and words of the dictionary are none.

// sensible gives what was sensed a kind, and leaves out numbers of which the words around them say that they are nobody's, and
// what is no value.
func sensible(s string, read reading, h hint) []Span {
	var out []Span
	for _, p := range read.parts() {
		p.Start = leading(s, p)
		text := s[p.Start:p.End]
		rs := seriesIn(text)
		switch {
		case len(rs) == 0 && read.surest(p.Start, p.End) < read.word, countOf(s, p, h):
			continue
		case !worth(text) || valueless(text) || noise(text) && h.goesOn == "" && !slices.ContainsFunc(h.asked, numeric) || monthAlone.MatchString(text) && !h.asks(Birth):
			continue
		case len(rs) > 0 && rs[0].start == 0 && rs[len(rs)-1].end == len(text):
			n := len(figuresOf(text))
			if read.surest(p.Start, p.End) < read.certainty && (n > 0 && n <= h.idle || ofThing(s, p.Start) || harmlessAt(s, p, h)) {
				continue
			}
			p.Kind = Number
		case codes(text) && len(h.asked) == 0:
			p.Kind = Number
		case mailSign.MatchString(text):
			p.Kind = Email
		case !hanzi.HasHan(text) && ordinary(s, p) && !h.asks(wordSecret) && !secretNamed.MatchString(s):
			continue
		case len(h.asked) > 0:
			p.Kind = outward(fitting(h.asked, text))
		case strings.ContainsFunc(text, unicode.IsDigit) || hasPlace(text) || numbered(text):
			p.Kind = Address
			if hasLatin(text) {
				p.End = growRight(s, p.End)
			}
		default:
			p.Kind = Name
		}
		p.Mask = MaskOf(p.Kind)
		out = append(out, p)
	}
	return out
}

// mostCount is how many digits a count of things has at most.
const mostCount = 3

// namedBy are the parts that were sensed, each called what a rule calls what it touches: of itself a model tells no kind.
func namedBy(ruled, sensed []Span, h hint) []Span {
	if len(h.asked) > 0 {
		return sensed
	}
	for i, p := range sensed {
		k := slices.IndexFunc(ruled, func(o Span) bool { return o.Start < p.End && p.Start < o.End })
		if k >= 0 && (p.Kind == Address || p.Kind == Name) {
			sensed[i].Kind, sensed[i].Mask = ruled[k].Kind, ruled[k].Mask
		}
	}
	return sensed
}

// goods are what things are counted in beside units, and no beginning of another word: 株洲, 箱子.
var goods = regexp.MustCompile(`^(?:箱|瓶|盒|袋|斤|桶|棵|盆|株|套)(?:[^子盖装餐间房洲里上]|$)`)

// countOf reports whether p is how many of something there are, or was asked for as such.
func countOf(s string, p Span, h hint) bool {
	text := strings.TrimPrefix(s[p.Start:p.End], "要") // one: more of them are misheard digits
	rs := seriesIn(text)
	if len(rs) != 1 || rs[0].start != 0 || rs[0].end != len(text) || rs[0].letters > 0 || rs[0].chain > 1 || len(figuresOf(text)) > mostCount || len(h.asked) > 0 || h.goesOn != "" {
		return false
	}
	return unit.MatchString(s[p.End:]) || goods.MatchString(s[p.End:]) || h.idle == amountMost && p.Start == 0
}

// fitting is the first of the kinds that were asked for that text can be: a name has no digits.
func fitting(asked []Kind, text string) Kind {
	if k := asked[0]; (numeric(k) && k != Secret || k == Birth) && figuresOf(text) == "" && !codes(text) && slices.Contains(asked, Name) {
		return Name
	}
	return asked[0]
}

// leading is where the value in p begins, behind words that lead to it: "us at Lumen House".
func leading(s string, p Span) int {
	if m := leads.FindStringIndex(s[p.Start:p.End]); m != nil && m[1] < p.End-p.Start {
		return p.Start + m[1]
	}
	return p.Start
}

var leads = words(`^(?:(?:us|me|at|is|it's|that's|to|from|under|and|of|with|the address)\s+)+`)

// harmlessAt reports whether p, digits and letters alone, is a part of a number that is nobody's: the rules know numbers better.
func harmlessAt(s string, p Span, h hint) bool {
	for _, r := range seriesIn(s) {
		if r.start < p.End && p.Start < r.end {
			return harmless(s, r) || r.chars < 4 && len(h.asked) == 0 && len(h.echo) == 0 && h.goesOn == "" || r.chars <= h.idle
		}
	}
	return true
}

// noise reports whether s is a word or two that sound like digits or name signs.
func noise(s string) bool {
	ps := pieces(s)
	return len(ps) <= 2 && !slices.ContainsFunc(ps, func(p piece) bool {
		return p.class == plain || p.class == coded && (p.digits > 1 || len(ps) > 1)
	})
}

// secretNamed is a secret that may be a word of the dictionary.
var secretNamed = words(`\b(?:pass ?words?|pass ?phrase|word|answer|memorable|secret)\b`)

// ordinary reports whether p is a word of the dictionary in small letters, in a text that is written with capitals.
func ordinary(s string, p Span) bool {
	if first := firstRune(s); !unicode.IsUpper(first) || hasCapital(s[p.Start:p.End]) || strings.ContainsFunc(s[p.Start:p.End], unicode.IsDigit) {
		return false
	}
	ws := strings.Fields(s[p.Start:p.End])
	return len(ws) == 1 && !slices.ContainsFunc(ws, func(w string) bool {
		w = strings.Trim(strings.ToLower(w), ".,'’!?")
		return !common(w) || english[w] != "" || utf8.RuneCountInString(w) < 3
	})
}

// numbered reports whether s is a number and a word of Latin letters: the number of a house.
func numbered(s string) bool {
	ps := pieces(s)
	return len(ps) > 1 && ps[0].class == coded && ps[0].digits > 0 && ps[len(ps)-1].class == plain && hasLatin(s)
}

// valueless reports whether a text has nothing but words that tie sentences together.
func valueless(s string) bool {
	if hanzi.HasHan(s) {
		return strings.Trim(s, stopZH) == ""
	}
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) {
		if !closed[w] || english[w] != "" {
			return false
		}
	}
	return true
}
