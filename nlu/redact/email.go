package redact

import (
	"regexp"
	"strings"
)

const (
	// spokenLocal is what stands before the "at": single letters, then words joined by "dot" and the like.
	spokenLocal = `\b(?:[a-z0-9]\s+)*[a-z0-9._\-]+(?:\s+(?:dot|underscore|dash|hyphen|plus)\s+(?:[a-z0-9]\s+)*[a-z0-9._\-]+)*`
	// spokenTop ends a spoken domain: "com", "co dot uk", "d e".
	spokenTop = `(?:[a-z]+\s+dot\s+)?(?:[a-z]\s[a-z]|[a-z]{2,})\b`
	mailHosts = `(?:gmail|googlemail|g mail|hotmail|outlook|yahoo|icloud|proton(?:mail)?|aol|gmx|fastmail|live)`
	hanDigs   = `零〇一二三四五六七八九幺两`
	// localZH is what stands before 艾特: spelled out, or told as "the full pinyin of".
	localZH = `(?:\p{Han}{2,4}(?:的)?(?:全拼|拼音|首字母|缩写|小写)(?:的)?|[a-z0-9._\-` + hanDigs + `]|\s|加上?|下划线|底划线|底杠|下杠|底线|短横线?|横杠|横线|中杠|减号|小数点|点|数字|小写|大写|字母|杠)+`
)

// Addresses as they are written, and as they are said: "john dot smith at mail dot com", 张三艾特邮箱点com.
var (
	writtenEmail = regexp.MustCompile(`(?:[A-Za-z0-9._%+\-]+\p{Han}{0,3}|\p{Han}{1,3})\s?[@＠]\s?[\p{L}\p{N}\-]+(?:\s?[.．]\s?[\p{L}\p{N}\-]+)+`)
	spokenEmail  = regexp.MustCompile(`(?i)` + spokenLocal + `\s+at(?:\s+sign)?\s+(?:[a-z0-9\-]+\s+){1,3}dot\s+` + spokenTop)
	spokenDomain = regexp.MustCompile(`(?i)` + spokenLocal + `\s+at\s+(?:[a-z0-9\-]+\.(?:com|net|org|cn|co|edu|io|uk|de|fr|me|no|eu|us|hk|info)\b(?:\.[a-z]{2}\b)?|` + mailHosts + `\b)`)
	chineseEmail = regexp.MustCompile(`(?i)` + localZH + `(?:艾特|爱特|圈a|小老鼠)\s*` +
		`[a-z0-9\-` + hanDigs + `]+\s*(?:点|\.)\s*[a-z]+(?:\s*(?:点|\.)\s*[a-z]+)?`)
)

func emails(l look) []Span {
	var out []Span
	s := l.s
	has := strings.Contains(l.low, " at ") && (strings.Contains(l.low, " dot ") || strings.Contains(s, ".") || l.any("mail yahoo outlook icloud proton aol gmx live"))
	for _, re := range []*regexp.Regexp{spokenEmail, spokenDomain, chineseEmail, writtenEmail} {
		if (re == spokenEmail || re == spokenDomain) && !has || re == writtenEmail && !strings.ContainsAny(s, "@＠") || re == chineseEmail && !l.any("艾特 爱特 圈a 小老鼠") {
			continue
		}
		for _, m := range re.FindAllStringIndex(s, -1) {
			start := m[0] + len(s[m[0]:m[1]]) - len(strings.TrimLeft(s[m[0]:m[1]], " \t\n.-"))
			if re == spokenEmail || re == spokenDomain {
				start = localFrom(s, start)
			}
			out = append(out, Span{Email, start, m[1], MaskOf(Email)})
		}
	}
	return out
}

var (
	localToken  = regexp.MustCompile(`(?:^|[^'’A-Za-z0-9._\-])([A-Za-z0-9._\-零一二三四五六七八九幺]+)\s*$`)
	localJoiner = map[string]bool{"dot": true, "underscore": true, "dash": true, "hyphen": true, "plus": true, "点": true, "double": true, "capital": true, "number": true, "all": true}
	// spelledBy is a letter with the word that tells it: "d as in delta".
	spelledBy = words(`\b([a-z]) (?:as in|for|like|from) [a-z]+\s*$`)
)

// localFrom is where the local part of an address begins of which the last word begins at i: numbers, single letters and
// what is joined to it by "dot" and the like belong to it.
func localFrom(s string, i int) int {
	joined := false
	if first := strings.FieldsFunc(s[i:], func(r rune) bool { return r == ' ' }); len(first) > 0 {
		joined = localJoiner[strings.ToLower(first[0])] || localPart(first[0]) || strings.Trim(first[0], hanDigits+"幺") == ""
	}
	for i > 0 && s[i-1] == ' ' {
		if k := foundBefore(spelledBy, s, i); k >= 0 {
			i = k
			continue
		}
		w := ""
		if m := localToken.FindStringSubmatch(upTo(s, i)); m != nil {
			w = m[1]
		}
		low := strings.ToLower(w)
		switch {
		case w == "":
			return i
		case localJoiner[low]:
			joined = true
		case localPart(w):
			joined = true
		case joined && !notName[low]:
			joined = false
		default:
			return i
		}
		i = len(strings.TrimRight(s[:i], " ")) - len(w)
	}
	return i
}

// localPart reports whether a word is a number or a letter, which a local part is spelled with.
func localPart(w string) bool {
	low := strings.ToLower(w)
	return english[low] != "" || len(w) == 1 && low != "a" && low != "i" || strings.Trim(w, "0123456789") == "" || strings.Trim(w, "零一二三四五六七八九幺") == ""
}
