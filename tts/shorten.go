package tts

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// connectors returns the words a speaker may breathe before.
func connectors(lang string) []string {
	if isChinese(lang) {
		return []string{
			"如果", "因为", "所以", "但是", "并且", "或者", "而且", "以及", "然后", "可以", "需要", "我们", "通过", "即可", "否则", "您可", "您的", "请您", "请在", "请联系", "请拨打", "请点击", "请提供",
		}
	}
	return []string{
		"and", "or", "but", "because", "if", "when", "which", "that", "who", "so", "unless", "until", "while", "where", "after", "before", "by", "with",
		"for", "from", "at", "in", "on", "to", "through", "using", "via", "within", "without", "you",
	}
}

// shorten cuts s, which starts as clause k, before connecting words so that each piece is at most as long as its place
// allows, where the words permit it.
func shorten(s, lang string, k int) []string {
	words := connectors(lang)
	var out []string
	left := weight(s)
	for left > longest(k)*3/2 {
		at := connectorCut(s, words, longest(k), left)
		if at <= 0 {
			break
		}
		out = append(out, s[:at])
		left -= weight(s[:at])
		s = s[at:]
		k++
	}
	return append(out, s)
}

// connectorCut returns the byte offset of the best place to cut s, 0 when there is none: the last connector before
// limit, else the first one soon behind it. At least a third of the limit stays on either side. total is s's weight.
func connectorCut(s string, words []string, limit, total int) int {
	w, best := 0, 0
	for i, r := range s {
		enough := w*3 >= limit && (total-w)*3 >= limit
		if enough && w > limit && best > 0 || w > 3*limit {
			break
		}
		if enough && startsWithAny(s, i, words) {
			best = i
		}
		w += weight(string(r))
	}
	return best
}

// startsWithAny reports whether one of words begins at s[i:]; a Latin word must stand alone.
func startsWithAny(s string, i int, words []string) bool {
	rest := s[i:]
	for _, w := range words {
		if !strings.HasPrefix(rest, w) {
			continue
		}
		if w[0] >= utf8.RuneSelf {
			return true
		}
		next, _ := utf8.DecodeRuneInString(rest[len(w):])
		if i > 0 && s[i-1] == ' ' && unicode.IsSpace(next) {
			return true
		}
	}
	return false
}
