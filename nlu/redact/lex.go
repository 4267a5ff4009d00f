package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a piece of text does to a run of digits. The order of glue, hard and soft matters: the loosest joint
// between two tokens counts.
type tokenKind int

const (
	glue    tokenKind = iota // nothing between two digits
	hard                     // a space, a dash, a filler: the run goes on
	soft                     // the end of a sentence or a clause: it goes on between short groups only
	digits                   // adds digits
	letterX                  // the last place of an identity number
	breaks                   // ends the run
)

type token struct {
	kind       tokenKind
	digits     string
	start, end int
	ones       bool // a spoken digit 1-9
	afterTens  bool // and the token before was twenty .. ninety
	homophone  bool // "to", "for": a digit only between digits
}

// english are the words that stand for digits.
var english = map[string]string{
	"zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
	"seven": "7", "eight": "8", "nine": "9", "niner": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
	"fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
	"fourty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
}

// sounds are words a recogniser writes for a digit.
var sounds = map[string]string{"to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1", "tree": "3", "sex": "6"}

// times are words that repeat the digit after them.
var times = map[string]int{"double": 2, "triple": 3, "treble": 3, "quadruple": 4}

// between are words that may stand inside a number that is read out.
var between = map[string]bool{
	"uh": true, "um": true, "er": true, "erm": true, "hmm": true, "and": true, "then": true, "dash": true, "hyphen": true, "space": true,
	"next": true, "comma": true, "hundred": true, "thousand": true, "slash": true, "ok": true, "okay": true, "yeah": true, "yes": true,
	"stroke": true, "followed": true, "by": true, "again": true,
}

var betweenHan = []string{"然后", "接着", "横杠", "空格", "后面", "嗯", "呃", "额", "啊", "再", "杠", "哦", "是", "十", "百", "千"}

const hanDigits = "零一二三四五六七八九"

// hanDigit is the digit of a character, "" when it is none.
func hanDigit(r rune) string {
	switch r {
	case '〇', '洞':
		return "0"
	case '幺', '壹', '妖', '腰':
		return "1"
	case '两', '兩', '贰', '貳':
		return "2"
	case '叁', '參':
		return "3"
	case '肆':
		return "4"
	case '伍':
		return "5"
	case '陆', '陸':
		return "6"
	case '柒', '拐':
		return "7"
	case '捌':
		return "8"
	case '玖':
		return "9"
	}
	if i := strings.IndexRune(hanDigits, r); i >= 0 {
		return string(rune('0' + i/3))
	}
	return ""
}

var date = regexp.MustCompile(`(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])(?:[ T]+[012]?\d:[0-5]\d(?::[0-5]\d)?)?|` +
	`(?:3[01]|[12]\d|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])[-/.](?:19|20)\d\d(?:[ T]+[012]?\d:[0-5]\d(?::[0-5]\d)?)?`)

// lexer cuts a text into tokens.
type lexer struct {
	s      string
	dates  [][]int
	tokens []token
	repeat int  // of the next digit
	tens   bool // the last word was twenty .. ninety
}

func lex(s string) []token {
	l := &lexer{s: s, dates: dates(s)}
	for i := 0; i < len(s); {
		i = l.next(i)
	}
	return l.tokens
}

// dates are the written dates that stand by themselves: they are no part of a number.
func dates(s string) [][]int {
	var out [][]int
	for _, m := range date.FindAllStringIndex(s, -1) {
		before := strings.TrimRight(s[:m[0]], " -")
		after := strings.TrimLeft(s[m[1]:], " -")
		if before != "" && isASCIIDigit(before[len(before)-1]) || after != "" && isASCIIDigit(after[0]) {
			continue
		}
		out = append(out, m)
	}
	return out
}

func isASCIIDigit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) emit(k tokenKind, start, end int) int {
	l.tokens = append(l.tokens, token{kind: k, start: start, end: end})
	return end
}

// next adds the token at i and returns its end.
func (l *lexer) next(i int) int {
	for _, d := range l.dates {
		if i >= d[0] && i < d[1] {
			return l.emit(breaks, i, d[1])
		}
	}
	r, n := utf8.DecodeRuneInString(l.s[i:])
	switch {
	case unicode.IsDigit(r):
		return l.written(i)
	case r == 'x' || r == 'X' || r == '×' || r == '叉':
		if end := i + n; end == len(l.s) || !letterAt(l.s[end:]) {
			return l.emit(letterX, i, end)
		}
		return l.word(i)
	case unicode.Is(unicode.Han, r) || r == '〇':
		return l.han(i, r, n)
	case unicode.IsLetter(r):
		return l.word(i)
	default:
		return l.emit(punctuation(l.s[i+n:], r), i, i+n)
	}
}

func letterAt(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) && r < 0x2000
}

func punctuation(after string, r rune) tokenKind {
	switch {
	case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune("-–—‐‑_()（）/+*#·・•'\"“”[]", r):
		return hard
	case strings.ContainsRune("，。；、！!;", r):
		return soft
	case r == ',' || r == '.':
		if next, _ := utf8.DecodeRuneInString(after); unicode.IsDigit(next) {
			return hard
		}
		return soft
	}
	return breaks
}

// written takes a run of decimal digits of any script.
func (l *lexer) written(i int) int {
	var b strings.Builder
	j := i
	for j < len(l.s) {
		r, n := utf8.DecodeRuneInString(l.s[j:])
		if !unicode.IsDigit(r) {
			break
		}
		switch {
		case r >= '０' && r <= '９':
			r -= '０' - '0'
		case r < '0' || r > '9':
			r = '0' // its value does not matter: it is masked for its length
		}
		b.WriteRune(r)
		j += n
	}
	l.add(token{kind: digits, digits: b.String(), start: i, end: j})
	return j
}

func (l *lexer) add(t token) {
	if l.repeat > 1 && len(t.digits) == 1 {
		t.digits = strings.Repeat(t.digits, l.repeat)
		t.ones = false
	}
	t.afterTens = l.tens
	l.repeat, l.tens = 0, false
	l.tokens = append(l.tokens, t)
}

func (l *lexer) han(i int, r rune, n int) int {
	rest := l.s[i:]
	if d := hanDigit(r); d != "" {
		// 三个八: the digit is said three times
		if after, ok := strings.CutPrefix(rest[n:], "个"); ok && d >= "2" && d <= "6" {
			next, m := utf8.DecodeRuneInString(after)
			v := hanDigit(next)
			if next >= '0' && next <= '9' {
				v = string(next)
			}
			if v != "" {
				end := i + n + len("个") + m
				l.tokens = append(l.tokens, token{kind: digits, digits: strings.Repeat(v, int(d[0]-'0')), start: i, end: end})
				return end
			}
		}
		l.tokens = append(l.tokens, token{kind: digits, digits: d, start: i, end: i + n})
		return i + n
	}
	for _, w := range []string{"艾克斯", "爱克斯"} {
		if strings.HasPrefix(rest, w) {
			return l.emit(letterX, i, i+len(w))
		}
	}
	for _, w := range betweenHan {
		if strings.HasPrefix(rest, w) {
			return l.emit(hard, i, i+len(w))
		}
	}
	if d := soundHan[r]; d != "" {
		l.tokens = append(l.tokens, token{kind: digits, digits: d, start: i, end: i + n, homophone: true})
		return i + n
	}
	return l.emit(breaks, i, i+n)
}

// word takes a run of letters.
func (l *lexer) word(i int) int {
	j := i
	for j < len(l.s) {
		r, n := utf8.DecodeRuneInString(l.s[j:])
		if !unicode.IsLetter(r) || unicode.Is(unicode.Han, r) {
			break
		}
		j += n
	}
	w := strings.ToLower(l.s[i:j])
	switch d := english[w]; {
	case d != "":
		tens := len(d) == 2 && d[1] == '0' && d != "10"
		l.add(token{kind: digits, digits: d, start: i, end: j, ones: len(d) == 1 && d != "0"})
		l.tens = tens
	case times[w] > 0:
		l.repeat = times[w]
		l.emit(hard, i, j)
	case sounds[w] != "":
		l.tokens = append(l.tokens, token{kind: digits, digits: sounds[w], start: i, end: j, homophone: true})
	case between[w]:
		l.emit(hard, i, j)
	case w == "ex":
		l.emit(letterX, i, j)
	default:
		l.emit(breaks, i, j)
	}
	return j
}
