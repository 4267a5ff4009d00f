package redact

import (
	"regexp"
	"strings"
)

const (
	monthEN = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`
	onesEN  = `(?:one|two|three|four|five|six|seven|eight|nine)`
	numEN   = `(?:\d{1,2}|(?:twenty|thirty)(?:[ -]` + onesEN + `)?|` + onesEN + `|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)`
	ordEN   = `(?:\d{1,2}(?:st|nd|rd|th)?|(?:twenty|thirty)[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|` +
		`(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth|` + numEN + `)`
	tensEN = `(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)`
	yearEN = `(?:(?:19|20)?\d{2}|'\d{2}|(?:19|20) \d{2}|(?:19|20)\d \d|nineteen[ -](?:hundred(?: and)?|oh|o)?[ -]?(?:` + tensEN + `(?:[ -]` + onesEN + `)?|` + onesEN + `|ten|eleven|twelve|\w+teen)?|` +
		`two thousand(?: and)?(?: ` + numEN + `)?|twenty[ -](?:oh[ -])?(?:` + numEN + `)|` + tensEN + `[ -]` + onesEN + `)`
	sepEN = `[\s,.\-]*(?:of |in |the )*`
	numZH = `[〇零一二三四五六七八九十两\d]`
)

// dateShapes are dates as they are written and said. Those of the first list name a month or have the shape of a date
// and may stand for a date of birth wherever one was announced; those of the second are only numbers.
var dateShapes = []*regexp.Regexp{
	words(`\b(?:the )?` + ordEN + sepEN + monthEN + `\b(?:` + sepEN + yearEN + `\b)?`),
	words(`\b` + monthEN + `\b` + sepEN + ordEN + `\b(?:` + sepEN + yearEN + `\b)?`),
	words(`\b` + monthEN + sepEN + `(?:19|20)\d{2}\b`),
	words(`\b\d{1,4}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{2,4}\b`),
	words(`\b(?:the )?` + ordEN + ` (?:of )?(?:the )?` + ordEN + `[\s,]+(?:of )?(?:` + yearEN + `)\b`),
	words(numZH + `{2,4}年(?:的)?(?:农历|阴历)?` + numZH + `{1,3}月(?:份)?(?:的)?(?:` + numZH + `{1,3}(?:号|日)?)?`),
	words(`(?:农历|阴历)?` + numZH + `{1,2}月(?:份)?` + numZH + `{1,3}(?:号|日)`),
	words(numZH + `{2,4}年(?:的)?(?:农历|阴历)?(?:腊月|正月|冬月|` + numZH + `{1,3}月)(?:初|廿|二十)?` + numZH + `{1,3}`),
	words(`(?:腊月|正月|冬月)(?:初|廿)?` + numZH + `{1,3}`),
}

var bareDates = []*regexp.Regexp{
	words(`\b\d{1,2}(?:st|nd|rd|th)?[\s,]+\d{1,2}[\s,]+(?:19|20)?\d{2}\b`),
	words(`\b(?:19|20)\d{6}\b|\b\d{8}\b|\b\d{6}\b`),
	words(`(?:一九|二零|二〇)` + numZH + `{2}` + `[\s，,年]*` + numZH + `{1,4}[\s，,月]*` + numZH + `{0,3}`),
	words(`\b(?:19|20)\d{2}\b`),
	words(numZH + `{2,4}年`),
	words(numZH + `{1,2}月(?:份)?` + numZH + `{1,3}`),
}

var (
	birthCue    = words(`\b(?:date of birth|birth ?date|birth ?day|d\.?\s?o\.?\s?b\b\.?|born|birth)\b|出生日期|出生年月日?|出生于|出生|生日|生于`)
	birthBehind = words(`^(?:的)?[\s,，]*(?:出生|生的|(?:是|就是)(?:我|他|她|孩子|本人)?(?:的)?(?:生日|出生)|is (?:my|his|her|the|our) (?:birthday|date of birth|dob)|i was born|was when i was born|that's my (?:birthday|date of birth))`)
)

// ownBefore are those of whom 我八八年二月十四号的 tells when they were born.
var ownBefore = regexp.MustCompile(`(?:我|本人|他|她|孩子|老公|老婆|爱人|儿子|女儿|妈妈|爸爸)是?$`)

// births finds dates of birth: dates after a word that announces one, or before "出生", or in the answer to a question.
func births(l look, asked bool) []Span {
	s := l.s
	if !asked && !l.any("birth born dob d.o.b 生 的") {
		return nil
	}
	if !l.numbers && !l.any("jan feb mar apr may jun jul aug sep oct nov dec th first second third 月") {
		return nil
	}
	var out []Span
	take := func(from int) {
		at := skip(s, from)
		for _, list := range [][]*regexp.Regexp{dateShapes, bareDates} {
			for _, re := range list {
				m := re.FindStringIndex(s[at:])
				if m == nil || m[0] > 12 || strings.ContainsAny(s[at:at+m[0]], ".。!?！？") {
					continue
				}
				start := at + m[0]
				if strings.HasSuffix(strings.ToLower(s[:start]), "the ") {
					start -= len("the ")
				}
				out = append(out, Span{Birth, start, at + m[1], MaskOf(Birth)})
				return
			}
		}
	}
	if asked {
		take(0)
		if len(out) == 0 {
			for _, re := range dateShapes {
				for _, m := range re.FindAllStringIndex(s, -1) {
					out = append(out, Span{Birth, m[0], m[1], MaskOf(Birth)})
				}
			}
		}
	}
	for _, m := range birthCue.FindAllStringIndex(s, -1) {
		take(m[1])
	}
	if !l.any("birth born dob 生 月") {
		return out
	}
	for _, re := range dateShapes {
		for _, m := range re.FindAllStringIndex(s, -1) {
			if birthBehind.MatchString(s[m[1]:]) {
				out = append(out, Span{Birth, m[0], m[1], MaskOf(Birth)})
			}
		}
	}
	for _, re := range dateShapes {
		for _, m := range re.FindAllStringIndex(s, -1) {
			if ownBefore.MatchString(upTo(s, m[0])) && strings.HasPrefix(s[m[1]:], "的") && ends(s, m[1]+len("的")) {
				out = append(out, Span{Birth, m[0], m[1], MaskOf(Birth)})
			}
		}
	}
	for _, m := range bareDates[4].FindAllStringIndex(s, -1) {
		if strings.HasPrefix(s[m[1]:], "出生") || strings.HasPrefix(s[m[1]:], "生的") {
			out = append(out, Span{Birth, m[0], m[1], MaskOf(Birth)})
		}
	}
	return out
}
