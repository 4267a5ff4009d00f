package redact

import (
	"regexp"
	"strings"
)

// The number of a thing, what happened on a day and the name of a building are nobody's: the word for the thing stands beside
// them, or was asked for just before.

// thingNumber is the number or the state of a thing rather than of somebody.
var thingNumber = words(`\b(?:order|tracking|ticket|docket|job|booking|reservation|confirmation|voucher|promo|promotion|discount|coupon|gift|case|incident|complaint|fault|invoice|serial|model|part|product|item|batch|lot|barcode|quote|flight|train|consignment|parcel|shipment|catalogue|colou?r|paint|shade|style|sku|tyre|seat|table|locker|clause|frame|page|error|receipt|repair|work order|purchase order|po)(?:'s)? (?:number|numbers|no\.?|id|reference|ref|code)\b|\b(?:order|tracking|invoice|barcode|serial|(?:meter|electricity|gas|water)(?:'s)? (?:reading|say)s?|(?:the|my|a|this|that|last|first|new) readings?|readings?(?:'s| is| was| are| says)|mileage|odometer|error|fault|isbn|tyres?|colou?r|model|serial|lottery|raffle|bingo|(?:screen|display)(?: \w+)? (?:say|show|read)s?)\b|\b(?:model|machine|washer|dishwasher|dryer|boiler|fridge|freezer|oven|hob|telly|tv|laptop|printer|router|camera|drill|mower|hoover)(?:'s| is| was) an?\b|\bmodel(?:'s| is| was)\b|` +
	`工号|税号|书号|收据号|团号|报案号|表号|直播间号|工程编号|产品码|预约[码号]|配件号|色号|货号|款号|图号|桌号|座位号|座号|彩票|开奖|中奖|屏幕|显示屏|显示什么|铭牌|(?:冰箱|洗衣机|空调|电视|热水器|机器|设备|机身)[上里]?贴?的码|(?:^|[^保])单号|警号|芯片号|耳标|足环|箱号|票号|预[订定约]号|订座号|确认号|优惠[码券]|折扣码|兑换码|排队号|订单|运单|快递单|工单|案件|^案号|[^档]案号|投诉编号|受理号|流水|发票|序列号|型号|机型|设备编?号|机身|批号|条码|取号|航班|车次|读数|表数|水表|电表|气表|表上|表底|抄表|里程|公里数|故障|报错|错误|代码`)

// thingsOwn stands right before what a thing or a matter is told by.
var thingsOwn = words(`\b(?:reservation|booking|certificate|incident|luggage tag|bag tag|job|batch|barcode|part|logged it as|logged as|fault code|there's a code)(?:'s| is|:|,)?\s+(?-i:[A-Z]{0,4})[- ]?$|(?:瓶盖|箱子|包装|产品|商品|样品|设备|机器|屏幕?|柜子?|器材|货物|物料|配件|零件)的?(?:编号|号码?)(?:就?是|为|：|:)?$`)

// ownWord is a word for what is somebody's: behind it a number is not a thing's.
var ownWord = words(`\b(?:account|card|phone|mobile|call|ring|text|policy|member(?:ship)?|customer|client|passport|licen[cs]e|pass ?word|pin|insurance|name|birth|born|email|i'm|my number)\b|账户|账号|卡号|手机|电话|打我|保单|会员|客户号|户号|护照|身份证|密码|姓名|我叫|生日|邮箱|验证码|(?:^|[^单号])(?:尾号|尾数|[后末]四位)`)

// clauseReach is how far in front of a number the word for it may stand, in bytes.
const clauseReach = 72

// ofThing reports whether the number that begins at i is one of a thing: the word for it stands before it in the sentence, and
// no word for what is somebody's behind that.
func ofThing(s string, i int) bool {
	before := standsOn.ReplaceAllString(sentenceBefore(s, i), "")
	if thingsOwn.MatchString(before) {
		return true
	}
	ms := thingNumber.FindAllStringIndex(before, -1)
	return ms != nil && !ownWord.MatchString(before[ms[len(ms)-1][0]:])
}

// isDate reports whether s is a date and nothing else.
func isDate(s string) bool {
	s = strings.Trim(s, " ,，.。")
	s = weekday.ReplaceAllString(s, "")
	if lateYear.MatchString(s) || dayZH.MatchString(s) {
		return true
	}
	for _, re := range dateShapes {
		if m := re.FindStringIndex(s); m != nil && m[0] == 0 && len(s)-m[1] <= len("号") {
			return true
		}
	}
	return false
}

var (
	weekday = words(`^(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day[\s,]+`)
	// dayZH is a day without the word for one, or a year alone.
	dayZH     = regexp.MustCompile(`^(?:农历|阴历)?` + numZH + `{1,3}月(?:初|廿)?` + numZH + `{1,3}$|^` + numZH + `{4}年$`)
	yearAlone = regexp.MustCompile(`^(?:` + numZH + `{4}年|(?:19|20)\d\d)$`)
	// lateYear is a date of a year in which nobody who calls was born.
	lateYear = words(`\b(?:` + monthEN + `|\d{1,2}/)[\s,]*(?:20(?:2[4-9]|[3-9]\d)|twenty[ -](?:twenty|thirty)[ -]?\w*)$|^(?:二零|二〇|20)(?:二|2)[四五六七八九4-9]年`)
)

// monthAlone is no day.
var monthAlone = words(`^(?:(?:[明今去]年|[上下]个?)?` + numZH + `{1,2}月[份分]?|` + monthEN + `)$`)

// happenedOn is what happened on a day, around the day.
var (
	happenedOn = words(`\b(?:happened|contract|boiler|warranty|guarantee|policy|appointment|discharged|admitted|operation|wedding|accident|crash|bus|train|flight|holiday|notice|letter|sale|event|booked|booking|put in|fitted|at about|at around)\b|合同|保险|住院|出院|手术|事故|婚宴|婚礼|预约|挂号|复查|发票|施工|停水|停电|扣款|缴费`)
	happensZH  = regexp.MustCompile(`^[号日的]{0,2}\s*(?:在|到期|截止|签|开的?户|买|装|进去|出院|住院|入住|出的?院|结婚|办|交|扣|停|发货|寄|到货|出发|起飞|搬|上午|下午|晚上|早上|之前|以前|前|后|之后)`)
)

// cardEnds stands before the day a card ends on.
var cardEnds = words(`(?:\b(?:expir\w*|valid|good|runs? out)\b|到期|有效期)[^，,。.]{0,12}$`)

// ofEvent reports whether the part p of s is a day on which something happened, and nobody was born.
func ofEvent(s string, p Span, h hint) bool {
	if !isDate(s[p.Start:p.End]) || h.asks(Birth) || birthCue.MatchString(s) || birthBehind.MatchString(s[p.End:]) || cardEnds.MatchString(upTo(s, p.Start)) {
		return false
	}
	return h.when || yearAlone.MatchString(s[p.Start:p.End]) || lateYear.MatchString(s[p.Start:p.End]) && len(h.asked) == 0 || happened.MatchString(upTo(s, p.Start)) || happenedOn.MatchString(s[:p.Start]) || happensZH.MatchString(s[p.End:])
}

// whenAsked asks for a day.
var whenAsked = words(`\b(?:when|what (?:day|date)|which (?:day|date)|dated)\b|哪天|哪一天|几月几[号日]|几[号日]|什么时候|何时|日期`)

// publicTitles are titles of people who are there for everybody.
const publicTitles = `(?:dr|doctor|prof(?:essor)?|(?-i:Sister|Nurse|Matron|Coach|Officer|Constable|Sergeant|Inspector))`

var (
	// thingBehind is what is called by the name of somebody who is known for something, behind the name.
	thingBehind = words(`^(?:'s|s)? (?:(?:\w+ )?(?:wing|building|room|hall|library|hospital|centre|center|school|college|university|museum|gallery|theatre|statue|exhibition|foundation|trust|award|prize|fiver|tenner|stamps?|tickets?|concert|gig|tour|album|song|film|movie|novel|book|biography|advert|shirt|mugs?|pan|pans|knives|range|collection|shoes|trainers|street|road|avenue|square|park|bridge|station|airport|terminal|spaniels?)\b|in (?:paperback|hardback|large print))`)
	// knownBefore is what stands before such a name.
	knownBefore = words(`\b(?:by|starring|mayor|president|prime minister|minister|king|queen|prince|princess|pope|sir|saint|actor|actress|singer|author|writer|footballer|novelist|comedian|was it|is it true|saw|watched|advert with|heard|(?:have you got|stock|got) the new)(?: that)?\s+$|(?:广告|节目|电视|新闻|电影)[里上]的?$`)
	thingHan    = regexp.MustCompile(`^(?:楼|路|大道|公园|广场|纪念馆|图书馆|博物馆|故居|医院|学院|大学|中学|小学|体育馆|机场|站|奖|杯|演唱会|电影|新书|小说|的(?:书|歌|画|马|字|诗|电影|小说|演唱会|新书|新歌|那本|那首)|那场|牌|记|菜刀|传|主?演的?|导演|执导|唱的|代言|写的|以前[^，,。]{0,6}(?:坐诊|坐过诊))`)
	cutHan      = regexp.MustCompile(`^\p{Han}{1,2}(?:楼|路|公园|纪念馆|图书馆|故居|医院|学院|大学|奖|杯)`) // behind a family name alone
	// publicTitle is such a title before a name that it is a part of, behindTitle one that it is not; publicHan is the same in Chinese.
	publicTitle = words(`^` + publicTitles + `\b`)
	behindTitle = words(`\b` + publicTitles + `\.?\s*$`)
	publicHan   = regexp.MustCompile(`^(?:老师|医生|大夫|教授|主任|护士长?|院士|院长|校长|经理|主管|总监|站长|店长)|(?:老师|医生|大夫|教授|主任|护士长?|院士|院长|校长|经理|主管|总监|站长|店长)$`)
	// yourStaff is a part in the company, before a name; inTeam where in the company somebody is, behind one.
	yourStaff = words(`\b(?:your|you guys'?|the) (?:\w+ ){0,2}?(?:engineer|driver|technician|courier|colleague|manager|adviser|advisor|rep|receptionist|fitter|supervisor|consultant|operator|agent|team leader|postie|postman|vet|head ?teacher|nurse),?(?: (?:is |was )?(?:called|named))? (?:mr|mrs|ms|miss)?\.?\s*$|(?:你们|你家|贵公司|贵司)(?:的|那个|店里|公司|那边|家|这边){0,2}(?:客户经理|经理|客服|司机|师傅|主管|店长|前台|同事|小姑娘|小伙子|姑娘)?(?:叫|姓|的|，|那个){0,2}[小老阿]?$|(?:前台|导诊台|客服|柜台|财务|技术部?|售后|业务)的?[小老阿]?$|(?:师傅|接电话的\p{Han}{0,4}|教练)(?:叫|姓|是姓)$`)
	inTeam    = words(`^,? (?:in|from|at|on|with) (?:(?:your|the) (?:\w+ ){0,2}?(?:team|desk|department|dept|office|reception|store|shop|branch|warehouse|pharmacy|counter|call cent(?:re|er)|helpline)\b|(?:accounts|billing|claims|returns|parts|reception|sales|support|bookings)\b)`)
)

// known reports whether the name at p is of a thing, of somebody who is there for everybody, or of the company's people.
func known(s string, p Span, h hint) bool {
	before, after, name := upTo(s, p.Start), s[p.End:], s[p.Start:p.End]
	if h.asks(Name) || !companys(h.who) && introduces(s, p) {
		return false
	}
	return thingBehind.MatchString(after) || knownBefore.MatchString(before) && len(h.echo) == 0 || thingHan.MatchString(after) || len(name) <= len("白") && cutHan.MatchString(after) || publicTitle.MatchString(name) && !companys(h.who) || behindTitle.MatchString(before) ||
		publicHan.MatchString(after) || publicHan.MatchString(name) || yourStaff.MatchString(before) || inTeam.MatchString(after)
}
