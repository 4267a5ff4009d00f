package hanzi

import (
	"strings"
	"unicode/utf8"

	gopinyin "github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// Pinyin is s as toneless syllables ("yin", "hang"); words of other scripts stay whole, in lower case; punctuation is
// left out. ü is written v. Characters without a known reading stay as they are.
func Pinyin(s string) []string {
	out, han := read(s)
	for i, p := range out {
		if n := len(p) - 1; han[i] && n > 0 && p[n] >= '1' && p[n] <= '5' {
			out[i] = p[:n]
		}
	}
	return out
}

// Syllables is s as syllables with the tone as a digit, 5 is the neutral tone ("yin2", "hang2", "de5"); characters with
// several readings are resolved by the word they stand in. Tones are those of the dictionary: no sandhi. Other scripts
// as in Pinyin.
func Syllables(s string) []string {
	out, _ := read(s)
	return out
}

// read returns the syllables and other words of s, and which of them stand for a Chinese character.
func read(s string) (out []string, han []bool) {
	segs := Segment(s)
	t := phrases()
	for i := 0; i < len(segs); {
		if !HasHan(segs[i]) {
			out, han = append(out, strings.ToLower(segs[i])), append(han, false)
			i++
			continue
		}
		if joined, n := joinPhrase(t, segs[i:]); n > 0 {
			out = append(out, strings.Fields(joined)...)
			i += n
		} else {
			out = inWord(out, t, []rune(segs[i]))
			i++
		}
		for len(han) < len(out) {
			han = append(han, true)
		}
	}
	return out, han
}

// joinPhrase finds the longest phrase that is made of the first words, and how many words it took.
func joinPhrase(t phraseTable, segs []string) (syllables string, n int) {
	var b strings.Builder
	for i, w := range segs {
		b.WriteString(w)
		if utf8.RuneCountInString(b.String()) > t.longest || !HasHan(w) {
			break
		}
		if s, ok := t.syllables[b.String()]; ok {
			syllables, n = s, i+1
		}
	}
	return syllables, n
}

// inWord reads a word that is no phrase of its own: phrases inside it, longest first, otherwise character by character.
func inWord(out []string, t phraseTable, rs []rune) []string {
	for i := 0; i < len(rs); {
		found := false
		for j := min(len(rs), i+t.longest); j > i+1; j-- {
			if s, ok := t.syllables[string(rs[i:j])]; ok {
				out = append(out, strings.Fields(s)...)
				i, found = j, true
				break
			}
		}
		if !found {
			out = append(out, single(rs[i]))
			i++
		}
	}
	return out
}

// single is the likeliest reading of a character by itself.
func single(r rune) string {
	if s, ok := readings()[r]; ok {
		return s
	}
	all, ok := gopinyin.PinyinDict[int(r)]
	if !ok {
		return string(r)
	}
	first, _, _ := strings.Cut(all, ",")
	return toneDigit(first)
}

// toneDigit turns a syllable with a tone mark into one with a digit: "lǜ" is "lv4".
func toneDigit(p string) string {
	tone := byte('5')
	out := make([]byte, 0, len(p)+1)
	for _, r := range norm.NFD.String(p) {
		switch r {
		case '\u0304':
			tone = '1'
		case '\u0301':
			tone = '2'
		case '\u030c':
			tone = '3'
		case '\u0300':
			tone = '4'
		case '\u0308':
			if n := len(out); n > 0 {
				out[n-1] = 'v'
			}
		default:
			if r < utf8.RuneSelf {
				out = append(out, byte(r))
			}
		}
	}
	return string(append(out, tone))
}
