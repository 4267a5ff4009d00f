package quality

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// A form calls the two sides of a call what its trade calls them: the dispatcher and the owner, 接线员 and 主人. Who is who
// shows in how its questions use the words, all questions together: one side acts, the other is told and asked. The questions
// are read with the plain words in their place.

var (
	actsEN = regexp.MustCompile(`(?:(?:^|[,;] )(?:did|does|has|have|could|can) (?:the|an?|our)|(?:^|[,;] )(?:the|an?|our)) (member of staff|[a-z]{3,20}) [a-z]+`)
	toldEN = regexp.MustCompile(`\b(?:was|were|is|are) (?:the|an?|every|each|any) ([a-z]{3,20}) (?:told|given|asked|informed|warned|reminded|advised|offered|made|thanked|helped|able|shown|allowed|left)\b|\b(?:the|an?|every|each|any) ([a-z]{3,20}) (?:was|were|is|are|has been|had been) (?:told|given|asked|informed|warned|reminded|advised|offered|made|thanked|helped|shown|allowed|left|upset|angry|annoyed|worried|unhappy|anxious|distressed)\b|\b(?:tell|told|ask|asked|inform|informed|remind|reminded|warn|warned|advise|advised|give|gave|let|thank|thanked|help|helped|promise|promised|assure|assured|insult|insulted|mock|mocked) (?:the|an?|every|each|any) ([a-z]{3,20})\b`)
	actsZH = regexp.MustCompile(`(?:^|[，,])([\p{Han}]{2,4}?)(?:是否|有没有|有无|是不是|始终|从不|没有|从未|一直|能否|是如何)`)
	toldZH = regexp.MustCompile(`(告知|告诉|提醒|嘱咐|通知|请|让|向|对|跟|给|帮|问|安抚|感谢|核实|确认|打断|要求)([\p{Han}]{2})`)

	// neither are words in those places that are neither side.
	neitherEN = words(`call conversation opening greeting answer answers closing phone line agent caller customer client price prices fee fees information words tone name names address account booking order record
recording charge charges issue problem request matter way rest same first last other one details identity company file end reason cost`)
	neitherZH = regexp.MustCompile(`[时前后中间候里上下]$|^(通话|电话|开场|开头|结尾|全程|客服|客户|坐席|出现|做到|说明|对方|自己|别人|他人|其他|本次|整个|过程)|[是否有没无不说讲问给的了]`)
)

// roles finds out how the form calls the two sides and says the plain words in its questions instead.
func (f *Form) roles() {
	agent, caller := f.rolesEN()
	mine, theirs := f.rolesZH()
	for i := range f.Questions {
		q := &f.Questions[i]
		en, zh := fold(q.TextEn), fold(q.TextZh)
		if agent != nil {
			en = agent.ReplaceAllString(en, "agent")
		}
		if caller != nil {
			en = caller.ReplaceAllString(en, "caller")
		}
		for _, w := range mine {
			zh = strings.ReplaceAll(zh, w, "客服")
		}
		for _, w := range theirs {
			zh = strings.ReplaceAll(zh, w, "客户")
		}
		q.read, q.notes = map[string]string{}, map[string][]remark{}
		q.read["en"], q.notes["en"] = unremarked(en)
		q.read["zh"], q.notes["zh"] = unremarked(zh)
	}
	n := 0
	for i := range f.Questions {
		if f.Questions[i].mayNotApply() {
			n++
		}
	}
	for i := range f.Questions {
		f.Questions[i].others = n
	}
}

// reads is the text of a question in a language as it is read: folded, without its remarks, with the plain words for both
// sides of a call.
func (q *Question) reads(lang string) string {
	s, _ := q.parts(lang)
	return s
}

// remarks are what a question says of how it is answered.
func (q *Question) remarks(lang string) []remark {
	_, notes := q.parts(lang)
	return notes
}

func (q *Question) parts(lang string) (string, []remark) {
	if q.read != nil {
		return q.read[lang], q.notes[lang]
	}
	return unremarked(fold(map[string]string{"en": q.TextEn, "zh": q.TextZh}[lang]))
}

// rolesEN are the words for the agent and for the caller, nil for no other than the plain ones.
func (f *Form) rolesEN() (agent, caller *regexp.Regexp) {
	acts, told := map[string]int{}, map[string]int{}
	for _, q := range f.Questions {
		text := fold(q.TextEn)
		for _, m := range actsEN.FindAllStringSubmatch(text, -1) {
			acts[m[1]]++
		}
		for _, m := range toldEN.FindAllStringSubmatch(text, -1) {
			told[m[1]+m[2]+m[3]]++
		}
	}
	var mine, theirs []string
	for w, n := range acts {
		if told[w] < n && often(n, len(f.Questions)) && !neitherEN[w] {
			mine = append(mine, w)
		}
	}
	for w, n := range told {
		if n >= 2 && acts[w] <= n && !neitherEN[w] {
			theirs = append(theirs, w)
		}
	}
	return nouns(mine), nouns(theirs)
}

// nouns matches any of the words, also in the plural.
func nouns(list []string) *regexp.Regexp {
	if len(list) == 0 {
		return nil
	}
	return regexp.MustCompile(`\b(?:` + strings.Join(list, "|") + `)s?\b`)
}

// often is in three questions at least, and in a fifth of all.
func often(n, of int) bool { return n >= 3 && 5*n >= of }

// rolesZH are the words for the agent and for the caller.
func (f *Form) rolesZH() (agent, caller []string) {
	acts, told, by := map[string]int{}, map[string]int{}, map[string]map[string]bool{}
	for _, q := range f.Questions {
		text := fold(q.TextZh)
		for _, m := range actsZH.FindAllStringSubmatch(text, -1) {
			acts[m[1]]++
		}
		for _, m := range toldZH.FindAllStringSubmatch(text, -1) {
			told[m[2]]++
			if by[m[2]] == nil {
				by[m[2]] = map[string]bool{}
			}
			by[m[2]][m[1]] = true
		}
	}
	for w, n := range acts {
		if told[w] < n && often(n, len(f.Questions)) && !neitherZH.MatchString(w) {
			agent = append(agent, w)
		}
	}
	for w, n := range told {
		if n >= 3 && len(by[w]) >= 2 && acts[w] < n && !neitherZH.MatchString(w) {
			caller = append(caller, w)
		}
	}
	slices.SortFunc(agent, longest)
	slices.SortFunc(caller, longest)
	return agent, caller
}

// longest puts longer words first, so that none is replaced within another.
func longest(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) }

// callers says the plain words for callers of common trades in a text that no form goes with.
func callers(text string) string {
	return rolesZH.ReplaceAllString(rolesEN.ReplaceAllString(text, "$1 caller"), "客户")
}
