package hanzi

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// digitOf is the value of a character that stands for a digit.
func digitOf(r rune) (int64, bool) {
	switch r {
	case '零', '〇', '洞':
		return 0, true
	case '一', '壹', '幺':
		return 1, true
	case '二', '两', '贰', '兩', '貳':
		return 2, true
	case '三', '叁', '參':
		return 3, true
	case '四', '肆':
		return 4, true
	case '五', '伍':
		return 5, true
	case '六', '陆', '陸':
		return 6, true
	case '七', '柒', '拐':
		return 7, true
	case '八', '捌':
		return 8, true
	case '九', '玖':
		return 9, true
	}
	return 0, false
}

// unitOf is the value of a character that multiplies the digits before it.
func unitOf(r rune) (int64, bool) {
	switch r {
	case '十', '拾':
		return 10, true
	case '百', '佰':
		return 100, true
	case '千', '仟':
		return 1000, true
	case '万', '萬':
		return 1e4, true
	case '亿', '億':
		return 1e8, true
	}
	return 0, false
}

// ParseNumber reads a whole string as a spoken whole number: 一百二十三, 两千, 三千五 (3500), 一万零五, and digits read one
// by one: 幺三八 (138). False when s is anything else or does not fit.
func ParseNumber(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	if d, ok := Digits(s); ok {
		n, err := strconv.ParseInt(d, 10, 64)
		return n, err == nil
	}
	p := numberParser{above: math.MaxInt64}
	for _, r := range s {
		if !p.add(r) {
			return 0, false
		}
	}
	return p.end()
}

// numberParser adds up a number character by character: total holds closed 亿 and 万, section what is below 万.
type numberParser struct {
	total, section, digit int64
	hasDigit              bool
	zero                  bool  // a 零 stands before the digit, so that it means ones
	last                  int64 // last unit seen within the section, or the section's own
	above                 int64 // last of 万 and 亿
}

func (p *numberParser) add(r rune) bool {
	if d, ok := digitOf(r); ok {
		if p.hasDigit || r == '幺' || r == '洞' || r == '拐' {
			return false
		}
		if d == 0 {
			p.zero = true
			return true
		}
		p.digit, p.hasDigit = d, true
		return true
	}
	u, ok := unitOf(r)
	switch {
	case !ok:
		return false
	case u < 1e4:
		return p.small(u)
	}
	if p.hasDigit {
		p.section += p.digit
	}
	if p.section == 0 && (p.total == 0 || u == p.above) || u > p.above && p.total > math.MaxInt64/u || p.section > math.MaxInt64/u {
		return false
	}
	if u > p.above { // 一万亿
		p.total = (p.total + p.section) * u
	} else {
		p.total += p.section * u
	}
	p.above, p.last = u, u
	p.section, p.digit, p.hasDigit, p.zero = 0, 0, false, false
	return p.total >= 0
}

func (p *numberParser) small(u int64) bool {
	d := p.digit
	if !p.hasDigit {
		if u != 10 {
			return false
		}
		d = 1 // 十五
	}
	if p.last != 0 && p.last < 1e4 && u >= p.last {
		return false
	}
	p.section += d * u
	p.digit, p.hasDigit, p.zero, p.last = 0, false, false, u
	return true
}

func (p *numberParser) end() (int64, bool) {
	if p.hasDigit {
		if p.last >= 100 && !p.zero { // 三千五, 两万三
			p.digit *= p.last / 10
		}
		p.section += p.digit
	}
	n := p.total + p.section
	return n, n >= 0 && (n > 0 || p.zero && p.last == 0)
}

// Digits reads a whole string as digits spoken one by one ("幺三八零", "2019") and returns them as written digits. False
// when anything else is in it.
func Digits(s string) (string, bool) {
	var b strings.Builder
	for _, r := range s {
		switch d, ok := digitOf(r); {
		case ok:
			b.WriteByte(byte('0' + d))
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// ParseNumbers writes every spoken number inside s with digits: 一百二十三元 is 123元, 三点五 is 3.5, 百分之八 is 8%. Single
// characters stay (一下, 第一), since they are words more often than numbers.
func ParseNumbers(s string) string {
	if !HasHan(s) {
		return s
	}
	rs := []rune(s)
	var b strings.Builder
	for i := 0; i < len(rs); {
		percent := hasPrefix(rs[i:], "百分之")
		from := i
		if percent {
			from += 3
		}
		j := numberEnd(rs, from)
		text, ok := written(rs[from:j])
		if !ok || j-from < 2 && !percent {
			j = max(j, i+1)
			b.WriteString(string(rs[i:j]))
			i = j
			continue
		}
		b.WriteString(text)
		if percent {
			b.WriteByte('%')
		}
		i = j
	}
	return b.String()
}

func hasPrefix(rs []rune, p string) bool {
	n := utf8.RuneCountInString(p)
	return len(rs) >= n && string(rs[:n]) == p
}

// numberEnd is the end of the run of number characters that starts at i; one 点 between digits belongs to it.
func numberEnd(rs []rune, i int) int {
	point := false
	j := i
	for j < len(rs) {
		_, digit := digitOf(rs[j])
		_, unit := unitOf(rs[j])
		if rs[j] == '拐' || rs[j] == '洞' {
			digit = false // words, not digits, in running text
		}
		if rs[j] == '点' && !point && j > i && j+1 < len(rs) {
			if _, next := digitOf(rs[j+1]); next {
				point = true
				j++
				continue
			}
		}
		if !digit && !unit {
			break
		}
		j++
	}
	return j
}

func written(rs []rune) (string, bool) {
	whole, part, point := strings.Cut(string(rs), "点")
	var out string
	if d, ok := Digits(whole); ok {
		out = d
	} else if n, ok := ParseNumber(whole); ok {
		out = strconv.FormatInt(n, 10)
	} else {
		return "", false
	}
	if !point {
		return out, true
	}
	d, ok := Digits(part)
	return out + "." + d, ok
}
