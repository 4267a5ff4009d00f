package written

import (
	"strings"
	"unicode/utf8"
)

// run reads digits said one after another, in singles, doubles and pairs, of something that begins at i.
func (l line) run(j, i int) (digits string, end int, pairs bool) {
	var b strings.Builder
	for {
		d, next := l.digits(j, i)
		if d == "" {
			return b.String(), j, pairs
		}
		if w := l.at(next); w == "hundred" && len(d) == 1 { // as in oh seven nine hundred
			d, next, pairs = d+"00", next+1, true
		} else if w == "point" || scales[w] > 0 || w == "hundred" {
			return b.String(), j, pairs
		}
		_, single := units[l.seq(i, j)]
		pairs = pairs || !single && len(d) > 1 && l.seq(i, j) != "double" && l.seq(i, j) != "triple"
		b.WriteString(d)
		j, i = next, j
	}
}

// digitRun writes telephone numbers and references: from three digits on when said one by one,
// from six on when in pairs.
func digitRun(l line, i int) (string, int, bool) {
	country, k := "", i
	if l.first(i) == "plus" {
		c, end := l.digits(i+1, i)
		second, after := l.digits(end, i)
		if len(c) == 1 && len(second) == 1 && c != "1" && c != "7" {
			c, end = c+second, after
		}
		if c == "" || len(c) > 2 {
			return "", i, false
		}
		country, k = "+"+c+" ", end
	}
	if l.seq(i, k) == "hundred" || l.digitBefore(i) {
		return "", i, false
	}
	d, end, pairs := l.run(k, i)
	if len(d) < 3 || pairs && len(d) < 6 || end-k < 2 || country != "" && len(d) < 7 {
		return "", i, false
	}
	if l.before(i) == "is" && (l.first(i-2) == "ssn" || l.first(i-2) == "number" && l.first(i-3) == "security") && len(d) == 9 {
		return d[:3] + "-" + d[3:5] + "-" + d[5:], end, true
	}
	if l.accounted(i) {
		return country + d, end, true
	}
	if strings.HasPrefix(country, "+44") && len(d) == 10 && d[0] == '7' {
		return country + d[:4] + " " + d[4:], end, true
	}
	return country + grouped(d, country != ""), end, true
}

// owned are words that announce a number other than that of a telephone.
var owned = words("account account's card card's order reference policy booking customer ticket invoice parcel tracking id iban ssn") //nolint:gochecknoglobals // a table

// accounted says that one of these was said shortly before i.
func (l line) accounted(i int) bool {
	for k := max(0, i-8); k < i; k++ {
		if owned[l[k].word] {
			return true
		}
	}
	return false
}

// grouped parts the digits of a telephone number.
func grouped(d string, abroad bool) string {
	switch {
	case len(d) == 10:
		return d[:3] + "-" + d[3:6] + "-" + d[6:]
	case len(d) == 11 && strings.HasPrefix(d, "0"):
		return d[:5] + " " + d[5:]
	case len(d) == 11 && d[0] != '1' && !abroad, len(d) == 11 && strings.HasPrefix(d, "1800"):
		return d[:1] + " " + d[1:4] + "-" + d[4:7] + "-" + d[7:]
	}
	return d
}

// dotted writes the number of a computer: one two three dot one two three dot o dot four o.
func dotted(l line, i int) (string, int, bool) {
	var parts []string
	for j := i; ; {
		d, end, _ := l.run(j, i)
		if d == "" || len(d) > 3 {
			return "", i, false
		}
		parts = append(parts, d)
		if len(parts) == 4 {
			return strings.Join(parts, "."), end, true
		}
		if l.at(end) != "dot" {
			return "", i, false
		}
		j = end + 1
	}
}

// serial writes letters and digits said one by one: a b nine, five w k r a three one.
func serial(l line, i int) (string, int, bool) {
	if i > 0 && l[i].joined && (l[i-1].word == "" || utf8.RuneCountInString(l[i-1].word) == 1) || l.first(i) == "i" {
		return "", i, false
	}
	if d, _ := l.digits(i+1, i); l.first(i) == "a" && d != "" {
		return "", i, false // an article
	}
	var b strings.Builder
	letters, figures, k := 0, 0, i
	for k-i < longest {
		w := l.seq(i, k)
		if utf8.RuneCountInString(w) == 1 && (w != "o" || k == i || utf8.RuneCountInString(l.at(k-1)) == 1) {
			b.WriteString(l[k].raw)
			letters++
			k++
			continue
		}
		d, end := l.digits(k, i)
		if n, hend, ok := l.upTo9999(i, k); ok && hend > end { // three hundred
			return "", i, n < 0
		}
		if three, tend := l.threeDigits(i, k); tend > end {
			d, end = three, tend
		}
		if d == "" || l.at(end) == "hundred" || l.at(end) == "point" || scales[l.at(end)] > 0 {
			break
		}
		b.WriteString(d)
		figures++
		k = end
	}
	if letters == 0 || figures == 0 || k-i < 2 || letters == 1 && l.onlyTail(i, k) {
		return "", i, false
	}
	return b.String(), k, true
}

// threeDigits reads three eighty six as 386.
func (l line) threeDigits(i, k int) (string, int) {
	a, end := l.digits(k, i)
	b, after := l.digits(end, i)
	if len(a) == 1 && len(b) == 2 && l.at(end) != "double" {
		return a + b, after
	}
	return "", k
}

// onlyTail says that the one letter of a serial is its last word, where it may begin what comes next (twenty a day); 4k,
// 5g and 1080p are known.
func (l line) onlyTail(i, k int) bool {
	w := l.seq(i, k-1)
	return utf8.RuneCountInString(w) == 1 && w != "p" && w != "k" && w != "g"
}
