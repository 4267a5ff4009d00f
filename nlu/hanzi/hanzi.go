// Package hanzi is what Parley knows about Chinese text and nothing about calls: Traditional to Simplified characters,
// folding, segmentation into words, pinyin, and numbers as they are spoken. Everything is safe for concurrent use and
// works on any input: text that is not Chinese passes through. It is a leaf. NOTICE.md names the sources of the tables.
package hanzi

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// IsHan reports whether r is a Chinese character.
func IsHan(r rune) bool { return r == '〇' || unicode.Is(unicode.Han, r) && r != '々' }

// HasHan reports whether s has a Chinese character.
func HasHan(s string) bool { return strings.ContainsFunc(s, IsHan) }

// Share is the part of the letters and digits of s that are Chinese characters, 0..1; a run of other letters counts as
// one, since a word of English weighs about as much as a character. 0 for text without letters.
func Share(s string) float64 {
	han, other := 0, 0
	in := false
	for _, r := range s {
		switch {
		case IsHan(r):
			han++
			in = false
		case unicode.IsLetter(r) || unicode.IsDigit(r) || in && r == '\'':
			if !in {
				other++
			}
			in = true
		default:
			in = false
		}
	}
	if han+other == 0 {
		return 0
	}
	return float64(han) / float64(han+other)
}

// Fold makes texts that differ only in form equal: NFKC (full-width letters, digits and punctuation become the plain
// ones), lower case, no control characters. Traditional characters stay, see Simplify.
func Fold(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// Simplify writes Traditional Chinese in Simplified characters, phrase by phrase where a character alone could mean two
// things (乾隆, 反覆, 看著 but 著名). Everything else stays as it is.
func Simplify(s string) string {
	if !HasHan(s) {
		return s
	}
	t := simplified()
	rs := []rune(s)
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(rs); {
		n := 1
		if longest := t.longest[rs[i]]; longest > 1 {
			for l := min(longest, len(rs)-i); l > 1; l-- {
				if to, ok := t.phrases[string(rs[i:i+l])]; ok {
					b.WriteString(to)
					n = -l
					break
				}
			}
		}
		if n < 0 {
			i -= n
			continue
		}
		if to, ok := t.chars[rs[i]]; ok {
			b.WriteRune(to)
		} else {
			b.WriteRune(rs[i])
		}
		i++
	}
	return b.String()
}
