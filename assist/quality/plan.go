package quality

import (
	"regexp"
	"slices"
	"strings"
)

// plan is what a question was understood to ask.
type plan struct {
	want      []concept // all of them must be there, or one of them with anyOf; empty: judged by meaning alone
	anyOf     bool
	who       string
	part      part
	good      bool               // for a forbidden thing: yes means that it did not happen
	when      map[string]string  // conditions by language, folded: the question applies when they hold
	before    string             // what it must come before, folded; "" for nothing
	after     string             // what it must come after
	bad       bool               // yes is the bad answer to a question whose concept is a duty: "was anything told without a check?"
	bad2      bool               // yes is the bad answer to a question about what was said: "was anything untrue?"
	core      map[string]string  // what is asked, without "did the agent", by language
	quote     map[string]string  // by language: the statement that the question is about, word for word
	settled   bool               // words of the question say which answer is the bad one
	lenient   bool               // another question of the form asks whether all was right, so this one does not
	noneIsYes bool               // the question says itself that yes means that nothing happened
	loose     bool               // none of the usual words of a concept stands in the question
	worded    sense              // how it asks by its words, once it was read by meaning
	sense     *leanings          // how it asks by words and meaning; nil without what was learnt
	trust     float64            // how sure what was learnt is of want, 0..1
	mayAsk    []reading          // what it may ask for by its meaning
	profiles  map[string]profile // which acts it is about, by language, once it was read by meaning
}

// failOn is the bad answer to the question.
func (p plan) failOn() Value {
	if p.sense != nil {
		return map[bool]Value{true: Yes, false: No}[p.sense.surest() == happened]
	}
	if p.bad || p.bad2 {
		return Yes
	}
	if len(p.want) > 0 && (p.want[0].kind == forbidden || p.want[0].name == "interrupt") && !p.good {
		return Yes
	}
	if len(p.want) == 0 && bad.in(p.core["en"]+" "+p.core["zh"]) && !p.good {
		return Yes
	}
	return No
}

var (
	conditionZH = regexp.MustCompile(`^([^否没么]{2,24}?)(?:时|的情况下|的话|的)[，,]`)
	beforeEN    = regexp.MustCompile(`\b(?:before|prior to|ahead of|until after|until (?:the|they|he|she|it|identity))\b (.+?)(?:,|\?|$)`)
	beforeZH    = regexp.MustCompile(`(?:在|于)?([\p{Han}a-z、]{2,24}?)(?:[（(][^（）()]{1,40}[）)])?(?:(?:之前|以前|前)(?:，|,|是否|先|有没有|客服|就|即|已)|(?:之前|以前)(?:告知|说明|提示|提醒|声明))`)
	afterEN     = regexp.MustCompile(`\b(?:after|once|following)\b (.+?)(?:,|\?|$)`)
	// avoids are the words that make the absence of something the good answer.
	avoids = pat(`\b(avoid\w*|refrain\w*|without|not|never|no|free (of|from)|abstain\w*|stop short|stopped short|ke(?:pt|eps?)(?: (?:well )?away)? from|steer\w* (?:well )?clear|stay\w* (?:well )?(?:clear|away|within)|shun\w*|devoid|absence|withh[eo]ld\w*|h[eo]ld back|resist\w*|nothing|nobody|no one|none|neither|within (?:their|what|the|his|her)|instead of|rather than|n't)\b|\bn't|\b(polite|courteous|respectful|professional|patient|civil|friendly|patience|courtesy|respect|let .{0,20}(finish|speak))(ly)?\b`,
		`避免|避开|回避|杜绝|守住|没有|[都也]没|没[^。？！]{1,24}吧|做到不|不许|留有?余地|好声好气|未|不得|不曾|杜绝|无违规|并非|不(做|作|给|对|向|承诺|保证|使用|打断|随意|擅自|轻易|夸大|粗鲁|存在|出现|得|能|该)|没(做|作|给|对|打断)|礼貌(?:用语)?|文明|尊重|耐心|友好|专业|让客户说完`)
	directZH = regexp.MustCompile(`有没有|有无|是否有|是不是`)
	bad      = pat(`\b(unauthori[sz]ed|improper|inappropriate\w*|wrong(ly)?|incorrect\w*|mislead\w*|violat\w*|complain about|gossip|lie|lied|hang up|argue)\b|\bby (?:the )?\w+ (?:itself|themselves|himself|herself)\b|\bon (?:their|his|her) own (?:account|authority|initiative)\b|\b(?:instruct|permit|allow|encourage|let)\w* .{0,50}\b(?:themselves|themself|himself|yourself)\b`, `(?:自己|自行|私自|随意)(?:建议|决定|给|答应|推荐|判断|诊断|改|处理|拆|安装|操作|更换)|违规|不当|擅自|错误|误导|违反|泄露`)
	leadEN   = regexp.MustCompile(`^(?:(?:did|does|has|have|was|were|is|are|could|can)(?:n't)? (?:the |an? )?(?:agent|advisor|operator|rep(?:resentative)?|bot|caller|customer|they|he|she)(?:'s)?\s*|(?:the )?agent )`)
	leadZH   = regexp.MustCompile(`^(?:客服|坐席|话务员|员工|客户|来电人)?(?:人员|代表)?(?:是否|有没有|有无|是不是)?(?:已经|已|有)?(?:主动)?`)
	openPart = pat(`\b(open(ing|s|ed)?|start|beginning|begin|outset|first)\b`, `开场|开头|开始|接通|首先`)
	endPart  = pat(`\b(end|ending|clos(e|ing)|conclu\w+|hang(ing)? up|ring(ing)? off|finish)\b`, `结束|结尾|挂机|挂断|挂电话|收尾|最后`)
)

// newPlan reads a question. Given names of concepts, it asks for these whatever its words are.
func newPlan(q *Question, names ...string) plan {
	p := plan{who: Agent, core: map[string]string{}, when: map[string]string{}}
	var cores []string
	for _, lang := range []string{"en", "zh"} {
		text := q.reads(lang)
		if text == "" {
			continue
		}
		core := p.strip(lang, text)
		p.core[lang] = core
		if when := q.appliesWhen(lang); p.when[lang] == "" && when != "" {
			p.when[lang] = when
		}
		cores = append(cores, core)
	}
	p.caller(q.reads("en"), q.reads("zh")) // who is meant to speak
	switch {
	case len(names) > 0:
		p.named(names)
	default:
		p.choose()
		if p.loose = len(p.want) == 0; p.loose && !p.saysThat() {
			p.guess(q)
		}
	}
	en, zh := p.core["en"], p.core["zh"]
	last := endPart.in(p.before) // "before ending the call" is a place, not an order
	if last {
		p.before = ""
	}
	whole := leftOpen.ReplaceAllString(q.reads("en")+" "+q.reads("zh"), " ")
	if openPart.in(whole) {
		p.part = opening
	} else if last || endPart.in(en+" "+zh) {
		p.part = closing
	}
	p.bothNames(q)
	p.eitherName(q)
	if p.quote == nil {
		p.quoted(q)
	}
	p.good = p.avoided(cores) || avoids.in(leadingNot(q.reads("en")))
	p.settled = p.good
	p.checkFirst(en, zh)
	p.settlePolarity(q)
	if p.noneIsYes = q.yesIfNot(); p.noneIsYes {
		p.good, p.bad, p.bad2, p.settled = true, false, false, true
	}
	p.anyOf = p.anyOf || orRE.MatchString(en) && !strings.Contains(en, " and ") || en == "" && strings.Contains(zh, "或") && !strings.ContainsAny(zh, "和及并与")
	return p
}

// quoted: a question of whether a statement was made that stands in the question is about just that.
func (p *plan) quoted(q *Question) {
	quote := map[string]string{}
	if m := quoteEN.FindStringSubmatch(q.reads("en")); m != nil {
		quote["en"] = m[1] + m[2]
	}
	if m := quoteZH.FindStringSubmatch(q.reads("zh")); m != nil {
		quote["zh"] = m[1]
	}
	if len(quote) == 0 || len(p.want) > 0 && p.want[0].kind == forbidden {
		return
	}
	p.want, p.quote = nil, quote
}

var (
	quoteEN = regexp.MustCompile(`\b(?:statement|notice|notification|wording|sentence|announcement|warning|disclaimer|declaration) that (.+?),? (?:was |is |be |been )?(?:read|said|given|made|played|spoken|announced)\b|"([^"]{8,})"`)
	quoteZH = regexp.MustCompile(`[“"「『]([^”"」』]{4,})[”"」』]`)
)

// saysThat: a question of whether it was said that something is so is about just that.
func (p *plan) saysThat() bool {
	m := thatEN.FindStringSubmatch(p.core["en"])
	if m == nil {
		return false
	}
	p.quote = map[string]string{"en": m[1]}
	if m := thatZH.FindStringSubmatch(p.core["zh"]); m != nil {
		p.quote["zh"] = m[1]
	}
	return true
}

var (
	thatEN = regexp.MustCompile(`^(?:clearly |also )?(?:say|said|state[ds]?|mention(?:ed|s)?|explain(?:ed|s)?|point(?:ed)? out|ma(?:k|d)e (?:it )?clear|(?:tell|told|remind(?:ed)?|inform(?:ed)?|warn(?:ed)?)(?: the \w+)?) that ((?:\S+ ?){3,})$`)
	thatZH = regexp.MustCompile(`(?:说明|告知|提醒|讲明|说清|强调|交代)(?:了|过)?(?:客户)?(.{3,})$`)
)

// bothNames: the name of the place and the agent's own, whatever the place is called.
func (p *plan) bothNames(q *Question) {
	if len(p.want) == 0 || !slices.Contains([]string{"company", "ownname", "greeting"}, p.want[0].name) || !placeAndOwn.in(q.reads("en")+" ; "+q.reads("zh")) {
		return
	}
	for _, name := range []string{"company", "ownname"} {
		if !slices.ContainsFunc(p.want, func(c concept) bool { return c.name == name }) {
			p.named([]string{name})
		}
	}
}

var placeAndOwn = pat(`\b[a-z]+'s name (and|or|,).{0,24}\b(own|name|who|call(ed)?)\b|\bname of the [a-z]+ and .{0,20}\b(own|name|who)\b`, `[\p{Han}](名称?|名字)(和|及|与|、|并|以及)[^，,；;]{0,6}(自己|本人|个人|称呼|姓名|姓|工号)`)

// eitherName: who only asks whether the agent said who is speaking is content with the name of the company or the agent's own.
func (p *plan) eitherName(q *Question) {
	if len(p.want) != 1 || p.want[0].name != "company" && p.want[0].name != "ownname" || !whoAtAll.in(q.reads("en")+" ; "+q.reads("zh")) {
		return
	}
	p.want, p.anyOf = nil, true
	p.named([]string{"company", "ownname"})
}

var whoAtAll = pat(`\bwho (they|he|she) (is|are|was|were)\b|identif(y|ied|ies) (themsel|him|her)`, `自报家门|表明身份|亮明身份`)

// leadingNot keeps the "didn't" of a question, which strip takes away.
func leadingNot(s string) string {
	if i := strings.IndexByte(s, ' '); i > 0 && strings.HasSuffix(s[:i], "n't") {
		return "not"
	}
	return ""
}

// askedWhen reports whether the "when" or "where" at byte at is what is asked ("did the agent say when it arrives").
func askedWhen(s string, at int) bool {
	if at > 0 && willRE.MatchString(s[at:]) {
		return true
	}
	return at > 0 && sayingRE.MatchString(s[:at]) && !strings.HasPrefix(s[at:], "if the c")
}

func (p *plan) caller(en, zh string) {
	if callerEN.MatchString(en) && !isTold.MatchString(en) || en == "" && callerZH.MatchString(zh) {
		p.who = Caller
	}
}

// choose picks the concepts that the question's words mean.
func (p *plan) choose() {
	beaten := map[string]bool{}
	for _, c := range concepts() {
		if c.name == "identity" && selfIntro.MatchString(p.core["en"]) { // "who they are" is the agent
			continue
		}
		if !c.asks.in(p.core["en"]) && !c.asks.in(p.core["zh"]) || c.name == "promise" && scheme.in(p.core["en"]+" ; "+p.core["zh"]) {
			continue
		}
		if c.only && !c.owed.in(p.inCaseOf()) {
			continue
		}
		p.want = append(p.want, c)
		for _, b := range c.beats {
			beaten[b] = true
		}
	}
	kept := p.want[:0]
	for _, c := range p.want {
		if !beaten[c.name] {
			kept = append(kept, c)
		}
	}
	p.want = manner(p.inCase(agreed(kept, p.core)), p.core)
	for _, c := range conceptsNamed("accuracy") {
		if len(p.want) > 0 && p.want[0].kind != forbidden && c.asks.in(p.core["en"]+" ; "+p.core["zh"]) && generalTruth.in(p.core["en"]+" ; "+p.core["zh"]) {
			p.want = []concept{c}
		}
	}
	if truthAsked.in(p.core["en"]) && (p.core["zh"] == "" || truthAsked.in(p.core["zh"])) || p.core["en"] == "" && truthAsked.in(p.core["zh"]) {
		p.want = conceptsNamed("accuracy")
	}
	for i, c := range p.want { // what is forbidden stands alone
		if c.kind == forbidden || c.name == "interrupt" {
			p.want[0] = p.want[i]
			rest := p.want[:1]
			for _, o := range p.want[1:] {
				if (o.kind == forbidden || o.name == "interrupt") && o.name != c.name {
					rest = append(rest, o)
				}
			}
			p.want = rest
			break
		}
	}
}

// leftOpen is what is not settled, and what comes first in an order or for once: no beginning of the call.
var leftOpen = regexp.MustCompile(`\b(?:left|remain\w*|still|keep|kept|stay\w*) open\b|\bopen (?:questions?|points?|matters?|issues?|up|to|the account|the file|the record)\b|\bopening (?:(?:the )?(?:account|file|record)|hours|times)` +
	`|\bfirst (?:time|occasion|been|had|having|ask\w*|check\w*|obtain\w*|sought|ma(?:k|d)e)\b|\b(?:ha[sd]|having|permission|leave|agreement|consent|check|ask\w*|checked) first\b`)

// rolesEN and rolesZH are who calls, by what a trade calls them.
var (
	rolesEN = regexp.MustCompile(`\b(the|a|an|each|every|this|that|our|whether|with|to|of|which) (?:patient|visitor|passenger|traveller|tenant|resident|citizen|shopper|subscriber|donor|parent)s?(?:'s)?\b`)
	rolesZH = regexp.MustCompile(`访客|游客|旅客|乘客|患者|病人|客人|家长|市民|群众|居民|业主|顾客|住户`)
)

var (
	// edgeOfCall is the beginning or the end of a call, which is a place and no condition.
	edgeOfCall = regexp.MustCompile(`^(?:the )?(?:answering|picking up|greeting|opening|starting|beginning|hanging up|ending|closing|finishing|saying goodbye|signing off|(?:call|line) (?:is|was) (?:answered|opened|ended|closed|picked up)|call (?:starts?|begins?|ends?)|they (?:answer|pick|picked|answered)\b)|^(?:接通|接听|接线|接起|拿起|开场|开头|挂断|挂机|结束|收尾|通话结束|电话结束)`)
	// even before a condition: it holds in any case.
	even   = regexp.MustCompile(`\beven $`)
	evenZH = regexp.MustCompile(`^(?:即使|即便|哪怕|就算)[^，,]{1,20}[，,]`)
	edgeZH = regexp.MustCompile(`^(?:电话|来电)?(?:接通|接听|接线|接起(?:电话)?|拿起电话)(?:时候?|后|之后|以后)?[，,]?`)
	// describesAgent is a clause that tells what the agent may do, not when the question applies.
	describesAgent = regexp.MustCompile(`^(?:they|he|she|the (?:agent|collector|advis[eo]r|operator|clerk|representative)) (?:have|has|had|are|is|was|were|do|does|did|can|cannot|can't|could|may)\b.{0,20}\b(?:no|not|cannot|can't|without|unable)\b|^(?:they|he|she) (?:cannot|can't|could not|couldn't|may not)\b|无权|没有权|没有资格|不能决定|未经|做不了主`)

	ill    = regexp.MustCompile(`不(?:被|受|够|太|大|怎么)?(尊重|礼貌|文明|耐心|专业|友好)`)
	scheme = pat(`guarantee (scheme|fund|period|card|terms|certificate)`, `存款保险|保证金|质量保证|承诺书`)
)

// generalTruth is a question of whether all is true, whatever topics it lists.
var generalTruth = pat(`\b(everything|anything|all|information|answers?|details|facts|statements|what the agent (said|told))\b`, `信息|规则|内容|业务|解答|答复|说法|口径|政策|、`)

// truthAsked is a question of whether what was said is right, whatever it was about.
var truthAsked = pat(`\b(wrong|incorrect) (in|about|with) (any of )?(the |their )?(fees?|amounts?|dates?|times?|prices?|figures?|information|numbers?)\b|\b(amounts?|figures?|fees?|costs?|prices?|charges?|times?|dates?|terms|rules?|polic(y|ies)|numbers?|answers?|information|details|facts|statements?)\b.{0,50}\b(right|correct|correctly|accurate|accurately|true|wrong|wrongly|incorrect|match\w*|consistent|in line)\b|\b(wrong|incorrect|false) (amounts?|figures?|fees?|prices?|times?|dates?|information|answers?|facts)\b|\b(in line|agree\w*|square\w*|tall(y|ies)) with the (facts|rules|polic)`,
	`(报|说|讲|答|解释|介绍|告知|提供|引用).{0,14}(对不对|正确|准确|对得上|错|不符|相符|一致|属实|出入)|(数字|金额|价格?|费用|时效|政策|规定|信息|日期|时间).{0,16}(对不对|正确|准确|对得上|说错|不符|一致|属实|有没有错|有无错误)`)

var doneNicely = pat(`(clos|end|greet|answer|open|start|thank|finish|sa(y|id) goodbye)\w* .{0,30}(politely|courteously|professionally|friendly)|(polite|courteous|professional|friendly|proper)(ly)? (clos|end|greet|answer|open|goodbye|farewell|start)|(polite|courteous|professional|friendly) (greeting|opening|closing|ending|goodbye)`, `礼貌(地|的)?.{0,3}(结束|开场|问候|道别|接听|告别|用语|致谢)|(使用|用).{0,4}(礼貌|文明)用语|(结束|开场|问候|道别|告别).{0,6}礼貌`)

// manner drops rudeness where "politely" only says how another thing is done.
func manner(list []concept, core map[string]string) []concept {
	if !doneNicely.in(core["en"]) && !doneNicely.in(core["zh"]) {
		return list
	}
	var out []concept
	for _, c := range concepts() {
		if (c.part != anywhere && c.name != "company" && c.name != "ownname" || c.name == "politewords") && (c.asks.in(core["en"]) || c.asks.in(core["zh"])) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return list
	}
	for _, c := range list {
		if (c.name == "company" || c.name == "ownname") && out[0].name == "greeting" {
			out = append(out, c)
		}
	}
	return agreed(out, core)
}

// agreed drops a concept that only one of two texts means when another is meant by both.
func agreed(list []concept, core map[string]string) []concept {
	if core["en"] == "" || core["zh"] == "" {
		return list
	}
	var both []concept
	for _, c := range list {
		if c.asks.in(core["en"]) && c.asks.in(core["zh"]) {
			both = append(both, c)
		}
	}
	if len(both) > 0 {
		for _, c := range list { // two names in one question are often named in one language only
			if (c.name == "company" || c.name == "ownname") && both[0].name != c.name && len(both) == 1 && both[0].part == opening {
				both = append(both, c)
			}
		}
		return both
	}
	return list
}

var (
	selfIntro = regexp.MustCompile(`\b(say|said|tell|told|stated?|clear|explain\w*)\b.{0,24}(who (we|they|he|she) (is|are|was|were)|who (was|is) speaking)|where they (are|were) calling`)
	orRE      = regexp.MustCompile(`\bor\b`)
	placeWhen = regexp.MustCompile(`\b(moment|point|place|time|part|turn|sentence)s? $`)
	willRE    = regexp.MustCompile(`^(if|when|where) .*\b(will|would|is going|can)\b`)
	sayingRE  = regexp.MustCompile(`\b(by|until|of|about|say|said|tell|told|explain\w*|state[ds]?|inform\w*|know|mention\w*|and|ask\w*|confirm\w*|check\w*|caller|customer) $`)
	callerEN  = regexp.MustCompile(`^(did|does|has) (the )?(caller|customer) [a-z]+\b`)
	// isTold: what a caller knows in the end is what the agent has said.
	isTold   = regexp.MustCompile(`^(did|does|has) (the )?(caller|customer) (know|learn|hear|heard|leave|get|got|receive|find|come away|understand|end up|walk away)\b`)
	callerZH = regexp.MustCompile(`^(客户|来电人)是否`)
)
