package redact

import (
	"fmt"
	"regexp"
	"strings"
)

// run is a series of digit tokens that belong together.
type run struct {
	digits     string
	starts     []int // places in digits where a token starts
	start, end int   // bytes
	years      bool  // every token is a year
}

// numbers finds the runs that must be masked.
func numbers(s string, rs []run, h hint) []Span {
	var out []Span
	for _, r := range rs {
		kind, mask := classify(r)
		if kind == Number && (len(r.digits) <= h.idle || ofThing(s, r.start)) {
			continue
		}
		if kind != "" {
			start := withPlus(s, r.start)
			if kind == Number {
				start = withLetters(s, start)
			}
			out = append(out, Span{kind, start, withSounds(s, r.end), mask})
		}
	}
	return out
}

// lastSounds are words at the end of a turn that were digits: "five five five oh one for ate".
var lastSounds = words(`^(?:[\s,]+(?:to|too|for|fore|ate|won|tree))+[\s.,!?]*$`)

// lastScale ends a number like "fifty one hundred".
var lastScale = words(`^ (?:hundred|thousand)\b`)

// firstSound is one before a number.
var firstSound = words(`\b(?:tree|won|ate|fore|too)\s+$|[要夭]$`)

// withSounds is the end of a number that ends at i together with what was misheard of it.
func withSounds(s string, i int) int {
	if m := lastScale.FindString(s[i:]); m != "" {
		i += len(m)
	}
	if m := lastSounds.FindStringIndex(s[i:]); m != nil {
		return i + len(strings.TrimRight(s[i:i+m[1]], " .,!?"))
	}
	return i
}

// plusBefore is the word for the sign before a number.
var plusBefore = words(`(?:^| )plus *$`)

// withPlus is where a number begins that has a plus in front.
func withPlus(s string, i int) int {
	if k := foundBefore(firstSound, s, i); k >= 0 {
		i = k
	}
	if k := foundBefore(plusBefore, s, i); k >= 0 {
		return k + len(s[k:i]) - len(strings.TrimLeft(s[k:i], " "))
	}
	return i
}

// lettersBefore are letters and digits that stand before a long number and belong to it: "GB twenty nine, N W B K".
var lettersBefore = regexp.MustCompile(`(?:(?:^|[\s,，]+)(?:[A-Z]{1,2}|(?i:[b-hj-z])|(?i:double|triple|oh|zero|nought|` + onesEN + `|` + tensEN + `)(?:[ -](?i:` + onesEN + `))?|\d{1,4}))+[\s,，]+$`)

// withLetters is where a number that begins at i begins together with the letters before it, two of them at least.
func withLetters(s string, i int) int {
	from := foundBefore(lettersBefore, s, i)
	if from < 0 {
		return i
	}
	letters := 0
	for w := range strings.FieldsFuncSeq(s[from:i], func(r rune) bool { return strings.ContainsRune(" ,，\t\n", r) }) {
		if len(w) <= 2 && !isASCIIDigit(w[0]) {
			letters += len(w)
		}
	}
	if letters < 2 {
		return i
	}
	return i - len(strings.TrimLeft(s[from:i], " ,，\t\n"))
}

// runs joins digit tokens over separators that may stand inside a number.
func runs(tokens []token) []run {
	var out []run
	var cur run
	last, joint := 0, glue
	flush := func() {
		if cur.digits != "" {
			out = append(out, cur)
		}
		cur, last, joint = run{years: true}, 0, glue
	}
	flush()
	for i, t := range tokens {
		switch t.kind {
		case digits:
			if t.homophone && last > 2 { // "from 2000 to 2005"
				flush()
				continue
			}
			if t.homophone && (cur.digits == "" || !digitFollows(tokens[i+1:])) {
				joint = max(joint, hard)
				continue
			}
			if joint == soft && (last > 6 || len(t.digits) > 6) {
				flush()
			}
			cur.add(t)
			last, joint = len(t.digits), glue
		case letterX:
			if len(cur.digits) == 17 {
				cur.digits += "X"
				cur.end = t.end
			}
			flush()
		case hard, soft:
			joint = max(joint, t.kind)
		default:
			flush()
		}
	}
	flush()
	return out
}

// mostSounds is how many digits in a row may have been misheard as words.
const mostSounds = 3

func digitFollows(tokens []token) bool {
	sounds := 0
	for _, t := range tokens {
		switch t.kind {
		case digits:
			if !t.homophone {
				return true
			}
			if sounds++; sounds >= mostSounds {
				return false
			}
		case breaks, letterX:
			return false
		}
	}
	return false
}

func (r *run) add(t token) {
	if r.digits == "" {
		r.start = t.start
	}
	r.years = r.years && len(t.digits) == 4 && (strings.HasPrefix(t.digits, "19") || strings.HasPrefix(t.digits, "20"))
	// "forty one" is 41
	if n := len(r.digits); t.ones && n > 1 && r.digits[n-1] == '0' && r.digits[n-2] >= '2' && r.starts[len(r.starts)-1] == n-2 && t.afterTens {
		r.digits = r.digits[:n-1] + t.digits
	} else {
		r.starts = append(r.starts, n)
		r.digits += t.digits
	}
	r.end = t.end
}

// classify says what a run is, "" when it may stay.
func classify(r run) (Kind, string) {
	d := once(r.digits)
	if validID(d) {
		return ID, "[id]"
	}
	if validCard(d) {
		return Card, cardMask(d)
	}
	if len(d) < minRun {
		return "", ""
	}
	for _, from := range r.starts { // a card with an expiry date or the like behind it
		for _, n := range []int{16, 15, 19, 18, 17, 14, 13} {
			if from+n <= len(d) && validCard(d[from:from+n]) && endsToken(r, from+n) {
				return Card, cardMask(d[from : from+n])
			}
		}
		if from+18 <= len(d) && validID(d[from:from+18]) {
			return ID, "[id]"
		}
	}
	if r.years {
		return "", ""
	}
	if mobile(d) {
		return Phone, MaskOf(Phone)
	}
	return Number, "[number]"
}

// once is d, or a half of it where it was said twice.
func once(d string) string {
	if n := len(d) / 2; n >= minRun && d[:n] == d[n:] {
		return d[:n]
	}
	return d
}

// mobile reports whether d is a mobile number of the Chinese mainland, with or without the country's code.
func mobile(d string) bool {
	for _, code := range []string{"", "86", "0086"} {
		if n, ok := strings.CutPrefix(d, code); ok && len(n) == 11 && n[0] == '1' && n[1] >= '3' {
			return true
		}
	}
	return false
}

// telephone reports whether d is as long as a telephone number and begins as one that is dialled within a country.
func telephone(d string) bool { return mobile(d) || len(d) > minRun && d[0] == '0' }

func endsToken(r run, at int) bool {
	if at == len(r.digits) {
		return true
	}
	for _, s := range r.starts {
		if s == at {
			return true
		}
	}
	return false
}

func cardMask(d string) string { return fmt.Sprintf("[card ••%s]", d[len(d)-2:]) }

// validCard reports whether d has 13 to 19 digits, begins as cards do and passes Luhn's check: what is on a tin has 13, and no 4 in front.
func validCard(d string) bool {
	if len(d) < 13 || len(d) > 19 || d[0] < '2' || d[0] > '6' || len(d) == 13 && d[0] != '4' {
		return false
	}
	sum := 0
	for i := range len(d) {
		c := d[len(d)-1-i]
		if c < '0' || c > '9' {
			return false
		}
		v := int(c - '0')
		if i%2 == 1 {
			v *= 2
			if v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// validID reports whether d is a Chinese identity number: 17 digits and the check digit of ISO 7064 MOD 11-2, with a
// birth date that can be one.
func validID(d string) bool {
	if len(d) != 18 {
		return false
	}
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		if d[i] < '0' || d[i] > '9' {
			return false
		}
		sum += w * int(d[i]-'0')
	}
	century, month, day := d[6:8], d[10:12], d[12:14]
	if century != "18" && century != "19" && century != "20" || month < "01" || month > "12" || day < "01" || day > "31" {
		return false
	}
	return d[17] == "10X98765432"[sum%11]
}
