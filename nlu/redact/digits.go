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
func numbers(s string) []Span {
	var out []Span
	for _, r := range runs(lex(s)) {
		kind, mask := classify(r)
		if kind != "" {
			out = append(out, Span{kind, withPlus(s, r.start), r.end, mask})
		}
	}
	return out
}

// withPlus is where a number begins that has a plus in front.
func withPlus(s string, i int) int {
	before := strings.TrimRight(s[:i], " ")
	if low := strings.ToLower(before); low == "plus" || strings.HasSuffix(low, " plus") {
		return len(before) - len("plus")
	}
	return i
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

func digitFollows(tokens []token) bool {
	for _, t := range tokens {
		switch t.kind {
		case digits:
			return !t.homophone
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
	d := r.digits
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
		return Phone, maskOf(Phone)
	}
	return Number, "[number]"
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

// validCard reports whether d has 13 to 19 digits and passes Luhn's check.
func validCard(d string) bool {
	if len(d) < 13 || len(d) > 19 || strings.Trim(d, "0") == "" {
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

// Addresses as they are written, and as they are said: "john dot smith at mail dot com", 张三艾特邮箱点com.
var (
	writtenEmail = regexp.MustCompile(`(?:[A-Za-z0-9._%+\-]+\p{Han}{0,3}|\p{Han}{1,3})\s?[@＠]\s?[\p{L}\p{N}\-]+(?:\s?[.．]\s?[\p{L}\p{N}\-]+)+`)
	spokenEmail  = regexp.MustCompile(`(?i)` + spokenLocal + `\s+at(?:\s+sign)?\s+(?:[a-z0-9\-]+\s+){1,3}dot\s+(?:[a-z]+\s+dot\s+)?[a-z]{2,}\b`)
	spokenDomain = regexp.MustCompile(`(?i)` + spokenLocal + `\s+at\s+[a-z0-9\-]+\.(?:com|net|org|cn|co|edu|io|uk)\b`)
	chineseEmail = regexp.MustCompile(`(?i)(?:[a-z0-9零一二三四五六七八九幺]\s)*[a-z0-9._\-零一二三四五六七八九幺]+\s*(?:艾特|圈a|小老鼠)\s*` +
		`[a-z0-9\-零一二三四五六七八九]+\s*(?:点|\.)\s*[a-z]+(?:\s*(?:点|\.)\s*[a-z]+)?`)
)

// spokenLocal is what stands before the "at": single letters, then words joined by "dot" and the like.
const spokenLocal = `\b(?:[a-z0-9]\s+)*[a-z0-9._\-]+(?:\s+(?:dot|underscore|dash|hyphen)\s+(?:[a-z0-9]\s+)*[a-z0-9._\-]+)*`

func emails(s string) []Span {
	var out []Span
	for _, re := range []*regexp.Regexp{spokenEmail, spokenDomain, chineseEmail, writtenEmail} {
		for _, m := range re.FindAllStringIndex(s, -1) {
			start := m[0] + len(s[m[0]:m[1]]) - len(strings.TrimLeft(s[m[0]:m[1]], " \t\n.-"))
			if re != writtenEmail {
				start = localFrom(s, start)
			}
			out = append(out, Span{Email, start, m[1], "[email]"})
		}
	}
	return out
}

var (
	localToken  = regexp.MustCompile(`(?:^|[^'’A-Za-z0-9._\-])([A-Za-z0-9._\-零一二三四五六七八九幺]+)\s*$`)
	localJoiner = map[string]bool{"dot": true, "underscore": true, "dash": true, "hyphen": true, "点": true}
)

// localFrom is where the local part of an address begins of which the last word begins at i: numbers, single letters and
// what is joined to it by "dot" and the like belong to it.
func localFrom(s string, i int) int {
	joined := false
	if first := strings.FieldsFunc(s[i:], func(r rune) bool { return r == ' ' }); len(first) > 0 {
		joined = localJoiner[strings.ToLower(first[0])] || localPart(first[0]) || strings.Trim(first[0], hanDigits+"幺") == ""
	}
	for i > 0 && s[i-1] == ' ' {
		w := ""
		if m := localToken.FindStringSubmatch(s[:i]); m != nil {
			w = m[1]
		}
		low := strings.ToLower(w)
		switch {
		case w == "":
			return i
		case localJoiner[low]:
			joined = true
		case localPart(w):
			joined = true
		case joined && !notName[low]:
			joined = false
		default:
			return i
		}
		i = len(strings.TrimRight(s[:i], " ")) - len(w)
	}
	return i
}

// localPart reports whether a word is a number or a letter, which a local part is spelled with.
func localPart(w string) bool {
	low := strings.ToLower(w)
	return english[low] != "" || len(w) == 1 && low != "a" && low != "i" || strings.Trim(w, "0123456789") == "" || strings.Trim(w, "零一二三四五六七八九幺") == ""
}
