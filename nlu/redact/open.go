package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// shut takes out of the parts of s those that are nobody's secret, and what lies inside of one of them.
func shut(s string, spans []Span, read reading, h hint) []Span {
	h.hours = tellsHours(s, h)
	var open []Span
	seen := make(map[Span]bool, len(spans)) // several rules find the same
	for _, p := range spans {
		if !seen[p] && nobodys(s, p, read, h) {
			open = append(open, p)
		}
		seen[p] = true
	}
	return slices.DeleteFunc(spans, func(p Span) bool {
		return slices.ContainsFunc(open, func(o Span) bool {
			return p == o || !proven(s, p) && o.Start <= p.Start && p.End <= o.End
		})
	})
}

// undoubted is how likely a model must hold what the words around it make the company's own, for it to be somebody's all the same.
const undoubted = 0.98

// nobodys reports whether p is nobody's secret: published, the company's own or, unless a model that has read the words is sure of
// the contrary, the number of a thing, a day on which something else happened or the name of what is no person.
func nobodys(s string, p Span, read reading, h hint) bool {
	sure, seen := 0.0, read.words != nil && p.Start < read.until
	if seen {
		sure = read.surest(p.Start, p.End)
	}
	if published(s, p, h) || statesOwn(s, p, h) || branded(s, p, sure, h) || toldToAll(s, p, sure, h) || sure < undoubted && (aside(s, p, h) || answersThing(s, p, h) || saidOpenly(s, p, h) || ofCompany(s, p, h)) {
		return true
	}
	if seen && sure >= read.certainty {
		return false
	}
	return ofEvent(s, p, h) || codeOfThing(s, p, h) || p.Kind == Name && noPerson(s, p, h)
}

// codeOfThing reports whether p is what a thing is told by: digits and letters behind the word for it, or in the answer to a
// question for it.
func codeOfThing(s string, p Span, h hint) bool {
	if proven(s, p) || p.Kind == Email || p.Kind == Birth {
		return false
	}
	led := 0
	if m := thingNumber.FindStringIndex(s[p.Start:p.End]); m != nil && m[0] == 0 {
		led = m[1]
	}
	if text := s[p.Start+led : p.End]; !codes(text) && !(h.idle >= thingMost && sayable(text)) {
		return false
	}
	if telephone(figuresOf(s[p.Start:p.End])) {
		return false
	}
	if journey.MatchString(s[p.Start:p.End]) && len(h.asked) == 0 && len(h.hidden) == 0 && !announced(s, p) {
		return true
	}
	return led > 0 || ofThing(s, p.Start) || p.Kind != ID && (machineBehind.MatchString(s[p.End:]) || h.idle >= thingMost && !ownWord.MatchString(sentenceBefore(s, p.Start)))
}

// answersThing reports whether the whole turn is the number of a thing that the company's side has just asked for.
func answersThing(s string, p Span, h hint) bool {
	if h.who != call.Caller || h.idle < thingMost || len(h.asked) > 0 || h.goesOn != "" {
		return false
	}
	text := s[p.Start:p.End]
	if !codes(text) || isDate(text) || postcode.MatchString(text) || proven(s, p) || telephone(figuresOf(text)) {
		return false
	}
	from, to := core(s)
	return p.Start <= from && p.End >= to && !again(s, p, h)
}

// journey is what a flight of one of the larger airlines, or a train in China, is called.
var journey = regexp.MustCompile(`^(?:(?:CA|MU|CZ|HU|3U|ZH|MF|FM|SC|GS|KN|9C|HO|EU|JD|TV|PN|BK|G5|8L|GJ|KY|CX|UO|HX|CI|BR|SQ|TG|MH|VN|NH|JL|KE|OZ|QF|NZ|EK|QR|EY|TK|AI|BA|VS|EI|FR|U2|LS|LH|LX|OS|AF|KL|SK|AY|IB|AZ|TP|AA|DL|UA|AC|WN|B6|AS) ?\d{3,4}|[GDCZTK]\d{1,4})$`)

// announced reports whether the words before p say that it is somebody's: "my password is", 会员号是.
func announced(s string, p Span) bool {
	return ownWord.MatchString(sentenceBefore(s, p.Start)) || slices.ContainsFunc(cued(glance(s), nil), func(c Span) bool { return c.Start <= p.Start && p.End <= c.End })
}

// proven reports whether p has a check digit that is right. What was asked for as an identity number need not be one.
func proven(s string, p Span) bool {
	return p.Kind == Card || p.Kind == ID && validID(once(figuresOf(s[p.Start:p.End])))
}

// codes reports whether s is nothing but digits, letters one by one and groups of capitals.
func codes(s string) bool {
	figures := 0
	for _, p := range pieces(s) {
		w := s[p.start:p.end]
		switch {
		case p.class == coded:
			figures++
		case p.class == sound || p.class == joint || strings.Contains("字第号斜民初终刑执", w):
		case len(w) <= mostCapitals && hasLatin(w) && strings.ToUpper(w) == w:
		default:
			return false
		}
	}
	return figures > 0
}

// sayable reports whether s is a word of the dictionary or two and a number, as vouchers are called.
func sayable(s string) bool {
	figures, others := 0, 0
	for _, p := range pieces(s) {
		if w := strings.ToLower(s[p.start:p.end]); p.class != plain {
			figures++
		} else if others++; !hasLatin(w) || !common(w) {
			return false
		}
	}
	return figures > 0 && others <= 2
}

// machineBehind is what a code is the model of, behind it.
var machineBehind = words(`^的?(?:冰箱|冰柜|洗衣机|空调|电视|热水器|油?烟机|灶|路由器|打印机|电脑|洗碗机)|^ (?:fridge|freezer|washing machine|washer|dryer|dishwasher|boiler|oven|telly|tv|printer|router)\b`)

// mostCapitals is how many letters the name of a model has at most.
const mostCapitals = 5

// openly is what share of the words of a part the company's side must have said in the open, for it to be no secret any more.
const openly = 0.7

// saidOpenly reports whether p is an address that the company's side has told in the open of late.
func saidOpenly(s string, p Span, h hint) bool {
	if p.Kind != Address || companys(h.who) || h.openly == "" {
		return false
	}
	there, all := 0, 0
	text := strings.ToLower(s[p.Start:p.End])
	if hanzi.HasHan(text) {
		rs := []rune(text)
		for i := range len(rs) - 1 {
			if all++; strings.Contains(h.openly, string(rs[i:i+2])) {
				there++
			}
		}
		return all >= 3 && float64(there) >= openly*float64(all)
	}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,.'’-", r) }) {
		if closed[w] && english[w] == "" || len(w) < 2 {
			continue
		}
		if all++; strings.Contains(h.openly, w) || english[w] != "" && strings.Contains(h.openly, english[w]) {
			there++
		}
	}
	return all >= 2 && float64(there) >= openly*float64(all)
}

var (
	// petBefore stands before what an animal is called.
	petBefore = words(`\b(?:dog|cat|puppy|kitten|rabbit|horse|pony|hamster|parrot|tortoise|spaniel|labrador|terrier|bunny)(?:,? (?:is |was )?(?:called|named)|'s (?:called|named|name is)),? ?$|(?:狗狗?|猫猫?|猫咪|兔子|宠物|仓鼠|柯基|泰迪|金毛)(?:的?名字)?(?:就?叫|是)$`)
	// workBefore stands before what a thing that people made is called, and article before what is one of many.
	workBefore = words(`\b(?:film|movie|book|novel|album|song|series|show|play|game|disc|dvd|boat|ship|pub|hotel|band|horse|doll|brand|restaurant|storm|app|programme|musical|perfume|plan|tariff|course|range)(?:'s| is| was|,)? (?:called|named)\s+$|(?:电影|片子|书|歌|小说|专辑|电视剧|剧|游戏|船|酒店|饭店|牌子|品牌|套餐|课)(?:的?名字)?(?:就?叫|是)$|(?:部|本|首)叫$`)
	article    = words(`\ban? $`)
	// partyHan is what a company, a place or a line has behind its name.
	partyHan = regexp.MustCompile(`^(?:新村|小区|花园|合作社|公司|集团|超市|商店|商场|酒店|饭店|餐厅|银行(?:[^卡账]|$)|工厂|支行|学校|中学|小学|幼儿园|医院|牌|号线|路口|站|飞\p{Han}{2}|到\p{Han}{2}的(?:票|车|高铁|航班))`)
	// labelled stands before what is written on a thing.
	labelled = words(`(?:上面|纸上|箱子?上|盒子?上|瓶子?上|包装上|门上|牌子上)写(?:着|的是)?$|\b(?:label|box|sign|sticker|packet|tin|door) (?:says|said|reads)\s+$`)
	// kinZH is what somebody is to somebody.
	kinZH = regexp.MustCompile(`^(?:我|他|她)?(?:岳[父母]|公公|婆婆|老[公婆伴]|爱人|妈妈?|爸爸?|母亲|父亲|儿子|女儿|媳妇|老[爸妈]|女婿|[哥姐弟妹]{1,2}|爷爷|奶奶|外[公婆]|姥[姥爷]|舅[舅妈]|姑[姑妈父]|叔叔|阿姨|本人|自己)$`)
	// spokeTo stands before whom a caller has spoken to at the company.
	spokeTo = words(`\b(?:spoke|spoken|talked|chatted) (?:to|with) (?:(?:a|an|some) )?(?:(?:\w+ )?(?:called|named) )?$|\b(?:lady|woman|man|guy|chap|fella|fellow|bloke|lad|girl|gentleman|colleague|driver|engineer)(?: (?:who|that|on|i|in) (?:\w+ ){1,5}?| )(?:(?:was|is) )?(?:called|named)\s+$|\b(?:lady|woman|man|guy|chap|fella|bloke|lad|girl|gentleman)(?: who| that)? (?:answered|served|helped|picked up|i spoke to|i talked to)(?: \w+){0,3} was $|\bgot (?:a|an|some) $|\b(?:a|the|your) (?:driver|courier|engineer|fitter|technician|postman|rep|plumber),\s*$|\byour (?:man|lady|woman|chap|colleague|guy|girl|lad)(?: \w+){0,4},?\s+$|^(?:oh |hi |hello |hiya |hey )?,?is that $|` +
		`(?:刚才|刚刚|上次|昨天|之前|上回|早上|来)(?:的|那位|那个|接待|接电话|给我办|跟我说|帮我办)的?(?:那位|那个)?[小老阿]?$|(?:司机|快递员|骑手|客服|师傅|小哥|工作人员)[，,]?(?:的?(?:牌子|工牌|胸牌|名牌|胸卡)上?)?(?:写的?|叫|是|好像|姓){1,2}$|(?:你们|你家)(?:的|那个)?(?:司机|师傅|快递员|小哥|骑手|客服)[小老阿]?$`)
)

// askedToProve is what is asked so that somebody proves who he is: the name of an animal is a secret there.
var askedToProve = words(`\bfirst\b|\b(?:security|secret|memorable|proof|verif\w+)\b|第一[只条个]|密保|安全问题|预留|验证`)

// noPerson reports whether the name at p is of an animal, a thing, a company or one of its people, or no name at all.
func noPerson(s string, p Span, h hint) bool {
	before, after, name := upTo(s, p.Start), s[p.End:], s[p.Start:p.End]
	switch {
	case kinZH.MatchString(name), petBefore.MatchString(before) && !askedToProve.MatchString(s), labelled.MatchString(before), workBefore.MatchString(before), article.MatchString(before) && !companys(h.who) && !title.MatchString(name), h.thing:
		return true
	case allHan(name) && (partyHan.MatchString(after) || loneHan(s, p) && !h.asks(Name)):
		return true
	}
	return !companys(h.who) && !h.asks(Name) && spokeTo.MatchString(before)
}

// sentenceBefore is what stands before i in its sentence, of at most clauseReach bytes.
func sentenceBefore(s string, i int) string {
	before := s[max(0, i-clauseReach):i]
	for len(before) > 0 && !utf8.RuneStart(before[0]) {
		before = before[1:]
	}
	if k := strings.LastIndexAny(before, "?!;。？！；"); k >= 0 {
		before = before[k:]
	}
	if k := strings.LastIndex(before, ". "); k >= 0 {
		before = before[k:]
	}
	return before
}

// waits is how somebody who was asked for something asks for time. Mo and Min are names, too.
var waits = words(`(?:\b(?:wait|hold on|hang on|hang|hold|just|only|give me|bear with me|about|for)\b,? ?){0,4}\b(?:half an?|an?|one|two|a couple of) (?:seconds?|secs?|moments?|mo|minutes?|mins?|ticks?|jiffy)\b|\b(?:hang|hold) on\b|(?:等|稍等|等我)?(?:[一两半几]|好几)(?:秒|分)钟?|等等|等?一(?:会儿?|下)`)

// notWaiting takes out of the parts of s those that only ask for time: "one second" is no number, 一分钟 neither.
func notWaiting(s string, spans []Span) []Span {
	waiting := waits.FindAllStringIndex(s, -1)
	return slices.DeleteFunc(spans, func(p Span) bool {
		return slices.ContainsFunc(waiting, func(m []int) bool { return m[0] <= p.Start && p.End <= m[1] })
	})
}
