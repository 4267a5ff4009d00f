package written

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

var units = map[string]int{ //nolint:gochecknoglobals // a table
	"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
	"nineteen": 19,
}

var tens = map[string]int{ //nolint:gochecknoglobals // a table
	"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

// scales are the powers of ten a number may be multiplied with.
var scales = map[string]int{ //nolint:gochecknoglobals // a table
	"thousand": 3, "lakh": 5, "million": 6, "crore": 7, "billion": 9, "trillion": 12, "quadrillion": 15, "quintillion": 18,
	"sextillion": 21, "septillion": 24,
}

// small is the largest number that stays a word when it stands alone.
const small = 12

// upTo99 reads twenty five, nineteen or seven at j of something that begins at i.
func (l line) upTo99(i, j int) (value, end int, ok bool) {
	w := l.seq(i, j)
	if v, ok := units[w]; ok {
		return v, j + 1, true
	}
	v, ok := tens[w]
	if !ok {
		return 0, j, false
	}
	if u, ok := units[l.at(j+1)]; ok && u > 0 && u < 10 {
		return v + u, j + 2, true
	}
	return v, j + 1, true
}

// upTo9999 reads two hundred and fifty, eleven hundred or what upTo99 reads.
func (l line) upTo9999(i, j int) (value, end int, ok bool) {
	v, k, ok := l.upTo99(i, j)
	if w := l.seq(i, j); !ok && w == "a" && (l.at(j+1) == "hundred" || l.at(j+1) == "thousand") {
		v, k, ok = 1, j+1, true
	}
	if !ok || l.at(k) != "hundred" || v == 0 {
		return v, k, ok
	}
	v, k = v*100, k+1
	if low, end, ok := l.upTo99(i, l.skipAnd(k)); ok && low > 0 && l.at(end) != "hundred" {
		return v + low, end, true
	}
	return v, k, true
}

// skipAnd is k, or the token after it when it is "and".
func (l line) skipAnd(k int) int {
	if l.at(k) == "and" {
		return k + 1
	}
	return k
}

// amount is a number as it is written.
type amount struct {
	text  string // digits, with a sign and a decimal point
	scale string // million and the like, as said; "" where the digits hold it all
	end   int    // the token after it
	whole int    // its value where it is a plain whole number below a billion, else -1
	said  int    // how many words it was said with
}

func (a amount) String() string {
	if a.scale != "" {
		return a.text + " " + a.scale
	}
	return a.text
}

// one says that the number counts a single thing.
func (a amount) one() bool { return a.text == "1" && a.scale == "" }

// cardinal reads a whole number. A single million or more that closes it is kept as a word.
func (l line) cardinal(i int) (amount, bool) {
	total, last, parts := new(big.Int), 1<<10, 0
	scale := ""
	k := i
	for {
		from := k
		if parts > 0 {
			from = l.skipAnd(k)
		}
		v, end, ok := l.upTo9999(i, from)
		if !ok || parts > 0 && v == 0 {
			break
		}
		power := scales[l.at(end)]
		if power == 0 {
			if last < 3 || parts > 0 && v > 999 || l.at(end) == "hundred" {
				break
			}
			total.Add(total, big.NewInt(int64(v)))
			k, scale, parts = end, "", parts+1
			break
		}
		if power >= last || v == 0 {
			break
		}
		part := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), nil)
		total.Add(total, part.Mul(part, big.NewInt(int64(v))))
		if scale = ""; parts == 0 && power >= 6 && power != 7 {
			scale = l[end].raw
		}
		k, last, parts = end+1, power, parts+1
	}
	if parts == 0 {
		return amount{}, false
	}
	a := amount{text: total.String(), end: k, whole: -1, said: k - i}
	if total.IsInt64() && total.Int64() < 1e9 {
		a.whole = int(total.Int64())
	}
	if scale != "" {
		v, _, _ := l.upTo9999(i, i)
		a.text, a.scale = strconv.Itoa(v), scale
	}
	return a, true
}

// amount reads a number with its sign and decimals: minus sixty point two, two and a half million.
func (l line) amount(i int) (amount, bool) {
	sign, k := "", i
	if w := l.first(i); w == "minus" || w == "negative" {
		sign, k = "-", i+1
		if l.at(k) == "" {
			return amount{}, false
		}
	}
	a, ok := l.cardinal(k)
	if !ok {
		a = amount{end: k, whole: -1}
		if l.seq(i, k) != "point" || !ok && pointers[l.before(k)] {
			return amount{}, false
		}
	}
	if l.seq(i, a.end) == "point" && a.scale == "" {
		if d, end := l.decimals(a.end + 1); d != "" {
			a.text, a.end, a.whole, ok = a.text+"."+d, end, -1, true
			for l.at(a.end) == "point" { // a version: two point one point four
				d, end := l.decimals(a.end + 1)
				if d == "" {
					break
				}
				a.text, a.end = a.text+"."+d, end
			}
			a = l.scaled(a)
		}
	} else if part, end := l.andPart(a.end); part != "" && a.scale == "" {
		a.text, a.end, a.whole = a.text+part, end, -1
		a = l.scaled(a)
	}
	a.text, a.said = sign+a.text, a.end-i
	if sign != "" {
		a.whole = -1
	}
	return a, ok
}

// pointers are words before "point" that make it a noun.
var pointers = words("this that the a an one some any what which every each no first last good bad main my your his her their") //nolint:gochecknoglobals // a table

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// scaled adds a thousand, million and so on that multiplies a decimal.
func (l line) scaled(a amount) amount {
	if scales[l.at(a.end)] > 0 {
		a.scale = l[a.end].raw
		a.end++
	}
	return a
}

// andPart reads "and a half", "and a quarter" and "and three quarters" as decimals.
func (l line) andPart(k int) (string, int) {
	if l.at(k) != "and" {
		return "", k
	}
	switch l.at(k+1) + " " + l.at(k+2) {
	case "a half":
		return ".5", k + 3
	case "a quarter":
		return ".25", k + 3
	case "three quarters":
		return ".75", k + 3
	}
	return "", k
}

// decimals reads what follows a point: digits one by one, or a number such as twenty five.
func (l line) decimals(k int) (string, int) {
	var b strings.Builder
	for {
		d, end := l.digits(k, k-1)
		if d == "" {
			return b.String(), k
		}
		if len(d) > 1 && b.Len() > 0 && l.at(k) != "double" && l.at(k) != "triple" {
			return b.String(), k
		}
		b.WriteString(d)
		k = end
	}
}

// digits reads one step of a number that is said in digits, of something that begins at i: seven, oh, double seven,
// seventeen, seventy one.
func (l line) digits(j, i int) (string, int) {
	w := l.seq(i, j)
	switch w {
	case "o", "oh":
		return "0", j + 1
	case "double", "triple", "treble":
		n := 2
		if w != "double" {
			n = 3
		}
		next := l.at(j + 1)
		if next == "o" || next == "oh" {
			next = "zero"
		}
		if v, ok := units[next]; ok && v < 10 {
			return strings.Repeat(strconv.Itoa(v), n), j + 2
		}
		return "", j
	}
	if v, end, ok := l.upTo99(i, j); ok {
		return strconv.Itoa(v), end
	}
	return "", j
}

// number writes decimals and whole numbers above twelve.
func number(l line, i int) (string, int, bool) {
	a, ok := l.amount(i)
	if !ok || a.said == 1 && a.whole >= 0 && a.whole <= small {
		return "", i, false
	}
	return a.String(), a.end, true
}

// between writes two or three hundred as 200 or 300, and two to three million as 2 to 3 million.
func between(l line, i int) (string, int, bool) {
	low, k, ok := l.upTo99(i, i)
	link := l.at(k)
	if !ok || low < 1 || low > 9 || link != "or" && link != "to" || k != i+1 {
		return "", i, false
	}
	high, k, ok := l.upTo99(i, k+1)
	if !ok || high <= low || high > 9 || l.counts(k+1) || l.at(k+1) == "and" {
		return "", i, false
	}
	switch w := l.at(k); {
	case w == "hundred":
		return fmt.Sprintf("%d %s %d", low*100, link, high*100), k + 1, true
	case w == "thousand":
		return fmt.Sprintf("%d %s %d", low*1000, link, high*1000), k + 1, true
	case scales[w] > 0:
		return fmt.Sprintf("%d %s %d %s", low, link, high, l[k].raw), k + 1, true
	}
	return "", i, false
}

// short writes two ninety nine as 299, where it can be no time of day.
func short(l line, i int) (string, int, bool) {
	h, k, ok := l.upTo99(i, i)
	if !ok || h < 1 || h > 9 || l.digitBefore(i) {
		return "", i, false
	}
	low, end, ok := l.upTo99(i, k)
	return fmt.Sprintf("%d%02d", h, low), end, ok && low >= 60 && end == k+2 && !l.counts(end)
}
