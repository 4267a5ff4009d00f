package redact

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// What is the company's own is nobody's secret: by what names its people go, where it is and how it is reached. Who says it,
// and who has asked for it, tells it from what is the caller's.

// companys reports whether a turn of who is of the company's side.
func companys(who call.Party) bool { return who == call.Agent || who == call.Bot }

// What stands around the name of somebody who says who he is.
var (
	introEN = words(`\b(?:my name(?:'s| is)|this is|i'm|i am|it's|you(?:'re| are) (?:now )?(?:through to|speaking (?:with|to)|talking (?:with|to)|chatting (?:with|to))|you(?:'ve| have) (?:got|reached)|call me)\s+(?:the \w+ \w+,? )?(?:(?:dr|mr|mrs|ms|miss|nurse|sister)\.?\s+)?$`)
	introZH = words(`(?:我是|我叫|我姓|免贵姓?|叫我|这里是|(?:^|[，,。])姓)(?:[^，,。您你他她是]{0,8}?)$`)
	// introOf is the name of a company, with which its people begin, and introWith the same with a name behind it.
	introOf   = regexp.MustCompile(`^(?:Reception, )?` + companyName + `, (?:` + companyName + `, )?(?:(?:Sister|Nurse|Matron) )?$`)
	introWith = regexp.MustCompile(`^` + companyName + `, \p{Lu}\p{L}+$`)
	introBy   = words(`^,? (?:speaking|here)\b|^(?:为您服务|很高兴)`)
)

// companyName is two words or more that begin with capitals, as companies are called.
const companyName = `\p{Lu}[\p{L}'’]+(?: (?:and|of|the|&))?(?: \p{Lu}[\p{L}'’]*)+`

// introduces reports whether the name at p is that of the one who speaks.
func introduces(s string, p Span) bool {
	if introOf.MatchString(s[:p.Start]) || p.Start == 0 && introWith.MatchString(s[:p.End]) {
		return !question.MatchString(s)
	}
	return introEN.MatchString(upTo(s, p.Start)) || introZH.MatchString(upTo(s, p.Start)) || introBy.MatchString(s[p.End:])
}

// staffIn are the words of the names that the company's side gives its own people in a turn.
func staffIn(who call.Party, text string) []string {
	if !companys(who) {
		return nil
	}
	text = simple(text)
	var out []string
	for _, w := range stretches(text) {
		out = append(out, staffNamed(text[w.from:w.to])...)
	}
	return out
}

// staffNamed is staffIn for a text of the company's side that is no longer than a stretch.
func staffNamed(text string) []string {
	l := glance(text)
	var out []string
	for _, m := range surnamedZH.FindAllStringSubmatch(text, -1) {
		out = append(out, nameWords(m[1]+m[2]+m[3])...)
	}
	for _, p := range append(append(names(l, false), people(l)...), peopleZH(l)...) {
		if introduces(text, p) || sentBy(text, p) {
			out = append(out, nameWords(text[p.Start:p.End])...)
		}
	}
	return out
}

// surnamedZH is how somebody says by what family name he goes.
var surnamedZH = regexp.MustCompile(`(?:我是|叫我|我叫)[^，,。]{0,8}?[小老阿](\p{Han})(?:[，,。]|$)|(?:找|联系|或者?)(?:\p{Han}{2,4}的)?[小老阿](\p{Han})(?:[，,。]|$|或)|(?:^|[，,。]|我)(?:免贵)?姓(\p{Han})(?:[，,。]|$)`)

// nameWords are the words of a name in lower case, without titles; a Chinese name is one.
func nameWords(name string) []string {
	if hanzi.HasHan(name) {
		if rs := []rune(name); len(rs) == 2 && strings.ContainsRune("小老阿", rs[0]) {
			return []string{name, string(rs[1])}
		}
		return []string{name, string(firstRune(name))}
	}
	return strings.FieldsFunc(title.ReplaceAllString(strings.ToLower(name)+" ", ""), func(r rune) bool { return r == ' ' || r == '.' || r == ',' })
}

// greeting is what a caller says to the one whom he talks to, before the name.
var greeting = words(`(?:^|[,.!?。，！？]\s*)(?:(?:oh|ah|okay|ok|yes|yeah|right|well)[,\s]+)*(?:hi|hiya|hello|hey|thanks|thank you|cheers|ta|bye|okay|ok|right|good (?:morning|afternoon|evening)|morning|afternoon|evening|谢谢|多谢|你好|您好)[,，\s]*$`)

// 小顾你好 greets, too; 魏姐 is 魏敏.
var (
	greetedHan = regexp.MustCompile(`^(?:你好|您好)`)
	beginsHan  = regexp.MustCompile(`(?:^|[，,。！!？?\s])[小老阿]?$`)
	titledHan  = regexp.MustCompile(`^\p{Han}(?:[姐哥]|先生|女士|小姐|师傅|老师|经理|主管|护士)?$`)
)

// Whom the company's side sends, or speaks of by the part in the company.
var (
	sends   = words(`\b(?:send|get)\s+$`)
	sentOff = words(`^ (?:back|round|out|over|along|to you|between|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b`)
	ourPart = words(`\b(?:driver|engineer|technician|fitter|courier)(?:'s| is| will be)? (?:(?:called|named) )?$|(?:师傅|司机|教练|主持人|化妆师|摄影师|导游|老师|技师|护士|快递员|骑手)(?:叫|姓|是)$|(?:找|联系|问)(?:我们)?(?:前台|门口|值班)?(?:的)?(?:值班)?(?:经理|主管|店长|领班|护士长|客服)$`)
)

// sentBy reports whether the name at p is that of somebody whom the company's side, which speaks, sends.
func sentBy(s string, p Span) bool {
	before := upTo(s, p.Start)
	return sends.MatchString(before) && sentOff.MatchString(s[p.End:]) || ourPart.MatchString(before) && !question.MatchString(s)
}

// staffs reports whether the name at p is that of somebody of the company.
func staffs(s string, p Span, h hint) bool {
	if introduces(s, p) {
		return companys(h.who)
	}
	if companys(h.who) && sentBy(s, p) {
		return true
	}
	if h.who != "" && !companys(h.who) && !strings.Contains(s[p.Start:p.End], " ") && (greeting.MatchString(upTo(s, p.Start)) || greetedHan.MatchString(s[p.End:]) && beginsHan.MatchString(upTo(s, p.Start))) {
		return true
	}
	ws := nameWords(s[p.Start:p.End])
	if hanzi.HasHan(s[p.Start:p.End]) && titledHan.MatchString(s[p.Start:p.End]) {
		return h.staff[string(firstRune(ws[0]))]
	}
	if hanzi.HasHan(s[p.Start:p.End]) {
		if strings.ContainsRune("小老阿", firstRune(ws[0])) && len(ws) > 1 && h.staff[ws[1]] {
			return true
		}
		return h.staff[ws[0]]
	}
	for _, w := range ws {
		if !h.staff[w] {
			return false
		}
	}
	return len(ws) > 0
}

var (
	// companysAsked asks the company for something of its own, callersAsked for what it knows of the caller.
	companysAsked = words(`\b(?:you|your|yours|where do i|where can i|do i|who am i|should i|(?:number|line|address|phone|telephone|fax|e-?mail|contact)s? (?:for|of|at) (?:the|a|an|that)|number for|line for|address for|line|head office|what's the|what is the)\b|你们|您们|贵|你叫|您叫|你姓|您贵姓|寄哪|寄到哪|找谁|哪里办|打哪|多少|在哪|离我`)
	callersAsked  = words(`\b(?:my|mine|our|his|her|their|on file|on record|registered|(?:have|got) me|(?:have|got) for|you got|you hold)\b|\b(?:for|of|at|on|with) (?:the|that|this) (?:account|order|delivery|booking|policy|file|profile|contract|customer|client|tenant|patient|landlord|recipient|sender|buyer|seller|neighbou?r|(?:account|card|policy) ?holder)(?:[?.!,]|$| please)|我的|我家|我登记|我留|我填|我写|登记的|预留|他的|她的|孩子的`)
	// companysOwn is what stands before what the company's side tells of the company.
	companysOwn = words(`(?:\b(?:our|we(?:'re| are)|us|the (?:\w+ )?(?:branch|shop|store|office|depot|clinic|centre|center|hospital|pharmacy|desk|line)(?:'s| is)?)\b|我们|咱们|对公账户|本店|本行|我司|公司|门店|营业厅|网点|窗口)[^.?!。？！]{0,60}$`)
	// youOwn shows that what the company's side says is of the caller.
	youOwn = words(`\b(?:your|you)\b|您的|您登记|您预留|您家`)
)

// companysPlace is what a caller says before where the company is, or where it is written to.
var companysPlace = words(`\bour (?:company|firm|head office|registered office)(?:'s| is| are)?(?: based| located)?(?: at| on| in)\s+$|(?:我们|咱们?)(?:公司|单位|厂|学校)(?:地址)?(?:就?在|是|位于)$|\b(?:your|the) (?:\w+ ){0,2}?(?:shop|store|office|branch|depot|clinic|surgery|centre|center|letterhead|website|e-?mail(?: address)?)(?:'s| is| says| said| still|,)*(?: it's)?(?: at| on| in)?(?: number)?\s*$|\b(?:shop|store|office|branch|depot|clinic|surgery|showroom|workshop) the one (?:at|on|in) $|\bis your e-?mail(?: address)?(?: still)?\s*$|(?:你们(?:公司|店|店里|那边|单位|官网|的)?|体检中心|营业厅|门店|网点|网上|官网|网站)(?:是不是|是|在|就|写的|的|地址|邮箱){0,4}$`)

var (
	// companysBehind is what a caller says behind where the company says it is.
	companysBehind = words(`^,? (?:like|as|according to|is what) (?:the|your|it|this)\b(?: (?:website|site|app|map|letter|e-?mail) | says| said|,|$)`)
	// returnsTo is what the company's side says before where something is sent back or paid to.
	returnsTo = words(`(?:退货|退回|寄回|汇款|付款|转账|打款|邮寄)?请?(?:寄|发|退|转|汇|打)(?:回|到|至)$|\b(?:returns?|cheques?|payments?|letters?|complaints?) (?:go|goes|should go|to|can be sent)(?: to| in to)?\s+$|\b(?:come|pop|bring (?:it|him|her|them)) (?:straight |down |over |in |round )?to\s+$`)
	// wentTo is what it says before where something was sent: to the caller, whatever the caller has asked.
	wentTo = words(`\b(?:sent|e-?mailed|texted|posted|forwarded|delivered)\b[^.?!,]{0,30}\s(?:to|at|on)\s+$|已经?(?:发|寄|送)[^，。？！]{0,12}$|(?:发|寄|送)[到给]了[^，。？！]{0,8}$`)
	// toDial is what the company's side says before a number where somebody is to call.
	toDial = words(`(?:^|[.!?,;]|\b(?:please|just|then|and|or|can|could)) ?(?:ring|call|phone|dial|text) (?:us )?(?:on |at )?$|(?:以后|可以|直接|有事|有问题|随时)(?:您|再|也)?(?:可以)?(?:拨?打|拨|致电)$|(?:站|店|馆|院|园|厂|行)里?的?(?:电话|座机|热线)(?:换了|改了|变了|是|：|[，,]?以后打)*[，,]?(?:以后打|是)?$`)
	// broughtTo shows that the company's side speaks of where the caller is.
	broughtTo = words(`\b(?:deliver(?:ed|ing|y)?|to your|for you|your)\b|给您|为您|您的|您家|您那|您登记|您预留`)
)

var (
	// opens is when the company is there for people: who tells that tells how it is reached, and who asks for it asks for that.
	opens = words(`\b(?:(?:we(?:'re| are)|shop is|office is) (?:only )?open\b|opens? (?:at|from|daily|till|until|every day|seven days|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b|(?:opening|office|business) hours\b)|(?:营业|开放|上班|办公)时间|营业[到至]|[点半分](?:钟|整)?(?:才|就)?(?:开门|关门|营业|闭馆|闭园)|(?:全年|每天|天天)(?:开放|营业)`)
	// opensAsked asks for it, and callersAt is what a caller says before where he thinks that the company is.
	opensAsked = words(`\b(?:are|do) you (?:\w+ )?(?:open|closed?|shut)\b|\bwhat time do you\b|(?:几点|什么时候)(?:开门|关门|营业|上班|下班|闭馆)|(?:周几|哪天)(?:不开|开门|休息|闭馆)|营业时间`)
	callersAt  = words(`\bare you (?:still |now |all )?(?:at|on|in|based (?:at|in)) (?:number )?$|你们(?:店|公司|门店)?(?:还|是|还是)在$`)
)

// ofSomebody shows that a turn speaks of somebody, beside when the company is open: what it tells may be theirs.
var ofSomebody = words(`\b(?:my|mine|his|her|their|he|she|they|mr|mrs|ms|miss|on file|on record|(?:call|ring|text|phone) me|(?:i|we|he|she|they|driver|engineer|courier|someone|somebody)(?:'ll| will| can| could| shall) (?:\w+ )?(?:ring|call|text|phone|try|send|post|deliver|come|bring))\b|我的|[打找]我|他|她|客户|先生|女士|小姐|(?:^|[^\p{Han}])师傅|会打|回电|送[到至]|寄[到至]|上门|登记`)

// personal is a number that people carry with them, in Britain; see mobile for those in China.
var personal = regexp.MustCompile(`^(?:0|44|0044)7[4-9]\d{8}$`)

// tellsHours reports whether the company's side, or a notice of it, tells in s when the company is open, and speaks of nobody.
func tellsHours(s string, h hint) bool {
	return h.who != call.Caller && opens.MatchString(s) && !youOwn.MatchString(s) && !broughtTo.MatchString(s) && !ofSomebody.MatchString(s)
}

// toldOpen reports whether p is told with when the company is open, and was not hidden before.
func toldOpen(s string, p Span, h hint) bool {
	if !h.hours {
		return false
	}
	figures := figuresOf(s[p.Start:p.End])
	if p.Kind == Number && !telephone(figures) || mobile(figures) || personal.MatchString(figures) || plateZH.MatchString(s[p.Start:]) {
		return false
	}
	return !again(s, p, h)
}

// asksCompany reports whether what a caller asks for in a turn, of the kinds asks or a way to reach somebody, is the company's own.
func asksCompany(asks []Kind, text string) bool {
	asked := (len(asks) > 0 || wayAsked.MatchString(text)) && companysAsked.MatchString(text) || opensAsked.MatchString(text)
	return asked && !callersAsked.MatchString(text)
}

// wayAsked asks how somebody is reached.
var wayAsked = words(`\b(?:number|fax|address|e-?mail|postcode|line|who am i|where (?:are|is|do|can)|which (?:shop|store|branch)|how do i (?:reach|contact|call|get))\b|传真|电话|号码|热线|邮箱|地址|在哪|怎么走|寄哪|寄到哪|打哪|找谁|哪个(?:店|网点|营业厅)|营业厅|(?:^|[，,是])(?:那|这|请问)?(?:里|儿|边)?是.{1,12}吗`)

// statedOwn is what the company's side says right before its own address or number, sentTo before where it wants something sent.
var (
	statedOwn = words(`(?:\b(?:(?:the|our) (?:phone )?(?:number|address|postcode) (?:here|of the (?:shop|office|branch))(?:'s| is)|our (?:own )?(?:\w+ ){0,2}(?:address|office|shop|number|line|postcode|e-?mail)(?: for (?:the )?\w+)?(?:'s| is)|ours(?:'s| is)|we(?:'re| are)(?: (?:now|just|based|still))*|we(?:'ve| have)? (?:just )?moved)(?:,? by the way,)?(?: at| on| in| to)?(?: number)? ?|(?:我们|咱们|本)(?:店|院|馆|校|园|中心|公司|诊所|医院|学校|门店|这边|这里|的地址|的邮箱|的电话)(?:的?地址)?(?:就?在|是)|(?:园|馆|店|院|校|站|厂|会)址(?:就?在|是|：)|(?:客服|售后|前台|总机|服务|投诉|咨询|对公|官方)(?:的)?(?:邮箱|电话|热线|号码)(?:就?是|：|:)?)$`)
	sentTo    = words(`(?:\b(?:could|can|would|should|must|may)(?: you)?(?: \p{L}+)?(?: please)? |(?:^|[.!?,] ?)(?:please |just |then )*)(?:send|e-?mail|post|forward|write)\b[^.?!]{0,40}?\b(?:to|at)\s+$`)
)

// statesOwn reports whether the company's side tells p as the company's own, in so many words or with when it is open.
func statesOwn(s string, p Span, h hint) bool {
	switch p.Kind {
	case Address, Email, Number, Phone:
		if figures := figuresOf(s[p.Start:p.End]); p.Kind != Address && (readBack(figures, h) || personal.MatchString(figures) && !companysOwn.MatchString(upTo(s, p.Start))) {
			return false
		}
		return toldOpen(s, p, h) || companys(h.who) && (statedOwn.MatchString(upTo(s, p.Start)) || p.Kind == Email && sentTo.MatchString(upTo(s, p.Start))) && !question.MatchString(s[p.End:]) && !broughtTo.MatchString(s[:p.Start])
	}
	return false
}

// endsIn stands before the last digits of a card or an account.
var endsIn = words(`\b(?:ending|ends|finishing)(?: in| with)? $|(?:尾号|尾数|[后末]四位)(?:是|为)?$`)

// leastBack is how many digits of a number are read back at least.
const leastBack = 3

// readBack reports whether figures are a part of a number that was hidden before, or have one in them.
func readBack(figures string, h hint) bool {
	for v := range h.hidden {
		if figuresAlone(v) && len(v) >= leastBack && len(figures) >= leastBack && (strings.Contains(v, figures) || strings.Contains(figures, v)) {
			return true
		}
	}
	return false
}

func figuresAlone(v string) bool { return v != "" && strings.Trim(v, "0123456789") == "" }

// freeMail is where people have their addresses and hardly a company has.
var freeMail = words(`[@＠]\s?(?:(?:vip\.)?(?:qq|foxmail|163|126|139|189|yeah|sina|sohu|aliyun)|gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|icloud|me|aol|gmx|proton(?:mail)?|fastmail)[.．]`)

// ofCompany reports whether p is of the company and not of the caller.
func ofCompany(s string, p Span, h hint) bool {
	if p.Kind == Email && freeMail.MatchString(s[p.Start:p.End]) {
		return false
	}
	figures := figuresOf(s[p.Start:p.End])
	if p.Kind != Address && figures != "" && (endsIn.MatchString(upTo(s, p.Start)) || readBack(figures, h)) {
		return false
	}
	if p.Kind != Card && p.Kind != ID && len(figures) >= minRun-1 && strings.Contains(h.told, figures) {
		return true // who was told it says it again
	}
	if p.Kind != Name && p.Kind != Address && p.Kind != Email && figures == "" && staffs(s, p, h) {
		return true
	}
	switch p.Kind {
	case Name:
		return staffs(s, p, h) || known(s, p, h)
	case Address, Phone, Number, Email, Account:
		if h.who == call.Caller && p.Kind == Address && callersAt.MatchString(upTo(s, p.Start)) {
			return true
		}
		if !companys(h.who) {
			return (p.Kind == Address || p.Kind == Email) && (companysPlace.MatchString(upTo(s, p.Start)) || companysBehind.MatchString(s[p.End:]))
		}
		went := wentTo.MatchString(sentenceBefore(s, p.Start))
		if p.Kind == Address && h.asking && !went && !youOwn.MatchString(s) && !question.MatchString(s) {
			return true // who was asked something names a place
		}
		return !youOwn.MatchString(s) && !went && (h.public && !question.MatchString(s[p.End:]) && !onRecord.MatchString(sentenceBefore(s, p.Start)) || returnsTo.MatchString(upTo(s, p.Start))) || p.Kind != Address && toDial.MatchString(upTo(s, p.Start)) && !youOwn.MatchString(sentenceBefore(s, p.Start)) && !question.MatchString(s[p.End:]) || companysOwn.MatchString(upTo(s, p.Start)) && !broughtTo.MatchString(s)
	}
	return false
}
