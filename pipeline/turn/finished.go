package turn

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/spell"
)

// words that leave an English sentence open when they stand last.
var openEN = set(`a an the my your his her our their this that these those and or but because if so when while with
without of to for from in on at by about into than as is are was were be been am do does did have has had can could
would should will i we they he she it's i'm um uh er hmm like well`)

// endings that leave a Chinese sentence open.
var openZH = []string{
	"然后", "那个", "就是", "因为", "但是", "所以", "还有", "如果", "或者", "以及", "而且", "嗯", "呃", "我想", "我的", "这个", "关于", "比如", "和", "跟", "把", "被", "在", "从",
}

// endings that close one.
var closedZH = []string{"吗", "呢", "吧", "了", "啊", "么", "谢谢", "多少", "什么", "怎么办", "哪里", "多久"}

// Finished judges from its words alone whether a sentence looks finished. Text that dictates digits or letters at its
// end does not: the caller may be reading a number. Lang is "en" or "zh".
func Finished(text, lang string) Verdict {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return Nothing
	}
	open := strings.HasSuffix(trimmed, ",") || strings.HasSuffix(trimmed, "，") ||
		strings.HasSuffix(trimmed, "...") || strings.HasSuffix(trimmed, "…") || strings.HasSuffix(trimmed, "-")
	asked := strings.HasSuffix(trimmed, "?") || strings.HasSuffix(trimmed, "？")
	bare := strings.TrimRightFunc(trimmed, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
	switch {
	case bare == "":
		return Nothing
	case open, dictates(bare):
		return Unsure
	case asked:
		return Likely
	case lang == "zh":
		return finishedZH(bare)
	}
	words := strings.Fields(strings.ToLower(bare))
	if openEN[words[len(words)-1]] {
		return Unsure
	}
	return Likely
}

func finishedZH(bare string) Verdict {
	for _, e := range closedZH {
		if strings.HasSuffix(bare, e) {
			return Likely
		}
	}
	for _, e := range openZH {
		if strings.HasSuffix(bare, e) {
			return Unsure
		}
	}
	return Likely
}

// dictates reports whether text ends in at least two digits or spelled letters, in figures or spoken.
func dictates(bare string) bool {
	n := 0
	for i := len(bare) - 1; i >= 0 && n < 2; i-- {
		switch c := bare[i]; {
		case c >= '0' && c <= '9':
			n++
		case c == ' ' || c == '-':
		default:
			return dictatesWords(bare)
		}
	}
	return n >= 2
}

var digitWords = set("zero one two three four five six seven eight nine oh double triple")

func dictatesWords(bare string) bool {
	runes := []rune(bare)
	if n := len(runes); n >= 2 && strings.ContainsRune("零一二三四五六七八九幺", runes[n-1]) && strings.ContainsRune("零一二三四五六七八九幺", runes[n-2]) {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(bare), func(r rune) bool { return r != '\'' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) < 2 {
		return false
	}
	last := words[len(words)-2:]
	return dictated(last[0]) && last[0] != "a" && dictated(last[1])
}

// dictated reports whether a word is a digit or a letter that somebody may be reading out: three, q, sierra.
func dictated(w string) bool {
	return digitWords[w] || spell.Alphabet(w) != 0 || len(w) == 1 && w != "i"
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
