package knowledge

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Terms returns what the lexical index knows a text by, in the order of the text and with repetitions: stemmed words for
// English; for Chinese the words of the segmenter and pairs of neighbouring characters. Words that carry no content are
// left out.
func Terms(text, lang string) []string {
	if lang == "zh" {
		return termsZh(text)
	}
	return termsEn(text)
}

func termsEn(text string) []string {
	var out []string
	for _, w := range splitWords(text) {
		if enStop[w] {
			continue
		}
		out = append(out, english.Stem(w, false))
	}
	return out
}

// splitWords gives runs of letters and digits in lower case; apostrophes are dropped with the "s" after them.
func splitWords(text string) []string {
	text = strings.ReplaceAll(hanzi.Fold(text), "’", "'")
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r != '\'' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	out := words[:0]
	for _, w := range words {
		w = strings.ReplaceAll(strings.TrimSuffix(strings.Trim(w, "'"), "'s"), "'", "")
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

func termsZh(text string) []string {
	text = hanzi.Fold(hanzi.Simplify(text))
	var out []string
	for _, w := range hanzi.Segment(text) {
		if zhStop[w] {
			continue
		}
		out = append(out, w)
	}
	return append(out, pairs(text)...)
}

// pairs returns the pairs of neighbouring Han characters of text that are not words of form only.
func pairs(text string) []string {
	var out []string
	var last rune
	for _, r := range text {
		if !hanzi.IsHan(r) {
			last = 0
			continue
		}
		if last != 0 {
			// The mark keeps a pair apart from the word of the same characters, which then counts for both.
			out = append(out, "+"+string(last)+string(r))
		}
		last = r
	}
	return out
}

// syllablePairs returns neighbouring toneless syllables of text, with sounds that speakers and recognisers mix up made
// alike (zh/z, ch/c, sh/s, n/l, final ng/n).
func syllablePairs(text string) []string {
	syllables := hanzi.Pinyin(hanzi.Simplify(text))
	for i, s := range syllables {
		syllables[i] = blur(s)
	}
	out := make([]string, 0, len(syllables))
	for i := 1; i < len(syllables); i++ {
		out = append(out, syllables[i-1]+"_"+syllables[i])
	}
	return out
}

func blur(s string) string {
	switch {
	case strings.HasPrefix(s, "zh"), strings.HasPrefix(s, "ch"), strings.HasPrefix(s, "sh"):
		s = s[:1] + s[2:]
	case strings.HasPrefix(s, "l"):
		s = "n" + s[1:]
	}
	if strings.HasSuffix(s, "ang") || strings.HasSuffix(s, "eng") || strings.HasSuffix(s, "ing") {
		s = s[:len(s)-1]
	}
	return s
}

// Words of form. A word here says nothing about what is asked, so it neither finds an entry nor is missed in one.
var (
	enStop = set(`a an the this that these those there here it its is am are was were be been being do does did
doing done have has had having i im ive id ill me my mine myself we our ours us you your yours he she his her they their
them and or but if so than then as at by for from in into of on onto to up with about can could would should will shall
may might must what which who whom whose how when where why whether not no dont doesnt didnt cant wont isnt arent any
some just also please get got go going let lets thing things something anything really actually want wanted need know
tell ask say said like one ones way im youre theres whats hows s t re ve ll d m`)
	zhStop = set(`的 了 吗 呢 吧 啊 呀 嘛 哦 么 是 在 有 我 我们 你 你们 您 他 她 它 他们 这 那 这个 那个 这些 那些 和 与
及 或 或者 就 都 也 还 又 很 太 更 最 请 请问 想 要 会 能 可以 可 能否 能不能 可不可以 会不会 是不是 有没有 怎么 怎样 怎么样 如何 什么 为什么
为何 哪 哪里 哪个 哪些 谁 几 吗 一下 一个 个 把 被 给 对 对于 关于 到 从 向 以 而 且 并 但 但是 如果 的话 时候 时 里 里面 上 下 中 呃 嗯 知道
告诉 问 问题 咋 咋样 啥 多 家 得 地 着 过 让 使 用 来 去 说`)
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// Sounds returns what the pinyin index knows a Chinese text by: pairs of neighbouring toneless syllables.
func Sounds(text string) []string { return syllablePairs(text) }
