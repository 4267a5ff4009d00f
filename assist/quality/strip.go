package quality

import "strings"

// strip takes conditions and order off a question and returns what is left.
func (p *plan) strip(lang, s string) string {
	s = strings.TrimSpace(strings.TrimRight(s, "?？。. "))
	s = untitled(s)
	if m := colon.FindStringSubmatch(s); m != nil && !openPart.in(m[1]) && !endPart.in(m[1]) {
		if s = m[2]; !heading(m[1], m[2]) {
			p.when[lang] = m[1]
		}
	}
	if lang == "en" {
		return p.stripEN(rolesEN.ReplaceAllString(s, "$1 caller"))
	}
	return p.stripZH(evenZH.ReplaceAllString(rolesZH.ReplaceAllString(s, "客户"), ""))
}

// cutOut is s without what m has matched.
func cutOut(s string, m []int) string { return strings.TrimSpace(s[:m[0]] + " " + s[m[1]:]) }

func (p *plan) stripEN(s string) string {
	if m := beforeEN.FindStringSubmatchIndex(s); m != nil {
		m = wholeList(s, m)
		p.before = s[m[2]:m[3]]
		s = cutOut(s, m)
	}
	if m := afterEN.FindStringSubmatchIndex(s); m != nil && strings.HasPrefix(s[m[0]:], "after") {
		p.after = s[m[2]:m[3]]
		s = cutOut(s, m)
	}
	if m := conditionIn(s); m != nil && p.when["en"] == "" && !askedWhen(s, m[0]) && !placeWhen.MatchString(s[:m[0]]) {
		before, clause := s[:m[0]], s[m[2]:m[3]]
		if w := caseOf(before, clause); w != "" && !edgeOfCall.MatchString(w) && !(m[0] > 0 && describesAgent.MatchString(w)) && !even.MatchString(before) {
			p.when["en"] = w
		}
		s = strings.TrimSpace(excepted.ReplaceAllString(before, "") + " " + strings.TrimLeft(s[m[3]:], ", "))
	}
	if m := leadClause.FindStringSubmatchIndex(s); m != nil && p.when["en"] == "" {
		m = wholeList(s, m)
		if w := s[m[2]:m[3]]; !edgeOfCall.MatchString(w) && !openPart.in(w) && !endPart.in(w) && !wholeCall.MatchString(w) {
			p.when["en"] = w
			s = cutOut(s, m)
		}
	}
	return strings.TrimSpace(leadEN.ReplaceAllString(strings.TrimSpace(s), ""))
}

func (p *plan) stripZH(s string) string {
	left := func(s string) string { return strings.TrimSpace(leadZH.ReplaceAllString(strings.Trim(s, " ，,"), "")) }
	if m := beforeZH.FindStringSubmatchIndex(s); m != nil {
		before := s[m[2]:m[3]]
		if p.before != "" {
			before = p.before + " " + before
		}
		p.before = before
		s = cutOut(s, []int{m[0], m[3]})
	}
	if p.when["zh"] != "" {
		return left(s)
	}
	if m := condition.zh.FindStringSubmatchIndex(s); m != nil && m[0] < 12 {
		if w := s[m[2]:m[3]]; !edgeOfCall.MatchString(w) && !describesAgent.MatchString(w) {
			p.when["zh"] = w
		}
		return left(cutOut(s, m))
	}
	if m := edgeZH.FindStringIndex(s); m != nil {
		return left(cutOut(s, m))
	}
	m := conditionZH.FindStringSubmatchIndex(s)
	if m == nil {
		return left(s)
	}
	if w := s[m[2]:m[3]]; !openPart.zh.MatchString(w) && !endPart.zh.MatchString(w) { // "at the end of the call" is a place
		p.when["zh"] = w
	}
	return left(cutOut(s, m))
}
