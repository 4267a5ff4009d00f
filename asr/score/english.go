package score

import (
	"regexp"
	"strconv"
	"strings"
)

// number is a written number with what may stand around it: a currency sign, groups of thousands, a fraction, and one
// of st, nd, rd, th, s, %.
var number = regexp.MustCompile(`([$£€¥])?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(st|nd|rd|th|s|%)?`)

// clock is a time of day: 9:05, 10:30.
var clock = regexp.MustCompile(`\b(\d{1,2}):(\d{2})\b`)

// commas is a run of digits with commas in it.
var commas = regexp.MustCompile(`\d+(?:,\d+)+`)

// thousands is such a run whose commas part thousands.
var thousands = regexp.MustCompile(`^\d{1,3}(?:,\d{3})+$`)

// ungroup takes the commas out of what is no number with thousands separators: a telephone number written in groups.
func ungroup(s string) string {
	return commas.ReplaceAllStringFunc(s, func(m string) string {
		if thousands.MatchString(m) && len(m) <= len("999,999,999") {
			return m
		}
		return strings.ReplaceAll(m, ",", "")
	})
}

// speakEnglish writes the numbers of an English text as words: 42 forty two, 1998 nineteen ninety eight, $5.20 five
// dollars twenty, 3rd third, 10:30 ten thirty, 8% eight percent. Numbers of five digits and more without separators, and
// ones with a leading zero, are read digit by digit.
func speakEnglish(s string) string {
	s = clock.ReplaceAllStringFunc(s, speakClock)
	return number.ReplaceAllStringFunc(s, func(m string) string {
		p := number.FindStringSubmatch(m)
		return " " + speakNumber(p[1], p[2], p[3], p[4]) + " "
	})
}

func speakClock(m string) string {
	h, minutes, _ := strings.Cut(m, ":")
	hour, _ := strconv.Atoi(h)
	minute, _ := strconv.Atoi(minutes)
	switch {
	case minute == 0:
		return " " + cardinal(hour) + " "
	case minute < 10:
		return " " + cardinal(hour) + " oh " + cardinal(minute) + " "
	default:
		return " " + cardinal(hour) + " " + cardinal(minute) + " "
	}
}

func speakNumber(currency, whole, fraction, suffix string) string {
	plain := strings.ReplaceAll(whole, ",", "")
	grouped := plain != whole
	n, err := strconv.Atoi(plain)
	long := !grouped && (len(plain) >= 5 || len(plain) > 1 && plain[0] == '0')
	if err != nil || n > 999_999_999_999 || long && currency == "" && suffix == "" {
		return digits(plain) + point(fraction)
	}
	switch suffix {
	case "st", "nd", "rd", "th":
		return ordinal(n)
	case "s":
		return plural(year(n))
	}
	unit := map[string]string{"$": "dollar", "£": "pound", "€": "euro", "¥": "yuan"}[currency]
	if unit != "" {
		return money(n, fraction, unit)
	}
	words := cardinal(n)
	if !grouped && fraction == "" && suffix == "" && len(plain) == 4 {
		words = year(n)
	}
	words += point(fraction)
	if suffix == "%" {
		words += " percent"
	}
	return words
}

func money(n int, fraction, unit string) string {
	if n != 1 && unit != "yuan" {
		unit += "s"
	}
	words := cardinal(n) + " " + unit
	if cents, err := strconv.Atoi(strings.TrimPrefix(fraction, ".")); err == nil && cents > 0 {
		words += " " + cardinal(cents)
	}
	return words
}

func point(fraction string) string {
	if fraction == "" {
		return ""
	}
	return " point " + digits(fraction[1:])
}

const (
	ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
		"seventeen eighteen nineteen"
	tens = "- - twenty thirty forty fifty sixty seventy eighty ninety"
)

func word(list string, i int) string { return strings.Fields(list)[i] }

func digits(s string) string {
	var out []string
	for _, r := range s {
		out = append(out, word(ones, int(r-'0')))
	}
	return strings.Join(out, " ")
}

// cardinal says n >= 0.
func cardinal(n int) string {
	for _, unit := range []struct {
		size int
		name string
	}{{1_000_000_000, "billion"}, {1_000_000, "million"}, {1000, "thousand"}, {100, "hundred"}} {
		if n >= unit.size {
			s := cardinal(n/unit.size) + " " + unit.name
			if n%unit.size > 0 {
				s += " " + cardinal(n%unit.size)
			}
			return s
		}
	}
	if n < 20 {
		return word(ones, n)
	}
	if n%10 == 0 {
		return word(tens, n/10)
	}
	return word(tens, n/10) + " " + word(ones, n%10)
}

// year says a number of four digits as years are said.
func year(n int) string {
	switch {
	case n < 1100 || n > 2099 || n%1000 == 0 || n >= 2000 && n < 2010:
		return cardinal(n)
	case n%100 == 0:
		return cardinal(n/100) + " hundred"
	case n%100 < 10:
		return cardinal(n/100) + " oh " + cardinal(n%100)
	default:
		return cardinal(n/100) + " " + cardinal(n%100)
	}
}

// ordinal says 1st, 2nd, 21st.
func ordinal(n int) string {
	words := strings.Fields(cardinal(n))
	last := words[len(words)-1]
	switch {
	case strings.HasSuffix(last, "y"):
		last = last[:len(last)-1] + "ieth"
	default:
		irregular := map[string]string{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
			"nine": "ninth", "twelve": "twelfth"}
		if o, ok := irregular[last]; ok {
			last = o
		} else {
			last += "th"
		}
	}
	words[len(words)-1] = last
	return strings.Join(words, " ")
}

// plural says 90s, 1980s.
func plural(words string) string {
	if strings.HasSuffix(words, "y") {
		return words[:len(words)-1] + "ies"
	}
	if strings.HasSuffix(words, "x") {
		return words + "es"
	}
	return words + "s"
}
