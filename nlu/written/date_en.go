package written

import (
	"fmt"
	"strconv"
	"strings"
)

var months = words("january february march april may june july august september october november december") //nolint:gochecknoglobals // a table

// yearAt reads nineteen eighty four, twenty twelve, nineteen oh five, two thousand and nine, eighteen hundred.
func (l line) yearAt(i, j int) (int, int, bool) {
	century, k, ok := l.upTo99(i, j)
	if ok && century >= 10 {
		if w := l.at(k); w == "o" || w == "oh" {
			if v, end, ok := l.upTo99(i, k+1); ok && v > 0 && v < 10 && !l.counts(end) {
				return century*100 + v, end, true
			}
		}
		if v, end, ok := l.upTo99(i, k); ok && v >= 10 && l.at(k) != "" && !l.counts(end) {
			return century*100 + v, end, true
		}
	}
	a, ok := l.cardinal(j)
	if ok && a.scale == "" && a.whole >= 1000 && a.whole < 3000 && a.said > 1 {
		return a.whole, a.end, true
	}
	return 0, j, false
}

// counts says that the word at k makes the number before it a larger one.
func (l line) counts(k int) bool {
	w := l.at(k)
	_, unit := units[w]
	return unit || w == "hundred" || w == "point" || scales[w] > 0 || tens[w] > 0
}

func year(l line, i int) (string, int, bool) {
	v, end, ok := l.yearAt(i, i)
	return strconv.Itoa(v), end, ok && tens[l.before(i)] == 0 && !l.counts(end)
}

var decades = map[string]int{ //nolint:gochecknoglobals // a table
	"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90,
}

// decade writes nineteen eighties as 1980s.
func decade(l line, i int) (string, int, bool) {
	century, k, ok := l.upTo99(i, i)
	if !ok || century < 10 || century > 30 {
		return "", i, false
	}
	w := l.at(k)
	if w == "hundreds" && century%10 != 0 {
		return strconv.Itoa(century*100) + "s", k + 1, true
	}
	d := decades[w]
	return strconv.Itoa(century*100+d) + "s", k + 1, d > 0
}

// date writes a day and a month, with or without a year, in the order they were said.
func date(l line, i int) (string, int, bool) {
	if months[l.first(i)] {
		return l.monthFirst(i)
	}
	k := i
	if l.first(i) == "the" {
		k++
	}
	day, end, ok := 0, 0, false
	if k == i || l.at(k) != "" {
		day, end, ok = l.ordinalAt(k)
	}
	if l.at(end) == "of" {
		end++
	}
	if !ok || day < 1 || day > 31 || !months[l.at(end)] {
		return "", i, false
	}
	s := strconv.Itoa(day) + " " + l[end].raw
	if y, yend, ok := l.yearAt(i, end+1); ok && l.at(end+1) != "" {
		return s + " " + strconv.Itoa(y), yend, true
	}
	return s, end + 1, true
}

// monthFirst reads july twenty fifth twenty twelve, june thirty, october nineteen oh five.
func (l line) monthFirst(i int) (string, int, bool) {
	k := i + 1
	if l.at(k) == "the" {
		k++
	}
	if l.at(k) == "" {
		return "", i, false
	}
	month := l[i].raw
	y, yend, isYear := l.yearAt(i, k)
	day, end, ok := l.ordinalAt(k)
	plain := false
	if !ok {
		// may and march are words of their own, so a bare number after them says too little
		day, end, ok = l.upTo99(i, k)
		plain = true
		if w := l.first(i); (w == "may" || w == "march") && day <= small {
			ok = false
		}
	}
	ok = ok && day >= 1 && day <= 31
	if ok {
		if y2, yend2, isYear2 := l.yearAt(i, end); isYear2 && l.at(end) != "" && (!isYear || yend2 > yend) {
			return fmt.Sprintf("%s %d %d", month, day, y2), yend2, true
		}
	}
	if isYear && k == i+1 {
		return fmt.Sprintf("%s %d", month, y), yend, true
	}
	if !ok || plain && (l.counts(end) || l.at(end) == "percent") {
		return "", i, false
	}
	return fmt.Sprintf("%s %d", month, day), end, true
}

// quarter writes second quarter of twenty twenty two as Q2 2022.
func quarter(l line, i int) (string, int, bool) {
	v, k, ok := l.ordinalAt(i)
	if !ok || v < 1 || v > 4 || l.at(k) != "quarter" {
		return "", i, false
	}
	if l.at(k+1) == "of" {
		k++
	}
	y, end, ok := l.yearAt(i, k+1)
	return fmt.Sprintf("Q%d %d", v, y), end, ok && l.at(k+1) != ""
}

// era writes a year before or after the common era: seven fifty b c.
func era(l line, i int) (string, int, bool) {
	y, k, ok := l.yearAt(i, i)
	if h, end, short := l.upTo99(i, i); short && !ok && h > 0 {
		if low, after, pair := l.upTo99(i, end); pair && low >= 10 && l.at(end) != "" {
			y, k, ok = h*100+low, after, true
		}
	}
	if a, whole := l.cardinal(i); whole && !ok && a.whole > 0 && a.scale == "" {
		y, k, ok = a.whole, a.end, true
	}
	if !ok {
		return "", i, false
	}
	for _, e := range []string{"b c e", "c e", "b c", "a d", "bce", "bc", "ad"} {
		if end, ok := l.says(k, e); ok && (e != "ad" || l[k].raw == "AD") {
			return strconv.Itoa(y) + strings.ToUpper(strings.ReplaceAll(e, " ", "")), end, true
		}
	}
	return "", i, false
}
