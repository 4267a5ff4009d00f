package quality

import (
	"regexp"
	"strings"
)

// --- who is calling whom ---

var (
	nameEN = regexp.MustCompile(`\b(?:[Mm]y name(?:'s| is)|[Yy]ou(?:'re| are) (?:speaking|talking) (?:to|with)|[Tt]he name's|[Cc]all me) (?:the )?([A-Za-z][\w-]+)|\b(?:I'm|I am|[Tt]his is|[Ii]t's|[Ii]'m) ([A-Z][a-z]+)\b|\b([A-Z][a-z]+) (?:speaking|here\b|at your service|on the line)|\bthis is ([a-z]+) (?:speaking|how|from|at|with|in|on)\b|\b(?:i'm|i am) ([a-z]+) (?:from|with|and|how|your)\b|\b([a-z]+) speaking\b`)
	// notNames follow "I'm" and "this is" without being anybody's name.
	notNames = words(`sorry afraid happy here going not calling glad just looking checking the a an your our is who am are about pleased from with in on customer support northern you still really very so only ok okay right great good fine that this what how all it service services
bank sales billing technical help helpdesk claims monday tuesday wednesday thursday friday english we i someone well hello hi thanks thank yes no please sure done back currently listening able unable ready trying working interested confident absolutely certain terrible awful strange ringing phoning`)
	companyNoun = `bank|banking|insurance|assurance|energy|telecom\w*|mobile|broadband|group|ltd|limited|shop|stores?|council|hotline|helpdesk|airlines?|airways|hotels?|clinic|power|water|gas|electric\w*|motors|care|direct|online|media|travel|rail|railways?|logistics|parcels?|express|delivery|retail|home|homes|credit|card|cards|finance|financial|savings|building society|mutual|wealth|capital|tech|technology|software|systems|networks?|networks|supermarkets?|outlet|market|pharmacy|university|city hall|tax office|office|agency|department|customer (?:service|services|care|support|team)|support|services?|industries|manufacturing|appliances?|electronics|machines?|tools`
	companyEN   = regexp.MustCompile(`(?:\b(?:this is|you're through to|you are through to|you've reached|you have reached|welcome to|calling from|thank(?:s| you) for (?:calling|phoning|ringing|contacting|choosing)|from|at|with|here at|to|^hello,?|^hi,?|morning,?|afternoon,?|evening,?)\s+(?:the )?)((?:[a-z&'-]+ ){0,3}?(?:` + companyNoun + `))\b`)
	thanksFor   = regexp.MustCompile(`\b(?:thank(?:s| you) for (?:calling|phoning|ringing|contacting|choosing)|welcome to|you're through to|you've reached|you have reached|calling from) (?:the )?([a-z][\w-]+)`)
	vagueFirm   = regexp.MustCompile(`^(?:your|our|my|a|which|what|the|that|this|any|another|customer|us|you|in|today|back|with|me|i|help|how)\b.*|^(?:customer )?(?:support|service|services|care|team|department|office|online|mobile|home|card|credit)$`)
	proper      = regexp.MustCompile(`\b[A-Z][A-Za-z&]+\b`)
	common      = words(`hello hi good morning afternoon evening day how my this i thank thanks welcome can may could what yes is are please the your sorry for and name speaking calling today you i'm it's we our let okay ok right sure no a an of at mr mrs ms miss dr sir madam
who do did have would that there so just before monday tuesday wednesday thursday friday saturday sunday not well hey customer service services support team yep yeah yup cool order number one moment if which help to in on it as with am`)
	zhFirm   = `银行|公司|集团|保险|商城|客服|热线|中心|电信|移动|联通|证券|基金|医院|酒店|大厅|服务台|平台|旗舰店|商店|专营店|店|航空|电力|燃气|科技|电器|汽车|物流|快递|超市|售后|局|厂|政务|支付|网|出行|外卖|制造|机械|家电|电子|人寿|财险|街道|社区|办|家居|优选|严选|便民`
	firmZH   = regexp.MustCompile(`(?:这里是|这边是|这是|我是|欢迎(?:您)?(?:致电|拨打|来到|使用|来电)|感谢(?:您)?(?:致电|拨打|来电|选择)|^您好[，,！!。 ]*|^你好[，,！!。 ]*|[，,。！! ]|^)\s*([\p{Han}a-z0-9]{1,10}?(?:` + zhFirm + `))`)
	hereIs   = regexp.MustCompile(`^(?:这里是|这边是|这是|我是|我们是|欢迎(?:您)?(?:致电|拨打|来到|来电)|感谢(?:您)?(?:致电|拨打|来电))`)
	pairName = regexp.MustCompile(`^ [A-Z][a-z]`)
	firmLead = regexp.MustCompile(`^,? (good|how|hello|hi|can i|may i|what can)\b`)
	vagueZH  = regexp.MustCompile(`^(?:我们?|贵|你们|您的|您|哪|客户?|人工|服务|在线|请|这|那|本|什么|智能|一|打|查|办|有|要|可以|能|帮)`)
	nameZH   = regexp.MustCompile(`我(?:叫|姓)[\p{Han}a-z]|工号[\p{Han}:： ]{0,3}[\d一二三四五六七八九零〇幺a-z]|(?:我是|这里是|这边是|我是.{0,12}的)[\p{Han}a-z]{0,12}?小[\p{Han}](?:[，,。！! ]|很|为|请|，|$)|(?:客服|专员|坐席|顾问|经理|话务员|工程师|客户经理)[\p{Han}]{0,2}?(?:小[\p{Han}]{1,2}|[\p{Han}]{2,3})(?:，|,|。|！|很高兴|为您|竭诚|请问|$)|[\d一二三四五六七八九零〇幺]{2,8}号?(?:客服|坐席|话务员|专员)?(?:[\p{Han}]{0,3})?(?:，|,)?(?:很高兴)?为您服务|小[\p{Han}](?:，|,)?(?:很高兴|竭诚|将)?为您服务|我是[\p{Han}]{2,3}[，,。！]|免贵姓|叫我小|由[\p{Han}]{2,3}为您服务`)
	noName   = regexp.MustCompile(`我是(?:客服|银行|中心|公司|说|问|想|在|要)(?:[，,。！]|$)|客服(?:中心|热线|部门|人员)|我叫(?:什么|人|车)`)
)

// name looks for the company's or the agent's name in the opening.
func (j *judge) name(c concept, window []sentence) outcome {
	for _, s := range window {
		m := ownName(s)
		if c.name == "company" {
			m = firm(s, m, s.turn == j.agent[0])
		}
		if m != nil {
			return j.found(s, m, 0.85, "wording", "a name was given")
		}
	}
	if c.name == "company" {
		if s, m := j.heading(window); m != nil {
			return j.found(s, m, 0.6, "wording", "the call was answered with a name")
		}
	}
	return absent("no name was given in the opening")
}

// heading is where the first words of the agent are only a name: "Northline Mobile, Owen here", "星河通信，请讲".
func (j *judge) heading(window []sentence) (sentence, []int) {
	if len(window) == 0 || window[0].turn != j.agent[0] {
		return sentence{}, nil
	}
	for i, s := range window {
		if i > 1 || s.turn != j.agent[0] {
			break
		}
		if m := headEN.FindStringSubmatchIndex(s.raw); m != nil && len(s.raw) == len(s.text) {
			return s, m[2:4]
		}
		if m := headZH.FindStringSubmatchIndex(s.text); m != nil && !clauseZH.MatchString(s.text[m[2]:m[3]]) {
			return s, m[2:4]
		}
	}
	return sentence{}, nil
}

var (
	headEN   = regexp.MustCompile(`^(?:(?:Hello|Hi|Hey|Good \w+|Welcome to|Thanks? (?:you )?for calling)[,.!]? )?((?:[A-Z][\w&'.]*(?: (?:of|and|the|for|[A-Z&][\w&'.]*))+))(?:,| here\b|\.$|$)`)
	headZH   = regexp.MustCompile(`^(?:您好|你好|喂|早上好|上午好|下午好)?[，,]?(?:欢迎(?:致电|来电|拨打)?|这里是|这儿是)?(\p{Han}{4,12}?)(?:您好|你好|[，,。]|$)`)
	clauseZH = regexp.MustCompile(`请|您|你|我|什么|有|是|说|问|帮|吗|呢|怎|好|要|在|哪`)
)

// ownName is where an agent's own name stands in s.
func ownName(s sentence) []int {
	raw := strings.NewReplacer("’", "'", "‘", "'").Replace(s.raw)
	for _, m := range nameEN.FindAllStringSubmatchIndex(raw, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] < 0 || notNames[strings.ToLower(raw[m[g]:m[g+1]])] {
				continue
			}
			if rest := strings.ToLower(raw[m[g+1]:]); regexp.MustCompile(`^ (?:` + companyNoun + `)\b`).MatchString(rest) {
				continue // "this is Northwind Bank"
			}
			return []int{m[0], m[1]}
		}
	}
	t := noName.ReplaceAllString(s.text, "　")
	if m := nameZH.FindStringIndex(t); m != nil {
		if t == s.text {
			return m
		}
		return []int{0, len(s.text)}
	}
	return nil
}

// firm is where a company's name stands in s; own is where the agent's name does.
func firm(s sentence, own []int, first bool) []int {
	for _, m := range companyEN.FindAllStringSubmatchIndex(s.text, -1) {
		if !vagueFirm.MatchString(s.text[m[2]:m[3]]) {
			return m[2:4]
		}
	}
	for _, m := range thanksFor.FindAllStringSubmatchIndex(s.text, -1) {
		if !vagueFirm.MatchString(s.text[m[2]:m[3]]) {
			return m[2:4]
		}
	}
	for _, m := range firmZH.FindAllStringSubmatchIndex(s.text, -1) {
		from := m[2] + len(hereIs.FindString(s.text[m[2]:m[3]]))
		if rest := s.text[from:m[3]]; !vagueZH.MatchString(rest) && len([]rune(rest)) > 2 {
			return []int{from, m[3]}
		}
	}
	if !first || s.asks && own == nil && !strings.Contains(s.text, ",") {
		return nil
	}
	for _, m := range proper.FindAllStringIndex(s.raw, -1) {
		if rest := s.raw[m[1]:]; m[0] == 0 && !pairName.MatchString(rest) && !firmLead.MatchString(strings.ToLower(rest)) {
			continue
		}
		w := strings.ToLower(s.raw[m[0]:m[1]])
		if common[w] || own != nil && m[0] >= own[0] && m[1] <= own[1] || len(w) < 3 {
			continue
		}
		return m
	}
	return nil
}

// --- who is it ---

var (
	checks = pat(`\b(date of birth|birth ?date|birthday|post ?code|zip ?code|maiden name|security (question|code|check|word|details|number)|memorable|pass ?(phrase|word)|last (four|4|three|3|two|six)\b|first line of (your|the) address|verify|identif\w+|identity|(confirm|check|who) .{0,12}(who (i'm|i am)|your (identity|details|name and))|(passport|social security|national insurance|id) number|(confirm|give me|take|have|tell me) your (full |registered )?(name|address)\b.{0,40}\b(address|birth|and)|security\b|full name and)`,
		`核实|验证|核验|核对.{0,8}(身份|信息|本人|资料)|身份证|证件|出生|生日|(后|末|前)(四|4|三|3|六|6|两|2)位|预留|密保|验证码|(是|为)(机主|户主)?本人|安全问题|户名|开户(行|人|时)|登记的?(手机|姓名|地址)`)
	weakChecks = pat(`(your (full |last |sur|first )?name\b|who am i (speaking|talking)|(order|reference|booking|claim|invoice|serial|account|customer|card|policy|membership|contract|job) (number|reference)|(phone|number|mobile|e-?mail|address)\b|(the |and )(sur|last |first )?name\b)`, `(贵姓|姓名|全名|名字|怎么称呼|叫什么)|(订单|工单|合同|客户|保单|运单)号|卡号|账号|手机|电话|地址|邮箱`)
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
var acted = pat(`\bi('ve| have)( now| just| already)? (switched|swapped|upgraded|downgraded|rebooked|rescheduled|amended|re-?issued|refunded|credited|extended|renewed|activated|deactivated)\b|^(okay,? |right,? |all )?(rebooked|switched|rescheduled|upgraded)\b`,
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

func (j *judge) identityDue() bool {
	for _, f := range j.facts {
		if identityFact.in(f.text) {
			return !f.frees
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

var identityFact = pat(`identi|verif|security (check|question)|authenticat|who (they|the caller|he|she)`, `身份|核实|验证|核验|本人`)

func (j *judge) identity() outcome {
	tell, _ := j.told()
	weak, weakAt := 0, sentence{turn: -1}
	for _, s := range j.sents {
		if s.who == Agent && skips.in(s.text) {
			if tell.turn > s.turn || tell.turn < 0 {
				o := j.found(s, skips.find(s.text), 0.75, "wording", "the check was skipped or had failed")
				o.value = No
				return o
			}
		}
	}
	for _, s := range j.sents {
		if s.who != Agent {
			continue
		}
		m := checks.find(s.text)
		if m != nil && negated(s.text, m[0]) {
			m = nil
		}
		late := tell.turn >= 0 && (tell.turn < s.turn || tell.turn == s.turn && tell.start < s.start)
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
		return o
	}
	if weak >= 2 {
		return j.found(weakAt, nil, 0.55, "wording", "the agent asked for two things about the caller")
	}
	o := absent("nothing was asked that only the caller knows")
	if tell.turn >= 0 {
		o.ev, o.by = []Evidence{j.evidence(tell, nil)}, "timing"
	}
	return o
}

// --- what is it about ---

var (
	restates = pat(`^(okay|ok|right|alright|sure|i see|got it)?,? ?so[, ]+(just |basically |what )?(you|your|it|the|to|that|there|it's|that's|when|i understand|we)|\bto (confirm|clarify|be clear|recap|summari[sz]e|make sure)|let me (make sure|just make sure|check i|confirm|repeat|recap|see if i|just (confirm|check i|recap|make))|if i('ve| have)? (understand|understood|got|heard)|\b(you're|you are|you were) (saying|calling|asking|looking|trying|wanting|after|having|ringing|phoning|locked|unable)|\byou('d| would) (like|want)|you want(ed)? (to|me|a|your|us)|sounds like|(i understand|i see) (that )?(you|your)|do you mean|am i right|in other words|what i'm hearing|you need (to|a|your|us|me)`,
		`(您|你)(的意思|是(想|要|说|需要|打算|问|指|希望)|想(要|办|查|咨询|问|了解|取消|退|换|申请)|需要(办|查|咨询|申请|退|换)|说的是|反映的?(问题|情况)?是|咨询的是|的(问题|需求|诉求)是|要(办|查|咨询|退|换|申请)|希望)|(跟|和|与|向)您(确认|核对|复述)|确认一下|我(复述|总结|重复|理解)|也就是说|就是说|(明白|了解|清楚)了?[，,]?(您|也就是|就是)`)
	probes = pat(`\b(how (much|many)|what (amount|size|colou?r|date|day|time|seems|exactly|happened|is the|kind|type|sort|was|does|model|error|do you|were|would)|when did|when was|which\b|where did|where was|how (long|many|often|much) (have|has|did|are|do)|have you (tried|checked|already|got|noticed|had)|did you|was (it|the|there|that)|is (it|the|there|that) (for|a|the|on|still|a|in|your)|do you (have|know|remember|want|need|see|still)|could you (tell|describe|explain|give me (more|some))|can you (tell|describe|explain|give me (more|some)|walk)|tell me (more|a bit|what|about)|(are|were) you|anything unusual|more (detail|about)|\w+ or (the|a|is|to|did|do|would|from|for|by|on|at|your)\b.*\?)`,
		`什么(时候|问题|情况|原因|时间|地方|型号|颜色|提示|方式)|具体|哪(个|里|种|一|款|家|天)|是不是|有没有|多久|几(天|次|号|点)|是(在|从|通过|因为|想|要|什么).{0,16}(吗|呢|还是)|还是|怎么(回事|了|样)|描述一下|详细说|方便(说|告诉|讲)`)
	routine = pat(`anything else|how (can|may) i help|what can i (do|help)|date of birth|postcode|security|verify|who am i|your name`, `有什么可以帮|什么可以帮|需要什么(帮助|服务)|还有什么|其他|核实|身份|贵姓|姓名`)
	restate = pat(`summari|paraphras|repeat|restat|reflect|play back|played back|recap|own words`, `复述|总结|归纳|重复`)
	probe   = pat(`\bquestions?\b|prob(e|ing)|clarif|explor|find out|found out|ask`, `询问|提问|追问|挖掘|澄清|探寻|引导`)
)

// need looks for the agent saying back what the caller wants, or asking about it.
func (j *judge) need(q *Question, window []sentence) outcome {
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	wantBack, wantAsk := restate.in(ask), probe.in(ask)
	if !wantBack && !wantAsk {
		wantBack, wantAsk = true, true
	}
	said := map[string]bool{}
	next := 0
	for _, s := range window {
		for ; next < len(j.sents) && j.sents[next].turn < s.turn; next++ {
			if j.sents[next].who == Caller {
				for w := range terms(j.sents[next].text) {
					said[w] = true
				}
			}
		}
		if len(said) == 0 || routine.in(s.text) {
			continue
		}
		mine := terms(s.text)
		both := 0
		for w := range mine {
			if said[w] {
				both++
			}
		}
		if m := restates.find(s.text); wantBack && m != nil && (both >= 1 || len(mine) <= 1 || s.asks || confirms.in(s.text) || firm1.in(s.text)) || wantBack && m == nil && backAgain.in(s.text) {
			return j.found(s, m, 0.8, "wording", "the agent said back what the caller wants")
		}
		if wantBack && both >= 2 && 3*both >= len(mine) && (s.asks || strings.HasSuffix(s.text, "right?") || confirms.in(s.text)) {
			return j.found(s, nil, 0.6, "wording", "the agent said back the caller's words")
		}
		if m := probes.find(s.text); wantAsk && m != nil && s.asks {
			return j.found(s, m, 0.7, "wording", "the agent asked about what the caller wants")
		}
		if m := hinted(q.Hints[j.lang], s); m != nil && len(q.plan.want) == 1 {
			return j.found(s, m, 0.65, "wording", "a phrase of the hints was said")
		}
	}
	return absent("the agent neither said back nor asked what the caller wants")
}

// backAgain is a statement about the caller that asks for a yes.
var backAgain = pat(`^.{0,12}\b(you|you've|you're|your)\b.{15,}\b(right|correct|yes|is that it|is that so)\?$`, `(您|你).{6,}(是吗|对吗|对吧|是吧|对不对|没错吧|是不是)[？?]?$`)

var firm1 = pat(`\b(so|okay|right)\b,? you|you('d| would) like|you want(ed)? to|you're (calling|asking|looking|trying)|sounds like`, `(您|你)(是想|的意思|反映的)`)

var confirms = pat(`\b(right|correct|is that)\b`, `对吗|对吧|是吗|是吧|没错吧`)

// --- interruptions, tone ---

var (
	letMe   = pat(`\b(let me (finish|speak|talk|explain)|stop interrupting|don't interrupt|(you )?keep (interrupting|cutting)|if you'd let me|i (wasn't|haven't|hadn't) finished|i was(n't)? (still )?(speaking|talking|saying))\b`, `让我(把话)?说完|(别|不要|老|总)(是)?打断|先听我(说|讲)|我(还没|没)说完|能不能让我说`)
	cutOff  = regexp.MustCompile(`(-|—|–|…|\.\.\.|——|-\s*)$`)
	overlap = 0.8 // seconds of talking at once that count as an interruption
)

func (j *judge) interrupt(q *Question) outcome {
	fine, broken := Yes, No
	if !q.plan.good {
		fine, broken = No, Yes
	}
	for i, t := range j.call.Turns {
		if side(t.Who) == Caller && letMe.in(fold(t.Text)) {
			for _, s := range j.sents {
				if s.turn == i {
					o := j.found(s, nil, 0.8, "wording", "the caller complained of being interrupted")
					o.value = broken
					return o
				}
			}
		}
		if i == 0 || side(t.Who) != Agent || side(j.call.Turns[i-1].Who) != Caller {
			continue
		}
		before := j.call.Turns[i-1]
		if before.EndS-t.StartS >= overlap || cutOff.MatchString(strings.TrimSpace(before.Text)) && before.EndS-t.StartS > -0.15 {
			for _, s := range j.sents {
				if s.turn == i {
					o := j.found(s, nil, 0.75, "timing", "the agent began while the caller spoke")
					o.value = broken
					return o
				}
			}
		}
	}
	return outcome{value: fine, conf: 0.75, by: "timing", why: "nobody was cut short"}
}

// snarl finds what sounds rude without one of the usual words: a short sharp turn that answers nothing.
func (j *judge) snarl(window []sentence) *outcome {
	for _, s := range window {
		if m := sharp.find(s.text); m != nil {
			o := j.found(s, m, 0.6, "wording", "a sharp answer")
			return &o
		}
	}
	for _, s := range j.sents {
		if s.who == Caller {
			if m := hurt.find(s.text); m != nil {
				o := j.found(s, m, 0.6, "wording", "the caller complained of the tone")
				return &o
			}
		}
	}
	return nil
}

var (
	sharp = pat(`^(yes|yeah|what|well),? ?(what|what is it|what do you want|and)\?$|^(what|what now|and\?|so\?|yeah\?)$|(that's|it's) all i('ve| have) to say|i('m| am) not (going to|here to) (argue|listen|repeat|discuss)|you're (wrong|not listening|being|the one)|don't blame (me|us)|blame yourself|(you|people) (never|always) (read|listen|do|say)|not going to happen|take it or leave it|(i|we) can't (help|do) (it|anything) if you`, `^(干嘛|干什么|怎么了|又怎么|啥事|说)[？?。]?$|你(听|看)(清楚|好)|(跟|和)你说不清|你(自己)?不(看|听|会)|怎么(这么|那么)(笨|烦|多事|麻烦)|您这(人|个人)|你这(人|个人)|嫌.{0,4}(慢|贵)(你|您)?就|不(想|愿意)(等|办|用)(就|拉倒)|(就)?拉倒|(我|我们)(就)?(这|这个)(态度|规定)|不满意(就|你就|您就)|那(是|就是)(你|您)(的|自己)`)
	hurt  = pat(`\b(don't (talk|speak) to me like that|(you're|you are|that's|that was|how|so|very|no need to be|don't be) (so |very |being |extremely )?(rude|patronising|patronizing|dismissive|sarcastic|impolite)|watch your tone|your (tone|attitude))\b`, `(你|您)(这|这是|这个)?(什么|啥)?态度|态度(怎么|太|这么|真)|怎么(说话|这么跟|这样跟)|你(怎么)?(这样|这么)说话`)
)

var (
	letFinish = regexp.MustCompile(`finish|speak|end of|complete|room to|time to|hear|get a word in|说完|讲完|把话`)
)
