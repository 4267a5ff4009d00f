package redact

import "regexp"

// Values that are told with the words of a keyboard.
var (
	// handle is a name to sign in with: "kestrel underscore nine".
	handle = words(`\b[a-z\d]+(?:\s(?:dot|dash|hyphen|underscore)\s[a-z\d]+)*\sunderscore\s[a-z\d]+(?:\s(?:dot|dash|hyphen|underscore)\s[a-z\d]+)*\b`)
	// typed is a password that is told letter by letter: "capital t rain track seven seven", 大写A 小写b 五个六.
	typed = words(`\b(?:pass ?words?|pass ?code|pass ?phrase|pin)\b[^.?!]{0,24}?\b((?:capital|upper ?case|lower ?case|all (?:caps|lower ?case))\s[^,.?!]+)`)
	// typedZH is the same in Chinese.
	typedZH = regexp.MustCompile(`(?:密码|口令)[^。？！?!，,]{0,6}?((?:大写|小写|首字母)的?\s?[A-Za-z][^，,。？！?!]{0,24})`)
)

// handles finds names to sign in with.
func handles(l look) []Span {
	var out []Span
	for _, m := range matches(handle, l.s, l.any("underscore")) {
		out = append(out, Span{Account, m[0], m[1], MaskOf(Account)})
	}
	return out
}

// told finds passwords that are told by how they are typed.
func told(l look) []Span {
	var out []Span
	for _, re := range []*regexp.Regexp{typed, typedZH} {
		if !l.any("capital upper lower caps 大写 小写 首字母") {
			continue
		}
		for _, m := range re.FindAllStringSubmatchIndex(l.s, -1) {
			out = append(out, Span{Secret, m[2], m[3], MaskOf(Secret)})
		}
	}
	return out
}
