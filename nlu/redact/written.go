package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Values whose shape tells what they are.
var (
	iban    = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]{4}){2,7}(?:[ -]?[A-Z\d]{1,3}\b)?`)
	plateZH = regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Y][·.\s]?[A-HJ-NP-Z\d零〇一二三四五六七八九幺洞拐两]{5,6}(?:[^A-Za-z\d]|$)`)
	ninUK   = regexp.MustCompile(`\b[A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b`)
	plateUK = regexp.MustCompile(`\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b`)
	ssnUS   = regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`)
	hkID    = regexp.MustCompile(`\b[A-Z]{1,2}\d{6}\s?[(（][\dA][)）]`)
	dvlaUK  = regexp.MustCompile(`\b[A-Z]{2,5}9{0,3}\s?\d{6}\s?[A-Z9]{2}\s?\d?[A-Z]{2}(?:\s?\d{2})?\b`)
	serveZH = regexp.MustCompile(`\p{Han}字第\s?\d{5,8}号?`)
	// wordNumber is a word with a number behind it, as people make passwords and names to sign in with of them, and letterNumber
	// letters with a long number, as what identifies somebody is written.
	wordNumber   = regexp.MustCompile(`\b[A-Za-z][a-z]{3,}\d{3,}[!?@#*]*`)
	letterNumber = regexp.MustCompile(`\b[A-Z]{1,3}\d{6,10}\b`)
	// expiry is how a card's end is written.
	expiry = regexp.MustCompile(`(?i)(?:\bexp(?:iry|ires|iration)?(?: date)?|valid (?:thru|until|to)|有效期(?:至|到)?|到期)[\s:：.,是为]*((?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d{2})\b`)
)

// formed finds what by its form can be nothing but somebody's.
func formed(l look) []Span {
	if !l.numbers {
		return nil
	}
	s := l.s
	var out []Span
	for _, re := range []*regexp.Regexp{ninUK, plateUK, ssnUS, hkID, dvlaUK, serveZH} {
		for _, m := range re.FindAllStringIndex(s, -1) {
			out = append(out, Span{ID, m[0], m[1], MaskOf(ID)})
		}
	}
	for _, m := range plateZH.FindAllStringIndex(s, -1) {
		end := m[0] + len(strings.TrimRightFunc(s[m[0]:m[1]], func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		out = append(out, Span{ID, m[0], end, MaskOf(ID)})
	}
	return out
}

// shaped finds values by what people write so, beside other things.
func shaped(s string, h hint) []Span {
	var out []Span
	for _, m := range iban.FindAllStringIndex(s, -1) {
		out = append(out, Span{Account, m[0], m[1], MaskOf(Account)})
	}
	for _, m := range expiry.FindAllStringSubmatchIndex(s, -1) {
		out = append(out, Span{Secret, m[2], m[3], MaskOf(Secret)})
	}
	for _, m := range wordNumber.FindAllStringIndex(s, -1) {
		w := strings.ToLower(s[m[0]:m[1]])
		if !late[strings.TrimRight(w, "0123456789")] && !about(s, m[0]) {
			out = append(out, Span{Secret, m[0], m[1], MaskOf(Secret)})
		}
	}
	for _, m := range letterNumber.FindAllStringIndex(s, -1) {
		if !about(s, m[0]) && !ofThing(s, m[0]) && h.idle < m[1]-m[0] {
			out = append(out, Span{ID, m[0], m[1], MaskOf(ID)})
		}
	}
	return out
}

var tokenCode = regexp.MustCompile(`^[A-Za-z\d@][A-Za-z\d_\-./]{4,}`)

// tokenAt is the end of a written value at i that mixes letters and digits, 0 when there is none.
func tokenAt(s string, i int) int {
	w := tokenCode.FindString(s[i:])
	w = strings.TrimRight(w, ".-_")
	digits := 0
	for j := range len(w) {
		if isASCIIDigit(w[j]) {
			digits++
		}
	}
	if digits < 2 && !strings.ContainsAny(w, "_@") || strings.Trim(w, "0123456789.-") == "" {
		return 0
	}
	if r, _ := utf8.DecodeRuneInString(s[i+len(w):]); unicode.IsLetter(r) && !unicode.Is(unicode.Han, r) {
		return 0
	}
	return i + len(w)
}

// Letters said one by one.
var (
	spelled     = regexp.MustCompile(`(?i)(?:\b[a-z](?: for [a-z]+| as in [a-z]+)?\b[\s,.\-，、]*(?:and |then |空格[\s，、]*)?(?:double )?){3,}[a-z]\b(?: for [a-z]+\b| as in [a-z]+\b)?`)
	spelledOnce = regexp.MustCompile(`(?i)\b(?:spell(?:ed|ing|t|s)?|surname|first name|last name|family name|my name|name is|name's)\b|名字|姓名|拼音|怎么拼|拼写`)
)

// spellsOut reports whether letters said one by one are so many that they spell something, and not the alphabet.
func spellsOut(s string) bool {
	n, rising, last := 0, 0, ""
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) || unicode.Is(unicode.Han, r) }) {
		if len(w) != 1 {
			continue
		}
		if last != "" && w[0] == last[0]+1 {
			rising++
		}
		n, last = n+1, w
	}
	return n >= 5 && rising < n-2
}

// spellings finds names that are spelled: letters one by one where somebody speaks of a name, or was asked for one.
func spellings(s string, asked bool) []Span {
	about := asked || spelledOnce.MatchString(s)
	var out []Span
	for _, m := range spelled.FindAllStringIndex(s, -1) {
		if !about && !spellsOut(s[m[0]:m[1]]) {
			continue
		}
		out = append(out, Span{Name, m[0], m[1], MaskOf(Name)})
	}
	for _, m := range threeLetters.FindAllStringSubmatchIndex(s, -1) {
		if word := s[m[2]:m[3]] + s[m[4]:m[5]] + s[m[6]:m[7]]; saidBefore(upTo(s, m[0]), word) {
			out = append(out, Span{Name, m[0], m[1], MaskOf(Name)})
		}
	}
	return out
}

// threeLetters are as many said one by one: too few to tell a name, if they do not spell one that was said.
var threeLetters = regexp.MustCompile(`(?i)\b([a-z])[\s,.\-]+([a-z])[\s,.\-]+([a-z])\b`)

// saidBefore reports whether s has a word in it.
func saidBefore(s, word string) bool {
	for _, w := range latinWords(s) {
		if strings.EqualFold(w.text, word) {
			return true
		}
	}
	return false
}
