package entity

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

var (
	monthNames = strings.Fields("january february march april may june july august september october november december")

	ordinals = strings.Fields("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
)

// part is a number or a month of a date that was said.
type part struct {
	digits string // of a number; "" for a month
	month  int
}

// Birth reads a date of birth out of what a recogniser heard when it was asked for: "the fourth of the first eighty nine",
// "27th of the 9th 1979", "2203 1935", "June the thirtieth nineteen sixty two", 1979-09-27. Numbers alone are day, month and
// year in this order, unless they fit only as month and day. Heard are the recogniser's versions, the likeliest first. A
// date after now is none, and years of two figures are of the last hundred years. False where no version can be read.
func Birth(now time.Time, heard ...string) (time.Time, bool) {
	var best time.Time
	least := tooFar + 1
	for rank, text := range heard {
		if rank*soundsSo >= least {
			break
		}
		if t, cost, ok := birth(now, parts(text)); ok && cost+rank*soundsSo < least {
			best, least = t, cost+rank*soundsSo
		}
	}
	return best, !best.IsZero()
}

// parts are the numbers and months of text; other words are left out.
func parts(text string) []part {
	var out []part
	ws := saidIn(text)
	for i := 0; i < len(ws) && len(out) < wordsRead; {
		w := ws[i].text
		if m := monthOf(w); m > 0 {
			out = append(out, part{month: m})
			i++
			continue
		}
		if d, n := numberIn(ws[i:]); n > 0 {
			out = append(out, part{digits: d})
			i += n
			continue
		}
		i++
	}
	return joinYears(out)
}

// monthOf is 1 to 12 for the name of a month or its first three letters, else 0.
func monthOf(w string) int {
	for i, m := range monthNames {
		if w == m || len(w) == 3 && strings.HasPrefix(m, w) || w == "sept" && i == 8 {
			return i + 1
		}
	}
	return 0
}

// numberIn reads a number at the beginning of ws, in figures or words, cardinal or ordinal, and thousands ("two thousand
// and five", "nineteen hundred").
func numberIn(ws []said) (string, int) {
	w := ws[0].text
	if d := strings.TrimRight(w, "stndrh"); d != "" && !strings.ContainsFunc(d, func(r rune) bool { return !unicode.IsDigit(r) || r > '9' }) && len(w)-len(d) <= 2 {
		return d, 1
	}
	if rest, ok := strings.CutPrefix(w, "o"); ok && len(rest) > 0 && strings.Trim(rest, "0123456789") == "" {
		return "0" + rest, 1
	}
	if i := index(ordinals, w); i > 0 {
		return strconv.Itoa(i), 1
	}
	if i := index([]string{"twentieth", "thirtieth"}, w); i >= 0 {
		return strconv.Itoa(20 + 10*i), 1
	}
	if i := index(tens, w); i >= 0 && len(ws) > 1 {
		if k := index(ordinals[:10], ws[1].text); k > 0 {
			return strconv.Itoa(20 + 10*i + k), 2
		}
	}
	d, n := small(ws)
	if n == 0 {
		if w == "oh" || w == "o" {
			return "0", 1
		}
		if s := soundsLike[w]; s != "" && w != "for" {
			return s, 1
		}
		return "", 0
	}
	if len(ws) > n && (ws[n].text == "thousand" || ws[n].text == "hundred") {
		scale := map[string]int{"thousand": 1000, "hundred": 100}[ws[n].text]
		v, _ := strconv.Atoi(d)
		v, n = v*scale, n+1
		k := n
		if len(ws) > k && ws[k].text == "and" {
			k++
		}
		if len(ws) > k {
			if low, m := small(ws[k:]); m > 0 {
				x, _ := strconv.Atoi(low)
				v, n = v+x, k+m
			}
		}
		return strconv.Itoa(v), n
	}
	return d, n
}

// joinYears mends years that recognisers write in two: "1960 2" of nineteen sixty two, "19 79", "19 0 5".
func joinYears(ps []part) []part {
	n := len(ps)
	digits := func(back int) string {
		if back > n {
			return ""
		}
		return ps[n-back].digits
	}
	century := func(s string) bool { return s == "19" || s == "20" }
	switch last := digits(1); {
	case n > 2 && len(digits(2)) == 4 && digits(2)[3] == '0' && len(last) == 1 && last != "0":
		return append(slices.Clone(ps[:n-2]), part{digits: digits(2)[:3] + last})
	case n > 3 && century(digits(2)) && len(last) == 2:
		return append(slices.Clone(ps[:n-2]), part{digits: digits(2) + last})
	case n > 4 && century(digits(3)) && len(digits(2)) == 1 && len(last) == 1:
		return append(slices.Clone(ps[:n-3]), part{digits: digits(3) + digits(2) + last})
	}
	return ps
}

// birth makes a date of its parts; the cost says how far-fetched it is.
func birth(now time.Time, ps []part) (time.Time, int, bool) {
	at := slices.IndexFunc(ps, func(p part) bool { return p.month > 0 })
	if at >= 0 {
		return named(now, ps, at)
	}
	return numbers(now, ps)
}

// named reads a date with the name of its month, which is part at.
func named(now time.Time, ps []part, at int) (time.Time, int, bool) {
	month := ps[at].month
	before, after := ps[:at], slices.Clone(ps[at+1:])
	var day string
	cost := asSaid
	switch {
	case len(before) > 0:
		day = before[len(before)-1].digits
		cost += perhaps * (len(before) - 1)
	case len(after) > 1:
		day, after = after[0].digits, after[1:]
	case len(after) == 1 && len(after[0].digits) > 4: // June 301962
		day, after = after[0].digits[:len(after[0].digits)-4], []part{{digits: after[0].digits[len(after[0].digits)-4:]}}
	}
	if len(after) > 1 && inFull(after[0].digits) == month { // 16th May, the 5th, 1927
		after = after[1:]
	}
	var year strings.Builder
	for _, p := range after {
		year.WriteString(p.digits)
	}
	if len(after) > 1 {
		cost += soundsSo
	}
	y, more, ok := yearOf(now, year.String())
	if !ok {
		return time.Time{}, 0, false
	}
	t, ok := dateOf(now, y, month, inFull(day))
	return t, cost + more, ok
}

// numbers reads a date of numbers alone. Where one number ends and the next begins need not be as it was heard.
func numbers(now time.Time, ps []part) (time.Time, int, bool) {
	var all strings.Builder
	ends := map[int]bool{}
	for _, p := range ps {
		all.WriteString(p.digits)
		ends[all.Len()] = true
	}
	s := all.String()
	if len(s) < 4 || len(s) > 12 {
		return time.Time{}, 0, false
	}
	year := 0 // where it begins, when it was heard as one
	if last := ps[len(ps)-1].digits; len(ps) > 1 && len(last) == 4 && (last[:2] == "19" || last[:2] == "20") {
		year = len(s) - len(last)
	}
	if len(ps[0].digits) == 4 && len(s) >= 6 && len(ps) == 3 { // 1979-09-27
		if y, _, ok := yearOf(now, ps[0].digits); ok {
			t, ok := dateOf(now, y, inFull(ps[1].digits), inFull(ps[2].digits))
			return t, asSaid, ok
		}
	}
	var best time.Time
	least := tooFar + 1
	for i := 1; i < len(s)-1; i++ {
		for j := i + 1; j < len(s); j++ {
			if year > 0 && j != year {
				continue
			}
			a, more, okA := short(s[:i])
			b, evenMore, okB := short(s[i:j])
			y, most, okY := yearOf(now, s[j:])
			if !okA || !okB || !okY {
				continue
			}
			cost := more + evenMore + most
			if !ends[i] && len(s[:i]) != 2 {
				cost += soundsSo
			}
			if !ends[j] && len(s[i:j]) != 2 {
				cost += soundsSo
			}
			t, ok := dateOf(now, y, b, a)
			if !ok {
				t, ok = dateOf(now, y, a, b)
				cost += soundsSo
			}
			if ok && cost < least {
				best, least = t, cost
			}
		}
	}
	return best, least, least <= tooFar
}

// short reads a day or a month; noughts more than it has make it less likely.
func short(s string) (v, cost int, ok bool) {
	bare := strings.TrimLeft(s, "0")
	if rest := strings.TrimRight(bare, "0"); len(bare) > 2 {
		bare, cost = rest, soundsSo
	}
	if bare == "" || len(bare) > 2 || len(s) > 4 {
		return 0, 0, false
	}
	return inFull(bare), cost + soundsSo*max(0, len(s)-2), true
}

// yearOf reads a year of four or two figures.
func yearOf(now time.Time, s string) (year, cost int, ok bool) {
	cost = asSaid
	if len(s) == 5 && s[0] == '0' { // what follows a nought that was said with the month
		s, cost = s[1:], soundsSo
	}
	y := inFull(s)
	switch {
	case len(s) == 4 && y > 1880:
		return y, cost, true
	case len(s) == 2:
		y += 1900
		if y+100 <= now.Year() {
			y += 100
		}
		return y, soundsSo, true
	}
	return 0, 0, false
}

// inFull is the value of figures, 0 where they are too many.
func inFull(s string) int {
	v, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return v
}

// dateOf is a day of the calendar that is not after now.
func dateOf(now time.Time, y, m, d int) (time.Time, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, m >= 1 && m <= 12 && d >= 1 && t.Day() == d && int(t.Month()) == m && !t.After(now)
}
