package kokoro

import "strings"

// hanWord is a word of Chinese characters with a syllable for each of them.
type hanWord struct {
	chars []rune
	syls  []string // "hao3"; the tone is the last byte
}

func tone(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

func setTone(s string, t byte) string { return s[:len(s)-1] + string(t) }

// sandhi changes tones as they change in running speech: 不 and 一 by what follows, and a third tone before another.
// words stand between two pauses.
func sandhi(words []hanWord) {
	small(words)
	particles(words)
	for _, w := range words {
		thirds(w)
	}
	for i := len(words) - 2; i >= 0; i-- {
		a, b := words[i], words[i+1]
		if len(a.syls) == 1 && tone(a.syls[0]) == '3' && tone(b.syls[0]) == '3' {
			a.syls[0] = setTone(a.syls[0], '2')
		}
	}
}

// small corrects words of one character whose reading depends on the sentence: 为 is "for" before a person or purpose
// and "is" otherwise, and 地 behind a doubled adverb (慢慢地) is a particle.
func small(words []hanWord) {
	for i, w := range words {
		if len(w.chars) != 1 {
			continue
		}
		switch w.chars[0] {
		case '为':
			if i > 0 && (i+1 == len(words) || !strings.ContainsRune("您你我他她它咱大顾客用买谁此方每各所", words[i+1].chars[0])) {
				w.syls[0] = "wei2"
			}
		case '地':
			if i > 0 && len(words[i-1].chars) == 2 && words[i-1].chars[0] == words[i-1].chars[1] {
				w.syls[0] = "de5"
			}
		}
	}
}

// thirds turns the third tones of a word before another third tone into second ones. In a word of three, the first
// two stand together (展览馆) unless the word segmenter said otherwise; four are two pairs.
func thirds(w hanWord) {
	n := len(w.syls)
	if n == 4 {
		thirds(hanWord{w.chars[:2], w.syls[:2]})
		thirds(hanWord{w.chars[2:], w.syls[2:]})
		return
	}
	for i := range n - 1 {
		if tone(w.syls[i]) == '3' && tone(w.syls[i+1]) == '3' {
			w.syls[i] = setTone(w.syls[i], '2')
		}
	}
}

// particles sets the tones of 不 and 一.
func particles(words []hanWord) {
	type place struct{ word, at int }
	var flat []place
	for i, w := range words {
		for k := range w.syls {
			flat = append(flat, place{i, k})
		}
	}
	char := func(n int) rune {
		if n < 0 || n >= len(flat) {
			return 0
		}
		return words[flat[n].word].chars[flat[n].at]
	}
	for n, p := range flat {
		next := byte(0)
		if n+1 < len(flat) {
			q := flat[n+1]
			next = tone(words[q.word].syls[q.at])
		}
		syls := words[p.word].syls
		doubled := char(n-1) != 0 && char(n-1) == char(n+1)
		switch {
		case char(n) == '不' && doubled && flat[n-1].word == flat[n+1].word, char(n) == '一' && doubled && !digit(char(n-1)):
			syls[p.at] = setTone(syls[p.at], '5') // 试一试, 好不好
		case char(n) == '不' && next == '4':
			syls[p.at] = "bu2"
		case char(n) == '一' && p.at > 0 && p.at == len(syls)-1: // 星期一, 统一, 万一
			syls[p.at] = "yi1"
		case char(n) == '一':
			syls[p.at] = oneBefore(char(n-1), char(n+1), next)
		}
	}
}

// oneBefore returns the reading of 一 between two characters, of which the second has the given tone.
func oneBefore(before, after rune, next byte) string {
	switch {
	case after == 0, digit(before), digit(after), before == '第', before == '十', before == '初', before == '周', before == '期', before == '点' && digit(after):
		return "yi1"
	case after == '月' || after == '号' || after == '日' || after == '楼' || after == '班' || after == '幺':
		return "yi1"
	case next == '4' || after == '个':
		return "yi2"
	}
	return "yi4"
}

func digit(r rune) bool {
	switch r {
	case '零', '〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '幺':
		return true
	}
	return false
}
