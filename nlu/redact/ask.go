package redact

import (
	"slices"
	"strings"
)

var asking = words(`\?|？|\b(?:what(?:'s| is| are| was)?|which|whose|who|when|where|how do you|may i|can i|could i|can you|could you|would you|please|tell me|give me|read (?:me|it|them)|confirm|provide|need|verify|spell|repeat|have your|say your|enter|type|key in|` +
	`go ahead with|ready with|let me have|take your|i'll (?:need|take)|sent you|text(?:ed|ing) you)\b|请|麻烦|提供|报一下|报给我|说一下|念一下|读一下|告诉|是多少|多少|什么|叫啥|谁|哪|几|核对|核实|确认|怎么称呼|贵姓|输入|留一个|留个|方便|记得吗|给我|您说|慢慢说|发给您|发到您`)

// question is what marks a turn as one that wants to know something.
var question = words(`\?|？|\b(?:what|which|how|when|where|why|who|do you|did you|have you|are you|is there|would you like|can i help|anything else)\b|吗|什么|怎么|多少|哪|几|呢|需要`)

// wanted are further things that are asked for, beside those of cues, and the kind of their answers.
var wanted = []cue{
	{Name, words(`\b(?:your|his|her|their|caller's|account holder's|card ?holder's|child's|husband's|wife's|the) (?:\w+ )?(?:full |first |last |middle |maiden |sur|family |given )?name\b|\b(?:full|first|last|middle|family|given) name\b|\bsurname\b|who am i (?:speaking|talking) (?:to|with)|` +
		`who(?:'s| is| am| are| do| does| should| shall| will| would| can| was)\b.{0,40}(?:calling|this|speaking|for|under|on|line|as|out to|holder|driver|owner|contact|recipient|with|to)\b|(?:and )?you are\s*\?|what (?:do|should|shall|can|may) (?:i|we|people|they|your friends) (?:call|address)|how (?:should|shall|do|may|can) (?:i|we) (?:address|call)|(?:whose|what|which) name|name (?:on|of|for|under) (?:the|your) (?:account|card|policy|booking|reservation|caller|patient|person|passenger|order|contract|bill|owner|\w+ ?holder|lease|registration|recipient)|name on it|name\?|who(?:'s| is) the (?:account|card|policy) ?holder|(?:how (?:do|would|is)|could|can|would|please) .{0,20}\bspell\b|spell (?:that|it|your)|` +
		`怎么称呼|贵姓|姓名|全名|谁的?(?:名字|名义|大名|名)|(?:写|填|留|用|给|寄给|登记)(?:的是)?谁|哪位|啥名|(?:您|你|他|她|孩子|爱人|老公|老婆|客户|联系人|机主|户主)的?(?:名字|大名)|叫什么|户名|(?:机主|户主|联系人|持卡人|开户人|收件人|收货人|投保人)是(?:谁|哪位)|您是哪位|^哪个\p{Han}|^哪个[a-z]`), 2, "name spell who call address are 姓 名 称呼 叫 谁 哪"},
	{Address, words(`\b(?:your|the|delivery|billing|home|postal|mailing|shipping|street|full|current|new) (?:full |current |new |home |billing |delivery |mailing )?address\b|\baddress\b[^?]{0,20}\?|first line of|\bhouse (?:number|name)\b|\bflat number\b|\bstreet\b.{0,12}\?|where do you live|where (?:are|will|should|shall|do) we (?:be )?(?:deliver|send|pick|collect|com)|where (?:should|shall|can|do) (?:i|we) (?:send|deliver|ship|post)|` +
		`地址|住址|住在?哪(?:里|儿|个小区|栋|$|\s|？)|哪个小区|寄到哪|送到哪|门牌|房间?号|几号楼|哪一?栋|哪一?幢|几栋|几幢|几单元|几室`), 3, "address line house flat street live where 址 住 小区 寄 送 门牌 房 楼 栋 幢 单元 室"},
	{Email, words(`\be-?mail\b|邮箱|邮件地址|艾特什么|电子邮件`), 3, "mail 邮 艾特"},
	{userName, words(`\b(?:user ?name|user ?id|log ?in(?: name| id)?|screen name|handle|instagram|twitter|telegram|snapchat|skype|wechat|whatsapp|discord)\b|用户名|登录名|微信号?|昵称`), 3, "user log name handle instagram twitter telegram snapchat skype wechat whatsapp discord 用户 登录 微信 昵称"},
	{wordSecret, words(`\b(?:pass ?words?|pass ?phrase|memorable (?:word|place|name|answer)|security (?:question|answer|word)|secret (?:word|question|answer)|maiden name|code ?word|first (?:pet|school|car)|hint)\b|密码|口令|密保|暗号|安全问题`), 3, "pass memor secur secret maiden code first hint 密 口令 暗号 安全"},
	{Secret, words(`\b(?:expir(?:e|es|y|ation|ed)|valid (?:thru|until|to)|(?:last|first) (?:four|three|two|4|3|2)|(?:three|four|six|3|4|6)[- ]digits?|digits|the (?:numbers?|letters?) (?:on|you)|code)\b|有效期|后[四六4-6]位|末[四六4-6]位|前[四六4-6]位|[四六46]位|那?[三3](?:个|位)数|[取提]货?[件货]?码|码`), 3, "expir valid last first digit number letter code 有效期 位 码"},
	{Account, words(`\b(?:(?:sixteen|16)[- ]digits?|long number|card (?:details|number)|reference(?: number)?|registration|plate|member|customer|policy|account)\b|(?:^|[^几])号码?$|号是|号多少|号呢|编号`), 4, "sixteen 16 long card reference registration plate member customer policy account 号"},
	{Phone, words(`\b(?:best|another|alternative|different|contact|good) number\b|\bnumber to\b|\bwhat number\b`), 5, "number"},
}

// notWanted are codes and numbers that are nobody's.
var notWanted = words(`\b(?:error|fault|promo|discount|voucher|coupon|product|country|area|dress|bar|qr|colou?r|gift|offer|order|model|serial|part|item|flight|route|bus|invoice|ticket|how many|how much|how long|how often|how old|what time|what day|which day|what size|what year|which year|which model|temperature|budget|price|cost)\b|` +
	`分机|错误|故障|型号|代码|颜色|尺码|多少钱|多长时间|多久|几点|几个|几件|几号(?:来|去|到|方便|送)|温度|面积|优惠码|订单号?|快递|运单|城市`)

// thingName is the name of something.
var thingName = words(`\bname (?:of|for) (?:the|your|that|this|our) (?:product|item|model|shop|store|company|business|street|branch|app|website|plan|medicine|medication|file|program|place|hotel|restaurant|show|film|song|book|brand|device|service|package|street|city|town|bank)\b|(?:brand|model|product|file|company|street|shop|store) name\b|(?:产品|商品|公司|店铺|品牌|小区|单位|狗狗?|猫咪?|宠物|兔子|仓鼠)(?:的)?(?:名字|名称|叫什么|叫啥)|\b(?:the|your|her|his) (?:dog|cat|puppy|kitten|rabbit|horse|pony|hamster|parrot|tortoise|pet)(?:'s)? (?:name|called)|(?:dog|cat|puppy|kitten|rabbit|horse|pony|pet) called|\bwho (?:did|have) you (?:speak|spoken|talk|deal|dealt|see|get)|\bwho (?:served|helped|told|visited|came|advised)\b|谁(?:接待|给您办|帮您办|接的|跟您说|服务|上门|联系您)`)

// asksFor lists the kinds of value that a turn asks the other side for.
func asksFor(text string) []Kind {
	text = simple(text)
	l := glance(text)
	if !short(text) && !asking.MatchString(text) {
		return nil
	}
	var out []Kind
	thing := thingNumber.MatchString(text) && !ownWord.MatchString(standsOn.ReplaceAllString(text, ""))
	for _, c := range wanted {
		if !l.any(c.has) || thing && numeric(c.kind) {
			continue
		}
		if c.kind == Name && thingName.MatchString(text) && !askedToProve.MatchString(text) {
			continue
		}
		if c.kind != Name && c.kind != Address && c.kind != Email && notWanted.MatchString(text) {
			continue
		}
		if c.re.MatchString(text) {
			out = append(out, c.kind)
		}
	}
	for _, c := range cues {
		if l.any(c.has) && c.re.MatchString(text) && !(thing && numeric(c.kind)) {
			out = append(out, c.kind)
		}
	}
	if birthCue.MatchString(text) {
		out = append([]Kind{Birth}, out...)
	}
	if unneeded.MatchString(text) {
		out = slices.DeleteFunc(out, func(k Kind) bool { return k == Secret || k == wordSecret })
	}
	return dedupe(out)
}

// unneeded is said of a password that must not be told.
var unneeded = words(`\b(?:needn't|don't need to|no need to|don't|never|mustn't|shouldn't) (?:tell|give|read|say|share)\b|(?:密码|口令|验证码)[^，,。？]{0,4}(?:不用|不要|别|不需要|无需)(?:告诉|说|给|报|念)|(?:不用|不要|别|不需要|无需)(?:告诉|说|报|念|给)[^，,。？]{0,6}(?:密码|口令|验证码)`)

// unneededPart is what somebody says need not be told, before what he asks for instead.
var unneededPart = words(`(?:不用|不需要|无需|不必|用不着)[^，,。？！]{1,10}[，,]|[^，,。？！]{1,8}(?:不用|不需要|不必|用不着)(?:了|报|说|念|给)?[，,]|\b(?:don't|do not|won't) need (?:to (?:know|have|give|tell)(?: me| us)? )?(?:your|the|a|any|that|his|her)\b[^,.?!;]{3,32}(?:,|;|\bbut\b|\bjust\b|\bonly\b)`)

// partOf is what is said of the whole of something of which a part is asked for: "not the whole password, just the first letter".
var partOf = words(`\b(?:full|whole|entire|complete|all|long)\b|完整|全|整|[前后中]面|[前后]边|中间|剩下|其[他它余]`)

// needed is text without what it says need not be told.
func needed(text string) string {
	return unneededPart.ReplaceAllStringFunc(text, func(part string) string {
		if partOf.MatchString(part) {
			return part
		}
		return " "
	})
}

// goesOn is a question for the rest of what was told.
var goesOn = words(`\b(?:more|rest|next|last|end|other|digits?|numbers?|letters?|part|after|before|all|ready|go|goes|carry|continue|say|said|missing|back)\b`)

// movesOn is a question for something else, behind thanks for what was told.
var movesOn = words(`^\W*(?:(?:okay|ok|right|lovely|great|perfect|brilliant|and)[,. ]+)*(?:thanks|thank you|perfect|great|lovely|brilliant)\b[^?.!]{0,20}[.!,] (?:and |now,? |so )?(?:any|do you|did you|have you|are you|is there|is it|was it|when|how|which)\b[^?]{2,}\?$`)

// standsOn is where a number is to be found.
var standsOn = words(`\b(?:on|in|under|above|below|beside|next to) (?:the|your|that|this|my) (?:\w+ )?(?:card|letter|bill|e-?mail|text|phone|account|app|barcode|label)\b`)

// numeric reports whether a value of k is digits and letters.
func numeric(k Kind) bool { return k == Account || k == Phone || k == ID || k == Secret }

// changesSubject reports whether a turn in which nothing private is asked for is a question all the same, and none of the
// short ones that help somebody along: "and then?", 后面呢.
func changesSubject(text string) bool {
	text = simple(text)
	return question.MatchString(text) && (!short(text) || notWanted.MatchString(text))
}

// announcesLast lists the kinds of value that the end of a turn announces, or has begun to give.
func announcesLast(text string) []Kind {
	text = simple(text)
	var out []Kind
	s := strings.TrimRight(text, " .,。，…、:：-")
	l := glance(s)
	for _, c := range cues {
		if !l.any(c.has) {
			continue
		}
		for _, m := range c.re.FindAllStringIndex(s, -1) {
			at := skip(s, m[1])
			if v, ok := codeAt(s, at); ok {
				at = v.end
			}
			if at >= len(s) {
				out = append(out, c.kind)
			}
		}
	}
	for _, m := range birthCue.FindAllStringIndex(s, -1) {
		if skip(s, m[1]) >= len(s) {
			out = append(out, Birth)
		}
	}
	if m := nameCue.FindStringIndex(s + " "); m != nil && m[1] >= len(s) {
		out = append(out, Name)
	}
	if m := nameCueZH.FindAllStringIndex(s, -1); m != nil && m[len(m)-1][1] == len(s) {
		out = append(out, Name)
	}
	if m := addressCue.FindAllStringIndex(s, -1); m != nil && skip(s, m[len(m)-1][1]) >= len(s) {
		out = append(out, Address)
	}
	if offers.MatchString(s) {
		out = append(out, Phone)
	}
	return dedupe(out)
}

// offers is somebody who is about to read out a value.
var offers = words(`\b(?:give|tell|read|spell) (?:it|them|that|you|out)\b.{0,30}$|\b(?:write|note|take|jot) (?:it|this|that) down\b|(?:报|念|说|读)(?:给|一下|一遍).{0,6}$|记一下|记一记`)
