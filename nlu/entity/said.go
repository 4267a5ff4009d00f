package entity

import (
	"slices"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/spell"
)

// said is one word of what was said, in lower case, letters and digits only, with its place in the text.
type said struct {
	text     string
	from, to int // bytes
}

// saidIn splits text into its words. Signs part words, an apostrophe and the sign in x-ray do not.
func saidIn(text string) []said {
	var out []said
	start := -1
	low := strings.ToLower(text)
	if len(low) != len(text) { // a capital whose small letter has another length; places would not fit
		low = lower(text)
	}
	for i, r := range low + " " {
		inside := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' || r == '-' && start >= 0 && low[start:i] == "x" && strings.HasPrefix(low[i:], "-ray")
		switch {
		case inside && start < 0:
			start = i
		case !inside && start >= 0:
			out = append(out, said{low[start:i], start, i})
			start = -1
		}
	}
	return out
}

// option is one way to read the words from some place on: the first n of them are text. Cost says how far-fetched it
// is: 0 for what was said so, 1 for what sounds so, 2 and more for what may have been meant.
type option struct {
	text    string
	n, cost int
}

// Costs of readings.
const (
	asSaid    = 0
	soundsSo  = 1
	perhaps   = 2
	leftOut   = 3 // a word in the middle that is not taken
	tooFar    = 4 // readings that cost more are not made
	wordsRead = 40
)

var (
	ones  = strings.Fields("zero one two three four five six seven eight nine")
	teens = strings.Fields("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens  = strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")

	// soundsLike are words that recognisers write for figures and letters, besides the names of these.
	soundsLike = map[string]string{"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8", "tree": "3", "fife": "5", "niner": "9", "sex": "6", "nil": "0",
		"be": "B", "sea": "C", "he": "E", "eye": "I", "am": "M", "pea": "P", "hey": "A"} //nolint:gochecknoglobals // a table

	// around are words that stand around what is asked for and are no part of it.
	around = set("the my our it it's its is that that's this i'm yes yeah yep ok okay so um uh er hmm and then as in of on please hello hi well right sure code postcode post number letter space capital was born would be name reference order") //nolint:gochecknoglobals // a table
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// small reads a number below 100 at the beginning of ws, in figures: "7", "18", "45".
func small(ws []said) (digits string, n int) {
	w := ws[0].text
	if i := index(ones, w); i >= 0 {
		return string(rune('0' + i)), 1
	}
	if i := index(teens, w); i >= 0 {
		return "1" + string(rune('0'+i)), 1
	}
	i := index(tens, w)
	if i < 0 {
		return "", 0
	}
	if len(ws) > 1 {
		if k := index(ones, ws[1].text); k > 0 {
			return string(rune('2'+i)) + string(rune('0'+k)), 2
		}
	}
	return string(rune('2'+i)) + "0", 1
}

// options are the ways to read the first of ws as letters and figures.
func options(ws []said) []option {
	w := ws[0].text
	if d, n := small(ws); n > 0 {
		return []option{{d, n, asSaid}}
	}
	if l := spell.Alphabet(w); l != 0 {
		return []option{{string(l), 1, asSaid}}
	}
	if len(ws) > 1 && (w == "double" || w == "triple") {
		return repeated(ws)
	}
	var out []option
	switch {
	case strings.ContainsFunc(w, unicode.IsDigit):
		return []option{{strings.ToUpper(w), 1, asSaid}}
	case w == "oh" || w == "nought" || w == "naught":
		out = append(out, option{"0", 1, asSaid}, option{"O", 1, asSaid})
	case len(w) == 1:
		u := strings.ToUpper(w)
		out = append(out, option{u, 1, asSaid}, option{u, 1 + told(w, texts(ws[1:])), asSaid})
	case len(w) == 2 && w[0] == w[1]: // ff of one f
		out = append(out, option{strings.ToUpper(w), 1, soundsSo}, option{strings.ToUpper(w[:1]), 1, soundsSo})
	case len(w) <= 3 && !around[w]:
		out = append(out, option{strings.ToUpper(w), 1, soundsSo})
	case len(w) <= 3:
		out = append(out, option{strings.ToUpper(w), 1, perhaps})
	default:
		out = append(out, option{strings.ToUpper(w[:1]), 1, perhaps})
	}
	if l := spell.Name(w); l != 0 {
		out = append(out, option{string(l), 1, soundsSo})
	}
	if d := soundsLike[w]; d != "" {
		out = append(out, option{d, 1, soundsSo})
	}
	switch {
	case around[w]:
		out = append(out, option{"", 1, asSaid})
	case len(w) > 1:
		out = append(out, option{"", 1, leftOut})
	case w == "a": // an article
		out = append(out, option{"", 1, perhaps})
	}
	return out
}

// repeated reads double and triple.
func repeated(ws []said) []option {
	times := 2
	if ws[0].text == "triple" {
		times = 3
	}
	var out []option
	if times == 2 && (ws[1].text == "u" || ws[1].text == "you") {
		out = append(out, option{"W", 2, asSaid})
	}
	for _, o := range options(ws[1:]) {
		if len(o.text) == 1 {
			out = append(out, option{strings.Repeat(o.text, times), 1 + o.n, o.cost})
		}
	}
	return append(out, option{"", 1, leftOut})
}

// texts are the first few of ws as they were said.
func texts(ws []said) []string {
	out := make([]string, min(len(ws), 3))
	for i := range out {
		out[i] = ws[i].text
	}
	return out
}

// told is how many words behind a letter tell it again: "b as in boy", "m for mother", "d david".
func told(letter string, ws []string) int {
	n := 0
	switch {
	case len(ws) > 2 && ws[0] == "as" && ws[1] == "in":
		n = 2
	case len(ws) > 1 && (ws[0] == "for" || ws[0] == "like"):
		n = 1
	}
	if len(ws) <= n {
		return 0
	}
	if w := ws[n]; len(w) > 2 && strings.HasPrefix(w, letter) && index(ones, w) < 0 && spell.Name(w) == 0 {
		return n + 1
	}
	return 0
}

func index(list []string, w string) int {
	for i, x := range list {
		if x == w {
			return i
		}
	}
	return -1
}

// mistaken are letters and figures that are taken for each other where the other kind must stand, and how far-fetched
// that is.
var mistaken = map[byte]struct { //nolint:gochecknoglobals // a table
	as   byte
	cost int
}{'0': {'O', soundsSo}, 'O': {'0', soundsSo}, '8': {'A', perhaps}, 'A': {'8', perhaps}, 'V': {'5', perhaps}, '1': {'I', perhaps}, 'I': {'1', perhaps}}

// beginning is the beginning of a code, and how far-fetched it is.
type beginning struct {
	text string
	cost int
}

// fill returns what becomes of b when the characters of s are put behind it, each as one of forms (A for a letter, 9 for a
// figure) wants it.
func (b beginning) fill(s string, forms []string) []beginning {
	out := []beginning{b}
	for i := range len(s) {
		var next []beginning
		for _, o := range out {
			if t := o.text + s[i:i+1]; begins(t, forms) {
				next = append(next, beginning{t, o.cost})
			}
			if m, ok := mistaken[s[i]]; ok && begins(o.text+string(m.as), forms) {
				next = append(next, beginning{o.text + string(m.as), o.cost + m.cost})
			}
		}
		out = next
	}
	return out
}

// begins reports whether s is the beginning of a code of one of forms.
func begins(s string, forms []string) bool {
	for _, f := range forms {
		if len(s) <= len(f) && matches(s, f[:len(s)]) {
			return true
		}
	}
	return false
}

func matches(s, form string) bool {
	for i := range len(s) {
		figure, letter := s[i] >= '0' && s[i] <= '9', s[i] >= 'A' && s[i] <= 'Z'
		if form[i] == '9' && !figure || form[i] == 'A' && !letter {
			return false
		}
	}
	return len(s) == len(form)
}

// whole reports whether s is a code of one of forms.
func whole(s string, forms []string) bool {
	return slices.ContainsFunc(forms, func(f string) bool { return matches(s, f) })
}

// read returns the likeliest code of one of forms in text, the longest of equal ones, and its cost. Words before and
// behind it may be any.
func read(text string, forms []string) (string, int, bool) {
	ws := saidIn(text)
	if len(ws) > wordsRead {
		return "", 0, false
	}
	at := make([]map[string]int, len(ws)+1)
	at[0] = map[string]int{"": 0}
	for i := range ws {
		ways := options(ws[i:])
		for have, cost := range at[i] {
			outside := have == "" || whole(have, forms)
			for _, o := range ways {
				if o.text == "" && outside {
					o.cost = min(o.cost, soundsSo)
				}
				for _, b := range (beginning{have, cost + o.cost}).fill(o.text, forms) {
					keep(&at[i+o.n], b)
				}
			}
		}
	}
	best, least := "", tooFar+1
	for s, cost := range at[len(ws)] {
		if whole(s, forms) && (cost < least || cost == least && (len(s) > len(best) || len(s) == len(best) && s < best)) {
			best, least = s, cost
		}
	}
	return best, least, best != ""
}

// keep notes b unless it is too far-fetched or already known.
func keep(all *map[string]int, b beginning) {
	if *all == nil {
		*all = map[string]int{}
	}
	if old, known := (*all)[b.text]; b.cost <= tooFar && (!known || b.cost < old) {
		(*all)[b.text] = b.cost
	}
}
