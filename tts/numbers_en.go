package tts

import (
	"strconv"
	"strings"
)

const (
	smallNumbers = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
	tensNumbers  = "twenty thirty forty fifty sixty seventy eighty ninety"
	scales       = "thousand million billion trillion quadrillion"
)

func under20(n int) string { return strings.Fields(smallNumbers)[n] }

func under100(n int) string {
	if n < 20 {
		return under20(n)
	}
	s := strings.Fields(tensNumbers)[n/10-2]
	if n%10 > 0 {
		s += "-" + under20(n%10)
	}
	return s
}

func under1000(n int) string {
	if n < 100 {
		return under100(n)
	}
	s := under20(n/100) + " hundred"
	if n%100 > 0 {
		s += " " + under100(n%100)
	}
	return s
}

// cardinal says a string of digits, with commas or not, as a number; one too long for that digit by digit.
func cardinal(digits string) string {
	digits = onlyDigits(digits)
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return "zero"
	}
	names := append([]string{""}, strings.Fields(scales)...)
	if len(digits) > 3*len(names) {
		return spellDigits(digits)
	}
	var words []string
	for len(digits) > 0 {
		head := (len(digits)-1)%3 + 1
		n, _ := strconv.Atoi(digits[:head])
		digits = digits[head:]
		if n > 0 {
			words = append(words, under1000(n))
			if scale := names[len(digits)/3]; scale != "" {
				words = append(words, scale)
			}
		}
	}
	return strings.Join(words, " ")
}

// decimal says a number such as 1,234.50.
func decimal(s string) string {
	whole, frac, ok := strings.Cut(s, ".")
	if whole == "" {
		whole = "0"
	}
	if !ok || frac == "" {
		return cardinal(whole)
	}
	return cardinal(whole) + " point " + spellDigits(frac)
}

// spellDigits says digit after digit, with short rests in a long run.
func spellDigits(s string) string {
	var said []string
	for _, part := range chunks(s) {
		var words []string
		for _, c := range part {
			words = append(words, under20(int(c-'0')))
		}
		said = append(said, strings.Join(words, " "))
	}
	return strings.Join(said, ", ")
}

// ordinal says 21 as twenty-first.
func ordinal(digits string) string {
	s := cardinal(digits)
	cut := strings.LastIndexAny(s, " -") + 1
	head, tail := s[:cut], s[cut:]
	switch tail {
	case "one":
		tail = "first"
	case "two":
		tail = "second"
	case "three":
		tail = "third"
	case "five":
		tail = "fifth"
	case "eight":
		tail = "eighth"
	case "nine":
		tail = "ninth"
	case "twelve":
		tail = "twelfth"
	default:
		if strings.HasSuffix(tail, "y") {
			tail = strings.TrimSuffix(tail, "y") + "ie"
		}
		tail += "th"
	}
	return head + tail
}

// year says a year of four digits: 2024 is twenty twenty-four, 1905 nineteen oh five, 2005 two thousand five.
func year(digits string) string {
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 4 {
		return cardinal(digits)
	}
	high, low := n/100, n%100
	switch {
	case n%1000 < 10:
		return cardinal(digits)
	case low == 0:
		return under100(high) + " hundred"
	case low < 10:
		return under100(high) + " oh " + under20(low)
	}
	return under100(high) + " " + under100(low)
}

// spokenGroups says groups of digits with a short rest between them.
func spokenGroups(groups []string) string {
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = spellDigits(g)
	}
	return strings.Join(said, ", ")
}

// letterwise says a mixed token such as B2B, A4 or X120: letters one by one, numbers up to 99 as numbers.
func letterwise(s string) string {
	var out []string
	for len(s) > 0 {
		n := 0
		isDigit := s[0] >= '0' && s[0] <= '9'
		for n < len(s) && (s[n] >= '0' && s[n] <= '9') == isDigit {
			n++
		}
		part := s[:n]
		s = s[n:]
		switch {
		case isDigit && (len(part) > 2 || part[0] == '0'):
			out = append(out, spellDigits(part))
		case isDigit:
			out = append(out, cardinal(part))
		case strings.ToUpper(part) == part && !sayable(part):
			out = append(out, strings.Join(strings.Split(part, ""), " "))
		default:
			out = append(out, part)
		}
	}
	return strings.Join(out, " ")
}

// sayable reports whether capitals look like a word (COVID) and not like letters (FNBAUS).
func sayable(s string) bool {
	first := strings.IndexAny(s, "AEIOU")
	return len(s) > 4 && first >= 0 && first <= 2 && strings.ContainsAny(s[first+1:], "AEIOU")
}
