package knowledge

import (
	"strings"
	"unicode/utf8"
)

// How much of a talk is read together with an entry: words in English, characters in Chinese, so that it seldom has more pieces than are read.
const (
	mostTalkEn = 44
	mostTalkZh = 56
)

// turnEnds stands between the turns of a talk that are read as one text.
const turnEnds = " | "

// InTalk is text after the end of what was said before it, oldest first, as the parts that read a question and an entry together have learnt to read
// turns: what a turn leaves out stands in those before it. Empty ones are left out. It is text alone where that is long enough, or nothing was said.
func InTalk(before []string, text, lang string) string {
	out, left := text, mostTalkEn-len(strings.Fields(text))
	if lang == "zh" {
		left = mostTalkZh - utf8.RuneCountInString(text)
	}
	for i := len(before) - 1; i >= 0 && left > 0; i-- {
		end, size := ending(strings.TrimSpace(before[i]), left, lang)
		if end == "" {
			continue
		}
		out, left = end+turnEnds+out, left-size
	}
	return out
}

// ending is the last of text, at most most words or characters of it, and how many these are.
func ending(text string, most int, lang string) (string, int) {
	if lang == "zh" {
		runes := []rune(text)
		runes = runes[max(0, len(runes)-most):]
		return string(runes), len(runes)
	}
	words := strings.Fields(text)
	words = words[max(0, len(words)-most):]
	return strings.Join(words, " "), len(words)
}
