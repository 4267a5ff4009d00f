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
	// ofStrokes tells a character by what is above, below or beside what, or by what must be put to it or taken from it: it says so
	// of much else, too, and counts only where names are told.
	ofStrokes = regexp.MustCompile(`[上下左右](?:[边面头]|半边)(?:是|一|加|不|带|个)[个要]?\p{Han}(?:[加一]个?\p{Han})?|[加少多去换把没][一个两掉成]{0,2}(?:[点横竖撇捺勾月水火金木土王日目口心]|耳朵|耳刀|走之|宝盖|提手|\p{Han}{1,2}[旁边头底])|(?:字|草)(?:头|旁|底|边)|(?:^|[^主])(?:单人|双人|提手|竖心|绞丝)旁`)
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
func toldCharacters(l look, hidden []Span, h hint) []Span {
	if !l.han || !l.any("的 那个 旁 字 刀 丝 心 水 盖 走之 反犬 上 下 左 右 加 少 多 去 换 把 没 人 头") {
		return nil
	}
	s := l.s
	named := h.asks(Name) || slices.Contains(h.echo, Name) || slices.ContainsFunc(hidden, func(p Span) bool { return p.Kind == Name })
	var out []Span
	for _, m := range ofWord.FindAllStringIndex(s, -1) {
		if start, end := wordTold(s, m[0], m[1]); end > start {
			out = append(out, Span{Name, start, end, MaskOf(Name)})
		}
	}
	for _, c := range pauses(s) {
		text := s[c.start:c.end]
		m := ofParts.FindStringIndex(text)
		if m == nil && named {
			m = ofStrokes.FindStringIndex(text)
		}
		switch {
		case m == nil:
		case utf8.RuneCountInString(text) <= mostParts:
			out = append(out, Span{Name, c.start, c.end, MaskOf(Name)})
		default: // a recogniser that writes no marks
			out = append(out, Span{Name, c.start + m[0], c.start + m[1], MaskOf(Name)})
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return a.Start - b.Start })
	for i, p := range out {
		before := len(strings.TrimRight(strings.TrimSuffix(s[:p.Start], "是"), " ,，、"))
		if ends := func(o Span) bool { return o.Start < before && before <= o.End }; slices.ContainsFunc(hidden, ends) || slices.ContainsFunc(out[:i], ends) {
			out[i].Start = before
		}
	}
	return out
}

// pauses are the parts of s between marks and spaces.
func pauses(s string) []clause {
	var out []clause
	for _, c := range clauses(s) {
		for at := c.start; at < c.end; {
			end := c.end
			if k := strings.IndexByte(s[at:c.end], ' '); k >= 0 {
				end = at + k
			}
			if end > at {
				out = append(out, clause{at, end})
			}
			at = end + 1
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
	if next := firstRune(s[to+n:]); hanzi.IsHan(next) && strings.Contains(s[max(0, from-mostWord*n):from], s[to:to+n+utf8.RuneLen(next)]) { // 濮阳市的濮阳
		n += utf8.RuneLen(next)
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
