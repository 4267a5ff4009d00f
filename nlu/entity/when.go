package entity

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The kinds of figure that When alone finds, beside Date.
const (
	Time Kind = "time" // of day
	Day  Kind = "day"  // told by the day of the call: tomorrow, last Monday, 下周三
)

const (
	upTo12   = `(?:[01]?\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)`
	ordinal  = `(?:thirty[ -]first|thirtieth|twenty[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|twentieth|(?:six|seven|eigh|nine|thir|four|fif)teenth|twelfth|eleventh|tenth|ninth|eighth|seventh|sixth|fifth|fourth|third|second|first)`
	dayDigit = `(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?`
	short    = `(?:jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?`
	sureName = `(?:january|february|april|june|july|august|september|october|november|december|` + short + `)` // no word beside
	anyName  = `(?:` + sureName + `|march|mar\b\.?|may)`
	ofYear   = `(?:,? (?:(?:19|20)\d\d|twenty (?:twenty|thirty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)\b)?`
	partEN   = `(?: (?:morning|afternoon|evening|night))?`
	behindEN = `(?: (?:in the (?:morning|afternoon|evening)|at night))?`
	fewHan   = `(?:\d{1,2}|[一二两三四五六七八九十廿]{1,3})`
	partZH   = `(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)`
	timeRest = `(?:钟|半|整|一刻|三刻|[零〇]?` + fewHan + `分)`
)

// moments are the ways to tell a time or a day, the more telling first; the group is what is taken.
var moments = []struct { //nolint:gochecknoglobals // compiled once, never changed
	kind Kind
	re   *regexp.Regexp
}{
	{Time, regexp.MustCompile(`\b((?:[01]?\d|2[0-3]):[0-5]\d(?: ?[ap](?:m\b|\.m\.))?` + behindEN + `)`)},
	{Time, regexp.MustCompile(`\b(\d{1,2}(?:\.[0-5]\d)? ?[ap](?:m\b|\.m\.))`)},
	{Time, regexp.MustCompile(`\b(` + upTo12 + `(?: (?:thirty|fifteen|forty[ -]five))? (?:[ap]\.m\.|pm\b))`)},
	{Time, regexp.MustCompile(`\b(?:at|by|around|about|until|till|before|after|from|to) (` + upTo12 + `(?: (?:thirty|fifteen|forty[ -]five))?(?: am\b| in the (?:morning|afternoon|evening)| at night))`)},
	{Time, regexp.MustCompile(`\b(` + upTo12 + ` o(?:'|’)?clock` + behindEN + `)`)},
	{Time, regexp.MustCompile(`\b((?:half past|quarter (?:past|to)|(?:five|ten|twenty|twenty[ -]five) past) ` + upTo12 + `\b` + behindEN + `)`)},
	{Time, regexp.MustCompile(`\b(noon|midday|midnight)\b`)},
	{Time, regexp.MustCompile(`((?:今天)?` + partZH + `?(?:[01]?\d|2[0-3])[:：][0-5]\d)`)},
	{Time, regexp.MustCompile(`((?:今天)?` + partZH + `的?` + fewHan + `点` + timeRest + `?)`)},
	{Time, regexp.MustCompile(`(` + fewHan + `点` + timeRest + `)`)},
	{Date, regexp.MustCompile(`\b(\d{4}-\d{2}-\d{2})\b`)},
	{Date, regexp.MustCompile(`\b(\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2}))\b`)},
	{Date, regexp.MustCompile(`\b((?:the )?(?:` + dayDigit + ` ` + anyName + `|(?:` + dayDigit + `|` + ordinal + `) of ` + anyName + `|` + ordinal + ` ` + sureName + `)\b` + ofYear + `)`)},
	{Date, regexp.MustCompile(`\b((?:` + anyName + ` (?:` + dayDigit + `|the ` + ordinal + `)|` + sureName + ` ` + ordinal + `|` + anyName + ` the ` + dayDigit + `)\b` + ofYear + `)`)},
	{Date, regexp.MustCompile(`((?:(?:\d{4}|[零〇一二三四五六七八九]{4})年|[今明去]年)?` + fewHan + `月(?:份的?)?` + fewHan + `[日号])`)},
	{Day, regexp.MustCompile(`\b((?:(?:this|next|last|coming) )?(?:mon|tues|wednes|thurs|fri|satur|sun)day` + partEN + `)\b`)},
	{Day, regexp.MustCompile(`\b(the day (?:after tomorrow|before yesterday)|(?:tomorrow|yesterday)` + partEN + `|this (?:morning|afternoon|evening)|tonight|last night|(?:this|next|last) (?:week|weekend|month))\b`)},
	{Day, regexp.MustCompile(`((?:上上|下下|[上下这本])个?(?:周|星期|礼拜)[一二三四五六日天末]?` + partZH + `?)`)},
	{Day, regexp.MustCompile(`((?:周|星期|礼拜)[一二三四五六日天末]` + partZH + `?)`)},
	{Day, regexp.MustCompile(`((?:大后天|后天|大前天|前天|昨天|明天)` + partZH + `?|今早|今晚|昨晚|明早|今天` + partZH + `|[上下]个月)`)},
	{bareDay, regexp.MustCompile(`\b((?:the )?(?:` + ordinal + `|\d{1,2}(?:st|nd|rd|th)))\b`)},
	{bareDay, regexp.MustCompile(`(` + fewHan + `[日号])`)},
}

// bareDay is a Date of which only the day of the month was said.
const bareDay Kind = "bare"

var (
	dayDigits = regexp.MustCompile(`\d{1,2}`)
	// dayEnds follows a day that is told by its number alone: nothing that is counted by it.
	dayEnds = regexp.MustCompile(`^(?:\s*$|\s*[,.;:!?，。；！？、…-]|\s+(?:please|instead|then|at|and|not|to|till|until|or|if|because|but|so|in the|of (?:this|next|last) month|would|is|was|will|works?)\b|(?:的|之?[前后]|以[前后]|到|至|那天|要|去|来|上午|下午|早上|晚上|中午|吧|行|可以|就|给|发|出|寄|买|订|送|付|下|收|才|都|没|还|再|左右|不|啊|呢|吗))`)
	mayBe   = regexp.MustCompile(`^ (?:be|have|not|need|also|come|take|get|or)\b`)
)

// When returns the dates, days and times of day in s, written or spoken out, in order. A date of which only the day of the
// month was said (the fourteenth, 十四号) has it for a Value: whether it is meant for a date, what was said before it tells.
func When(s string) []Figure {
	low := lower(s)
	taken := make([]bool, len(low))
	var out []Figure
	for _, m := range moments {
		for _, at := range m.re.FindAllStringSubmatchIndex(low, -1) {
			f := Figure{Kind: m.kind, Text: s[at[2]:at[3]], From: at[2], To: at[3]}
			if !stands(&f, low) || m.kind == bareDay && !f.day(low) {
				continue
			}
			out = append(out, free([]Figure{f}, taken)...)
		}
	}
	slices.SortFunc(out, func(a, b Figure) int { return cmp.Compare(a.From, b.From) })
	return out
}

// stands reports whether what stands beside f in low makes nothing else of it: part of a longer number, a count, a word.
func stands(f *Figure, low string) bool {
	last, _ := utf8.DecodeLastRuneInString(low[:f.From])
	first := low[f.From]
	if first >= '0' && first <= '9' && (last >= '0' && last <= '9' || last == '.' || last == '/' || last == ':') {
		return false
	}
	text, behind := low[f.From:f.To], low[f.To:]
	switch {
	case strings.HasSuffix(text, " may") && mayBe.MatchString(behind):
		return false // the second may be broken
	case strings.HasPrefix(text, "周"), strings.HasPrefix(text, "星期"), strings.HasPrefix(text, "礼拜"):
		return !strings.ContainsRune("一二两三四五六七八九十几每个0123456789", last) // 两周一次
	case !strings.Contains(text, "月") && hanFirst(text) && last == '第':
		return false
	}
	return behind == "" || behind[0] != '/' && (behind[0] != '.' || len(behind) < 2 || behind[1] < '0' || behind[1] > '9')
}

func hanFirst(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("一二两三四五六七八九十廿", r)
}

// day reads a bare day of the month, false where it is none.
func (f *Figure) day(low string) bool {
	f.Kind = Date
	text := strings.TrimPrefix(low[f.From:f.To], "the ")
	if !dayEnds.MatchString(low[f.To:]) || strings.HasPrefix(low[f.To:], "号") {
		return false
	}
	if last, _ := utf8.DecodeLastRuneInString(low[:f.From]); strings.ContainsRune("一二三四五六七八九十百千零〇月年单编账", last) {
		return false
	}
	if d := dayDigits.FindString(text); d != "" {
		f.Value, _ = Value(d)
	} else if han := strings.TrimRight(text, "日号"); han != text {
		f.Value, _ = Value(strings.ReplaceAll(han, "廿", "二十"))
	} else {
		f.Value = ordinalValue(text)
		if len(text) == f.To-f.From && f.Value <= 3 { // the house first
			return false
		}
	}
	return f.Value >= 1 && f.Value <= 31
}

// ordinalValue reads first to thirty-first.
func ordinalValue(s string) float64 {
	v := 0.0
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == '-' }) {
		for i, o := range strings.Fields("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth") {
			if w == o {
				v += float64(i + 1)
			}
		}
		switch w {
		case "twenty":
			v += 20
		case "thirty", "thirtieth":
			v += 30
		}
	}
	return v
}
