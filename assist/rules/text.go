package rules

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// text is an utterance cut into units: words of English, characters of Chinese (and words of other scripts between
// them). Marks are units, too: "," for every pause, "." "?" "!" for the ends of sentences.
type text struct {
	lang  string
	units []string
	from  []int // first rune of each unit in the folded text
	to    []int // rune after the last one
	runes []rune
	edges []bool // Chinese: a word may begin before unit i; nil otherwise
}

func isMark(u string) bool { return u == "," || u == "." || u == "?" || u == "!" }

// languageOf is the language a text is matched in: that of its script, or said.
func languageOf(s, said string) string {
	if hanzi.Share(s) > 0.3 {
		return "zh"
	}
	if hanzi.HasHan(s) || said == "zh" && strings.TrimSpace(s) == "" {
		return "zh"
	}
	return "en"
}

// newText folds and cuts s.
func newText(s, lang string) *text {
	folded := hanzi.Fold(strings.NewReplacer("’", "'", "‘", "'", "…", ".").Replace(s))
	t := &text{lang: lang}
	if lang == "zh" {
		folded = hanzi.Simplify(folded)
	}
	t.runes = []rune(folded)
	for i := 0; i < len(t.runes); {
		i = t.cut(i)
	}
	if lang == "en" {
		t.contract()
	}
	return t
}

// cut appends the unit at rune i, if there is one, and returns where the next begins.
func (t *text) cut(i int) int {
	r := t.runes[i]
	if hanzi.IsHan(r) {
		t.add(string(r), i, i+1)
		return i + 1
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		j := i
		var b strings.Builder
		for ; j < len(t.runes); j++ {
			r := t.runes[j]
			inNumber := (r == '.' || r == ',') && j+1 < len(t.runes) && unicode.IsDigit(t.runes[j+1]) && j > i && unicode.IsDigit(t.runes[j-1])
			if hanzi.IsHan(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && !inNumber {
				break
			}
			if r != '\'' {
				b.WriteRune(r)
			}
		}
		t.add(b.String(), i, j)
		return j
	}
	switch {
	case strings.ContainsRune(".;。；", r):
		t.mark(".", i)
	case r == '?':
		t.mark("?", i)
	case r == '!':
		t.mark("!", i)
	case strings.ContainsRune(",:、—()\"“”", r):
		t.mark(",", i)
	case unicode.IsSpace(r) && t.lang == "zh" && i > 0 && hanzi.IsHan(t.runes[i-1]):
		t.mark(",", i)
	}
	return i + 1
}

// mark appends a mark; of several in a row the strongest stays.
func (t *text) mark(m string, i int) {
	n := len(t.units)
	switch {
	case n == 0:
	case !isMark(t.units[n-1]):
		t.add(m, i, i+1)
	case t.units[n-1] == "," || m == "?":
		t.units[n-1] = m
	}
}

func (t *text) add(u string, from, to int) {
	t.units, t.from, t.to = append(t.units, u), append(t.from, from), append(t.to, to)
}

// contract writes "do not" as "dont", "I am" as "im", "gonna" as "going to", so that a pattern needs one form of each.
func (t *text) contract() {
	old := *t
	t.units, t.from, t.to = make([]string, 0, len(old.units)), make([]int, 0, len(old.units)), make([]int, 0, len(old.units))
	for i := 0; i < len(old.units); i++ {
		u, from, to := old.units[i], old.from[i], old.to[i]
		switch u {
		case "cannot":
			u = "cant"
		case "gonna", "wanna", "gotta":
			t.add(map[string]string{"gonna": "going", "wanna": "want", "gotta": "got"}[u], from, to)
			u = "to"
		default:
			if i+1 < len(old.units) {
				if j := joins(u, old.units[i+1]); j != "" {
					i++
					u, to = j, old.to[i]
				}
			}
		}
		t.add(u, from, to)
	}
}

// joins is the short form of two words, "" when there is none.
func joins(a, b string) string {
	switch b {
	case "not":
		switch a {
		case "do", "does", "did", "is", "are", "was", "were", "have", "has", "had", "would", "could", "should":
			return a + "nt"
		case "can":
			return "cant"
		case "will":
			return "wont"
		}
	case "am":
		if a == "i" {
			return "im"
		}
	case "have":
		if a == "i" || a == "we" || a == "you" || a == "they" {
			return a + "ve"
		}
	case "will":
		if a == "i" || a == "you" {
			return a + "ll"
		}
	case "are":
		if a == "you" || a == "they" {
			return a + "re"
		}
	case "is":
		if a == "it" || a == "that" || a == "there" || a == "what" {
			return a + "s"
		}
	case "would":
		if a == "i" {
			return "id"
		}
	}
	return ""
}

// quote is the text of units from..to as it was heard, but for folding.
func (t *text) quote(from, to int) string {
	if from >= to || to > len(t.units) {
		return ""
	}
	return string(t.runes[t.from[from]:t.to[to-1]])
}

// segment finds where words begin in Chinese text.
func (t *text) segment() {
	if t.lang != "zh" || t.edges != nil {
		return
	}
	at := map[int]bool{}
	pos := 0
	for _, w := range hanzi.Segment(string(t.runes)) {
		rs := []rune(w)
		for pos < len(t.runes) && t.runes[pos] != rs[0] {
			pos++
		}
		at[pos] = true
		pos += len(rs)
		at[pos] = true
	}
	t.edges = make([]bool, len(t.units)+1)
	t.edges[len(t.units)] = true
	for i := range t.units {
		t.edges[i] = at[t.from[i]] || isMark(t.units[i]) || i > 0 && isMark(t.units[i-1])
	}
}
