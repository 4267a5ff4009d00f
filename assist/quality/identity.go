package quality

import (
	"regexp"
	"strings"
)

var (
	checks = pat(`\b(date of birth|birth ?date|birthday|post ?code|zip ?code|maiden name|security (question|code|check|word|details|number)|memorable|pass ?(phrase|word)|last (four|4|three|3|two|six)\b|first line of (your|the) address|verify|identif\w+|identity|(confirm|check|who) .{0,12}(who (i'm|i am)|your (identity|details|name and))|(passport|social security|national insurance|id) number|(confirm|give me|take|have|tell me) your (full |registered )?(name|address)\b.{0,40}\b(address|birth|and)|security\b|full name and)`,
		`核实|验证|核验|核对.{0,8}(身份|信息|本人|资料)|身份证|证件|出生|生日|(后|末|前)(四|4|三|3|六|6|两|2)位|预留|密保|验证码|(是|为)(机主|户主)?本人|安全问题|户名|开户(行|人|时)|登记的?(手机|姓名|地址)`)
	weakChecks = pat(`(your (full |last |sur|first )?name\b|who am i (speaking|talking)|(order|reference|booking|reservation|confirmation|licen[cs]e|claim|invoice|serial|account|customer|card|policy|member|membership|patient|contract|job) (number|reference)|(phone|number|mobile|e-?mail|address)\b|(the |and )(sur|last |first )?name\b)`, `(贵姓|姓名|全名|名字|怎么称呼|叫什么)|(订单|工单|合同|客户|保单|运单|单|驾照|预约|就诊卡|会员)号|卡号|账号|手机|电话|地址|邮箱`)
	skips      = pat(`(never mind|skip|don't worry about|no need (for|to)|won't need|don't need|not going to bother|forget|without) (about )?(the |that|your |any |to |with )?(security|verif\w*|identi\w*|check|that|it|confirm)|i trust you|i believe you|doesn't match|does not match|that's not what (i|we) have`, `(不用|不需要|算了|免了|跳过|没必要|就不).{0,6}(核实|核对|验证|身份)|对不上|不一致|不匹配|信息不符|相信您`)
	tells      = pat(`\byour (current |available |latest |last |new |outstanding )?(balance|account|card|order|payment|transaction|statement|policy|bill|loan|claim|contract|parcel|package|subscription|booking|limit|salary|debt|mortgage|refund|tariff|usage)s?\b.{0,24}\b(is|was|has|shows|ends|expires|comes|stands|are|were|'s)\b|\b(i can|i) see (that |here |your |you|there|two|three|one|a |an )|\b(balance|limit|bill|outstanding|overdrawn)\b.{0,24}[£$€\d]|\byou (have|owe|paid|spent|made|ordered|withdrew|currently)\b.{0,24}[£$€\d]|\bi('ve| have)( now| just| already)? (blocked|cancelled|canceled|changed|updated|reset|frozen|stopped|removed|closed|transferred|moved|increased|unlocked|raised|sent (it|the|a|you))|(is|it's|that's|been) (now )?(blocked|cancelled|frozen|unlocked|updated|changed|reset)\b|\b(i'll|i will|let me) (just )?(block|freeze|reset|unlock|cancel|close|change|update|pull up|read out|open) (it|your|the|that)`,
		`(您|你)的?(账户|余额|账单|卡|订单|流水|交易|保单|贷款|额度|积分|套餐|话费|包裹|信用卡|工资|欠款|公积金|社保)[\p{Han}]{0,8}(是|为|有|显示|还剩|目前|现在|欠|尾号|\d)|余额(是|为|还|有|一共|\d)|(查到|看到|查询到|显示)(了|您|你|这|有|是)|您名下|(已经?|帮您|给您|为您|替您)(.{0,6})(挂失|冻结|注销|修改|更改|解锁|重置|止付|改好|停掉|转出|转账)|您(上|这|本)(个)?(月|笔|次).{0,8}(消费|账单|还款|用了|花了)`)
	requests = pat(`^(and |okay,? |right,? )?(the |your )?(order|name|sur|e-?mail|post|phone|mobile|address|number)|\b(give|tell|provide|need|have|confirm|please|take)\b`, `报|提供|说一?下|核对|告诉|麻烦|请|^.{2,14}(号码?|姓名|手机|电话)[。.]?$`)
	notYet   = pat(`\b(before|once|after|until|first|need to|to (block|cancel|change|access|discuss|look)|so (that )?i can|in order)\b`, `之前|前，|需要先|首先|之后|以后|先.{0,6}核|为了|才能`)
)

// told is the first turn in which the agent says what only the account's owner should hear, or changes the account.
func (j *judge) told() (sentence, []int) {
	for _, s := range j.sents {
		if s.who == Agent && j.volunteers(s) {
			return s, nil
		}
		if s.who != Agent || s.asks || notYet.in(s.text) {
			continue
		}
		if m := acted.find(s.text); m != nil && !negated(s.text, m[0]) {
			return s, m
		}
		if m := holdings.find(digits(s.text)); m != nil && digits(s.text) == s.text {
			return s, m
		} else if m != nil {
			return s, nil
		}
		for _, m := range tells.all(digits(s.text)) {
			if m[0] < len(s.text) && m[1] <= len(s.text) && !negated(s.text, m[0]) {
				return s, m
			}
			if digits(s.text) != s.text {
				return s, nil
			}
		}
	}
	return sentence{turn: -1}, nil
}

// acted is something done to what is the caller's.
var acted = pat(`\bi('ve| have)( now| just| already)? (switched|swapped|upgraded|downgraded|rebooked|rescheduled|amended|re-?issued|refunded|credited|extended|renewed|activated|deactivated|taken (it|that|him|her|them) off|amended|added|put (it|that|him|her) (on|through))\b|\b(it's|that's|they're) (now |all )?(cancelled|canceled|moved|changed|added|rebooked|extended|off|taken off)\b|^(okay,? |right,? |all )?(rebooked|switched|rescheduled|upgraded|moved|cancelled|added|amended|extended)\b`,
	`(给|帮|为)(您|你|他|她|您家|对方).{0,4}(换|改|转|升级|取消|注销|开通|关闭|解绑|挂失|延期|退)(成|到|好|了|掉)|(已|已经)(换|改|取消|注销|升级|解绑|挂失)(成|到|好|了)`)

// holdings are what somebody has or owes.
var holdings = pat(`\b(there's|there is|there are|you've got) [£$€]?\d[\d,.]* ?(pounds|dollars|euros|quid)? (in (there|it|the account|your)|left|on it|outstanding)`, `(卡|账|账户|名下|里面|户头)(上|里)?(有|还有|还剩|剩|欠)了?\d|欠款\d`)

// places are where somebody lives or can be reached.
var places = pat(`\b(\d+[a-z]? (?:[a-z]+ ){1,3}(?:street|road|lane|avenue|drive|way|close|court|rise|square|st|rd)|ending (?:in )?\d{2,4})\b`, `[\p{Han}]{1,8}(路|街|巷|大道|小区|花园|苑)[\p{Han}]{0,4}\d+[号弄栋幢座室]|尾号(是|为)?\d{3,4}`)

// volunteers reports whether the agent says an address or a number of the caller that nobody in the call had said.
func (j *judge) volunteers(s sentence) bool {
	for _, m := range places.all(s.text) {
		before := false
		word := s.text[m[0]:m[1]]
		number := onlyDigits.FindString(word)
		for _, o := range j.sents {
			if o.turn < s.turn && o.who == Caller && strings.Contains(o.text, number) {
				before = true
			}
		}
		if !before {
			return true
		}
	}
	return false
}

var onlyDigits = regexp.MustCompile(`\d+`)

// unchecked is a fact that the check was not made; untouchedFact one that nothing was opened that it is for.
var (
	unchecked     = pat(`\b(was|were|did|has|had|is)(n't| not) (been )?(check\w*|verif\w*|asked? (for|who)|identif\w*|matched)\b|\bwithout (check|verif|ask)\w*`, `(没有?|未)(先)?(核对|核实|验证|核验|确认)(身份|本人|信息)?|不算(核对|核实|验证)`)
	touchedFact   = pat(`\b(file|record|account|booking|order|details?|results?|bill|balance|history|contract|membership|policy|itinerary|usage)s?\b.{0,40}\b(was|were|is|are) (\w+ )?(opened|read|discussed|given|changed|looked|told|altered|cancelled|moved)\b`, `(账户|用气量|用量|欠费|余额|账单|订单|工单|病历|记录|资料|金额|行程|套餐|合约|户主|姓氏|地址)[^，。；]{0,16}(被|已)?(读出|说出|改动|变更|查看|打开|改签|透露)`)
	untouchedFact = pat(`\b(?:no|nothing)\b.{0,40}\b(record|booking|account|order|file|membership|policy|entry|profile)s?\b.{0,20}\b(was|were|is) (\w+ )?(opened|looked|changed|touched|read|accessed|altered)`, `没有?(查看|打开|改动|动|查询|调取|翻看)[^，。]{0,8}(订单|记录|资料|档案|账户|信息|保单)`)
)

func (j *judge) identityDue() bool {
	for _, f := range j.facts {
		if untouchedFact.in(f.text) {
			return false
		}
	}
	for _, f := range j.facts {
		if identityFact.in(f.text) {
			return !f.frees
		}
	}
	for _, f := range j.facts {
		if touchedFact.in(f.text) && !denies.MatchString(f.text) {
			return true
		}
	}
	s, _ := j.told()
	if s.turn >= 0 {
		return true
	}
	for _, s := range j.sents {
		if s.who == Agent && checks.in(s.text) {
			return true
		}
	}
	return false
}

var identityFact = pat(`identi|verif|security (check|question)|authenticat|who (they|the caller|he|she)|\b(caller|customer|visitor|guest|patient|member|parent|owner|person|they|he|she) (has|have|had|needs?|ought|is|was|were) to be (checked|matched|recognised|asked)|\b(is|was|are) not the (caller|customer|owner|holder)`, `身份(?:[^证]|$)|核实|验证|核验|核身|[须需要先](?:先)?(?:核对|确认)|(?:确认|是不是|是否)[^，。]{0,8}本人|核对[^，。]{0,8}本人`)

func (j *judge) identity() (outcome, error) {
	tell, _ := j.told()
	if o := j.skipped(tell); o != nil {
		return *o, nil
	}
	weak, weakAt := 0, sentence{turn: -1}
	for _, s := range j.sents {
		if s.who != Agent {
			continue
		}
		late := tell.turn >= 0 && (tell.turn < s.turn || tell.turn == s.turn && tell.start < s.start)
		m, err := j.checked(s)
		if err != nil {
			return outcome{}, err
		}
		if m == nil {
			if weakChecks.in(s.text) && !late && (s.asks || requests.in(s.text)) {
				weak += len(weakChecks.all(s.text))
				weakAt = s
			}
			continue
		}
		o := j.found(s, m, 0.85, "wording", "the agent asked for what only the caller knows")
		if late {
			o.value, o.by, o.why = No, "timing", "the check came after the account was discussed"
			o.ev = append(o.ev, j.evidence(tell, nil))
		}
		return o, nil
	}
	if weak >= 2 {
		return j.found(weakAt, nil, 0.55, "wording", "the agent asked for two things about the caller"), nil
	}
	for _, s := range j.sents {
		if m := guarded.find(s.text); s.who == Agent && m != nil && tell.turn < 0 {
			return j.found(s, m, 0.65, "wording", "nothing was told to somebody who had not been checked"), nil
		}
	}
	o := absent("nothing was asked that only the caller knows")
	if tell.turn >= 0 {
		o.ev, o.by = []Evidence{j.evidence(tell, nil)}, "timing"
	}
	return o, nil
}

// skipped is the fact, or the agent's word before something of the account was told, that nobody was checked; nil without.
func (j *judge) skipped(tell sentence) *outcome {
	for _, f := range j.facts {
		if unchecked.in(f.text) && !f.frees {
			return &outcome{value: No, conf: 0.8, by: "facts", why: "a fact says that nothing was checked"}
		}
	}
	for _, s := range j.sents {
		if s.who == Agent && skips.in(s.text) && (tell.turn > s.turn || tell.turn < 0) {
			o := j.found(s, skips.find(s.text), 0.75, "wording", "the check was skipped or had failed")
			o.value = No
			return &o
		}
	}
	return nil
}

// checked is where an agent's sentence asks for what only the caller knows, nil where it does not.
func (j *judge) checked(s sentence) ([]int, error) {
	if m := checks.find(s.text); m != nil && !negated(s.text, m[0]) {
		return m, nil
	}
	if !s.asks && !requests.in(s.text) || routine.in(s.text) {
		return nil, nil
	}
	l, err := j.leans("identity", s)
	if err != nil || !l.does() {
		return nil, err
	}
	return []int{0, len(s.text)}, nil
}

// guarded are the words of an agent who says nothing to whom it does not concern.
var guarded = pat(`\b(can|could|may|able to|allowed to) only (talk|speak|discuss|give|tell)|\b(can't|cannot|couldn't|not able to|not allowed to) (discuss|talk about|say|tell you|give (you|out)|share|go into)\b|\b(personal|private|confidential) (matter|business)|only (talk|speak) to (him|her|them)`, `只能(跟|和|向|对)?.{0,4}本人|不(能|方便|可以)(透露|告诉|说|提供)|(必须|需要|得)本人|涉及(隐私|个人)`)
