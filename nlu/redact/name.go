package redact

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed data/given.txt
var givenText string

//go:embed data/more.txt
var moreText string

// given holds common given names, in lower case.
var given = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(givenText) {
		out[w] = true
	}
	return out
})

// more holds further given names, of many languages. They count only where another word of a name follows: some are words, too.
var more = sync.OnceValue(func() map[string]bool {
	out := make(map[string]bool, 12000)
	for w := range strings.FieldsSeq(moreText) {
		out[w] = true
	}
	return out
})

// wordNames are given names that are ordinary words first.
var wordNames = setOf(`will may mark bill rose grace hope faith joy dawn june april august summer frank grant chase guy art rich pat sue rob jack dean glen dale heather holly ivy lily daisy penny pearl ruby amber jade crystal melody angel christian page drew skip ray miles max gene
	cherry ginger olive sage basil earl duke carol jean bob norm herb don dick harry tom jerry chelsea florence georgia jordan sydney victoria paris london asia india china africa america virginia carolina austin dallas madison lincoln jackson sunday monday son bay can van santa san dana kit lane reed
	victor sierra juliet oscar mike romeo charlie iris star sunny happy lucky bank king prince major long young wise early noble sterling cash dollar penny honda mercedes royce porsche alexa siri april august june blue gray brook rain sky sandy rusty dusty stormy merry noel easter christmas`)

func setOf(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}

// nameWord tells that a cue speaks of a name: what follows is one, in small letters too.
var nameWord = words(`name|call|holder`)

// title is a form of address, which is a part of the name behind it.
var title = words(`\b(?:mr|mrs|ms|mx|dr|mister|prof(?:essor)?)\b\.?\s+|\b(?-i:Miss|Sir|Madam|Lady|Lord|Mister)\s+`)

// signed is the end of a letter.
var signed = words(`(?:regards|sincerely|faithfully|truly|cheers|best wishes|best|signed|sender|from|love)[,:\s]+(?:-+\s*)?((?-i:\p{Lu}[\p{L}'’\-]+(?:\s(?:\p{Lu}\.|\p{Lu}[\p{L}'’\-]+)){1,3}))[\s.]*$`)

var (
	// nameCue announces a name whatever it is; nameHint only one that is written or known as a name.
	nameCue = words(`\b(?:(?:full |last |first |middle |maiden |sur|family |given |sir)?name(?:'s| is| was|:| would be)|(?:under|in) the name(?: of)?|name on (?:it|the \w+(?: \w+)?) is|i'm called|i am called|they call me|call me|account ?holder(?:'s name)? is|cardholder is|` +
		`in my name,?|(?:wife|husband|son|daughter|mother|father|brother|sister|mum|mom|dad|partner|sister|brother|beneficiary|payee|recipient|addressee|landlord|tenant|neighbou?r|colleague|assistant|executor|guardian|next of kin|emergency contact)(?:'s name)?(?: is|,|:| is called))\s+`)
	nameHint  = words(`\b(?:i'm|i am|this is|it's|it is|that's|here is|speaking with|speak(?:ing)? to|mr\.?|mrs\.?|ms\.?|miss|dr\.?|hello|hi|thank you|thanks|dear|my name|(?:my|his|her|our|the) (?:wife|husband|son|daughter|mother|father|brother|sister|mum|mom|dad|partner|fianc[eé]e?|girlfriend|boyfriend|flatmate|roommate|landlord|neighbou?r|colleague|boss|assistant|uncle|aunt|cousin|grand(?:mother|father|son|daughter|ma|pa)|nephew|niece|friend)|patient|client|customer|passenger|guest|resident|tenant|beneficiary|attn:?|attention:?|c/o|name:|ask for|speak with|contact)\s*,?\s+`)
	nameLabel = words(`\b(?:last|first|middle|family|given|sur) ?name,?\s+`)
	nameAfter = words(`^\s*,?\s+(?:here|speaking|calling|from|is my name|'s my name)\b`)
	latinName = regexp.MustCompile(`^[\p{L}][\p{L}'’\-]*`)

	nameCueZH  = words(`我叫做?|名字叫做?|名叫|姓名(?:是|叫|为|：|:)?|名字(?:是|为|：|:)|(?:机主|户主|联系人|收件人|收货人|持卡人|开户人|户名|乘客|患者|投保人|被保险人|法人)(?:名字)?(?:是|叫|为|写|填|：|:)|(?:我)?(?:老公|老婆|爱人|妻子|丈夫|儿子|女儿|妈妈|爸爸|母亲|父亲|先生|太太)(?:的名字)?(?:叫做?|名叫)|本人(?:叫)?|(?:他|她|孩子|小孩|宝宝|老人|对方)(?:的名字)?叫做?|我姓.{0,6}?叫|(?:^|[，,。\s])叫|户名(?:是|为|叫|：|:)?|署名|写的是`)
	pinyinZH   = regexp.MustCompile(`(?:拼音|英文名?)(?:是|为|：|:)?\s*([A-Za-z]{2,}(?:[ ,，]+[A-Za-z]{2,}){0,2})`)
	titledZH   = regexp.MustCompile(`\p{Han}(?:\p{Han}{0,2})?(?:先生|女士|小姐|太太|师傅|老师)`)
	nameHintZH = words(`我是|这是|他是|她是|我就是|您是|找|(?:老公|老婆|爱人|妻子|丈夫|儿子|女儿|妈妈|爸爸|母亲|父亲|妹妹|姐姐|哥哥|弟弟|爷爷|奶奶|外公|外婆|女朋友|男朋友|女友|男友|同事|朋友|室友|邻居|房东|患者|客户|用户)(?:是|叫)?|(?:收件人|联系人|收货人|机主|户主|持卡人|户名|开户人|投保人|患者|乘客|寄件人)(?:是|：|:)?`)
	familyZH   = words(`(?:我|免贵|本人)姓(?:的是)?`)
	titleZH    = regexp.MustCompile(`^(?:先生|女士|小姐|太太|老师|经理|主任|医生|师傅|同学|阿姨|叔叔)`)
)

// notName are words that follow "my name is" or "I'm" without being a name.
var notName = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`and i i'm a an the on in at is are was not to for from with calling here but so spelled spelt that it my me we you can could would will please just also really very
		sorry happy looking trying having sure going gonna wondering afraid interested unable not still thinking at wrong correct right misspelled different changed listed missing incorrect um uh er okay ok yes no yeah
		speaking because since about of or if as there their his her what who how when where why this these those customer account calling old new one two three four five six seven eight nine ten
		given what that which else under speak talk currently already only now then today by saved stored registered spelled written showing shown printed used given saying however tomorrow good great fine well done back`) {
		out[w] = true
	}
	return out
}()

// surnames are the commonest Chinese family names; those of two characters come first.
var surnames = strings.Fields(`欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 端木 长孙 宇文 百里
	王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 付 傅 方 白 邹 孟 熊 秦 邱 江
	尹 薛 闫 阎 段 雷 侯 龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 覃 武 戴 莫 孔 向 汤 温 康 施 文 牛 樊 葛 邢 安 齐 易 乔 伍 庞 颜 倪 庄 聂 章 鲁 岳 翟 殷 詹 申 欧 耿 关 兰 焦 俞 左 柳 甘 祝 包 宁 尚 符 舒 阮 柯 纪 梅 童 凌 毕 单 季 裴 霍 涂 成 苗 谷 盛 曲 翁 冉 骆 蓝 路 游 辛 靳 欧 管 柴 蒙 鲍 华 喻 祁 蒲 房 滕 屈 饶 解 牟 艾 尤 阳 时 穆 农 司 卓 古 吉 缪 简 车 项 连 芦 麦 褚 娄 窦 戚 岑 景 党 宫 费 卜 冷 晏 席 卫 米 柏 宗 瞿 桂 全 佟 应 臧 闵 苟 邬 边 卞 姬 师 和 仇 栾 隋 商 刁 沙 荣 巫 寇 桑 郎 甄 丛 仲 虞 敖 巩 明 佘 池 查 麻 苑 迟 邝
	裘 郗 仉 逄 蔺 郦 晁 阚 綦 訾 宓 郜 嵇 储 靖 邴 糜 隗 班 伊 厉 戎 祖 束 幸 韶 蓟 薄 宿 邰 鄂 索 赖 屠 胥 闻 莘 贡 劳 扶 宰 雍 璩 濮 寿 扈 燕 冀 郏 浦 茹 习 宦 戈 庾 暨 衡 匡 阙 沃 蔚 隆 勾 融 乜 鞠 丰 巢 蒯 荆 竺 逯 桓 晋 鄢 冼 揭 植 芮 羿 钮 郁 咸 惠 麴 缑 亓 仝 楚 苻 谌 谯 郄 钭 鄞 笪 亢 况 帅 朴`)

// stopZH are characters that no given name has.
const stopZH = "号电手住性男生编卡的了是在吗呢吧啊呀我你您他她它们这那有没不想要请问和跟与就都也还很会能可以把被给对从到去来说话先女，。？！、,.?! "

// names finds the names of people where it is sure that they are. asked: the other side has asked for one.
func names(l look, asked bool) []Span {
	s := l.s
	var out []Span
	if len(l.words) > 0 {
		out = namesEN(l, asked)
	}
	if l.han {
		out = append(out, namesZH(s, asked)...)
	}
	return out
}

func namesEN(l look, asked bool) []Span {
	s := l.s
	var out []Span
	if l.any("name call under holder wife husband son daughter mother father brother sister mum mom dad partner beneficiary payee recipient addressee lord tenant neighbo colleague assistant executor guardian kin contact") {
		for _, m := range nameCue.FindAllStringIndex(s, -1) {
			at := skipName(s, m[1])
			first := latinName.FindString(s[at:])
			if !nameWord.MatchString(s[m[0]:m[1]]) && !capital(first) && !given()[first] { // "my landlord is saying"
				continue
			}
			out = appendName(out, at, latinAt(s, at, true))
		}
	}
	for _, m := range nameHint.FindAllStringIndex(s, -1) {
		end := latinAt(s, m[1], false)
		if end > 0 && thanked.MatchString(s[m[0]:m[1]]) && !strings.Contains(s[m[1]:end], " ") {
			continue // whom somebody thanks is the one he talks to
		}
		out = appendName(out, m[1], end)
	}
	if l.any("name") {
		for _, m := range nameLabel.FindAllStringIndex(s, -1) {
			if w := latinName.FindString(s[m[1]:]); capital(w) && !notName[strings.ToLower(w)] {
				out = appendName(out, m[1], latinAt(s, m[1], true))
			}
		}
	}
	if from, to := core(s); asked && !refusals.MatchString(s[from:to]) && len(strings.Fields(s[skip(s, 0):])) <= 6 {
		at := skip(s, 0)
		out = appendName(out, at, latinAt(s, at, true))
	}
	for _, m := range title.FindAllStringIndex(s, -1) {
		if end := latinAt(s, m[1], true); end > m[1] && (capital(s[m[1]:]) || !capitalised.MatchString(s)) {
			out = appendName(out, m[0], end)
		}
	}
	if m := signed.FindStringSubmatchIndex(s); m != nil && !notPerson.MatchString(s[m[2]:m[3]]) {
		out = appendName(out, m[2], m[3])
	}
	return append(out, introduced(s)...)
}

// thanked is what is said to the one who is talked to.
var thanked = words(`^(?:thank you|thanks|cheers)`)

// capitalised is a word with a capital, and no single letter.
var capitalised = regexp.MustCompile(`\p{Lu}\p{Ll}`)

func hasCapital(s string) bool { return strings.ContainsFunc(s, unicode.IsUpper) }

// introduced finds "Mary Johnson here", "John Smith speaking": a known given name and another capitalised word.
func introduced(s string) []Span {
	var out []Span
	for i := 0; i < len(s); i++ {
		if i > 0 && wordRune(s, i) {
			continue
		}
		first := latinName.FindString(s[i:])
		low, _, _ := strings.Cut(strings.ToLower(first), "-")
		if first == "" || !given()[low] && !more()[low] {
			continue
		}
		end := latinAt(s, i, false)
		if end > i+len(first) && (strings.ToUpper(s[i:end]) == s[i:end] || inName(s, i)) {
			continue
		}
		if end > i+len(first) && (nameAfter.MatchString(s[end:]) || capital(first)) {
			out = append(out, Span{Name, i, end, MaskOf(Name)})
			i = end
		}
	}
	return out
}

// inName reports whether the word before i is capitalised and in the same clause: "San Diego".
func inName(s string, i int) bool {
	before := strings.TrimRight(s[:i], " ")
	if before == s[:i] || before == "" {
		return false
	}
	at := strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) }) + 1
	w := before[at:]
	return capital(w) && !notName[strings.ToLower(w)] && at > 1 && !greets[strings.ToLower(w)]
}

var greets = map[string]bool{"hi": true, "hello": true, "hey": true, "thanks": true, "dear": true, "mr": true, "mrs": true, "ms": true, "miss": true, "dr": true, "morning": true, "afternoon": true, "this": true, "speaking": true}

func appendName(out []Span, start, end int) []Span {
	if end <= start {
		return out
	}
	return append(out, Span{Name, start, end, MaskOf(Name)})
}

var politeEN = words(`^(?:(?:um|uh|er|well|yes|it's|it is|yeah|okay|actually|uhm)[\s,]+)+`)

func skipName(s string, i int) int {
	if m := politeEN.FindStringIndex(s[i:]); m != nil {
		return i + m[1]
	}
	return i
}

// latinAt reads a name of one to three words at i and returns its end, 0 when there is none. A sure cue takes words in
// lower case too; otherwise two capitalised words, or one known given name that is capitalised, are needed.
func latinAt(s string, i int, sure bool) int {
	type word struct {
		text string
		end  int
	}
	var ws []word
	for at := i; len(ws) < 3; {
		w := latinName.FindString(s[at:])
		if w == "" || unicode.Is(unicode.Han, []rune(w)[0]) || notName[strings.ToLower(w)] {
			break
		}
		low := strings.ToLower(w)
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		if len(ws) > 0 && !capital(w) && (!sure || english[low] != "" || capital(ws[0].text) && strings.TrimRight(s[at+len(w):], " .,!") != "") {
			break
		}
		if len(ws) == 2 && !capital(w) {
			break
		}
		at += len(w)
		if at < len(s) && isASCIIDigit(s[at]) { // a code
			break
		}
		ws = append(ws, word{w, at})
		if at >= len(s) || s[at] != ' ' {
			break
		}
		at++
	}
	if len(ws) == 0 {
		return 0
	}
	last := ws[len(ws)-1].end
	if sure {
		if len(ws) == 1 && len(ws[0].text) < 2 {
			return 0
		}
		return last
	}
	low := strings.ToLower(ws[0].text)
	if first, _, ok := strings.Cut(low, "-"); ok && (given()[first] || more()[first]) {
		low = first
	}
	known := given()[low] || more()[low] && len(ws) >= 2 && capital(ws[0].text) && capital(ws[1].text)
	if !hasCapital(s) && (given()[low] || more()[low]) && !wordNames[low] && (said.MatchString(upTo(s, i)) || related.MatchString(upTo(s, i))) {
		return heardAt(s, i)
	}
	if !known && unknownName(s, i, last, ws[0].text, len(ws)) {
		return last
	}
	switch {
	case known && capital(ws[0].text):
		return last
	case known && len(ws) >= 2 && capital(ws[1].text):
		return last
	}
	return 0
}

// related stands before somebody's name: "my daughter".
var related = words(`\b(?:my|his|her|our) (?:wife|husband|son|daughter|mother|father|brother|sister|mum|mom|dad|partner|fianc[eé]e?|girlfriend|boyfriend|uncle|aunt|cousin|nephew|niece|grandson|granddaughter|grandmother|grandfather)\s*,?\s+$`)

// heardAt is the end of a given name at i in a text without capitals, with the word behind it when that can be a family
// name.
func heardAt(s string, i int) int {
	first := latinName.FindString(s[i:])
	end := i + len(first)
	if end < len(s) && s[end] == ' ' {
		if w := latinName.FindString(s[end+1:]); len(w) >= 2 && !notName[w] && !refusals.MatchString(w) && english[w] == "" {
			return end + 1 + len(w)
		}
	}
	return end
}

func capital(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r)
}

// said are the hints after which a capitalised word is somebody's name even if it is no known one.
var said = words(`\b(?:i'm|i am|this is|speaking with|speak(?:ing)? to)\s*,?\s+$`)

// notPerson are capitalised words that are no name of a person: organisations, days, months, nations.
var notPerson = words(`\b(?:bank|insurance|support|shop|store|services?|company|ltd|inc|group|hotel|airlines?|airways|team|department|council|city|hall|university|school|hospital|clinic|centre|center|street|road|mastercard|visa|` +
	`google|apple|amazon|samsung|microsoft|iphone|android|windows|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|august|september|october|november|december|christmas|easter|` +
	`america|england|britain|france|germany|china|india|spain|italy|london|\w+(?:ish|ese|ian|ean))\b`)

// unknownName reports whether s[i:end], n words of which the first is first, is a name that no list knows: after "I'm" and the
// like every capitalised word, after "this is" two of them or one before "speaking".
func unknownName(s string, i, end int, first string, n int) bool {
	m := said.FindString(upTo(s, i))
	if m == "" || !capital(first) || len(first) < 2 || strings.ToUpper(first) == first || notPerson.MatchString(s[i:end]) {
		return false
	}
	if strings.HasPrefix(strings.ToLower(m), "this") {
		return n >= 2 || nameAfter.MatchString(s[end:])
	}
	return true
}
