package tts

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

const (
	monthNames = "January February March April May June July August September October November December"
	monthRE    = `(January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.?`
	numberRE   = `\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+`
)

// englishRules returns the rewriting rules of English in the order in which they apply.
var englishRules = sync.OnceValue(func() []rule { //nolint:gochecknoglobals // compiled once, read only
	var rules []rule
	for _, part := range [][]rule{addressRules("at", "dot", "slash", "dash"), englishDates(), englishRatios(), englishTimes(), englishPhones(), englishMoney(), englishSpans(), englishNumbers(), englishWords()} {
		rules = append(rules, part...)
	}
	return rules
})

func on(pattern string, say func(m []string) (string, bool)) rule {
	return rule{regexp.MustCompile(pattern), say}
}

// always makes a rule that never declines.
func always(pattern string, say func(m []string) string) rule {
	return on(pattern, func(m []string) (string, bool) { return say(m), true })
}

// addressRules say e-mail and web addresses, given the words for their signs.
func addressRules(at, dot, slash, dash string) []rule {
	say := func(s string) string {
		s = regexp.MustCompile(`^[a-zA-Z]+://`).ReplaceAllString(s, "")
		s = strings.TrimSuffix(s, "/")
		if i := strings.IndexAny(s, "?#"); i > 0 {
			s = s[:i]
		}
		s = regexp.MustCompile(`(?i)^www\.`).ReplaceAllString(s, "W W W "+dot+" ")
		s = strings.NewReplacer("@", " "+at+" ", ".", " "+dot+" ", "/", " "+slash+" ", "-", " "+dash+" ", "_", " underscore ", "+", " plus ", "%", " ", "=", " ", "&", " ").Replace(s)
		return " " + strings.Join(strings.Fields(s), " ") + " "
	}
	whole := func(m []string) string {
		tail := strings.TrimLeft(m[0], "")
		end := len(strings.TrimRight(tail, ".,;:!?)'\""))
		return say(tail[:end]) + tail[end:]
	}
	return []rule{
		always(`[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`, whole),
		always(`(?i)(?:https?://|www\.)[A-Za-z0-9._~/?#%&=+-]+`, whole),
		always(`(?i)\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|cn|io|gov|edu|co\.uk|hk|app|shop)(?:/[A-Za-z0-9._~/-]*)?\b`, whole),
	}
}

func monthName(s string) string {
	for m := range strings.FieldsSeq(monthNames) {
		if len(s) >= 3 && strings.HasPrefix(strings.ToLower(m), strings.ToLower(s[:3])) {
			return m
		}
	}
	return s
}

func date(y, m, d string) (string, bool) {
	mi, err := strconv.Atoi(m)
	di, err2 := strconv.Atoi(d)
	if err != nil || err2 != nil || mi < 1 || mi > 12 || di < 1 || di > 31 {
		return "", false
	}
	s := strings.Fields(monthNames)[mi-1] + " " + ordinal(d)
	switch len(y) {
	case 4:
		s += ", " + year(y)
	case 2:
		s += ", " + year("20"+y)
	}
	return s, true
}

func englishDates() []rule {
	return []rule{
		on(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`, func(m []string) (string, bool) { return date(m[1], m[2], m[3]) }),
		on(`\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b`, func(m []string) (string, bool) {
			if s, ok := date(m[3], m[1], m[2]); ok {
				return s, true
			}
			return date(m[3], m[2], m[1])
		}),
		always(`\b`+monthRE+` (\d{1,2})(?:st|nd|rd|th)?\s*-\s*(\d{1,2})(?:st|nd|rd|th)?\b`, func(m []string) string {
			return monthName(m[1]) + " " + ordinal(m[2]) + " to " + ordinal(m[3])
		}),
		always(`\b(\d{1,2})(?:st|nd|rd|th)?\s*(?:-|to|until)\s*(\d{1,2}(?:st|nd|rd|th)?(?: of)? `+monthRE+`)`, func(m []string) string {
			return "the " + ordinal(m[1]) + " to " + m[2]
		}),
		on(`\b`+monthRE+` (\d{1,2})(?:st|nd|rd|th)?(?:(,? )(\d{4}))?\b(:)?`, func(m []string) (string, bool) {
			s := monthName(m[1]) + " " + ordinal(m[2])
			if m[4] != "" {
				s += ", " + year(m[4])
			}
			return s, m[5] == "" // else it is a time that follows a date
		}),
		always(`\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? `+monthRE+`(?:,? (\d{4}))?\b`, func(m []string) string {
			s := "the " + ordinal(m[1]) + " of " + monthName(m[2])
			if m[3] != "" {
				s += ", " + year(m[3])
			}
			return s
		}),
		always(`\b`+monthRE+` (\d{4})\b`, func(m []string) string { return monthName(m[1]) + " " + year(m[2]) }),
	}
}

func englishTimes() []rule {
	half := func(s string) string {
		if s == "" {
			return ""
		}
		return " " + strings.ToUpper(s[:1]) + " M"
	}
	clock := func(h, min, ap string) string {
		hour, _ := strconv.Atoi(h)
		if m, _ := strconv.Atoi(min); ap == "" && (min > "59" || hour > 24 && hour+m == 100) {
			return cardinal(h) + " to " + cardinal(min)
		}
		if hour > 24 || min > "59" {
			return cardinal(h) + " " + spellDigits(min)
		}
		switch {
		case ap == "" && hour > 12 && hour < 24:
			hour, ap = hour-12, "p"
		case hour == 0 || hour == 24:
			hour, ap = 12, "a"
		}
		s := under100(hour)
		switch {
		case min == "" || min == "00":
			if ap == "" {
				s += " o'clock"
			}
		case min[0] == '0':
			s += " oh " + under20(int(min[1]-'0'))
		default:
			n, _ := strconv.Atoi(min)
			s += " " + under100(n)
		}
		return s + half(ap)
	}
	const ap = `\s*([aApP])\.?\s?[mM]\b\.?`
	return []rule{
		always(`(?i)\b401 ?(?:\(k\)|k\b)`, func([]string) string { return "four oh one K" }),
		always(`\b24/7\b`, func([]string) string { return "twenty-four seven" }),
		always(`\b(\d{1,2})(?:[:.](\d{2}))?(?:`+ap+`)?\s*-\s*(\d{1,2})(?:[:.](\d{2}))?`+ap, func(m []string) string {
			first := m[3]
			s := clock(m[1], m[2], first)
			if first == "" {
				s = strings.TrimSuffix(s, " o'clock")
			}
			return s + " to " + clock(m[4], m[5], m[6])
		}),
		always(`\b(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\b`, func(m []string) string { return clock(m[1], m[2], "") + " to " + clock(m[3], m[4], "") }),
		always(`\b(\d{1,2})[:.](\d{2})(?::\d{2})?`+ap, func(m []string) string { return clock(m[1], m[2], m[3]) }),
		always(`\b(\d{1,2})`+ap, func(m []string) string { return clock(m[1], "", m[2]) }),
		always(`\b(\d{1,2}):(\d{2})(?::\d{2})?\b`, func(m []string) string { return clock(m[1], m[2], "") }),
	}
}

func englishPhones() []rule {
	return []rule{
		on(`(\+)?(?:\(\d{1,4}\)|\b\d{1,4})(?:[ -]?\(\d{1,4}\))?(?:[ -]\d{2,4}){1,4}\b`, func(m []string) (string, bool) {
			if n := len(onlyDigits(m[0])); n < 7 || n > 16 {
				return "", false
			}
			plus := ""
			if m[1] != "" {
				plus = "plus "
			}
			return plus + spokenGroups(groups(m[0])), true
		}),
		always(`\b(\d{3})\.(\d{3})\.(\d{4})\b`, func(m []string) string { return spokenGroups(m[1:]) }),
		always(`\+(\d{7,15})\b`, func(m []string) string { return "plus " + spellDigits(m[1]) }),
		on(`(?i)\b(call|dial|code|pin|extension|ext\.?|account|card|order|in|ending|number|digits|zip|id|text|reference|press)( (?:is|no\.?|number|code|with)|:| #|#)? ?(\d{3,})\b`, func(m []string) (string, bool) {
			word := strings.ToLower(m[1])
			if (word == "in" || word == "ending") && (m[2] != "" || len(m[3]) != 4 || m[3][:2] == "19" || m[3][:2] == "20") {
				return "", false
			}
			link := m[2]
			if strings.HasSuffix(link, "#") {
				link = " number"
			}
			return strings.TrimSuffix(m[1], ".") + link + " " + spellDigits(m[3]), true
		}),
		on(`\b(\d{4})[ -](\d{4})[ -](\d{4})[ -](\d{1,4})\b`, func(m []string) (string, bool) { return spokenGroups(m[1:]), true }),
	}
}
