// Package sentiment tells how pleased or angry an utterance sounds, from the words alone: a lexicon of each language
// with negation ("not good", 不好), intensifiers ("very", 非常), contrast ("but", 但是) and exclamation marks.
package sentiment

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

//go:embed data/en.txt
var enText string

//go:embed data/zh.txt
var zhText string

// The lexicons are read once and never change.
var (
	english = sync.OnceValue(func() lexicon { return parse(enText) })
	chinese = sync.OnceValue(func() lexicon { return parse(zhText) })
)

type lexicon struct {
	words   map[string]float64
	stems   map[string]float64 // words with any ending
	longest int                // characters
}

func parse(text string) lexicon {
	l := lexicon{words: map[string]float64{}, stems: map[string]float64{}}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] == "#" {
			continue
		}
		v, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			continue
		}
		for _, w := range f[1:] {
			if stem, ok := strings.CutSuffix(w, "*"); ok {
				l.stems[stem] = v
			} else {
				l.words[w] = v
				l.longest = max(l.longest, utf8.RuneCountInString(w))
			}
		}
	}
	return l
}

// tally adds up what the clauses of a text say.
type tally struct {
	sum float64 // of the clauses after the last contrast
	old float64 // and before it
}

func (t *tally) contrast() {
	t.old += t.sum
	t.sum = 0
}

func (t *tally) value(shouts int) float64 {
	v := t.sum + 0.5*t.old
	if t.sum == 0 {
		v = t.old
	}
	v *= 1 + 0.15*float64(min(shouts, 3))
	return math.Round(1000*v/math.Sqrt(v*v+6)) / 1000
}

// Score is the sentiment of text, -1 (angry, sad) .. 1 (pleased), 0 for text that tells nothing. lang is "en" or "zh";
// text in the other script is judged by it all the same.
func Score(text, lang string) float64 {
	text = hanzi.Fold(text)
	if lang == "zh" || hanzi.Share(text) > 0.3 {
		return scoreZH(hanzi.Simplify(text))
	}
	return scoreEN(text)
}

// OfTurn is the sentiment of a turn on record: as it was judged when it was said or, where that is 0 because nobody did, by its
// words.
func OfTurn(judged float64, text, lang string) float64 {
	if judged != 0 {
		return judged
	}
	return Score(text, lang)
}

var (
	negators = set("not no never without hardly barely cant cannot dont doesnt didnt isnt wasnt arent werent wont wouldnt couldnt shouldnt aint nor neither nothing hasnt havent hadnt nobody isn't don't " +
		"doesn't didn't wasn't aren't weren't won't wouldn't couldn't shouldn't can't haven't hasn't n't nt lacks lacking")
	boosters = map[string]float64{
		"very": 1.4, "really": 1.4, "so": 1.3, "too": 1.1, "extremely": 1.7, "absolutely": 1.6, "totally": 1.5, "completely": 1.5, "incredibly": 1.6, "quite": 1.1,
		"such": 1.2, "most": 1.3, "truly": 1.4, "utterly": 1.6, "bloody": 1.4, "fucking": 1.5, "a-bit": 0.7, "slightly": 0.6, "somewhat": 0.7, "fairly": 0.9, "rather": 0.9, "bit": 0.7,
		"remarkably": 1.4, "highly": 1.4, "deeply": 1.4, "enough": 1.1, "mildly": 0.6,
	}
	contrastsEN = set("but however although though yet despite")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

func scoreEN(text string) float64 {
	l := english()
	var t tally
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r != '\'' && r != '-' && (r < 'a' || r > 'z') && r < utf8.RuneSelf
	})
	for i, w := range words {
		w = strings.Trim(w, "-'")
		if contrastsEN[w] {
			t.contrast()
			continue
		}
		v, ok := l.look(w)
		if !ok {
			continue
		}
		boost := 1.0
		negated := false
		for j := i - 1; j >= max(0, i-3); j-- {
			b := strings.Trim(words[j], "-")
			if f, ok := boosters[b]; ok {
				boost *= f
			}
			if negators[b] && !(i-j == 1 && b == "no" && v < 0) {
				negated = true
			}
			if contrastsEN[b] {
				break
			}
		}
		if negated {
			v *= -0.7
		}
		t.sum += v * boost
	}
	return t.value(strings.Count(text, "!"))
}

func (l lexicon) look(w string) (float64, bool) {
	if v, ok := l.words[w]; ok {
		return v, true
	}
	for n := len(w); n >= 4; n-- {
		if v, ok := l.stems[w[:n]]; ok {
			return v, true
		}
	}
	return 0, false
}

var (
	negatorsZH  = []string{"并不", "不是", "不太", "不怎么", "没有", "没", "不", "别", "无", "毫无", "未", "难以", "算不上", "谈不上", "称不上"}
	boostersZH  = []string{"非常", "特别", "十分", "极其", "实在", "真的", "真是", "太", "超级", "超", "最", "很", "真", "相当", "极", "好"}
	contrastsZH = []string{"但是", "但", "不过", "可是", "然而", "就是", "只是", "可惜"}
)

func scoreZH(text string) float64 {
	l := chinese()
	rs := []rune(text)
	var t tally
	for i := 0; i < len(rs); {
		rest := string(rs[i:min(len(rs), i+l.longest)])
		if n := prefix(rest, contrastsZH); n > 0 && i > 3 {
			t.contrast()
			i += n
			continue
		}
		v, n := l.at(rs, i)
		if n == 0 {
			i++
			continue
		}
		t.sum += v * around(rs, i)
		i += n
	}
	return t.value(strings.Count(text, "!") + strings.Count(text, "！"))
}

// at is the longest word of the lexicon at i and its length.
func (l lexicon) at(rs []rune, i int) (float64, int) {
	for n := min(l.longest, len(rs)-i); n > 0; n-- {
		if v, ok := l.words[string(rs[i:i+n])]; ok {
			return v, n
		}
	}
	return 0, 0
}

// around is the factor that the characters before i give: at most four, and none across punctuation.
func around(rs []rune, i int) float64 {
	from := i
	for from > max(0, i-4) && hanzi.IsHan(rs[from-1]) {
		from--
	}
	before := string(rs[from:i])
	f := 1.0
	for _, n := range negatorsZH {
		if strings.Contains(before, n) {
			f = -0.7
			break
		}
	}
	for _, b := range boostersZH {
		if strings.HasSuffix(before, b) {
			f *= 1.4
			break
		}
	}
	return f
}

func prefix(s string, words []string) int {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return utf8.RuneCountInString(w)
		}
	}
	return 0
}
