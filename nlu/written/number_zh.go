package written

import (
	"strconv"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// chars is a Chinese text by characters.
type chars []rune

// at is the character at i, 0 outside.
func (c chars) at(i int) rune {
	if i < 0 || i >= len(c) {
		return 0
	}
	return c[i]
}

// has says that s stands at i.
func (c chars) has(i int, s string) bool {
	for _, r := range s {
		if c.at(i) != r {
			return false
		}
		i++
	}
	return true
}

// hasAny returns which of the words stands at i, "" for none; longer ones are to come first.
func (c chars) hasAny(i int, words ...string) string {
	for _, w := range words {
		if c.has(i, w) {
			return w
		}
	}
	return ""
}

func isDigitZh(r rune) bool {
	return r != '洞' && r != '拐' && (r < '0' || r > '9') && r != 0 && len(digitsZh(string(r))) == 1
}

func isUnitZh(r rune) bool {
	return strings.ContainsRune("十拾百佰千仟万萬亿億", r) && r != 0
}

func isLargeZh(r rune) bool { return strings.ContainsRune("万萬亿億", r) && r != 0 }

func isPoint(r rune) bool { return r == '点' || r == '點' }

func digitsZh(s string) string {
	d, ok := hanzi.Digits(s)
	if !ok {
		return ""
	}
	return d
}

// run is the end of the numerals that begin at i.
func (c chars) run(i int) int {
	for isDigitZh(c.at(i)) || isUnitZh(c.at(i)) {
		i++
	}
	return i
}

// digitEnd is the end of the digits that begin at i.
func (c chars) digitEnd(i int) int {
	for isDigitZh(c.at(i)) {
		i++
	}
	return i
}

// numeral is a Chinese number as it is written.
type numeral struct {
	sign, text string
	scale      string // a closing 万 or 亿
	end        int
	value      int64 // of a whole number, else -1
	digits     bool  // said digit by digit, more than one
	size       int   // in characters
}

func (n numeral) String() string { return n.sign + n.text + n.scale }

// separated has separators between thousands.
func (n numeral) separated() string {
	whole, part, point := strings.Cut(n.text, ".")
	if point {
		part = "." + part
	}
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return n.sign + b.String() + part + n.scale
}

// whole reads the whole number at i.
func (c chars) whole(i int) (numeral, bool) {
	end := c.run(i)
	if end == i {
		return numeral{}, false
	}
	s := string(c[i:end])
	n := numeral{end: end, size: end - i}
	if d := digitsZh(s); d != "" {
		n.text, n.digits, n.value = d, n.size > 1, -1
		if n.size > 1 && strings.ContainsAny(s, "两兩") {
			return n, false // nobody says 两 among digits
		}
		if n.size == 1 {
			n.value = int64(d[0] - '0')
		}
		return n, true
	}
	v, ok := hanzi.ParseNumber(s)
	if !ok {
		return n, false
	}
	n.text, n.value = strconv.FormatInt(v, 10), v
	if last := c[end-1]; isLargeZh(last) && !strings.ContainsAny(string(c[i:end-1]), "万萬亿億") {
		by := int64(1e4)
		if last == '亿' || last == '億' {
			by = 1e8
		}
		n.text, n.scale = strconv.FormatInt(v/by, 10), string(last)
	}
	return n, true
}

// number reads the number at i with its sign and decimals.
func (c chars) number(i int) (numeral, bool) {
	from := i
	sign := ""
	if r := c.at(i); r == '负' || r == '負' {
		sign, from = "-", i+1
	}
	n, ok := c.whole(from)
	if !ok {
		return n, false
	}
	if end := c.digitEnd(n.end + 1); isPoint(c.at(n.end)) && end > n.end+1 && c.decimal(n.end+1, end) {
		part := digitsZh(string(c[n.end+1 : end]))
		if n.scale != "" { // 四万点六
			n.text, n.scale = strconv.FormatInt(n.value, 10), ""
		}
		n.text, n.end, n.value, n.digits = n.text+"."+part, end, -1, false
		if isLargeZh(c.at(end)) {
			n.scale, n.end = string(c[end]), end+1
		}
	}
	if sign != "" {
		n.value = -1
	}
	n.sign, n.size = sign, n.end-i
	return n, true
}

// decimal says that the digits c[from:end] after a 点 are decimals and neither minutes nor the next word.
func (c chars) decimal(from, end int) bool {
	next := c.at(end)
	if next == '刻' || next == '分' && c.at(end+1) != '之' || isUnitZh(next) && !isLargeZh(next) {
		return false
	}
	return end > from+1 || c[from] != '一' || !strings.ContainsRune("起直下定样般些个同边旦共切", next) || next == 0
}
