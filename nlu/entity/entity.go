// Package entity finds the numbers people say: amounts of money, shares, dates, spans of time and references, written or
// spoken out, in English and Chinese, each with its place and value. It is used where a number must not be made up: a
// summary may only have the numbers of the turn it quotes, and an offer is held against its ceiling.
package entity

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Kind says what a number counts.
type Kind string

// The kinds of figure.
const (
	Money     Kind = "money"
	Percent   Kind = "percent"
	Date      Kind = "date"
	Span      Kind = "span" // of time, in hours
	Reference Kind = "reference"
	Masked    Kind = "masked" // something private that was replaced; its text is the mask
	Plain     Kind = "number"
)

// Figure is one number in a text.
type Figure struct {
	Kind  Kind
	Text  string // as it stands in the text
	From  int    // bytes
	To    int
	Value float64 // money in main units; percent; hours; 0 for dates, references and masks
	Unit  string  // of money: GBP, USD, EUR, CNY or ""
	Code  string  // of references: as it is written, where it was read out letter by letter too
}

const (
	word   = `(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)`
	spelt  = word + `(?:[ -](?:and )?(?:` + word + `|hundred|thousand))*`
	digits = `\d+(?:,\d{3})*(?:\.\d+)?`
	han    = `[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?`
	number = `(?:` + spelt + `|` + digits + `|` + han + `)`
	months = `(?:january|february|march|april|may|june|july|august|september|october|november|december)`
)

// shape is one way to write a kind of figure; the group is the number.
type shape struct {
	kind  Kind
	unit  string
	scale float64
	re    *regexp.Regexp
}

var shapes = []shape{ //nolint:gochecknoglobals // compiled once, never changed
	{Masked, "", 0, regexp.MustCompile(`\[[a-z ]+(?: ••[0-9]+)?\]`)},
	{Percent, "", 1, regexp.MustCompile(`百分之(` + number + `)`)},
	{Percent, "", 1, regexp.MustCompile(`(` + number + `)\s?(?:%|percent\b|per cent\b|个点)`)},
	{Money, "GBP", 1, regexp.MustCompile(`£\s?(` + digits + `)`)},
	{Money, "USD", 1, regexp.MustCompile(`(?:us)?\$\s?(` + digits + `)`)},
	{Money, "EUR", 1, regexp.MustCompile(`€\s?(` + digits + `)`)},
	{Money, "CNY", 1, regexp.MustCompile(`[¥￥]\s?(` + digits + `)`)},
	{Money, "GBP", 1, regexp.MustCompile(`(` + number + `)\s?(?:pounds?\b|quid\b|gbp\b|英镑)`)},
	{Money, "USD", 1, regexp.MustCompile(`(` + number + `)\s?(?:dollars?\b|bucks\b|usd\b|美元|美金)`)},
	{Money, "EUR", 1, regexp.MustCompile(`(` + number + `)\s?(?:euros?\b|eur\b|欧元)`)},
	{Money, "CNY", 10000, regexp.MustCompile(`(` + digits + `)\s?万(?:元|块钱?|人民币)`)},
	{Money, "CNY", 1, regexp.MustCompile(`(` + number + `)\s?(?:yuan\b|rmb\b|cny\b|元|块钱|块|人民币)`)},
	{Date, "", 0, regexp.MustCompile(`(\d{4}-\d{2}-\d{2})`)},
	{Date, "", 0, regexp.MustCompile(`((?:\d{4}年)?(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号])`)},
	{Date, "", 0, regexp.MustCompile(`\b((?:the )?(?:\d{1,2}(?:st|nd|rd|th)?)(?: of)? ` + months + `|` + months + ` (?:the )?\d{1,2}(?:st|nd|rd|th)?)\b`)},
	{Span, "", 24, regexp.MustCompile(`(` + number + `)\s?(?:(?:working |business )?days?\b|个?工作日|天)`)},
	{Span, "", 1, regexp.MustCompile(`(` + number + `)\s?(?:hours?\b|个?小时)`)},
	{Span, "", 168, regexp.MustCompile(`(` + number + `)\s?(?:weeks?\b|个?(?:星期|礼拜)|周)`)},
	{Span, "", 1.0 / 60, regexp.MustCompile(`(` + number + `)\s?(?:minutes?\b|分钟)`)},
	{Span, "", 720, regexp.MustCompile(`(` + number + `)\s?(?:months?\b|个月)`)},
	{Reference, "", 0, regexp.MustCompile(`\b([a-z]{1,5}-?\d[a-z0-9-]{2,}|\d[0-9-]{3,}\d)\b`)},
	{Plain, "", 1, regexp.MustCompile(`(` + digits + `)`)},
}

// Find returns the figures of s in order; where two ways to read overlap, the more telling one stands.
func Find(s string) []Figure {
	low := lower(s)
	if !mayHave(low) {
		return nil
	}
	taken := make([]bool, len(low))
	var out []Figure
	for _, sh := range shapes {
		if sh.kind == Reference {
			out = append(out, free(readOut(s), taken)...)
		}
		for _, m := range sh.re.FindAllStringSubmatchIndex(low, -1) {
			if overlaps(taken, m[0], m[1]) || inWord(low, m[0]) {
				continue
			}
			f := Figure{Kind: sh.kind, Text: s[m[0]:m[1]], From: m[0], To: m[1], Unit: sh.unit}
			if f.Kind == Reference {
				f.Code = f.Text
			}
			if sh.scale != 0 {
				v, ok := Value(low[m[2]:m[3]])
				if !ok {
					continue
				}
				f.Value = math.Round(v*sh.scale*1e6) / 1e6
			}
			for i := m[0]; i < m[1]; i++ {
				taken[i] = true
			}
			out = append(out, f)
		}
	}
	for i := range out { // few: insertion sort keeps it simple
		for j := i; j > 0 && out[j].From < out[j-1].From; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// free are the figures of places that are not taken yet; it takes them.
func free(all []Figure, taken []bool) []Figure {
	var out []Figure
	for _, f := range all {
		if overlaps(taken, f.From, f.To) {
			continue
		}
		for i := f.From; i < f.To; i++ {
			taken[i] = true
		}
		out = append(out, f)
	}
	return out
}

// mayHave is false for a text that surely has no figure: most sentences of a call, which then cost nothing.
func mayHave(low string) bool {
	if strings.ContainsAny(low, "0123456789[零〇一二两三四五六七八九十百千万亿") {
		return true
	}
	for w := range strings.SplitSeq("zero one two three four five six seven eight nine ten eleven twelve teen twenty thirty forty fifty sixty seventy eighty ninety", " ") {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// lower folds ASCII only, so that places in the text stay.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func overlaps(taken []bool, from, to int) bool {
	for _, t := range taken[from:to] {
		if t {
			return true
		}
	}
	return false
}

// inWord reports whether a spelt number is the end of a longer word ("often").
func inWord(s string, at int) bool {
	letter := func(c byte) bool { return c >= 'a' && c <= 'z' }
	return at > 0 && letter(s[at]) && letter(s[at-1])
}

// Value reads a number, written or spoken out.
func Value(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if v, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		return v, true
	}
	if hanzi.HasHan(s) {
		return hanValue(s)
	}
	return speltValue(s)
}

func hanValue(s string) (float64, bool) {
	whole, part, decimal := strings.Cut(strings.ReplaceAll(s, "两", "二"), "点")
	n, ok := hanzi.ParseNumber(whole)
	if !ok {
		return 0, false
	}
	v := float64(n)
	if decimal {
		d, ok := hanzi.Digits(part)
		if !ok {
			return 0, false
		}
		f, err := strconv.ParseFloat("0."+d, 64)
		if err != nil {
			return 0, false
		}
		v += f
	}
	return v, true
}

func speltValue(s string) (float64, bool) {
	small := slices.Concat(ones, teens)
	total, cur, any := 0.0, 0.0, false
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' }) {
		switch i, j := index(small, w), index(tens, w); {
		case i >= 0:
			cur, any = cur+float64(i), true
		case j >= 0:
			cur, any = cur+float64(20+10*j), true
		case w == "hundred":
			cur = max(cur, 1) * 100
		case w == "thousand":
			total, cur = total+max(cur, 1)*1000, 0
		case w == "and":
		default:
			return 0, false
		}
	}
	return total + cur, any
}

// Within reports whether every figure of text is also in source: the same kind and value, or the same characters.
func Within(text, source string) bool {
	have := Find(source)
	low := lower(source)
	for _, f := range Find(text) {
		found := f.Value == 0 && f.Kind != Plain && strings.Contains(low, lower(f.Text))
		for _, h := range have {
			same := h.Value == f.Value && f.Value != 0 && (h.Kind == f.Kind || f.Kind == Plain) && (f.Unit == "" || f.Unit == h.Unit)
			found = found || same || h.Kind == f.Kind && (strings.EqualFold(h.Text, f.Text) || f.Code != "" && plain(h.Code) == plain(f.Code))
		}
		if !found {
			return false
		}
	}
	return true
}
