package quality

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// amount is a number with what it counts.
type amount struct {
	unit  string // money, days, percent, clock, weekday, ""
	value float64
	from  int // byte where it stands in the text it was read from, approximate once numbers were spelt out
}

var small = map[string]float64{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
	"fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

var spelt = func() *regexp.Regexp {
	var all []string
	for w := range small {
		all = append(all, w)
	}
	one := "(?:" + strings.Join(all, "|") + ")"
	return regexp.MustCompile(`\b` + one + `(?:(?:[ -]| and |-hundred and | hundred and | thousand and | hundred | thousand )(?:` + one + `|hundred|thousand))*(?: hundred| thousand)?\b`)
}()

// digits writes the spelt numbers of s with digits.
func digits(s string) string {
	s = hanzi.ParseNumbers(s)
	s = perMille.ReplaceAllStringFunc(s, func(m string) string {
		v, err := strconv.ParseFloat(strings.TrimPrefix(m, "千分之"), 64)
		if err != nil {
			return m
		}
		return strconv.FormatFloat(v/10, 'f', -1, 64) + "%"
	})
	s = roundOne.ReplaceAllString(s, "one $1")
	s = zhSingle.ReplaceAllStringFunc(s, func(m string) string {
		r := []rune(m)
		n, ok := hanzi.ParseNumber(strings.ReplaceAll(string(r[0]), "两", "二"))
		if !ok {
			return m
		}
		return strconv.FormatInt(n, 10) + string(r[1:])
	})
	return spelt.ReplaceAllStringFunc(s, func(m string) string {
		total, cur := 0.0, 0.0
		for _, w := range strings.FieldsFunc(m, func(r rune) bool { return r == ' ' || r == '-' }) {
			switch v, ok := small[w]; {
			case ok:
				cur += v
			case w == "hundred":
				cur = max(cur, 1) * 100
			case w == "thousand":
				total, cur = total+max(cur, 1)*1000, 0
			}
		}
		return strconv.FormatFloat(total+cur, 'f', -1, 64)
	})
}

var (
	perMille = regexp.MustCompile(`千分之\d+(?:\.\d+)?`)
	roundOne = regexp.MustCompile(`\b(?:a|an|first|the) (hundred|thousand)\b`)
	zhSingle = regexp.MustCompile(`[一二两三四五六七八九十](?:元|块|天|日|个?工作日|个?小时|个?钟头|个月|周|星期|分钟|年|点|成|分|毛|角|万|美元)`)
	moneyRE  = regexp.MustCompile(`[£$€¥]\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s?(万)?(?:pounds?|quid|dollars?|euros?|yuan|rmb|gbp|usd|元|块钱?|人民币|美元|pence|cents?|p\b)`)
	percRE   = regexp.MustCompile(`(\d+(?:\.\d+)?)\s?(?:%|per ?cent)`)
	timeRE   = regexp.MustCompile(`(\d+(?:\.\d+)?)(?:\s?(?:to|or|-|–|~|至|到|or so)\s?(\d+(?:\.\d+)?))?[\s-]?(?:个)?(?:full |whole |calendar )?(working days?|business days?|days?|hours?|hrs?|weeks?|months?|minutes?|mins?|years?|工作日|自然日|天|日|小时|钟头|星期|周|礼拜|月|分钟|年)`)
	clockRE  = regexp.MustCompile(`\b(\d{1,2})(?:[:.](\d{2}))?\s?(am|pm|a\.m\.|p\.m\.|o'clock)|(\d{1,2})点(半)?`)
	weekRE   = regexp.MustCompile(`\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:周|星期|礼拜)([一二三四五六日天])`)
)

var (
	// dates and the names of tours hold days that are no length of time: "28日出发", "四日游".
	dates = regexp.MustCompile(`(月|日期[是为:：]?|[改到至于在订])(?:本月|下月|当月|下个月|这个月)?\d{1,2}(?:日|号)(?:[^内之以后游]|$)`)
	tours = regexp.MustCompile(`\d{1,2}(?:日|天)游`)
	// withPence is an amount as it is said: "14 pounds 50".
	withPence = regexp.MustCompile(`\b(\d+) (pounds?|dollars?|euros?|quid) (\d{2})\b`)
	// totals stand before a sum that no fact needs to name.
	totals = pat(`\b(comes? to|in total|total(s|ling)?|altogether|all in|makes|adds up|in all|that's .{0,16} for the)\b`, `一共|总共|合计|共计|加起来|总价`)
)

// amounts are the numbers with a unit in a folded text. Times are days, so that two weeks and 14 days meet.
func amounts(s string) []amount {
	s = dates.ReplaceAllString(tours.ReplaceAllString(digits(s), " "), "$1 ")
	s = withPence.ReplaceAllString(s, "$1.$3 $2")
	var out []amount
	num := func(t string) float64 {
		v, err := strconv.ParseFloat(strings.ReplaceAll(t, ",", ""), 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	for _, m := range moneyRE.FindAllStringSubmatchIndex(s, -1) {
		t := s[max(m[2], m[4]):max(m[3], m[5])]
		v := num(t)
		if m[6] >= 0 {
			v *= 1e4
		}
		if w := s[m[0]:m[1]]; strings.HasSuffix(w, "pence") || strings.HasSuffix(w, "cents") || strings.HasSuffix(w, "p") {
			v /= 100
		}
		out = append(out, amount{"money", v, m[0]})
	}
	for _, m := range percRE.FindAllStringSubmatchIndex(s, -1) {
		out = append(out, amount{"percent", num(s[m[2]:m[3]]), m[0]})
	}
	for _, m := range timeRE.FindAllStringSubmatchIndex(s, -1) {
		f := dayLength(s[m[6]:m[7]])
		out = append(out, amount{"days", num(s[m[2]:m[3]]) * f, m[0]})
		if m[4] >= 0 {
			out = append(out, amount{"days", num(s[m[4]:m[5]]) * f, m[4]})
		}
	}
	for _, m := range clockRE.FindAllStringSubmatch(s, -1) {
		h := num(m[1] + m[4])
		if strings.HasPrefix(m[3], "p") && h < 12 {
			h += 12
		}
		if m[5] != "" {
			h += 0.5
		} else if m[2] != "" {
			h += num(m[2]) / 60
		}
		out = append(out, amount{"clock", h, 0})
	}
	for _, m := range weekRE.FindAllStringSubmatch(s, -1) {
		day := strings.Index("montuewedthufrisatsun", (m[1] + "   ")[:3]) / 3
		if m[1] == "" {
			day = strings.Index("一二三四五六日", strings.ReplaceAll(m[2], "天", "日")) / 3
		}
		out = append(out, amount{"weekday", float64(day), 0})
	}
	return out
}

func dayLength(unit string) float64 {
	switch {
	case strings.HasPrefix(unit, "h"), unit == "小时", unit == "钟头":
		return 1.0 / 24
	case strings.HasPrefix(unit, "min"), unit == "分钟":
		return 1.0 / 1440
	case strings.HasPrefix(unit, "week"), unit == "周", unit == "星期", unit == "礼拜":
		return 7
	case strings.HasPrefix(unit, "month"), unit == "月":
		return 30
	case strings.HasPrefix(unit, "year"), unit == "年":
		return 365
	}
	return 1
}

// of keeps the amounts of a unit.
func of(list []amount, unit string) []amount {
	var out []amount
	for _, a := range list {
		if a.unit == unit {
			out = append(out, a)
		}
	}
	return out
}

// meet reports whether one amount is in both lists.
func meet(a, b []amount) bool {
	for _, x := range a {
		for _, y := range b {
			if x.unit == y.unit && math.Abs(x.value-y.value) <= 1e-6*max(1, math.Abs(x.value)) {
				return true
			}
		}
	}
	return false
}
