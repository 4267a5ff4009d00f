package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replyMost is how many words a turn may have to be taken as nothing but the answer to a question.
const replyMost = 16

var (
	replyToken = regexp.MustCompile(`[\p{L}\p{N}'’]+`)
	dateToken  = words(`^(?:` + monthEN + `|` + ordEN + `|\d+(?:st|nd|rd|th)|of|hundred|thousand|oh|` + tensEN + `|nineteen|date|year)$`)
)

// reply is the whole answer to a question for a value when the turn is little else than digits, letters, spelling words
// and parts of a date, however badly they were heard. Without an answer ok is false.
func reply(s string, asked []Kind) (Span, bool) {
	if len(asked) == 0 {
		return Span{}, false
	}
	at := skip(s, 0)
	tokens := replyToken.FindAllStringIndex(s[at:], -1)
	if len(tokens) == 0 || len(tokens) > replyMost {
		return Span{}, false
	}
	coded, solid := 0, 0
	for _, t := range tokens {
		w := strings.ToLower(s[at+t[0] : at+t[1]])
		switch {
		case strings.ContainsFunc(w, unicode.IsDigit), hanNumber(w), english[w] != "", nato[w], utf8.RuneCountInString(w) == 1 && w != "i" && w != "a", times[w] > 0, dateToken.MatchString(w) && w != "of" && w != "date":
			coded, solid = coded+1, solid+1
		case utf8.RuneCountInString(w) <= 3 && !notName[w] || letters[w] || sounds[w] != "" || dateToken.MatchString(w):
			coded++
		}
	}
	if solid == 0 || solid < 2 && len(tokens) > 3 || coded*10 < len(tokens)*6 {
		return Span{}, false
	}
	end := at + tokens[len(tokens)-1][1]
	return Span{asked[0], at + tokens[0][0], end, maskOf(asked[0])}, true
}

// hanNumber reports whether w is digits of a Chinese number read out one by one.
func hanNumber(w string) bool {
	n := 0
	for _, r := range w {
		if hanDigit(r) == "" {
			return false
		}
		n++
	}
	return n >= 3
}
