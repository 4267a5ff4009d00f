package quality

import (
	"slices"
	"sync"
)

// kind is how a concept is looked for.
type kind int

const (
	statement kind = iota // somebody says it
	forbidden             // nobody may say it
	special               // code of its own: a method of judge by its name
)

// part of a call.
type part int

const (
	anywhere part = iota
	opening
	closing
)

// concept is something that forms ask about.
type concept struct {
	name string
	kind kind
	part part
	asks pair // the words of a question about it
	said pair // the words that do it
	// plain: a negation before the words does not take them back ("no fee", "I'm not happy to hear that").
	plain bool
	// states: a question does not do it ("is there a fee?").
	states bool
	// always: due in every call. The others do not apply when neither facts nor the call touch them.
	always bool
	// topic: words of either side or of a fact that make it due.
	topic pair
	// refuse cancels a sentence.
	refuse pair
	// beats names concepts that the same words of a question do not mean when this one is meant.
	beats []string
	// owed: the case in which it is owed. A question with this case is about it where it names nothing but what this beats,
	// and some of its ways.
	owed pair
	// ways: the words for doing it in its case, empty for any.
	ways pair
	// only: outside its case its words mean nothing.
	only bool
}

// concepts are all of them; the order is the order in which a plan lists them. The list is made once and only read.
var concepts = sync.OnceValue(func() []concept { return slices.Concat(manners(), duties(), prohibitions()) })

// conceptsNamed are those of concepts with these names, in the order of the list. The slice is the caller's.
func conceptsNamed(names ...string) []concept {
	var out []concept
	for _, c := range concepts() {
		if slices.Contains(names, c.name) {
			out = append(out, c)
		}
	}
	return out
}

// manners are what good calls have whatever they are about.
func manners() []concept {
	return []concept{
		{name: "company", kind: special, part: opening, always: true,
			asks: pat(`(company|bank|organi[sz]ation|business|brand|department|store|shop|firm)('s|s')?\b.{0,30}\bnames?\b|\bnames?\b.{0,25}\b(of the|company|bank|organi|business|brand)|(introduc|greet|opening|answer).{0,60}\b(company|bank|organi[sz]ation|business|brand)\b|identify.{0,20}(company|bank|organi)|standard (greeting|opening)|\bwho we are\b`,
				`(报|说|介绍|自报|表明|告知|开场|问候).{0,12}(公司|银行|单位|机构|部门|品牌|企业|商家|店铺)|(公司|银行|单位|机构|部门|品牌|店铺)(名|和|及|与).{0,8}(姓名|名字|名称|工号|本人|自己|身份|称)|标准(开场|问候)|(我们|咱们|这里|这儿)是(谁|哪)`)},
		{name: "ownname", kind: special, part: opening, always: true,
			asks: pat(`\b(own|their|his|her|agent's|first)( own)? names?\b|gives? (a|their|his|her) name|introduc\w* (themsel|him|her|them)|identif(y|ies|ied) (themsel|him|her)|by name and company`,
				`(自己|本人|客服|坐席|员工|个人)的?.{0,4}(姓名|名字|工号)|(报|说|介绍|自报|告知).{0,14}(姓名|名字|工号)|自己(叫什么|是谁|姓什么|贵姓)|自我介绍|自报家门|介绍.{0,3}(自己|本人)`)},
		{name: "greeting", part: opening, always: true,
			asks: pat(`\bgreet|\bhello\b|welcom|polite(ly)? open`, `问候|问好|开场|打招呼|礼貌.{0,4}接听|迎接`),
			said: pat(`\b(hello|hi|hey|good (morning|afternoon|evening|day)|welcome|thanks? (you )?for (calling|ringing|phoning|contacting|waiting|holding)|how (can|may|could) i (help|assist)|what can i do for you|you're through to)\b`,
				`您好|你好|早上好|上午好|中午好|下午好|晚上好|欢迎|感谢.{0,4}(来电|致电|拨打)|很高兴|为您服务|请问有什么`)},
		{name: "need", always: true, kind: special, beats: []string{"accuracy"},
			asks: pat(`\bneeds?\b.{0,30}\b(understood|clear|established|identified|caller|customer)|(understand|understood|establish|clarif|summari[sz]|paraphras|repeat|restat|reflect|confirm|check|identif|find out|found out|explor|probe|play back|played back|read back|recap|grasp\w*|caught|note[ds]?|took down|taken down).{0,40}\b(needs?|problem|issue|request|reason|enquiry|inquiry|question|understanding|what the (caller|customer)|concern|want)\b|(open|clarifying|probing|relevant) questions?|summari[sz]e|paraphrase|\b(gone|went|goes|going|go|run|ran) (over|through)\b.{0,24}\bagain\b|\b(gone|went|go) over again|\bread back\b|\b(said|repeated|confirmed|stated|summed up) (again|back|once more)|\bsummed up\b`,
				`(了解|确认|复述|核实|明确|倾听|理解|总结|归纳|询问|澄清|重复|挖掘|弄清|核对|探寻).{0,10}(需求|诉求|问题|来意|情况|原因|意图|要求|目的|意思|想要)|需求|诉求|(确认|说|念|讲|读|复述|核对|重复)(了|给.{1,4}听)?一(遍|次)|再确认|念给|记全`)},
		{name: "recap", always: true, kind: special, beats: []string{"need", "closing", "timeframe", "resolved", "fee", "details"},
			asks: pat(`\b(outcome|results?|arrangement|agreement|appointment|details|time( limit)?|dates?|what (was|had been) (agreed|arranged|said))\b.{0,70}\b(repeated|restated|read back|recapped|summed up|summari[sz]ed)\b|\b(repeat|restat|recap|summari[sz]|run|ran|go|went|sum)\w* (up |through |over |back )?(the |what (was|had been|they) |everything )(\w+ ){0,2}(outcome|results?|agreed|arrang\w*|agreement|said|settled)`,
				`(复述|重述|重复|归纳).{0,6}(结果|内容|约定|安排|处理|时间|结论)|(说好|约好|约定|谈好|商定)的?.{0,4}(过一遍|再说|复述|确认|重复)`)},
		{name: "furtherhelp", part: closing, always: true, beats: []string{"need", "resolved"},
			asks: pat(`(further|more|other|additional|else)\b.{0,30}\b(help|assist|question|need|support|anything)|anything else|(help|assist\w*).{0,20}(further|more|else|other)|(other|further|more|additional) (question|quer|issue|matter|concern|need)|\b(nothing|no (matter|question|issue)s?)\b.{0,20}\b(left|open|remain\w*|outstanding|unanswered|unresolved)`,
				`(其他|其它|别的|还有|进一步|更多|另外).{0,14}(帮|需|问题|服务|疑问|事)|遗留|遗漏.{0,6}问题|没有.{0,6}(未解决|没解决)`),
			said: pat(`(anything|something|is there|what|any) ?(i can )?(else|more|other|further)\b|(any|other|more|further) (other |more |further )?(questions?|help|quer|concerns?|issues?|matters?)\b|(help|assist) (you )?(with )?(anything|something|any|further|more|else)|all (you needed|for today|for you today)|(else|more) (i|we) can|is that everything|will that be all|(everything|all) you need(ed)?( today)?`,
				`(还有|其他|其它|别的|另外).{0,10}(什么|问题|需要|可以|帮|疑问|事)|(还需要|还要|还能|还可以|有没有其|有没有别).{0,8}`)},
		{name: "thanks", part: closing, always: true,
			asks: pat(`\bthank|gratitude|appreciat.{0,20}(call|patience|caller)`, `感谢|致谢|道谢|谢谢`),
			said: pat(`\b(thank|thanks|thank you|appreciate you|appreciate your|grateful)\b`, `谢谢|感谢|多谢`), plain: true},
		{name: "closing", part: closing, always: true,
			asks: pat(`\b(clos(e|ed|ing)|goodbye|farewell|say bye|end(ed|ing)?( the)? (the )?call|sign[- ]?off|wrap up|finish)\b`, `结束语|结束|收尾|告别|道别|再见|挂机|挂断|祝福|结尾|送别`),
			said: pat(`\b(good ?bye|bye|bye-bye|have a (\w+ )?(day|afternoon|evening|weekend|one|time|week|night|morning|rest)|take care|thank(s| you)( so much| very much)? for (calling|your call|ringing|getting|phoning|contacting|your time|choosing|being)|enjoy (the|your)|all the best|speak soon|good (day|night)|cheerio|night night|so long|see you|cheers,? bye|safe (journey|travels)|hope (he|she|it|they|you|\w+)('s| is| are| gets?| feels?)|pleasure (helping|talking|speaking)|nice (talking|speaking))\b`,
				`再见|拜拜|祝您|祝你|感谢.{0,3}(来电|致电|拨打|接听|配合|支持)|谢谢.{0,3}(来电|致电|拨打|支持)|生活愉快|周末愉快|慢走|稍后.{0,6}(评价|打分)`), plain: true},
		{name: "empathy", always: true,
			asks: pat(`empath|sympath|sooth|reassur|calm(ed|ing)?\b.{0,25}(caller|customer|upset|angry)|acknowledg.{0,40}(feel|frustrat|concern|upset|emotion|anger|inconvenience|problem|worry|distress)|\bapolog|\bsorry\b|(understanding|concern|care|compassion) (for|of|towards?|about)|(show|express)\w* (understanding|concern|care)|comfort`,
				`安抚|同理|共情|致歉|道歉|抱歉|歉意|安慰|体谅|理解.{0,8}(情绪|心情|感受)|情绪.{0,8}(疏导|照顾|回应|关注)|关心`),
			said: pat(`\b(sorry|apologi[sz]e|apologies|i (can |do |completely |fully |totally |really |quite |certainly )*(understand|appreciate|see|imagine|hear)( how| why| that| your| you're| you are| this| what| completely| the)?|that (must|sounds|is|would)( be| have been| really| very| so| incredibly)* (tough|rough|scary|sad|painful|worrying|frustrat|awful|stress|upset|worr|difficult|annoy|horrible|terribl|hard|inconvenien|disappoint)\w*|must (be|have been|feel) (\w+ )?(frustrat|awful|stress|upset|worr|difficult|annoy|horribl|terribl|hard|scary|disappoint)\w*|don't worry|no need to worry|not to worry|(very |so |really )?(frustrating|upsetting|stressful|distressing|disappointing)|i'd (be|feel) (\w+ )?(upset|frustrated|worried|annoyed|angry|the same)|you're right to|inconvenience|how (you|upset|frustrat|worry|annoy)\w* (feel|this|that|it)|i hear you|hang in there|are you (all right|ok|okay|hurt|safe)|oh (dear|no|gosh|my)|goodness|take your time|bless you|poor (you|thing)|nothing to be (afraid|ashamed)|perfectly normal|completely normal|you must be|glad you (rang|called|told|got in touch)|let's (sort|get) (this|that|it) (out|sorted))\b`,
				`抱歉|对不起|不好意思|歉意|道歉|致歉|我也(很)?(难受|难过|着急)|(理解|明白|体会|感受)(您|你|到您|到你).{0,8}(心情|感受|着急|焦急|担心|难处|不满|生气|情绪)|(非常|十分|特别|完全|很|能|能够|可以|都)(理解|体谅|明白您)|理解您|换(做|作|成)(是)?我|我也会(生气|着急|不高兴|难受)|别着急|不要着急|不用着急|您别急|别担心|不用担心|请放心|您放心|消消气|别生气|(您|你)?人?没(事|受伤|伤着)吧|慢慢(说|讲|来)|别(怕|慌|紧张|急)|放宽心|窝火|搁谁|受委屈|(很|都|挺)正常|给您(带来|添|造成).{0,6}(不便|麻烦|困扰)|让您(久等|担心|失望|受累|费心)|辛苦您`), plain: true,
			refuse: pat(`not sorry|(sorry|apologi[sz]e),? (but )?(that's|there's|it's|you) (not|nothing|your|the rules|just|should)|understand (english|me|plain|what i)|(sorry|pardon)\?$|sorry,? (what|who|i didn't (catch|hear)|could you repeat)`, `不理解|理解不了|不抱歉`),
			beats:  []string{"need"}, owed: emotion, ways: responds},
		{name: "politewords", always: true,
			asks: pat(`\b(please|courtesy words|polite words)\b`, `(使用|用).{0,4}(礼貌用语|敬语|文明用语)|礼貌用语`),
			said: pat(`\b(please|may i|could you|would you|thank you|thanks|certainly|of course)\b`, `请|您|谢谢|麻烦您`), plain: true},
		{name: "callername", always: true,
			asks: pat(`(use|address|call)\w* .{0,20}(caller|customer|client)s?'?s? .{0,8}(name|by name)|(address|call)\w* .{0,20}by (their |his |her )?(sur|last |first )?name|(caller|customer)'s name`, `(称呼|尊称).{0,8}|(使用|称).{0,6}(客户|来电人).{0,4}(姓|名)`),
			said: pat(`\b(mr|mrs|ms|miss|madam|sir|dr)\b\.? ?[a-z]*`, `[\p{Han}](先生|女士|小姐|阿姨|老师|总)`), beats: []string{"identity", "ownname"}},
		{name: "alternative", always: true, plain: true, beats: []string{"need", "furtherhelp", "promise", "timeframe", "fee", "details", "resolved"}, owed: notHad, ways: offers, only: true,
			asks: pat(`\balternatives?\b|\bplan b\b|\b(second|other|another) (way|option|choice)\b|fallback|(something|anything) else (was |were )?(offered|proposed|suggested|given)|(another|other|different) (time|day|date|way|option|slot|appointment|solution|possibilit)\w*|offered .{0,20}(something else|instead)`, `替代|备选|变通|第二(个|种|套)?(办法|方案|选择)|别的(选择|时间|办法|方案|日期|方式)|其他(选择|时间|办法|方案|日期|方式)|另(外)?(一个|给|想|约)(时间|办法|方案)|退而求其次`),
			said: pat(`\b(or (i|we|you|the|there|half|tomorrow|on)|instead|alternatively|(how|what) about|(would|could|might) .{0,30}(suit|do|work|squeeze)|another|other (day|time|branch|way|option|one)|the (earliest|next|nearest|first)|i can (do|offer|get|put|give)|i('ve| have) got|we('ve| have) got|there's (one|a|an|still)|you (can|could) (also|try|go|come|ring|do)|either)\b`,
				`要不|或者|还可以|也可以|改(成|到|约)|换(成|个)|您看.{0,14}(行|可以|好|呢|怎么样)|最早|最快|另外|(可以|能)(先|给您|帮您|在|到|去|用|拿|分期|寄)|建议(您)?|有(明天|后天|周|下周|空)|还有|(明天|后天|周[一二三四五六日]).{0,10}(有|可以|行)`)},
		{name: "resolved", always: true, kind: special,
			asks:  pat(`(resolv|solv|answer|deal|dealt|handle|address|fulfil)\w*.{0,30}\b(problem|issue|question|request|enquiry|inquiry|query|concern|need)|(offer|give|gave|provide|propos)\w*.{0,15}(solution|resolution|answer|alternative|option)`, `(解决|回答|处理|解答|答复|办理|满足).{0,10}(问题|诉求|需求|疑问|请求|来电|业务)|(提供|给出).{0,8}(方案|解决|办法|建议|替代)`),
			beats: []string{"need"}},
	}
}

// duties are what some calls must have.
func duties() []concept {
	return []concept{
		{name: "disclosure", kind: special, always: true, beats: []string{"recording", "coolingoff", "risk", "interest", "fee", "terms", "privacy", "warranty", "fraudwarning", "accuracy", "need"},
			asks: pat(`(mandatory|required|compulsory|legal|statutory|regulatory|obligatory|necessary|due|compliance) (\w+ )?(disclosures?|statements?|information|notices?|announcements?|warnings?|wording)|(everything|what|all that) (that )?(must|has to|had to) be (said|disclosed|told|stated)|\bdisclosures?\b`,
				`(强制|必须|应当|应|必要|法定|规定|合规|监管要求).{0,6}(披露|告知|提示|声明|说明)|(披露|告知|提示)(义务|事项)|合规(话术|声明|提示)|必说`)},
		{name: "confirmsolved", always: true, beats: []string{"need", "resolved", "empathy", "details", "survey", "furtherhelp"},
			asks: pat(`(confirm|check|ask|make sure|verif)\w*.{0,40}\b(solved|resolved|satisfied|happy|fixed|answered|sorted|works|working)\b`, `(确认|询问|核实).{0,10}(解决|满意|处理完|清楚了)`),
			said: pat(`(does|did|has|is|are|was|were) (that|this|it|everything|your \w+)\b.{0,24}(help|answer\w*|solv\w*|sort\w*|work\w*|resolv\w*|clear|okay|all right|fixed)|are you (happy|satisfied)|happy with that`, `(解决|清楚|明白|可以|满意|正常|好)了?(吗|么|没有|没)|这样(可以|行)吗|您看(可以|行)吗`)},
		{name: "helpoffer", plain: true, beats: []string{"resolved", "need", "furtherhelp", "fee", "terms", "promise"},
			asks:  pat(`payment (plan|arrangement|holiday)|instal+ments?|hardship (help|support|plan)|forbearance|breathing space`, `分期|缓交|缓缴|延期还|减免方案|帮扶|纾困|困难.{0,10}(帮助|方案|办法)`),
			said:  pat(`\b(instal+ments?|payment (plan|arrangement|holiday)|(spread|split) (it|that|this|the)|over (\w+ )?(months|weeks)|(small|smaller|lower|little|reduced) (amount|bit|payments?)|(pounds?|dollars?|euros?|quid) (a|per|each) (week|month)|monthly (amount|payments?)|(put|place) (\w+ ){1,4}on hold|pause|freeze|(free|debt) advice|advice line|charity|extra time|breathing space|help you out|(afford|manage) (each|a|per)|(a few|some|several) (things|ways|options) )`, `分期|分(成)?(几|\d+|[一二三四五六七八九十两]+)(期|个月|次)|延期|缓(交|缴|还)|减免|减半|每个?月还|救助|补助|补贴|绿色通道|优先(处理|办理)`),
			topic: hardship},
		{name: "callback", plain: true, always: true,
			asks: pat(`call(ed|ing)? .{0,12}back|call-?back|ring .{0,10}back`, `回电|回拨`), said: pat(`(call|ring|phone) you( back)?|give you a (call|ring)|call ?back`, `回电|回拨|给您(打|回)|打给您|电话联系您|致电您`)},
		{name: "identity", kind: special,
			asks: pat(`identi(ty|fication)|verif(y|ied|ication).{0,30}(caller|customer|who|account holder|identity|person|details)|security (check|question|verification|detail|step)|authenticat|who (they|the caller|he|she) (is|are|was|were|really)|(caller|customer|account holder) (was|is|were) (really )?(who|the)|\bid check|data protection (check|question)`,
				`安全验证|身份验证|核实.{0,8}(身份|客户|本人|信息|资料)|身份|核身|验证.{0,6}(客户|本人|信息|资料)|核验|核对.{0,8}(身份|本人|客户信息|资料|个人信息|证件)|确认.{0,6}(本人|机主|户主)`),
			beats: []string{"need", "ownname", "privacy", "callername", "details", "resolved", "leak"}},
		{name: "recording", always: true, states: true, beats: []string{"privacy"},
			asks: pat(`\brecord(ed|ing|s)\b`, `录音|录制`), topic: pat(`\brecord(ed|ing)\b`, `录音`),
			said: pat(`\b(recorded|recording|monitored|taped|tap(e|ing) (this|the|all|our|your) calls?|records? ((this|the|all|our|every) ){0,2}(calls?|conversations?)|record (this|the|our|your))\b`, `录音|录制|录下来|全程录|被记录`)},
		{name: "coolingoff", states: true, beats: []string{"timeframe", "terms", "closing", "fee"},
			asks:  pat(`cool(ing)?[- ]?off|right to (cancel|withdraw)|withdrawal (right|period)|cancellation (right|period)|change their mind|return (period|policy|right)`, `犹豫期|冷静期|反悔|无理由|撤销权|撤回权|退货(期|政策|权)`),
			said:  pat(`cool(ing)?[- ]?off|(cancel|withdraw|change your mind|return it|send it back|back out|get out of|refund).{0,60}\b(days?|weeks?|month|hours)\b|\b(days?|weeks?|month)\b.{0,50}(cancel|withdraw|change your mind|return|send it back|back out|refund)|right to cancel|free to cancel`, `犹豫期|冷静期|(天|日|周|小时|个月)(之?内).{0,18}(退|取消|撤|反悔|解除|解约)|无理由|(退|取消|撤销|反悔|解除).{0,16}(天|日|周)(之?内)`),
			topic: pat(`cool(ing)?[- ]?off|right to cancel|change (your|their) mind|sign(ed|ing)? (up|for)|take out|bought|buys?\b|sold|purchase|new (policy|contract|plan|loan|account)|agree[ds]? to the|open(s|ed)? an? `, `犹豫期|冷静期|无理由|投保|购买|签约|签订|买了|办理.{0,6}(保险|贷款|套餐|理财|业务)|下单|开通`)},
		{name: "risk", states: true, plain: true, beats: []string{"accuracy"},
			asks:   pat(`\brisks?\b|capital (loss|is not)|value (can|may) (fall|go down)`, `风险|亏损|不保本|非保本`),
			said:   pat(`\brisks?\b|go (up (or|and|as well as) )?down|lose (money|value|some|part|your|what)|(not|isn't|aren't|no) guarantee|fluctuate|past performance|capital (is )?(not|at)|get back less|fall in value`, `风险|亏损|亏钱|不保本|非保本|不保证(收益|本金)|波动|本金.{0,8}(损失|亏)|可能.{0,6}(亏|跌|损)|有涨有跌|过往业绩`),
			refuse: pat(`no risks?\b|without (any )?risk|risk[- ]?free|zero risk|(isn't|not) (any|a|much) risk`, `(没有|没什么|没啥|零|无|毫无|不用担心|不存在|几乎没有).{0,3}风险|不会亏|稳赚`),
			topic:  pat(`\b(invest|fund|funds|shares|stock|isa|portfolio|bond|risk)\w*\b`, `理财|基金|投资|股票|收益|风险|结构性存款|保本`)},
		{name: "interest", states: true, plain: true,
			asks: pat(`\binterest\b|\bapr\b|\brate\b`, `利率|利息|年化|费率`), topic: pat(`\binterest\b|\bapr\b|\bloan|\bborrow|\bmortgage|saving`, `利率|利息|贷款|年化|分期|存款`),
			said: pat(`\binterest\b|\bapr\b|\d+(\.\d+)? ?(%|per ?cent)|per ?cent`, `利率|利息|年化|百分之|%|免息`)},
		{name: "fee", kind: special, states: true, plain: true, beats: []string{"accuracy", "need"},
			asks:  pat(`\b(fees?|charges?|charged|costs?|price|prices|how much)\b`, `费用|手续费|收费|价格|资费|工本费|运费|年费|违约金|多少钱|服务费|邮费|金额`),
			topic: pat(`\b(fees?|charges?|charged|costs?|price|prices|how much|pay|pounds?|dollars?|euros?|penalty)\b|[£$€]`, `费|收钱|价格|多少钱|元|块|违约金|工本`)},
		{name: "terms", states: true,
			asks: pat(`\b(terms|conditions|contract|minimum term|notice period|policy wording|small print|exclusions?|eligib\w+)\b`, `条款|合约|合同|协议|期限|条件|免责`), topic: pat(`\b(terms|conditions|contract|minimum|notice|exclusions?)\b`, `条款|合约|合同|协议|免责|条件`),
			said: pat(`\b(terms|conditions|contract|minimum term|notice|excludes?|exclusions?|isn't covered|not covered|eligible|eligibility|subject to)\b`, `条款|合约|合同|协议|期限|免责|条件|不(保|赔)`)},
		{name: "privacy", states: true,
			asks: pat(`privacy|data protection|personal (data|information)|how .{0,12}data`, `隐私|个人信息.{0,6}(保护|使用|收集|授权)|授权`), topic: pat(`privacy|data protection|personal (data|information)|consent`, `隐私|个人信息|授权`),
			said: pat(`privacy|data protection|personal (data|information)|(use|store|keep|share) your (data|details|information)|consent`, `隐私|个人信息|保密|授权|同意.{0,6}(使用|收集|查询)`)},
		{name: "warranty", states: true, plain: true,
			asks: pat(`warrant(y|ies)`, `保修|质保|三包|质量保证`), said: pat(`warrant(y|ies)`, `保修|质保|三包`), topic: pat(`warrant|repair|broken|faulty|defect`, `保修|质保|三包|维修|坏了|故障`)},
		{name: "fraudwarning", states: true, plain: true,
			asks: pat(`(scam|fraud|phish).{0,20}|(warn|remind|advis)\w*.{0,40}(never|not to) (share|give|tell)`, `(提醒|提示|告知).{0,12}(诈骗|泄露|防骗|不要.{0,6}(透露|告诉|转账))|反诈`),
			said: pat(`\b(never|don't|do not|not to) (share|give|tell|read out|click)|scam|fraudster|phishing|we('ll| will) never ask`, `(不要|别|切勿|请勿|不能|千万).{0,10}(透露|告诉|泄露|转账|点击|提供)|诈骗|骗子|骗局|谨防`), topic: pat(`scam|fraud|phish|stolen|suspicious`, `诈骗|骗|盗刷|可疑|陌生`)},
		{name: "reference", plain: true, always: true,
			asks: pat(`(reference|case|ticket|complaint|claim|tracking|incident|order|confirmation) (number|code|no\b|id)|\breference\b`, `(工单|受理|投诉|案件|流水|参考|登记|快递|单|查询|服务单|受理单)(编?号|码)|工单`),
			said: pat(`(reference|case|ticket|complaint|claim|tracking|incident|confirmation|booking)( number| code| no| id)?( for (this|you|that|your \w+))?( is|'s|:| will be)|\b[a-z]{1,4}[- ]?\d{3,}|reference`, `(工单|受理|投诉|案件|流水|参考|登记|快递|服务单|查询|单)(编?号|码)`), topic: pat(`reference|ticket|case number|complaint`, `工单|投诉|受理|编号`)},
		{name: "timeframe", always: true, kind: special, beats: []string{"need"},
			asks: pat(`next steps?|time ?(frame|scale|line|limit)|how long|when (it|they|the|this|he|she|something)\b|(by|until) when|what (will|would|happens?) (happen )?next|deadline|(expected|processing|delivery|waiting|turnaround|response|repair|arrival) (time|date)|follow[- ]?up|follow up`, `(后续|下一步|接下来).{0,8}|时限|时效|多久|多长时间|何时|什么时候|期限内|(处理|到账|办理|回复|配送|送达|预计|等待|反馈|维修).{0,4}(时间|期限|日期)|时间节点|流程`)},
		{name: "hold", kind: special, asks: pat(`\bhold\b|\bon hold|\bwait(ing)?\b|put .{0,20}(aside|through to music)|silence|dead air|left the line`, `等待|稍等|等候|保持|静音|离开.{0,4}线|沉默|搁置`), beats: []string{"thanks", "empathy", "greeting", "politewords"}, owed: pair{en: waiting}},
		{name: "transfer", asks: pat(`\btransfer|pass(ed|ing)? (the )?(caller|call|customer) (on|over|to)|hand(ed)? ?(over|off)|put(ting)? .{0,16}through`, `转接|转人工|转交|(电话|来电|客户).{0,6}转(到|给)|转(到|给).{0,8}(部门|专员|同事|座席|坐席|人工)`), owed: pat(`\b(transfer\w*|hand(ed|ing)? ?(over|off)|put(ting)? .{0,16}through)`, `转接|转人工|转交`),
			topic: pat(`\btransfer(red|ring)? (you|the call|the caller|to)|put(ting)? (you|the caller) through|pass(ing)? (you|the caller) (on|over|to)`, `转接|转人工|转到.{0,8}(部门|专员)|帮您转`),
			said:  pat(`\b(transfer(ring)? you|put(ting)? you through|connect(ing)? you|pass(ing)? you (on|over|to)|hand(ing)? you over)\b`, `(为您|给您|帮您|您)?.{0,3}(转接|转到|转给|转至|接通)`)},
		{name: "details", asks: pat(`(confirm|check|verif|repeat|read back|take|took|ask)\w*.{0,40}(address|phone|contact|number|email|order|delivery|details|spelling|booking|date)`, `(确认|核对|复述|核实|重复|询问|记录).{0,12}(地址|电话|号码|联系方式|订单|邮箱|信息|日期|时间|手机)`),
			topic: pat(`address|phone number|contact number|email|order number|postcode|deliver|call ?back`, `地址|电话号码|手机号|联系方式|订单号|邮箱|回电|收货`),
			said:  pat(`(can|could|may) i (just )?(confirm|check|take|have|get|read)|(let me|i'll|i will|just to|to) (just )?(confirm|read|check|repeat|go over)|is (that|this|it) (still )?(correct|right|the right|your)|(what's|what is|which) (the|your) (best )?(address|phone|number|contact|email|order|postcode|date)|so that's|i've got|is .{0,40}(correct|right)\?`, `(确认|核对|复述|重复)一?下|跟您核|对吗|对吧|是吗|是.{0,24}吗|没错吧|请问.{0,14}(地址|电话|号码|联系方式|订单|邮箱)|(提供|说|报|留)一?下.{0,10}(地址|电话|号码|联系|订单|邮箱)`), always: true, beats: []string{"callback"}},
		{name: "survey", always: true, asks: pat(`survey|feedback|rate (the|this|their)|satisfaction`, `满意度|评价|打分|回访`), said: pat(`survey|feedback|rate (the|this|my|our|your)|questionnaire`, `满意度|评价|打分|评分|回访`), beats: []string{"fee"}},
		{name: "complaintroute", plain: true, asks: pat(`(complaint|complain|escalat|supervisor|manager|ombudsman|regulator)`, `投诉(渠道|途径|方式|流程|电话)?|升级|上报|主管|领导|监管`),
			said:  pat(`complaint|escalat|supervisor|manager|ombudsman|team leader|senior|colleague`, `投诉|升级|上报|主管|领导|经理|反馈给|专员|登记|上级`),
			topic: pat(`complain|escalat|supervisor|manager|ombudsman|regulator`, `投诉|升级|上报|主管|领导|经理|监管`), beats: []string{"need"}},
		{name: "accuracy", kind: special, always: true,
			asks: pat(`\b(accura\w+|correct(ly)?|right|true|wrong|incorrect|false|mislead\w*|factual\w*|consistent)\b.{0,50}\b(information|answer|details|advice|statement|said|told|given|facts?|policy|figures?|amount|explan|inform|tell|told|state|quote|say|advise)\w*|\b(information|answer|details|advice|facts|figures?|what the agent (said|told)|everything|all statements?|amounts?|inform|tell|told|state|answer|advise|quote|explain)\w*\b.{0,50}\b(accura\w+|correct(ly)?|right|true|wrong|incorrect|false|mislead|consistent|match)\b|\bmisinform|mislead|(give|gave|provide)\w* wrong`, `(信息|答复|解答|回答|内容|说法|解释|业务|知识|口径|政策|介绍|告知).{0,14}(准确|正确|无误|属实|真实|错误|误导|一致)|(准确|正确|如实|错误|真实).{0,10}(信息|答复|解答|回答|告知|说明|介绍|解释|业务|政策|提供)|误导|答非所问`)},
	}
}
