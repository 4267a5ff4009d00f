package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// What was hidden once in a call is hidden when it is said again, whoever says it: a name read back, the last digits of a number, a part
// of an address, a family name with another title.

const (
	// leastAgain is how many digits of a number must be said again, for it to be known by them, and how many characters of an address in Chinese.
	leastAgain = 4
	// leastWords is how many words of a name or an address that are no names alone must be said again.
	leastWords = 2
	// mostWords is how many words a part has at most that is known by them: a longer one is a sentence.
	mostWords = 8
)

// proof is what a value needs to be known again.
type proof int

const (
	bySight proof = iota + 1 // it is enough that it is said
	byModel                  // it may be said of something else: a model must hold it possible
	byTitle                  // a family name, which is nobody's without a title
	byPart                   // a part of it is enough
)

// possible is how likely a word must be at least that is a value if it is the one that was hidden before.
const possible = 0.1

// barely is how likely it must be at least where it is enough that it is said: a town is called as somebody is.
const barely = 0.01

// valuesIn are what tells the values of the parts of s again, by what each needs for it: words of names, in lower case, digits of numbers,
// names in Chinese, and names and addresses of several words.
func valuesIn(s string, spans []Span) map[string]proof {
	out := map[string]proof{}
	for _, p := range spans {
		text := s[p.Start:p.End]
		switch p.Kind {
		case Email, Birth:
			continue
		case Name:
		default:
			if d := figuresOf(text); len(d) >= leastAgain {
				out[d] = bySight
			}
		}
		if hanzi.HasHan(text) {
			tellingHan(out, text)
		} else {
			tellingWords(out, text, p.Kind)
		}
	}
	return out
}

// tellingWords adds what tells a value in words of Latin letters.
func tellingWords(out map[string]proof, text string, kind Kind) {
	for _, w := range latinWords(text) {
		if len(w.text) > 2 && content(w.low) && !common(w.low) && !wordNames[w.low] {
			out[w.low] = bySight
		}
	}
	ws := tokens(text)
	if n := len(ws); (kind == Name || kind == Address) && n >= leastWords && n <= mostWords {
		low := make([]string, n)
		for i, w := range ws {
			low[i] = strings.ToLower(text[w[0]:w[1]])
		}
		out[" "+strings.Join(low, " ")+" "] = byPart
	}
}

// tellingHan adds what tells a value in Chinese.
func tellingHan(out map[string]proof, text string) {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !hanzi.IsHan(r) }) {
		n := utf8.RuneCountInString(run)
		family := familyOf(run)
		switch {
		case n == 1 && family != "":
			out[run] = byTitle
		case n == 2 && personalHan(run) || n > 2 && n <= 4 && family != "":
			out[run] = bySight
		case n >= 2 && n <= 4 && !strings.ContainsAny(run, stopZH):
			out[run] = byModel
		}
		if family != "" && n > 1 && n <= 4 {
			out[family] = byTitle
			if given := run[len(family):]; utf8.RuneCountInString(given) == 2 && out[given] == 0 {
				out[given] = byModel
			}
		}
	}
	if utf8.RuneCountInString(text) > leastAgain && (numHan.MatchString(text) || hasPlace(text)) {
		out[text] = byPart
	}
}

var (
	numHan = regexp.MustCompile(numZH)
	// titledAgain is what stands behind a family name of somebody who was named before, and olderZH before one.
	titledAgain = regexp.MustCompile(`^\p{Han}?(?:先生|女士|小姐|太太|老师|经理|[阿大]?[姐哥嫂叔伯婶姨妈爷]|[奶爷]{2}|婆婆|总|工|厂长|医生|家)`)
	olderZH     = regexp.MustCompile(`[老小阿]$`)
	wordLike    = regexp.MustCompile(`[\p{L}\d]+(?:['’-]\p{L}+)*`)
)

func tokens(s string) [][]int { return wordLike.FindAllStringIndex(s, -1) }

// saidAgain finds the values in s that were hidden before.
func saidAgain(s string, read reading, h hint) []Span {
	if len(h.hidden) == 0 {
		return nil
	}
	var out []Span
	add := func(k Kind, start, end int) {
		if read.words == nil || read.surest(start, end) >= barely {
			out = append(out, Span{k, start, end, MaskOf(k)})
		}
	}
	for _, w := range latinWords(s) {
		if h.hidden[w.low] == bySight {
			add(Name, w.start, w.end)
		}
	}
	rs, ws := runs(lex(s)), tokens(s)
	for v, needs := range h.hidden {
		switch {
		case needs == byPart && hanzi.HasHan(v):
			partsAgain(s, v, add)
		case needs == byPart:
			wordsAgain(s, ws, v, add)
		case hanzi.HasHan(v):
			nameAgain(s, v, needs, read, add)
		default:
			for _, r := range rs {
				if len(r.digits) >= leastAgain && strings.HasSuffix(v, r.digits) && !unit.MatchString(s[r.end:]) {
					add(Number, r.start, r.end)
				}
			}
		}
	}
	return out
}

// nameAgain adds the places in s where the name v stands, in Chinese, with what it needs.
func nameAgain(s, v string, needs proof, read reading, add func(k Kind, start, end int)) {
	end := 0
	for {
		k := strings.Index(s[end:], v)
		if k < 0 {
			return
		}
		at := end + k
		end = at + len(v)
		if needs != byTitle {
			if needs == bySight || read.words != nil && read.surest(at, end) >= possible {
				add(Name, at, end)
			}
		} else if m := titledAgain.FindString(s[end:]); m != "" {
			add(Name, at, end+len(m))
		} else if m := olderZH.FindString(upTo(s, at)); m != "" {
			add(Name, at-len(m), end)
		}
	}
}

// partsAgain adds the parts of s, of some characters, that v has, too.
func partsAgain(s, v string, add func(k Kind, start, end int)) {
	for at := 0; at < len(s); {
		_, size := utf8.DecodeRuneInString(s[at:])
		end, n := at, 0
		for end < len(s) {
			_, w := utf8.DecodeRuneInString(s[end:])
			if !strings.Contains(v, s[at:end+w]) {
				break
			}
			end, n = end+w, n+1
		}
		if n >= leastAgain && hasPlace(s[at:end]) {
			add(Address, at, end)
			at = end
			continue
		}
		at += size
	}
}

// wordsAgain adds the words of s that v has in the same order.
func wordsAgain(s string, ws [][]int, v string, add func(k Kind, start, end int)) {
	for i := 0; i < len(ws); i++ {
		text, telling, last, named := " ", 0, -1, false
		for j := i; j < len(ws); j++ {
			w := strings.ToLower(s[ws[j][0]:ws[j][1]])
			if text += w + " "; !strings.Contains(v, text) {
				break
			}
			if !closed[w] {
				telling, last, named = telling+1, j, named || english[w] == ""
			}
		}
		if named && (telling >= leastWords || last-i >= leastWords) {
			add(Name, ws[i][0], ws[last][1])
			i = last
		}
	}
}

// twice finds a name of one word that is hidden in one place of a text and said in another: "Peacock! It's Peacock."
func twice(l look, spans []Span) []Span {
	var out []Span
	for _, p := range spans {
		name := l.s[p.Start:p.End]
		if p.Kind != Name || len(name) < 4 || !capital(name) || latinName.FindString(name) != name || closed[strings.ToLower(name)] {
			continue
		}
		for _, w := range tokens(l.s) {
			if w[0] != p.Start && l.s[w[0]:w[1]] == name {
				out = append(out, Span{Name, w[0], w[1], MaskOf(Name)})
			}
		}
	}
	return out
}
