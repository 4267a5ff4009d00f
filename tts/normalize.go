package tts

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normalize writes text as it is spoken: money, dates, times, percentages, ordinals, digit strings, telephone numbers,
// units, abbreviations, addresses and symbols become words of lang ("en", otherwise "zh"). The result of en and zh has
// no digits, and normalising it again changes nothing.
func Normalize(text, lang string) string {
	text = plain(text)
	if isChinese(lang) {
		text = apply(chineseRules(), text)
	} else {
		text = apply(englishRules(), text)
	}
	return strings.TrimSpace(tidy(text))
}

// rule rewrites what a pattern matches. say gets the submatches and returns false to leave the match as it is.
type rule struct {
	re  *regexp.Regexp
	say func(m []string) (string, bool)
}

func apply(rules []rule, text string) string {
	for _, r := range rules {
		text = replace(r, text)
	}
	return text
}

// replace rewrites all matches, and puts a space where a rewritten word would touch a Latin letter or digit.
func replace(r rule, text string) string {
	matches := r.re.FindAllStringSubmatchIndex(text, -1)
	if matches == nil {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range matches {
		sub := make([]string, len(m)/2)
		for i := range sub {
			if m[2*i] >= 0 {
				sub[i] = text[m[2*i]:m[2*i+1]]
			}
		}
		said, ok := r.say(sub)
		if !ok {
			continue
		}
		b.WriteString(text[at:m[0]])
		if said != "" && wordByte(last(b.String())) && wordByte(said[0]) {
			b.WriteByte(' ')
		}
		b.WriteString(said)
		at = m[1]
		if said != "" && at < len(text) && wordByte(last(said)) && wordByte(text[at]) {
			b.WriteByte(' ')
		}
	}
	b.WriteString(text[at:])
	return b.String()
}

func last(s string) byte {
	if s == "" {
		return ' '
	}
	return s[len(s)-1]
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// plain brings text into one form: full-width and other compatible characters become the usual ones, every kind of
// digit becomes 0-9, Markdown signs, emoji and control characters go.
func plain(text string) string {
	text = strings.NewReplacer("……", "。", "…", ". ", "℃", "°C", "¥", "¥", "￥", "¥", "m²", " m^2", "m³", " m^3", "㎡", " m^2").Replace(strings.ToValidUTF8(text, " "))
	text = counted.Replace(text)
	keep := func(r rune) rune { // CJK punctuation keeps its shape, so that sentences end where they did
		switch r {
		case '，', '：', '；', '！', '？', '（', '）':
			return r
		}
		return -1
	}
	var b strings.Builder
	start := 0
	for i, r := range text {
		if keep(r) > 0 {
			b.WriteString(norm.NFKC.String(text[start:i]))
			b.WriteRune(r)
			start = i + len(string(r))
		}
	}
	b.WriteString(norm.NFKC.String(text[start:]))
	return strings.Map(plainRune, b.String())
}

// counted writes numbers in circles as those of a list: ②点击 is no two o'clock.
var counted = func() *strings.Replacer { //nolint:gochecknoglobals // a constant table
	var all []string
	for n := range 20 {
		all = append(all, string(rune('①'+n)), strconv.Itoa(n+1)+"、")
	}
	return strings.NewReplacer(all...)
}()

func plainRune(r rune) rune {
	switch {
	case r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		return r
	case r == '\n':
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.So, r) && r != '°', r == 0xFE0F, unicode.Is(unicode.Sk, r) && r != '^':
		if r == '\t' || r == '\r' || r == '`' {
			return ' '
		}
		return -1
	case unicode.IsDigit(r):
		return digitRune(r)
	case unicode.IsNumber(r) && !unicode.Is(unicode.Han, r):
		return -1
	}
	switch r {
	case '\u2018', '\u2019':
		return '\''
	case '\u2044', '\u2215':
		return '/'
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
		return '-'
	case '*', '`', '|', '\\', '{', '}', '[', ']', '<', '>':
		return ' '
	case '\u00a0', '\u3000':
		return ' '
	}
	return r
}

// digitRune returns the ASCII digit for a decimal digit of another script.
func digitRune(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return -1
}

// tidy joins runs of blanks and takes blanks off before marks.
func tidy(s string) string {
	var b strings.Builder
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if b.Len() > 0 && !strings.ContainsAny(f[:1], ",.;:!?") {
			b.WriteByte(' ')
		}
		b.WriteString(f)
	}
	return b.String()
}

// onlyDigits returns the digits of s.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// groups returns the runs of digits in s.
func groups(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// chunks cuts a long run of digits into even groups of three or four, as people read numbers out; up to six stay whole.
func chunks(s string) []string {
	s = onlyDigits(s)
	if len(s) <= 6 {
		return []string{s}
	}
	n := (len(s) + 3) / 4
	var out []string
	for ; n > 0; n-- {
		size := (len(s) + n - 1) / n
		out = append(out, s[:size])
		s = s[size:]
	}
	return out
}
