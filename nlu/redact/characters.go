package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Chinese callers tell the characters of a name by words that have them, or by their parts: 照顾的顾, 竹字头那个竺. That gives
// the name away, whatever else of it is hidden.

var (
	// ofWord ties a character to the word that has it.
	ofWord = regexp.MustCompile(`的那个|那个|里的|的`)
	// ofParts is a part of a character with what else there is of it, or the character.
	ofParts = regexp.MustCompile(`(?:字(?:旁|头|底|边|上面|下面|右边|左边)|人旁|提手旁|耳刀旁?|绞丝旁?|竖心旁?|[三两]点水|宝盖头?|走之底?|反犬旁?)(?:的那个|那个|的|一个|加个?|是)?[^\s,，。、；;！!？?的啊吧]`)
)

const (
	// mostWord is how many characters the word has at most by which one of them is told, and leastWord how many it has at least.
	mostWord, leastWord = 4, 2
	// mostParts is how many characters a clause has at most that tells one by its parts.
	mostParts = 12
	// behindTold are characters that may follow in the same clause.
	behindTold = "那这啊吧呀呢嘛对不哈吗了字也还没唉"
	// mistaken stands before a word by which a wrong character is told: 打成多余的余.
	mistaken = "成"
)

// toldCharacters finds how the characters of names are told; behind one of the parts that are hidden, what stands between goes, too.
func toldCharacters(l look, hidden []Span) []Span {
	if !l.han || !l.any("的 那个 旁 字 刀 丝 心 水 盖 走之 反犬") {
		return nil
	}
	s := l.s
	var out []Span
	for _, m := range ofWord.FindAllStringIndex(s, -1) {
		if start, end := wordTold(s, m[0], m[1]); end > start {
			out = append(out, Span{Name, start, end, MaskOf(Name)})
		}
	}
	for _, c := range clauses(s) {
		if text := s[c.start:c.end]; utf8.RuneCountInString(text) <= mostParts && ofParts.MatchString(text) {
			out = append(out, Span{Name, c.start, c.end, MaskOf(Name)})
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return a.Start - b.Start })
	for i, p := range out {
		before := len(strings.TrimRight(s[:p.Start], " ,，、"))
		if ends := func(o Span) bool { return o.Kind == Name && o.Start < before && before <= o.End }; slices.ContainsFunc(hidden, ends) || slices.ContainsFunc(out[:i], ends) {
			out[i].Start = before
		}
	}
	return out
}

// wordTold is where a word and the character of it that s[from:to] ties to it stand; nowhere when it does not tell one.
func wordTold(s string, from, to int) (start, end int) {
	told, n := utf8.DecodeRuneInString(s[to:])
	if !hanzi.IsHan(told) || strings.ContainsRune(stopZH, told) {
		return 0, 0
	}
	end = to + n
	if next := firstRune(s[end:]); hanzi.IsHan(next) && !strings.ContainsRune(behindTold, next) {
		return 0, 0
	}
	start = from
	there, size := false, 0
	for ; size < mostWord; size++ {
		r, w := utf8.DecodeLastRuneInString(s[:start])
		if !hanzi.IsHan(r) {
			break
		}
		if string(r) == mistaken {
			return 0, 0
		}
		start, there = start-w, there || r == told
	}
	if !there || size < leastWord {
		return 0, 0
	}
	return start, end
}
