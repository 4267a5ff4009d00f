package redact

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	// password is a secret that people change.
	password = words(`\b(?:pass ?words?|pass ?codes?|pass ?phrase|pin|(?:door|gate|alarm|safe|lock) code)\b|密码|口令|暗号`)
	// setTo is what stands before what it was or will be changed to.
	setTo = words(`\b(?:(?:chang|updat)(?:ed?|ing)|re ?set|set(?:ting)?|switch(?:ed)?|put|ma(?:k|d)e) (?:it|that|this|mine|ours|(?:the|my|our|its) (?:password|pass ?code|pin|code)) (?:back )?(?:to |as )?|(?:改|换|设|重置|设置|改回|换回)(?:成|为|到|做)(?:了)?`)
	// setOther is what is no password: a day, a time, an amount, a place in a list.
	setOther = words(`\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|april|may|june?|july?|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|o'clock|[ap]m|minutes?|hours?|days?|option|percent)\b|[£$€%]|[\d零一二两三四五六七八九十百]\s*(?:月|号|日|点|块|元|个|份|年|分钟?|楼|层|折|公斤|斤)|星期|周[一二三四五六日末]|礼拜`)
	// endsSet ends what it was changed to.
	endsSet = regexp.MustCompile(`[,.;:!?，。；！？]|(?i) (?:then|now|instead|and|but|because|so|is|was|okay|ok|please)\b|了|吧|算了|行吗|行不行|可以吗|好吗|的话|$`)
)

// mostSet is how many letters of a turn are taken as what a password was changed to.
const mostSet = 40

// changedTo finds what a password was or will be changed to, where a turn before spoke of one: "I changed it to ...", "那我换成...". What has
// neither a figure nor a name's capital is a way ("to something else", 换成指纹) and stays.
func changedTo(s string, h hint) []Span {
	if !h.password || companys(h.who) {
		return nil
	}
	var out []Span
	for _, m := range setTo.FindAllStringIndex(s, -1) {
		start := m[1] + len(s[m[1]:]) - len(strings.TrimLeft(s[m[1]:], " "))
		rest := upToRune(s[start:], mostSet)
		end := start + endsSet.FindStringIndex(rest)[0]
		if v := s[start:end]; tellsSecret(v) && !setOther.MatchString(v) {
			out = append(out, Span{Secret, start, end, MaskOf(Secret)})
		}
	}
	return out
}

// tellsSecret reports whether v looks like a password: with figures, however they are said, or Latin letters among Chinese, or a capital.
func tellsSecret(v string) bool {
	n := 0
	for _, r := range runs(lex(v)) {
		n += len(r.digits)
	}
	return n >= 3 || v != "" && strings.ContainsFunc(v, func(r rune) bool { return unicode.IsUpper(r) || unicode.IsDigit(r) })
}

// upToRune is the beginning of s, of at most n letters.
func upToRune(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// speaksOfPassword reports whether a turn of a call speaks of a password.
func speaksOfPassword(said []saying) bool {
	for _, t := range said {
		if t.who != "" && password.MatchString(simple(t.text)) {
			return true
		}
	}
	return false
}
