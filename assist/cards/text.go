package cards

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// How many terms a turn needs to be understood alone.
const (
	shortEn = 3
	shortZh = 3
)

var (
	leansEn = regexp.MustCompile(`(?i)^(?:(?:ok|okay|oh|and|so|well|right|but|yes|yeah|no)[\s,]+)*(?:what about|how about|what if|and (?:if|for|what|how|the)|how (?:long|much|many|often)|for how|is (?:it|that|this)|does (?:it|that|this)|do (?:they|those)|can (?:it|that)|will (?:it|that)|when will (?:it|that|they)|where (?:is|do i find) (?:it|that)|where|when|why|which one|that one|the other)\b`)
	leansZh = regexp.MustCompile(`^(?:那|嗯|好|哦|噢|对|还有|然后|所以|不是|是的|，|,|\s)*(?:那.{0,6}呢|.{1,6}呢|要多久|多久|多少钱|几天|什么时候|在哪|哪里|怎么弄|怎么操作|怎么办|为什么|它|这个|那个|这样|可以吗|要钱吗|收费吗|免费吗|需要什么)`)
	cuts    = regexp.MustCompile(`[.!?。！？;；]+\s*`)
)

// contentLen is the number of terms of text that mean something.
func contentLen(text, lang string) int {
	return len(knowledge.Terms(knowledge.Clean(text, lang), lang))
}

// isElliptic reports whether text needs what was said before it to be understood.
func isElliptic(text, lang string) bool {
	n := contentLen(text, lang)
	if lang == "zh" {
		return n <= shortZh || n <= 12 && leansZh.MatchString(text)
	}
	return n < shortEn || n <= 6 && leansEn.MatchString(text)
}

func isQuestion(text string) bool {
	t := strings.TrimSpace(text)
	return strings.HasSuffix(t, "?") || strings.HasSuffix(t, "？") || strings.HasSuffix(t, "吗") || strings.HasSuffix(t, "呢")
}

// sentences cuts text at the ends of sentences.
func sentences(text string) []string {
	var out []string
	for _, p := range cuts.Split(text, -1) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// lastSentences are the last sentences of a text of several that say something by themselves.
func lastSentences(text, lang string) []string {
	parts := sentences(text)
	if len(parts) < 2 {
		return nil
	}
	var out []string
	for _, p := range parts[max(0, len(parts)-3):] {
		if contentLen(p, lang) >= 3 {
			out = append(out, p)
		}
	}
	return out
}

func lastSentence(text string) string {
	parts := sentences(text)
	if len(parts) == 0 {
		return ""
	}
	return parts[len(parts)-1]
}

func joined(before, text, lang string) string {
	if lang == "zh" {
		return before + "，" + text
	}
	return before + " " + text
}
