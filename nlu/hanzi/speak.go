package hanzi

import (
	"strconv"
	"strings"
)

const spoken = "零一二三四五六七八九"

// Speak is n as it is said: 123 is 一百二十三, 10 is 十, 2000 is 两千, -5 is 负五.
func Speak(n int64) string {
	if n == 0 {
		return "零"
	}
	var b strings.Builder
	u := uint64(n)
	if n < 0 {
		b.WriteString("负")
		u = -u
	}
	groups := []uint64{}
	for ; u > 0; u /= 10000 {
		groups = append(groups, u%10000)
	}
	units := []string{"", "万", "亿", "万亿", "亿亿"}
	gap := false
	for i := len(groups) - 1; i >= 0; i-- {
		g := groups[i]
		if g == 0 {
			gap = true
			continue
		}
		first := i == len(groups)-1
		if !first && (gap || g < 1000) {
			b.WriteString("零")
		}
		unit := units[i]
		if i == 3 && groups[2] > 0 {
			unit = "万" // 一万二千亿: 亿 follows
		}
		if g == 2 && i > 0 {
			b.WriteString("两")
		} else {
			b.WriteString(speakGroup(int(g), first))
		}
		b.WriteString(unit)
		gap = false
	}
	return b.String()
}

// speakGroup says 1..9999; first means that nothing was said before, when ten is 十 and not 一十.
func speakGroup(g int, first bool) string {
	var b strings.Builder
	zero := false
	for _, u := range []struct {
		n    int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := g / u.n % 10
		switch {
		case d == 0:
			zero = b.Len() > 0
			continue
		case zero:
			b.WriteString("零")
		}
		zero = false
		switch {
		case d == 2 && u.n >= 1000:
			b.WriteString("两")
		case d == 1 && u.n == 10 && b.Len() == 0 && first:
		default:
			b.WriteString(digitName(d))
		}
		b.WriteString(u.name)
	}
	return b.String()
}

func digitName(d int) string { return spoken[3*d : 3*d+3] }

// speakDigits says the digits of s one by one: "138" is 一三八. Everything that is no digit is left out.
func speakDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteString(digitName(int(r - '0')))
		}
	}
	return b.String()
}

// SpeakNumbers says every written number inside a Chinese text: 123 is 一百二十三, 3.5 is 三点五, 8% is 百分之八, 1,200 is
// 一千二百. Years (2024年), runs of seven digits or more and numbers with a leading zero are read digit by digit.
func SpeakNumbers(s string) string {
	rs := []rune(s)
	var b strings.Builder
	for i := 0; i < len(rs); {
		if !isDigit(rs[i]) {
			b.WriteRune(rs[i])
			i++
			continue
		}
		whole, part, j := writtenNumber(rs, i)
		percent := j < len(rs) && (rs[j] == '%' || rs[j] == '％')
		if percent {
			b.WriteString("百分之")
			j++
		}
		year := len(whole) == 4 && part == "" && j < len(rs) && rs[j] == '年'
		n, err := strconv.ParseInt(whole, 10, 64)
		if year || err != nil || len(whole) >= 7 && part == "" && !percent || len(whole) > 1 && whole[0] == '0' {
			b.WriteString(speakDigits(whole))
		} else {
			b.WriteString(Speak(n))
		}
		if part != "" {
			b.WriteString("点" + speakDigits(part))
		}
		i = j
	}
	return b.String()
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// writtenNumber reads the number at i: its digits without thousands separators, those after the point, and its end.
func writtenNumber(rs []rune, i int) (whole, part string, end int) {
	var w, p strings.Builder
	j := i
	for j < len(rs) {
		if isDigit(rs[j]) {
			w.WriteRune(rs[j])
			j++
			continue
		}
		if rs[j] != ',' || w.Len() > 3+(j-i)/4 || !threeDigits(rs[j+1:]) {
			break
		}
		j++
	}
	if j+1 < len(rs) && rs[j] == '.' && isDigit(rs[j+1]) && (i == 0 || rs[i-1] != '.') {
		k := j + 1
		for k < len(rs) && isDigit(rs[k]) {
			p.WriteRune(rs[k])
			k++
		}
		if k >= len(rs) || rs[k] != '.' { // 1.2.3 is no decimal
			j = k
		} else {
			p.Reset()
		}
	}
	return w.String(), p.String(), j
}

func threeDigits(rs []rune) bool {
	return len(rs) >= 3 && isDigit(rs[0]) && isDigit(rs[1]) && isDigit(rs[2]) && (len(rs) == 3 || !isDigit(rs[3]))
}
