package llm

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// facts are the numbers, dates and times a text states, each in one form however it was written or spoken.
type facts struct {
	numbers map[string]bool // every number, plain digits
	bare    map[string]bool // numbers without a unit
	counted map[string]bool // number and unit: "3 day"
	dates   map[string]bool // "m5", "5-12" (month and day), "w1" (Monday), "2026-05-12", "t17:30", "today"
}

const spelt = `(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)`

var (
	speltRun = regexp.MustCompile(`\b` + spelt + `(?:[ -](?:and )?(?:` + spelt + `|hundred|thousand)\b)*`)
	number   = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
	phone    = regexp.MustCompile(`\+?\d[\d ()-]{5,}\d`)
	between  = regexp.MustCompile(`(\d)\s*(?:-|–|—|~|to|or|until|till|至|到|或)\s*(\d)`)

	isoDate  = regexp.MustCompile(`\b(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:[日号]|\b)`)
	hanDate  = regexp.MustCompile(`(\d{1,2})月(?:份|(\d{1,2})[日号]?)?`)
	dayMonth = regexp.MustCompile(`\b(?:the )?(\d{1,2})(?:st|nd|rd|th)?(?: of)? (` + monthNames + `)\b`)
	monthDay = regexp.MustCompile(`\b(` + monthNames + `) (?:the )?(\d{1,2})(?:st|nd|rd|th)?\b`)
	month    = regexp.MustCompile(`\b(january|february|march|april|june|july|august|september|october|november|december)\b`)
	weekday  = regexp.MustCompile(`\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)days?\b`)
	hanWeek  = regexp.MustCompile(`(?:周|星期|礼拜)([一二三四五六日天末1-7])`)
	relative = regexp.MustCompile(`\b(?:today|tonight|tomorrow|yesterday|weekends?)\b|今天|今晚|明天|后天|昨天`)
	ampm     = regexp.MustCompile(`\b(\d{1,2})(?:[:.](\d{2}))?\s*(a\.?m\b|p\.?m\b)\.?`)
	clock    = regexp.MustCompile(`\b(\d{1,2}):(\d{2})\b`)
	hanClock = regexp.MustCompile(`(凌晨|早上|上午|中午|下午|傍晚|晚上)?(\d{1,2})[点时](?:(半)|(\d{1,2})分?)?`)
	hanRange = regexp.MustCompile(`[一二两三四五六七八九十](?:到|至|或|-|~)(?:[一二两三四五六七八九十]|\d)`)
	hanUnit  = regexp.MustCompile(`([一二两三四五六七八九十])(个?(?:工作日|小时|分钟|星期|礼拜|月)|天|日|周|年|点|元|块|次|件|折|倍|人|张|笔|条|台|岁|级|成|%)`)

	currency = regexp.MustCompile(`(£|us\$|\$|€|¥|￥)\s?(\d+(?:[.,]\d+)*)`)
	withUnit = regexp.MustCompile(`(\d+(?:[.,]\d+)*)\s*(?:more |full |whole |个)?(` + unitNames + `)`)
)

const (
	monthNames = `january|february|march|april|may|june|july|august|september|october|november|december`
	unitNames  = `(?:working|business) days?\b|workdays?\b|weekdays?\b|工作日|days?\b|天|日|hours?\b|hrs?\b|小时|minutes?\b|mins?\b|分钟|seconds?\b|秒|weeks?\b|周|星期|礼拜|months?\b|个月|月|years?\b|年|` +
		`%|percent\b|per cent\b|pounds?\b|gbp\b|英镑|dollars?\b|usd\b|美元|euros?\b|欧元|yuan\b|rmb\b|cny\b|人民币|元|块钱|块|万元|pence\b|cents?\b|` +
		`kilometres?\b|kilometers?\b|km\b|公里|metres?\b|meters?\b|米|miles?\b|kilos?\b|kilograms?\b|kg\b|公斤|千克|times\b|次|件|折|倍|岁`
)

// unitOf gives the one name of a unit.
func unitOf(s string) string {
	for _, u := range units {
		if u.re.MatchString(s) {
			return u.name
		}
	}
	return s
}

var units = []struct { //nolint:gochecknoglobals // compiled once, never changed
	name string
	re   *regexp.Regexp
}{
	{"workday", regexp.MustCompile(`^(?:(?:working|business) day|workday|weekday|工作日)`)},
	{"day", regexp.MustCompile(`^(?:day|天|日)`)}, {"hour", regexp.MustCompile(`^(?:hour|hr|小时)`)}, {"minute", regexp.MustCompile(`^(?:min|分钟)`)},
	{"second", regexp.MustCompile(`^(?:second|秒)`)}, {"week", regexp.MustCompile(`^(?:week|周|星期|礼拜)`)}, {"month", regexp.MustCompile(`^(?:month|个月|月)`)},
	{"year", regexp.MustCompile(`^(?:year|年)`)}, {"percent", regexp.MustCompile(`^(?:%|percent|per cent)`)}, {"gbp", regexp.MustCompile(`^(?:£|pound|gbp|英镑)`)},
	{"usd", regexp.MustCompile(`^(?:us\$|\$|dollar|usd|美元)`)}, {"eur", regexp.MustCompile(`^(?:€|euro|欧元)`)}, {"wan", regexp.MustCompile(`^万元`)},
	{"cny", regexp.MustCompile(`^(?:¥|￥|yuan|rmb|cny|人民币|元|块)`)}, {"cent", regexp.MustCompile(`^(?:pence|cent)`)}, {"km", regexp.MustCompile(`^(?:kilomet|km|公里)`)},
	{"metre", regexp.MustCompile(`^(?:met|米)`)}, {"mile", regexp.MustCompile(`^mile`)}, {"kg", regexp.MustCompile(`^(?:kilo|kg|公斤|千克)`)}, {"times", regexp.MustCompile(`^(?:times|次)`)},
}

// plainText is s folded, in Simplified characters, with every spoken number in digits.
func plainText(s string) string {
	s = hanzi.Fold(hanzi.Simplify(s))
	s = hanzi.ParseNumbers(s)
	s = hanUnit.ReplaceAllStringFunc(hanRange.ReplaceAllStringFunc(s, firstInDigits), firstInDigits)
	return speltRun.ReplaceAllStringFunc(s, func(m string) string {
		v, ok := entity.Value(m)
		if !ok || m == "one" { // "one of us" counts nothing
			return m
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	})
}

// firstInDigits writes the first character, a Chinese number, in digits.
func firstInDigits(m string) string {
	r := []rune(m)
	if n, ok := hanzi.ParseNumber(strings.ReplaceAll(string(r[0]), "两", "二")); ok {
		return strconv.FormatInt(n, 10) + string(r[1:])
	}
	return m
}

// factsOf reads the facts of a text. What is read as a date or a time is not read as a number again.
func factsOf(text string) facts {
	f := facts{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	s := plainText(text)
	s = f.readDates(s)
	for range 2 { // "3 to 5 to 7 days": each number gets the unit of the last
		s = between.ReplaceAllString(s, "$1 - $2")
	}
	s = spreadUnits(s)
	s = currency.ReplaceAllStringFunc(s, func(m string) string {
		g := currency.FindStringSubmatch(m)
		f.count(g[2], unitOf(g[1]))
		return " "
	})
	for _, p := range phone.FindAllString(s, -1) {
		if d := onlyDigits(p); len(d) >= 7 && !strings.Contains(p, " - ") {
			f.numbers["phone "+d] = true
			if !strings.ContainsAny(p, " ()-") {
				continue
			}
			s = strings.ReplaceAll(s, p, " ")
		}
	}
	s = withUnit.ReplaceAllStringFunc(s, func(m string) string {
		g := withUnit.FindStringSubmatch(m)
		f.count(g[1], unitOf(g[2]))
		return " "
	})
	for _, n := range number.FindAllString(s, -1) {
		n = plainNumber(n)
		f.numbers[n], f.bare[n] = true, true
	}
	return f
}

var ranged = regexp.MustCompile(`(\d+(?:[.,]\d+)*)( - )(\d+(?:[.,]\d+)*\s*(?:more |full |whole |个)?(` + unitNames + `))`)

// spreadUnits gives the first number of a range the unit of the second.
func spreadUnits(s string) string {
	return ranged.ReplaceAllString(s, "$1 $4 $3")
}

func (f *facts) count(n, unit string) {
	n = plainNumber(n)
	f.numbers[n], f.counted[n+" "+unit] = true, true
}

// plainNumber writes a number without thousands and without noughts that say nothing; one that begins with a nought is
// a code and stays.
func plainNumber(n string) string {
	n = strings.ReplaceAll(n, ",", "")
	if strings.HasPrefix(n, "0") && !strings.HasPrefix(n, "0.") {
		return n
	}
	if v, err := strconv.ParseFloat(n, 64); err == nil && len(n) < 15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return n
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// readDates takes dates and times of day out of s.
func (f *facts) readDates(s string) string {
	take := func(re *regexp.Regexp, read func(g []string)) {
		s = re.ReplaceAllStringFunc(s, func(m string) string {
			read(re.FindStringSubmatch(m))
			return " "
		})
	}
	take(isoDate, func(g []string) {
		f.dates[g[1]+"-"+trim0(g[2])+"-"+trim0(g[3])] = true
		f.dates[trim0(g[2])+"-"+trim0(g[3])], f.dates["m"+trim0(g[2])] = true, true
	})
	day := func(m, d string) {
		f.dates["m"+trim0(m)] = true
		if d != "" {
			f.dates[trim0(m)+"-"+trim0(d)] = true
		}
	}
	take(hanDate, func(g []string) { day(g[1], g[2]) })
	take(dayMonth, func(g []string) { day(monthNumber(g[2]), g[1]) })
	take(monthDay, func(g []string) { day(monthNumber(g[1]), g[2]) })
	take(month, func(g []string) { day(monthNumber(g[1]), "") })
	take(weekday, func(g []string) {
		f.dates["w"+strconv.Itoa(1+strings.Index("montuewedthufrisatsun", g[1][:3])/3)] = true
	})
	take(hanWeek, func(g []string) {
		if g[1] == "末" {
			f.dates["weekend"] = true
			return
		}
		r := []rune("一二三四五六日")
		for i, c := range r {
			if string(c) == strings.Replace(g[1], "天", "日", 1) || g[1] == strconv.Itoa(i+1) {
				f.dates["w"+strconv.Itoa(i+1)] = true
			}
		}
	})
	take(relative, func(g []string) { f.dates[sameDay(g[0])] = true })
	take(ampm, func(g []string) { f.time(g[1], g[2], strings.HasPrefix(g[3], "p")) })
	take(clock, func(g []string) { f.dates["t"+trim0(g[1])+":"+g[2]] = true })
	take(hanClock, func(g []string) {
		minute := g[4]
		if g[3] != "" {
			minute = "30"
		}
		f.time(g[2], minute, g[1] == "下午" || g[1] == "傍晚" || g[1] == "晚上" || g[1] == "中午" && g[2] == "1")
	})
	return s
}

func (f *facts) time(hour, minute string, afternoon bool) {
	h, err := strconv.Atoi(hour)
	if err != nil {
		return
	}
	if afternoon && h < 12 {
		h += 12
	}
	if minute == "" {
		minute = "00"
	}
	f.dates["t"+strconv.Itoa(h)+":"+minute] = true
}

func trim0(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return "0"
}

func monthNumber(name string) string {
	for i, m := range strings.Split(monthNames, "|") {
		if m == name {
			return strconv.Itoa(i + 1)
		}
	}
	return ""
}

// sameDay gives one name to a day told from today, whatever the language.
func sameDay(w string) string {
	switch w {
	case "今天":
		return "today"
	case "今晚":
		return "tonight"
	case "明天":
		return "tomorrow"
	case "昨天":
		return "yesterday"
	}
	return strings.TrimSuffix(w, "s")
}

// within reports whether source states every number of f, with the same unit, and every date; which of them it does not
// is the reason.
func (f facts) within(source facts) (why string, ok bool) {
	for d := range f.dates {
		if !source.dates[d] {
			return whyDate, false
		}
	}
	for n := range f.numbers {
		if !source.numbers[n] {
			return whyNumber, false
		}
	}
	for c := range f.counted {
		n, _, _ := strings.Cut(c, " ")
		if !source.counted[c] && !source.bare[n] {
			return whyNumber, false
		}
	}
	return "", true
}
