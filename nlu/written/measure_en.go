package written

import (
	"fmt"
	"strings"
)

// prefixes of units.
var prefixes = []struct{ word, sign string }{ //nolint:gochecknoglobals // a table
	{"pico", "p"}, {"nano", "n"}, {"micro", "μ"}, {"milli", "m"}, {"centi", "c"}, {"deci", "d"}, {"hecto", "h"},
	{"kilo", "k"}, {"mega", "M"}, {"giga", "G"}, {"tera", "T"}, {"peta", "P"},
}

// metric are the units that take a prefix.
var metric = map[string]string{ //nolint:gochecknoglobals // a table
	"meter": "m", "metre": "m", "gram": "g", "gramme": "g", "liter": "l", "litre": "l", "hertz": "Hz", "watt": "W", "volt": "V",
	"amp": "A", "ampere": "A", "ohm": "Ω", "pascal": "Pa", "byte": "B", "newton": "N", "joule": "J", "calorie": "cal",
	"siemens": "S", "kelvin": "K", "lumen": "lm", "lux": "lx", "bar": "bar", "farad": "F", "tesla": "T", "coulomb": "C",
}

// prefixed are units only with a prefix.
var prefixed = map[string]string{"bit": "b", "second": "s", "ton": "t", "tonne": "t"} //nolint:gochecknoglobals // a table

// plainUnits never take a prefix.
var plainUnits = map[string]string{ //nolint:gochecknoglobals // a table
	"hour": "h", "minute": "min", "second": "s", "mile": "mi", "foot": "ft", "feet": "ft", "inch": "in", "inches": "in",
	"yard": "yd", "ounce": "oz", "gallon": "gal", "hectare": "ha", "acre": "ac", "horsepower": "hp", "tonne": "t", "ton": "t",
	"percent": "%", "kilo": "kg", "decibel": "dB", "lb": "lb",
}

// unitPhrases are units of several words.
var unitPhrases = []struct{ words, sign string }{ //nolint:gochecknoglobals // a table
	{"per cent", "%"}, {"c c", "cc"}, {"astronomical units", "au"}, {"astronomical unit", "au"}, {"fluid ounces", "fl oz"},
	{"degrees celsius", "°C"}, {"degrees centigrade", "°C"}, {"degrees fahrenheit", "°F"}, {"degree celsius", "°C"},
	{"miles per hour", "mph"}, {"mile per hour", "mph"}, {"miles an hour", "mph"}, {"miles per gallon", "mpg"},
}

// says says that the words stand at k.
func (l line) says(k int, phrase string) (int, bool) {
	for w := range strings.FieldsSeq(phrase) {
		if l.at(k) != w {
			return k, false
		}
		k++
	}
	return k, true
}

// unitAt reads one unit with its prefix.
func (l line) unitAt(k int) (string, int, bool) {
	for _, p := range unitPhrases {
		if end, ok := l.says(k, p.words); ok {
			return p.sign, end, true
		}
	}
	w := l.at(k)
	for _, p := range prefixes {
		rest, ok := strings.CutPrefix(w, p.word)
		end := k + 1
		if ok && rest == "" {
			rest, end = l.at(k+1), k+2
		}
		if ok && rest != "" {
			if s, ok := oneOf(rest, metric, prefixed); ok {
				return p.sign + s, end, true
			}
		}
	}
	s, ok := oneOf(w, plainUnits, metric)
	return s, k + 1, ok
}

// oneOf looks a word up, in the plural too.
func oneOf(w string, tables ...map[string]string) (string, bool) {
	for _, t := range tables {
		if s, ok := t[w]; ok {
			return s, true
		}
		if s, ok := t[strings.TrimSuffix(w, "s")]; ok {
			return s, true
		}
	}
	return "", false
}

// powered reads a unit that may be square or cubic, or that an hour or a force multiplies.
func (l line) powered(k int) (string, int, bool) {
	power := ""
	switch l.at(k) {
	case "square", "squared":
		power = "²"
	case "cubic":
		power = "³"
	}
	if power != "" {
		k++
	}
	s, end, ok := l.unitAt(k)
	if !ok {
		return "", k, false
	}
	if power != "" {
		switch s {
		case "ft", "mi", "in", "yd":
			s = map[string]string{"²": "sq ", "³": "cu "}[power] + s
		default:
			s += power
		}
	}
	switch next := l.at(end); {
	case strings.HasSuffix(s, "W") && (next == "hour" || next == "hours"):
		s, end = s+"h", end+1
	case strings.HasSuffix(s, "g") && next == "force":
		s, end = s+"f", end+1
	}
	return s, end, true
}

// measure writes a number and its unit.
func measure(l line, i int) (string, int, bool) {
	a, ok := l.amount(i)
	if !ok {
		return "", i, false
	}
	s, end, ok := l.powered(a.end)
	if !ok {
		s, end = "", a.end
	}
	if l.at(end) == "per" {
		if d, after, ok := l.powered(end + 1); ok && d != "%" {
			s, end = s+"/"+d, after
			if strings.HasSuffix(s, "b/s") {
				s = strings.TrimSuffix(s, "b/s") + "bps"
			}
		}
	}
	if s == "" || end == a.end+1 && l.at(a.end) == "second" || a.one() && l.idle(a.end, end) {
		return "", i, false
	}
	if len(l) > end-i && (s == "h" || s == "min" || s == "s") {
		return "", i, false // two hours ago, within thirty minutes: the words read better
	}
	if inches, after, ok := l.upTo99(i, end); ok && s == "ft" && inches <= small && l.at(end) != "" && !l.counts(after) {
		return fmt.Sprintf("%s ft %d", a, inches), after, true
	}
	return a.String() + " " + s, end, true
}

// idle says that one of the unit is more often a figure of speech: one minute, one foot.
func (l line) idle(k, end int) bool {
	return end == k+1 && (l.at(k) == "minute" || l.at(k) == "foot")
}
