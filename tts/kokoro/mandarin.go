package kokoro

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// mandarin turns Chinese text, with Latin words in it where they occur, into Kokoro's phonemes. Its methods may be
// called from any goroutine.
type mandarin struct {
	syl     syllables
	english *english
}

// chineseMarks maps punctuation to the marks the model knows.
func chineseMarks(r rune) (string, bool) {
	switch r {
	case '，', '、', ',', '（', '）', '(', ')', '\n', '—', '–':
		return ",", true
	case '。', '．', '.':
		return ".", true
	case '！', '!':
		return "!", true
	case '？', '?':
		return "?", true
	case '；', ';':
		return ";", true
	case '：', ':':
		return ":", true
	case '…':
		return "…", true
	}
	return "", false
}

// phonemes speaks text, which has no digits left.
func (m *mandarin) phonemes(text string) string {
	var out []string
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if mark, ok := chineseMarks(r); ok {
			if n := len(out); n > 0 && !strings.ContainsAny(out[n-1], marks) {
				out = append(out, mark)
			}
			text = text[size:]
			continue
		}
		run, kind := leading(text)
		switch kind {
		case hanRun:
			out = append(out, m.han(run)...)
		case latinRun:
			if s := m.english.phonemes(run); s != "" {
				out = append(out, s)
			}
		}
		text = text[len(run):]
	}
	return join(out)
}

const (
	otherRun = iota
	hanRun
	latinRun
)

// leading returns the longest start of text that is of one kind; it is not empty and has no marks except inside Latin.
func leading(text string) (string, int) {
	kind := kindOf(text)
	for i, r := range text {
		if i == 0 {
			continue
		}
		inside := kind == latinRun && (r == ' ' || r == '\'' || r == '-')
		if _, mark := chineseMarks(r); mark || !inside && kindOf(text[i:]) != kind {
			return text[:i], kind
		}
	}
	return text, kind
}

func kindOf(s string) int {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case hanzi.IsHan(r):
		return hanRun
	case unicode.Is(unicode.Latin, r):
		return latinRun
	}
	return otherRun
}

// han returns the symbols of a run of Chinese characters, one string a word.
func (m *mandarin) han(run string) []string {
	var words []hanWord
	sounds := hanzi.Syllables(run)
	aligned := len(sounds) == utf8.RuneCountInString(run)
	at := 0
	for _, w := range hanzi.Segment(run) {
		chars := []rune(w)
		syls := make([]string, 0, len(chars))
		if aligned && at+len(chars) <= len(sounds) {
			syls = append(syls, sounds[at:at+len(chars)]...)
		} else {
			for _, c := range chars {
				syls = append(syls, strings.Join(hanzi.Syllables(string(c)), ""))
			}
		}
		at += len(chars)
		if chars, syls = known(chars, syls); len(chars) > 0 {
			words = append(words, hanWord{chars, syls})
		}
	}
	sandhi(words)
	out := make([]string, 0, len(words))
	for _, w := range words {
		var b strings.Builder
		for _, s := range w.syls {
			sym, _ := m.syl.symbols(s)
			b.WriteString(sym)
		}
		if b.Len() > 0 {
			out = append(out, b.String())
		}
	}
	return out
}

// known leaves out the characters nobody has a reading for.
func known(chars []rune, syls []string) (c []rune, s []string) {
	for i, p := range syls {
		if t := tone(p); t >= '1' && t <= '5' {
			p = strings.ToLower(p)
			if chars[i] == '幺' {
				p = "yao1"
			}
			c, s = append(c, chars[i]), append(s, p)
		}
	}
	return c, s
}
