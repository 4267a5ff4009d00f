package quality

import (
	"regexp"
)

// avoided reports whether the question asks for the absence of a thing. A denial inside a clause that only describes the
// thing ("a date that is not theirs to give", "无权保证的结果") does not, nor one that follows what is asked about.
// In two languages that differ the first one counts: the second has more words that look like a denial.
func (p *plan) avoided(cores []string) bool {
	for _, core := range cores[:min(1, len(cores))] {
		s := relative.ReplaceAllString(examples.in(core), " ")
		s = saidNo.ReplaceAllString(s, " ")
		s = describedZH.ReplaceAllString(directZH.ReplaceAllString(ill.ReplaceAllString(s, " "), " "), " ")
		if len(p.want) == 0 { // what is told may well be not to do a thing
			s = toldWhat.en.ReplaceAllString(toldWhat.zh.ReplaceAllString(s, " "), " ")
		}
		m := avoids.find(s)
		if m == nil {
			continue
		}
		if plainDenial.MatchString(s[m[0]:m[1]]) && (p.trails(s, m) || handsRE.MatchString(s[m[0]:])) {
			continue
		}
		return true
	}
	return false
}

// saidNo is a refusal of the caller's, which the question does not deny.
var saidNo = regexp.MustCompile(`\b(?:said|say|says|saying|a|after|told them) no\b|说(?:了)?不(?:要|用|买|需要)?了?`)

// toldWhat is what somebody was told.
var toldWhat = pat(`\b(?:told|tell|remind\w*|warn\w*|advis\w*|inform\w*|instruct\w*|said|say|ask\w*|explain\w*|mention\w*|made clear)\b.*$`, `(?:告知|告诉|提醒|嘱咐|叮嘱|要求|说明|讲明|建议|劝|让客户|叫客户|请客户).*$`)

// trails reports whether the denial at m comes after what the question is about and does not deny that.
func (p *plan) trails(s string, m []int) bool {
	for _, c := range p.want {
		if c.kind != forbidden && c.name != "interrupt" || c.asks.en == nil {
			continue
		}
		if at := c.asks.en.FindStringIndex(s); at != nil && at[1] <= m[0] && !undone.MatchString(s[m[1]:]) {
			return true
		}
	}
	return false
}

// checkFirst reads questions that name the identity check only as what must come first: "did the agent avoid telling
// anything before the caller was verified?", "was data given without a check?".
func (p *plan) checkFirst(en, zh string) {
	if p.noticeOfRecording() { // which comes first, not the check
		return
	}
	for _, c := range conceptsNamed("identity") {
		skipped := uncheckedEN.MatchString(en) || uncheckedZH.MatchString(directZH.ReplaceAllString(zh, " "))
		items := p.before != "" && (itemsTaken.in(en) || itemsTaken.in(zh)) && touches.in(p.before)
		inOrder := items || (c.asks.in(p.before) || checked.in(p.before)) && !c.asks.in(en) && !c.asks.in(zh)
		if !skipped && !inOrder || len(p.want) > 0 && p.want[0].kind == forbidden && p.want[0].name != "rude" {
			return
		}
		rest := uncheckedZH.ReplaceAllString(uncheckedEN.ReplaceAllString(en+" ; "+zh, " "), " ")
		p.want, p.before, p.anyOf = []concept{c}, "", false
		p.bad = !items && !avoids.in(directZH.ReplaceAllString(rest, " ")) && !keeps.in(rest)
		p.good = !p.bad
	}
}

// noticeOfRecording reports whether p asks for nothing but that the caller was told of the recording.
func (p *plan) noticeOfRecording() bool {
	return len(p.want) == 1 && p.want[0].name == "recording" && toldOf.in(p.core["en"]+" ; "+p.core["zh"])
}

// toldOf are words for what the caller is told of the call itself.
var toldOf = pat(`\b(calls?|line|conversation|being|is|are) .{0,12}(record|tap)(ed|ing)\b|\b(recording|taping)\b|\btaped\b`, `录音|录制`)

var (
	// itemsTaken are things by which somebody is known, asked for; touches is what they have to come before.
	itemsTaken = pat(`\b(licen[cs]es?|passport|id|ids|reference|(booking|order|policy|customer|account|member\w*|reservation|case) (number|reference)|surname|post ?code|date of birth|two (details|items|identifiers)|phone number|security)\b.{0,40}\b(taken|asked|obtained|requested|checked|given|collected|confirmed|noted|required)\b`, `(要|问|核对|验证|索取|确认|登记|查)了?.{0,8}(驾照|证件|证号|单号|订单号|手机号|卡号|会员号|姓名|身份)`)
	touches    = pat(`\b(chang\w*|alter\w*|amend\w*|open\w*|discuss\w*|access\w*|look\w*|stop\w*|cancel\w*|detail\w*|records?|account|address|booking|order|hire|information|data|anything|any)\b`, `变更|修改|更改|改|查|打开|透露|拦|取消|办理|谈|告知`)

	relative    = regexp.MustCompile(`\b(?:that|which|who|whom|whose)\b [^,;?]*`)
	describedZH = regexp.MustCompile(`(?:没有|缺乏|毫无)[^，,。没未不无]{0,3}(?:依据|根据|把握|授权|权限|资格|批准)的|(?:未经|无权|无法|不能|不可|不该|不应|不属于|不在)[^，,。没未]{0,10}的`)
	// handsRE describes what is not for the agent to give.
	handsRE     = regexp.MustCompile(`^(?:not|never|without)\b.{0,24}\b(?:theirs|hands|power|authority|entitled|allowed|permitted|say|control|remit|job)\b`)
	plainDenial = regexp.MustCompile(`^(?:not|no|never|without|n't|instead of|rather than)$`)
	undone      = regexp.MustCompile(`^ ?(?:\w+ )?(?:made|given|used|said|present|heard|there|happen\w*|occur\w*)\b`)
	uncheckedEN = regexp.MustCompile(`\bwithout (?:first |having |properly |any |an? |the )*(?:check\w*|verif\w*|confirm\w*|authenticat\w*|identi\w*|security|establish\w*)[^,;?]*`)
	uncheckedZH = regexp.MustCompile(`(?:未经?|没有?|尚未|未曾|不)(?:先|进行|经过)?(?:核实|核验|验证|核对|确认)(?:客户|来电人|对方|本人)?的?(?:身份|信息)?(?:的情况下)?[，,]?(?:就|便|即|直接)?`)
	checked     = pat(`(caller|customer|client|identity|they|person)\b.{0,20}(verified|identified|authenticated|checked|confirmed|cleared|security|pro(?:ved|ven)|passed)|security checks?`, `核实|核验|验证|身份|核身`)
	keeps       = pat(`\b(withh[eo]ld|hold back|kept? .{0,20}(back|private|confidential)|refuse[sd]?|decline[sd]?|wait(ed)?|safeguard|protect)`, `拒绝|保密|暂不|先不|保护`)
)

// inverted turns the answer about a duty into the answer to a question that asks for its breach.
func inverted(o outcome) outcome {
	switch o.value {
	case Yes:
		o.value = No
	case No:
		o.value = Yes
	}
	return o
}

// exampleWords begin what a question only names as examples.
type exampleWords struct{ en, zh *regexp.Regexp }

var examples = exampleWords{regexp.MustCompile(`,? (?:such as|for example|for instance|like|e\.g\.) [^;?]*`), regexp.MustCompile(`[，,、]?(?:比如|例如|诸如|譬如|像是)[^；;？?]*|说了不算`)}

// in is s without its examples.
func (e exampleWords) in(s string) string {
	return e.zh.ReplaceAllString(e.en.ReplaceAllString(s, " "), " ")
}
