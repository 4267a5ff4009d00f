package written

import (
	"fmt"
	"strconv"
	"strings"
)

var ordinals = map[string]int{ //nolint:gochecknoglobals // a table
	"zeroth": 0, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
	"ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
	"sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
	"fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
}

// ordinalAt reads first, twenty first, one hundred and eleventh, two thousandth of something that begins at i.
func (l line) ordinalAt(i int) (value, end int, ok bool) {
	base, k := 0, i
	if a, ok := l.cardinal(i); ok && a.whole > 0 && a.scale == "" {
		base, k = a.whole, a.end
		switch l.at(k) {
		case "hundredth":
			return base * 100, k + 1, base < 100
		case "thousandth":
			return base * 1000, k + 1, base < 1e6
		case "millionth":
			return base * 1e6, k + 1, base < 1000
		}
		if base%10 == 0 {
			k = l.skipAnd(k)
		}
	}
	v, ok := ordinals[l.seq(i, k)]
	room := base == 0 || base%100 == 0 || base >= 20 && base%10 == 0 && base%100 >= 20 && v < 10
	if !ok || v == 0 && base > 0 || !room {
		return 0, i, false
	}
	return base + v, k + 1, true
}

// ordinal writes ordinals; up to ninth they stay words (the first time, wait a second) unless they are all that was said.
func ordinal(l line, i int) (string, int, bool) {
	v, end, ok := l.ordinalAt(i)
	return suffixed(v), end, ok && (v > 9 || len(l) == 1)
}

// suffixed is 21st of 21.
func suffixed(v int) string {
	end := "th"
	if v%100 < 11 || v%100 > 13 {
		switch v % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return strconv.Itoa(v) + end
}

// periods are words before "three quarters" that make these parts of a year.
var periods = words("last next past first previous these those all for over") //nolint:gochecknoglobals // a table

// fraction writes one half, two thirds, three quarters and the like.
func fraction(l line, i int) (string, int, bool) {
	n, k, ok := l.upTo99(i, i)
	if !ok || n == 0 {
		return "", i, false
	}
	w := l.at(k)
	one, plural := strings.TrimSuffix(w, "s"), strings.HasSuffix(w, "s")
	if (n == 1) == plural || w == "quarters" && (n != 3 || periods[l.before(i)]) {
		return "", i, false
	}
	d := ordinals[one]
	switch w {
	case "half":
		d = 2
	case "quarter", "quarters":
		d = 4
	case "second", "seconds":
		return "", i, false
	case "hundredths":
		d = 100
	case "thousandths":
		d = 1000
	}
	if d < 2 || l.at(k+1) == "past" || l.at(k+1) == "to" {
		return "", i, false
	}
	return fmt.Sprintf("%d/%d", n, d), k + 1, true
}
