package tts

import (
	"cmp"
	"strings"
)

// currency names one unit of money and its hundredth.
type currency struct{ one, many, cent, cents string }

func englishCurrency(sign string) (currency, bool) {
	c, ok := map[string]currency{
		"$": {"dollar", "dollars", "cent", "cents"}, "US$": {"U S dollar", "U S dollars", "cent", "cents"}, "HK$": {"Hong Kong dollar", "Hong Kong dollars", "cent", "cents"},
		"€": {"euro", "euros", "cent", "cents"}, "£": {"pound", "pounds", "penny", "pence"}, "¥": {"yuan", "yuan", "fen", "fen"},
		"USD": {"U S dollar", "U S dollars", "cent", "cents"}, "EUR": {"euro", "euros", "cent", "cents"}, "GBP": {"pound", "pounds", "penny", "pence"},
		"CNY": {"yuan", "yuan", "fen", "fen"}, "RMB": {"yuan", "yuan", "fen", "fen"}, "HKD": {"Hong Kong dollar", "Hong Kong dollars", "cent", "cents"},
		"CAD": {"Canadian dollar", "Canadian dollars", "cent", "cents"}, "AUD": {"Australian dollar", "Australian dollars", "cent", "cents"}, "INR": {"rupee", "rupees", "paisa", "paise"},
		"₹": {"rupee", "rupees", "paisa", "paise"}, "JPY": {"yen", "yen", "sen", "sen"}, "₩": {"won", "won", "jeon", "jeon"},
	}[sign]
	return c, ok
}

// money says an amount with its unit; scale is a word such as "million".
func money(amount, scale string, c currency) string {
	whole, frac, _ := strings.Cut(strings.ReplaceAll(amount, ",", ""), ".")
	if scale != "" || len(frac) > 2 {
		return strings.TrimSpace(decimal(amount)+" "+scale) + " " + c.many
	}
	if len(frac) == 1 {
		frac += "0"
	}
	n := strings.TrimLeft(whole, "0")
	cents := strings.TrimLeft(frac, "0")
	var s []string
	switch {
	case n == "1":
		s = append(s, "one "+c.one)
	case n != "" || cents == "":
		s = append(s, cardinal(n)+" "+c.many)
	}
	switch cents {
	case "":
	case "1":
		s = append(s, "one "+c.cent)
	default:
		s = append(s, cardinal(cents)+" "+c.cents)
	}
	return strings.Join(s, " and ")
}

func scaleWord(s string) string {
	switch strings.TrimSpace(s) {
	case "k", "K":
		return "thousand"
	case "m", "M", "mn", "million":
		return "million"
	case "bn", "B", "billion":
		return "billion"
	case "thousand", "trillion":
		return strings.TrimSpace(s)
	}
	return ""
}

// shortTimes are how prices name what they are for.
var shortTimes = map[string]string{"mo": "month", "mth": "month", "yr": "year", "wk": "week", "hr": "hour", "pp": "person"} //nolint:gochecknoglobals // a constant table

func englishMoney() []rule {
	const signs = `(US\$|HK\$|[$€£¥₹₩]|\b(?:USD|EUR|GBP|CNY|RMB|HKD|CAD|AUD|INR|JPY)\b)`
	const scale = `(?:( ?(?:thousand|million|billion|trillion)|k|K|M|m|bn|B)\b)?`
	per := always(`((?:dollars|euros|pounds|yuan|cents|pence|percent|dollar|euro|pound|penny))\s*/\s*([a-z]+)\b`, func(m []string) string { return m[1] + " per " + cmp.Or(shortTimes[m[2]], m[2]) })
	return []rule{
		always(signs+` ?(`+numberRE+`)`+scale+` ?- ?(?:`+signs+` ?)?(`+numberRE+`)`+scale, func(m []string) string {
			c, _ := englishCurrency(m[1])
			from := decimal(m[2])
			if m[3] != "" && scaleWord(m[3]) != scaleWord(m[6]) {
				from = money(m[2], scaleWord(m[3]), c)
			}
			return from + " to " + money(m[5], scaleWord(m[6]), c)
		}),
		always(`(-)?`+signs+` ?(`+numberRE+`)`+scale, func(m []string) string {
			c, _ := englishCurrency(m[2])
			s := money(m[3], scaleWord(m[4]), c)
			if m[1] != "" {
				s = "minus " + s
			}
			return s
		}),
		always(`\b(`+numberRE+`)`+scale+` ?(€|£|USD|EUR|GBP|CNY|RMB|HKD|CAD|AUD|INR|JPY)(?:\b|\s|$)`, func(m []string) string {
			c, _ := englishCurrency(m[3])
			return money(m[1], scaleWord(m[2]), c) + " "
		}),
		per,
	}
}

// unit returns the names of a unit of measure.
func unit(s string) (one, many string) {
	u, ok := map[string][2]string{
		"km": {"kilometer", "kilometers"}, "m": {"meter", "meters"}, "cm": {"centimeter", "centimeters"}, "mm": {"millimeter", "millimeters"}, "kg": {"kilogram", "kilograms"},
		"g": {"gram", "grams"}, "mg": {"milligram", "milligrams"}, "lb": {"pound", "pounds"}, "lbs": {"pound", "pounds"}, "oz": {"ounce", "ounces"}, "ft": {"foot", "feet"},
		"mi": {"mile", "miles"}, "mph": {"mile per hour", "miles per hour"}, "L": {"liter", "liters"}, "l": {"liter", "liters"}, "ml": {"milliliter", "milliliters"},
		"mL": {"milliliter", "milliliters"}, "KB": {"kilobyte", "kilobytes"}, "MB": {"megabyte", "megabytes"}, "GB": {"gigabyte", "gigabytes"}, "TB": {"terabyte", "terabytes"},
		"Mbps": {"megabit per second", "megabits per second"}, "Gbps": {"gigabit per second", "gigabits per second"}, "Hz": {"hertz", "hertz"}, "kHz": {"kilohertz", "kilohertz"},
		"MHz": {"megahertz", "megahertz"}, "GHz": {"gigahertz", "gigahertz"}, "kW": {"kilowatt", "kilowatts"}, "kWh": {"kilowatt hour", "kilowatt hours"}, "W": {"watt", "watts"},
		"V": {"volt", "volts"}, "mAh": {"milliamp hour", "milliamp hours"}, "sec": {"second", "seconds"}, "secs": {"second", "seconds"}, "s": {"second", "seconds"}, "ms": {"millisecond", "milliseconds"},
		"min": {"minute", "minutes"}, "mins": {"minute", "minutes"}, "hr": {"hour", "hours"}, "hrs": {"hour", "hours"}, "h": {"hour", "hours"}, "yr": {"year", "years"}, "yrs": {"year", "years"},
		"°C": {"degree Celsius", "degrees Celsius"}, "°F": {"degree Fahrenheit", "degrees Fahrenheit"}, "°": {"degree", "degrees"}, "m^2": {"square meter", "square meters"}, "m^3": {"cubic meter", "cubic meters"},
		"km/h": {"kilometer per hour", "kilometers per hour"}, "sq ft": {"square foot", "square feet"}, "bps": {"basis point", "basis points"},
	}[s]
	if !ok {
		return "", ""
	}
	return u[0], u[1]
}

const unitRE = `(km/h|km|cm|mm|m\^2|m\^3|kg|mg|lbs?|oz|ft|mi|mph|mL|ml|KB|MB|GB|TB|Mbps|Gbps|kHz|MHz|GHz|Hz|kWh|kW|mAh|secs?|mins?|hrs?|yrs?|ms|sq ft|bps|°C|°F|°|[mgLlWVsh])`

// perRE is a time that a measure is for.
const perRE = `(?:/(s|sec|min|h|hr|day|week|month|year)\b)?`

// spanRE are things that last, so that the s before them is for seconds and not for a decade.
const spanRE = `(?:time-?outs?|waits?|waiting|limits?|delays?|windows?|deadlines?|intervals?|pauses?|holds?|ringing|periods?|countdowns?|timers?|grace|gaps?|thresholds?|silences?|cool-?downs?|back-?offs?|lags?|latency|retry|retries|maximum|minimum|mark)`

// measure says a number with a unit.
func measure(n, name string) string {
	one, many := unit(name)
	if n == "1" {
		return "one " + one
	}
	return decimal(n) + " " + many
}

func per(name string) string {
	if name == "" {
		return ""
	}
	if one, _ := unit(name); one != "" {
		name = one
	}
	return " per " + name
}

// englishSpans say times that are made of several units, in which m is for minutes.
func englishSpans() []rule {
	parts := func(m []string, units ...string) string {
		var out []string
		for i, u := range units {
			if m[i+1] != "" {
				out = append(out, measure(strings.TrimPrefix(m[i+1], "0"), u))
			}
		}
		return strings.Join(out, " ")
	}
	return []rule{
		always(`\b(\d{1,3}) ?(?:h|hrs?) ?([1-9]|[0-5]\d) ?(?:m|mins?)(?: ?([1-9]|[0-5]\d) ?(?:s|secs?))?\b`, func(m []string) string { return parts(m, "h", "min", "s") }),
		always(`\b(\d{1,3}) ?(?:m|mins?) ?([1-9]|[0-5]\d) ?(?:s|secs?)\b`, func(m []string) string { return parts(m, "min", "s") }),
		always(`\b(\d{1,2})h([0-5]\d)\b`, func(m []string) string { return parts(m, "h", "min") }),
	}
}

// englishRatios say ratios that the words beside them tell from times.
func englishRatios() []rule {
	const before = `ratios?|odds|scales?|proportions?|dilut(?:e|ed|ion)|mix(?:ed|ture)?|leverage|split`
	const after = `ratio|scale|odds|leverage|dilution|mix|mixture|split|proportions?|aspect|conversion`
	const time = `(-| ?[ap]\.? ?m\b)?` // or part of one
	return []rule{
		on(`(?i)\b(`+before+`)((?: (?:of|is|are|was|were|at|to|by|about|in|it|them|a))*:? )(\d{1,3}):([1-9]\d{0,2})\b`+time, func(m []string) (string, bool) {
			return m[1] + m[2] + cardinal(m[3]) + " to " + cardinal(m[4]), m[5] == ""
		}),
		always(`(?i)\b(\d{1,3}):([1-9]\d{0,2})( (?:`+after+`)\b)`, func(m []string) string { return cardinal(m[1]) + " to " + cardinal(m[2]) + m[3] }),
	}
}

func englishNumbers() []rule {
	return []rule{
		always(`\b\d{1,3}(?::\d{1,3})+\b`, func(m []string) string { // a ratio: times have been said
			var parts []string
			for _, p := range groups(m[0]) {
				parts = append(parts, cardinal(p))
			}
			return strings.Join(parts, " to ")
		}),
		on(`\b((?:1[5-9]|20)\d0)s\b`, func(m []string) (string, bool) { return several(year(m[1])), true }),
		always(`(?i)\b([2-9]0)s( (?:[a-z]+[ -])?`+spanRE+`\b)`, func(m []string) string { return cardinal(m[1]) + " seconds" + m[2] }),
		on(`(?i)(?:(\b(?:the|early|late|his|her|their|my|your|our) |\bmid-)'?|')([2-9]0)s\b`, func(m []string) (string, bool) { return m[1] + several(cardinal(m[2])), true }),
		always(`(`+numberRE+`)\s*%?\s*-\s*(`+numberRE+`)\s*%`, func(m []string) string { return decimal(m[1]) + " to " + decimal(m[2]) + " percent" }),
		always(`(?:(^|[\s(])([-+]))?(`+numberRE+`)\s*%`, func(m []string) string { return m[1] + signWord(m[2]) + decimal(m[3]) + " percent" }),
		always(`\b(\d+)(?:st|nd|rd|th)\b`, func(m []string) string { return ordinal(m[1]) }),
		always(`\b(`+numberRE+`) ?`+unitRE+`? ?- ?(`+numberRE+`) ?`+unitRE+perRE+`(\b|$|[\s,.;!?])`, func(m []string) string {
			first := decimal(m[1])
			if m[2] != "" && m[2] != m[4] {
				first = measure(m[1], m[2])
			}
			return first + " to " + measure(m[3], m[4]) + per(m[5]) + m[6]
		}),
		always(`(?:(^|[\s(])(-))?\b(`+numberRE+`) ?`+unitRE+perRE+`(\b|$|[\s,.;!?])`, func(m []string) string {
			return m[1] + signWord(m[2]) + measure(m[3], m[4]) + per(m[5]) + m[6]
		}),
		on(`\b(\d{1,2})/(\d{1,2})\b`, func(m []string) (string, bool) { return fraction(m[1], m[2]) }),
		always(`\b(\d{1,2})/(\d{1,2})\b`, func(m []string) string { return cardinal(m[1]) + " out of " + cardinal(m[2]) }),
		on(`\b(\d{4})-(\d{4}|\d{2})\b`, func(m []string) (string, bool) {
			if !isYear(m[1]) {
				return "", false
			}
			second := m[2]
			if len(second) == 2 {
				second = m[1][:2] + second
			}
			return year(m[1]) + " to " + year(second), true
		}),
		always(`\b(`+numberRE+`)\s?-\s?(`+numberRE+`)\b`, func(m []string) string { return decimal(m[1]) + " to " + decimal(m[2]) }),
		always(`\b(\d+(?:\.\d+){2,})\b`, func(m []string) string { return dotted(m[1]) }),
		on(`\b(?:19|20)\d\d\b`, func(m []string) (string, bool) { return year(m[0]), true }),
		always(`#\s?(\d+)`, func(m []string) string { return "number " + plainNumber(m[1]) }),
		always(`(?i)\bNo\. ?(\d+)`, func(m []string) string { return "number " + plainNumber(m[1]) }),
		on(`\b[A-Za-z]+-?\d[A-Za-z0-9]*\b|\b\d+-?[A-Za-z][A-Za-z0-9]*\b`, func(m []string) (string, bool) { return letterwise(strings.ReplaceAll(m[0], "-", "")), true }),
		always(`(^|[\s(])-(`+numberRE+`)`, func(m []string) string { return m[1] + "minus " + decimal(m[2]) }),
		always(numberRE, func(m []string) string { return plainNumber(m[0]) }),
	}
}

// several is the plural of a number, for the years of a decade or a century.
func several(number string) string {
	if stem, ok := strings.CutSuffix(number, "y"); ok {
		return stem + "ies"
	}
	return number + "s"
}

func signWord(s string) string {
	switch s {
	case "-":
		return "minus "
	case "+":
		return "plus "
	}
	return ""
}

func isYear(s string) bool { return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") }

// plainNumber says a number nothing else is known of: a long or zero-led string of digits is no quantity.
func plainNumber(s string) string {
	if strings.ContainsAny(s, ".,") {
		return decimal(s)
	}
	if len(s) > 1 && s[0] == '0' || len(s) >= 7 && !strings.HasSuffix(s, "000") || len(s) >= 5 && !strings.HasSuffix(s, "00") {
		return spellDigits(s)
	}
	return cardinal(s)
}

func dotted(s string) string {
	var out []string
	for p := range strings.SplitSeq(s, ".") {
		out = append(out, cardinal(p))
	}
	return strings.Join(out, " point ")
}

func fraction(a, b string) (string, bool) {
	if strings.TrimLeft(a, "0") == "" || len(a) > len(b) || len(a) == len(b) && a >= b {
		return "", false
	}
	var name string
	switch b {
	case "2":
		name = "half"
	case "3", "5", "6", "8", "10":
		name = ordinal(b)
	case "4":
		name = "quarter"
	default:
		return "", false
	}
	if a == "1" {
		return "one " + name, true
	}
	return cardinal(a) + " " + name + "s", true
}

func englishWords() []rule {
	word := func(pattern, said string) rule { return always(pattern, func([]string) string { return said }) }
	return []rule{
		word(`\bMr\.? `, "Mister "), word(`\bMrs\.? `, "Missus "), word(`\bMs\.? `, "Miz "), word(`\bDr\.? `, "Doctor "), word(`\bProf\. `, "Professor "),
		word(`\bAve\.`, "Avenue"), word(`\bBlvd\.`, "Boulevard"), word(`\bDept\.`, "Department"),
		word(`(?i)\be\.\s?g\.,?`, "for example,"), word(`(?i)\bi\.\s?e\.,?`, "that is,"), word(`(?i)\bvs\.?(?:\s|$)`, "versus "), word(`(?i)\bapprox\.`, "approximately"), word(`(?i)\bw/o\b`, "without"), word(`(?i)\bincl\.`, "including"), word(`(?i)\bexcl\.`, "excluding"), word(`(?i)\bpcs\.?(\s|$)`, "pieces "),
		word(`(?i)\bp\.a\.`, "per annum"), word(`(?i)\bmin\. `, "minimum "), word(`(?i)\bmax\. `, "maximum "), word(`(?i)\bext\. `, "extension "), word(`(?i)\betc\.`, "et cetera"),
		word(`\bU\.S\.(?:A\.)?`, "U S"), word(`\bU\.K\.`, "U K"), word(`\bInc\.`, "Incorporated"), word(`\bLtd\.`, "Limited"), word(`\bCo\.`, "Company"), word(`\bCorp\.`, "Corporation"),
		word(`\bMon(?:\.|\b)`, "Monday"), word(`\bTue(?:s)?(?:\.|\b)`, "Tuesday"), word(`\bWed(?:\.|\b)`, "Wednesday"), word(`\bThu(?:rs)?(?:\.|\b)`, "Thursday"), word(`\bFri(?:\.|\b)`, "Friday"),
		always(`\b([A-Z][a-z]+day) ?- ?((?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Sat\b|Sun\b)`, func(m []string) string {
			return m[1] + " to " + strings.NewReplacer("Sat", "Saturday", "Sun", "Sunday", "Saturday", "Saturday", "Sunday", "Sunday").Replace(m[2])
		}),
		word(`(?i)\band/or\b`, "and or"), always(`([a-z])/([a-z])`, func(m []string) string { return m[1] + " or " + m[2] }),
		word(`\s?&\s?`, " and "), word(`\s?@\s?`, " at "), word(`\s?\+\s?`, " plus "), word(`\s=\s`, " equals "), word(`、`, ", "), word(`~`, "about "), word(`%`, " percent"), word(`°`, " degrees"),
		word(`\$`, " dollars "), word(`€`, " euros "), word(`£`, " pounds "), word(`[_#^=/¥₹₩]`, " "),
		always(`\d`, func(m []string) string { return spellDigits(m[0]) }),
	}
}
