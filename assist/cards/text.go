package cards

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge"
)

// fewEn and fewZh are how many terms a turn has that says little by itself; Chinese ones are words and pairs of characters.
const (
	fewEn = 3
	fewZh = 6
)

var cuts = regexp.MustCompile(`[.!?。！？;；]+\s*`)

// contentLen is the number of terms of text that mean something.
func contentLen(text, lang string) int {
	return len(knowledge.Terms(knowledge.Clean(text, lang), lang))
}

// leans reports whether text needs what was said before it to be understood.
func leans(text, lang string) bool {
	n := contentLen(text, lang)
	if lang == "zh" {
		return n <= fewZh
	}
	return n <= fewEn
}

// asking are the words of a question, which a recogniser may write without its mark.
var (
	askingEn = regexp.MustCompile(`(?i)(^|[.!;,]\s*)((and|so|but|or|well,?|then) )?(what|how|when|where|which|who|whose|why|can|could|do|does|did|is|are|will|would|should|may|am|have|has)\b`)
	askingZh = regexp.MustCompile(`吗|呢|怎么|什么|哪|多少|几|能不能|可不可以|要不要|是不是|有没有|咋|啥|能否|多久|多长|如何`)
)

// asks reports whether text asks something, anywhere in it.
func asks(text, lang string) bool {
	if lang == "zh" && askingZh.MatchString(text) || lang != "zh" && askingEn.MatchString(text) {
		return true
	}
	return strings.ContainsAny(text, "?？")
}

// words is about how many words text has.
func words(text, lang string) float64 {
	if lang == "zh" {
		return float64(utf8.RuneCountInString(text)) / 2
	}
	return float64(utf8.RuneCountInString(text)) / 5
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

// mostSentences is how many sentences of a turn are searched for by themselves: the last ones.
const mostSentences = 5

// saying are the sentences of a text of several that say something by themselves.
func saying(text, lang string) []string {
	parts := sentences(text)
	if len(parts) < 2 {
		return nil
	}
	var out []string
	for _, p := range parts[max(0, len(parts)-mostSentences):] {
		if contentLen(p, lang) >= 2 {
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
