package quality

import (
	"regexp"
	"strings"
)

var (
	condition = pat(`\b(?:(?:if|when|whenever|wherever|where|in case|provided that)\b|should\b(?: the| an?| any| they| it)) (.+?)(?:,|$|\?| did the agent| does the agent| was the )`,
		`(?:如果|若|如|要是|倘若|假如|遇到|遇|对于|针对|当|在)(.{2,30}?)(?:时候?|的情况下?|的话|后|，|,)`)
	// leadClause is a case that a question begins with: "for a visit that was booked, ...". wholeCall is none.
	leadClause = regexp.MustCompile(`^(?:for|on|in (?:respect of |the event of )?|with|once|upon|to|at|during|among|faced with) ?\b([^,?]{4,80}), `)
	wholeCall  = regexp.MustCompile(`\b(?:calls?|conversation|line|all|every|general|whole|times?)\b`)
	// listed is a condition that lists several things, of which one is enough.
	listed = regexp.MustCompile(`\b(?:if|when|whenever|wherever|where|in case)\b ([^?]+?,? or [^,?]+), `)
	orEN   = regexp.MustCompile(`,? or |, `)
	orZH   = regexp.MustCompile(`或者?|、|，`)
)

// colon is a case before a colon and what is asked of it: "caller upset: feelings acknowledged?"
var colon = regexp.MustCompile(`^([^:：?？。]{4,60})[:：] ?(.{3,})$`)

// title is the number and the name of a rule that a question begins with, verdict the word for keeping it that ends one.
var (
	title   = regexp.MustCompile(`^(?:§ ?)?\d+(?:\.\d+)*[.)、]? *([^:：。?？]{2,40})[:：] *`)
	verdict = regexp.MustCompile(`[.;。；] *(?:conforms?|conforming|compliant|complied with|met|ok|符合(?:要求|规定)?|达标|合格)[?？.。 ]*$`)
)

// untitled takes the number of a rule off a question and puts its name behind it, where it is no case.
func untitled(s string) string {
	s = verdict.ReplaceAllString(s, "")
	if m := title.FindStringSubmatch(s); m != nil {
		return s[len(m[0]):] + " ; " + m[1]
	}
	return s
}

// notHad is a condition that something could not be had; refused is a fact that says so.
var (
	notHad  = pat(`(couldn't|could not|can't|cannot|unable to|not able to) (do|give|get|offer|meet|grant|help|book|find|provide)|not to be had|\b(not|n't|no|without|un)\b ?.{0,24}\b(free|available|granted|possible|met|offered|suit\w*)|unavailable|\bfull\b|sold out|refused|turned down`, `(没有|没|不能|无法|不可)(空|号|位|满足|安排|办理|提供|办到|实现|满|了|$)|已满|不可得|满足不了|办不(了|到)|订满|售罄`)
	refused = pat(`\b(full|sold out|unavailable|not (free|available|possible|offered)|no \w+( \w+)? (was|is|were|are) (free|available|left|possible)|booked (up|out)|(cannot|can't|could not|couldn't) be|out of stock|no longer (available|offered))\b`, `(排|约|订|报|住|坐)满|满员|无号|无票|没有?(号|位|票|房|座|名额|货|空)了?$|不能(安排|办|开|恢复|网上|再|改|提供)|不合适|无法(安排|办理|提供|满足|上门)|缺货|售罄|已无`)
)

// conditionIn is where the condition of an English question stands, nil if it has none: the whole and what it says.
func conditionIn(s string) []int {
	m := condition.en.FindStringSubmatchIndex(s)
	if m == nil {
		return nil
	}
	if l := listed.FindStringSubmatchIndex(s); l != nil && l[0] == m[0] && l[3] > m[3] && !mainClause.MatchString(s[m[3]:l[3]]) {
		return l
	}
	return m
}

// mainClause begins with a comma and what a question asks.
var mainClause = regexp.MustCompile(`, (?:did|does|do|was|were|is|are|has|have|had|could|can|the (?:agent|caller|customer)|they|he|she)\b`)

// wholeList is m, which matched a clause in its first group as far as a comma, as far as the list goes that begins there: "before booking,
// changing or disclosing anything, did ...".
func wholeList(s string, m []int) []int {
	rest := s[m[3]:]
	if at := mainClause.FindStringIndex(rest); at != nil && at[0] == 0 {
		return m
	}
	l := restOfList.FindStringIndex(rest)
	if l == nil {
		return m
	}
	end := m[3] + l[1]
	return []int{m[0], min(end+1, len(s)), m[2], end} // with the comma behind it
}

// restOfList are the other members of a list, short ones but for the last.
var restOfList = regexp.MustCompile(`^(?:, \w+(?: \w+){0,2})*,? or [^,?:;]+`)

// partOnly stands before a case of a part of what is asked: "... were right and, where not guaranteed, ...".
var partOnly = regexp.MustCompile(`\b(?:and|or),? $|; $`)

// excepted stands before what frees of a duty.
var excepted = regexp.MustCompile(`\b(?:save|except|other than|unless),? $`)

// caseOf is the case that clause names behind before, "" where it names none of the whole question.
func caseOf(before, clause string) string {
	if partOnly.MatchString(before) {
		return ""
	}
	if !excepted.MatchString(before) {
		return clause
	}
	at := denials["en"].FindStringIndex(clause)
	if at == nil { // duties that were done already
		return ""
	}
	return strings.TrimSpace(clause[:at[0]] + clause[at[1]:])
}

// heading reports whether what stands before a colon only names what is asked behind it: "Evidence of authentication: were ...".
func heading(title, rest string) bool {
	at := condition.en.FindStringIndex(rest)
	return asksWhole.MatchString(rest) && (noun.MatchString(title) || at != nil && at[0] == 0)
}

var (
	asksWhole = regexp.MustCompile(`^(?:did|does|do|was|were|is|are|has|have|had|where|when|if)\b`)
	noun      = regexp.MustCompile(`^(?:\w+[- ])?\w+(?:tion|ment|ness|ity|[ae]nce) of \b`)
)

// either are the alternatives of a condition, each of which is enough.
func either(when string) []string {
	split := orEN
	if orZH.MatchString(when) {
		split = orZH
	}
	var out []string
	for _, a := range split.Split(when, -1) {
		if a = strings.TrimSpace(a); len(terms(a)) > 0 {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return []string{when}
	}
	return out
}
