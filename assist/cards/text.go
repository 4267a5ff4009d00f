package cards

import (
	"regexp"
	"strings"

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
