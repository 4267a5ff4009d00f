package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Some turns of phrase say of what stands in them that it is somebody's, whatever a model holds likely.

const (
	capitalEN  = `(?-i:\p{Lu}[\p{L}'’-]*\p{Ll})`
	numberedEN = `(?:\d{1,4}[a-z]?|(?:a hundred(?: and)?|(?:one|two|three) hundred(?: and)?|` + tensEN + `|` + onesEN + `|ten|eleven|twelve|\w+teen)(?:[ -](?:` + tensEN + `[ -]?)?` + onesEN + `)?)\b`
	kinEN      = `wife|husband|son|daughter|mother|father|brother|sister|mum|mom|dad|partner|fianc[eé]e?|girlfriend|boyfriend|flatmate|housemate|uncle|aunt|auntie|cousin|nephew|niece|gran|nan|grandson|granddaughter|neighbou?r|tenant|landlord|landlady|lodger`
	titlesEN   = `(?:mr|mrs|ms|miss|mx)\.?`
)

// ageHas are parts of which one is where somebody tells how old somebody is.
const ageHas = " is 's"

// phrase is a turn of phrase whose first group is a value.
type phrase struct {
	kind  Kind
	re    *regexp.Regexp
	has   string // see cue
	asked bool   // only where the other side has asked for such a value
}

var phrases = []phrase{
	{Name, words(`\bin (` + capitalEN + `(?: ` + capitalEN + `)?)['’]s name\b`), "name", false},
	{Name, words(`\b(?:it's|i'm|registered|booked|booking's|reserved|listed|filed|down) (?:it )?under (` + capitalEN + `(?: ` + capitalEN + `)?)(?:[,.!?]|$)`), "under", false},
	{Name, words(`\b(` + capitalEN + `)(?:'s| is) (?:only |just |nearly |almost |now )*` + agesEN + `(?:,|\.|!| and\b|$)`), ageHas, false},
	{Name, words(`\b(?:gone|went|sent|delivered|posted|registered|belongs?|signed for by|used by|opened by|taken by)(?: to)? (?:some|a|one|someone called|somebody called) (` + capitalEN + ` ` + capitalEN + `(?: in ` + capitalEN + `)?)`), "some a one ", false},
	{Name, words(`\b(?:bill|invoice|statement|charge|letter|parcel|deliver\w*|post|send|addressed|made out|payable)\b[^.?!]{0,30}? to ((?:dr|prof(?:essor)?)\.? ` + capitalEN + `(?: ` + capitalEN + `)?)\b`), "dr prof", false},
	{Secret, words(`\bi (?:used|put|gave|chose|entered|typed|set|said) ([^,.?!;]{2,40}?) (?:as|for|to be) (?:the|my|an) (?:answer|memorable|security|secret|pass ?word|pass ?phrase|hint)\b`), "answer memorable secur secret pass hint", false},
	{Secret, regexp.MustCompile(`(?:密码|口令)(?:我?就?是|是|设成|改成|设的是|改的是)(\p{Han}{1,8}加\s?[A-Za-z\d` + "零〇一二三四五六七八九幺" + `]{2,})`), "密码 口令", false},
	{Name, regexp.MustCompile(`(\p{Han}{2})是(?:我的?|他的?|她的?)?(?:复)?姓(?:[，,。]|$)`), "姓", true},
	{Name, regexp.MustCompile(`(?:^|[^\p{Han}]|写|叫|是|给|找|让|替)(\p{Han}` + olderTitles + `)`), "老爷子 老太太 老先生 大爷 大妈 奶奶 爷爷", false},
	{Name, words(`\bmy (?:` + kinEN + `),? (` + capitalEN + `(?: ` + capitalEN + `)?)\b`), "my ", false},
	{Name, words(`^(?:hi|hello|hey|morning|good (?:morning|afternoon|evening))\b[^.?!]{0,20}\bit's (` + capitalEN + `(?: ` + capitalEN + `)?) (?:again|here|calling)\b`), "it's", false},
	{Name, words(`\bam i (?:speaking|talking) (?:to|with) (` + capitalEN + `(?: ` + capitalEN + `){0,2})`), "speaking talking", false},
	{Name, words(`\b((?-i:[A-Z]) (?:for|as in) (?-i:[A-Z])\p{Ll}+)\b`), " for as in ", true},
	{Name, regexp.MustCompile(`免贵姓的?是?(\p{Han}{1,2})(?:[，,。]|$)`), "免贵", false},
	{Name, words(`\b(the ` + capitalEN + ` (?:family|household|residence))\b`), "family household residence", false},
	{Name, words(`\b(?:for|under|from|it's|i'm|this is|is that|am i speaking (?:to|with)) (` + titlesEN + ` ` + capitalEN + `)(?:[,.!?]|$)`), "mr ms miss mx", false},
	{Address, words(`\b(?:still(?: at| on)?|down (?:at|as)|moved(?: to|,? it's|,? to)|live at|lives at|now at|it's) ((?:(?:flat|unit) \w+,? )?` + numberedEN + `,?(?: ` + capitalEN + `){1,3} (?:` + streetEN + `|yard|rise|view|green|parade|gate|fold|bank|end)\b)`), "still down moved live lives now it's", false},
	{Name, regexp.MustCompile(`我是(?:[^，,。]{0,4}[班级]的?)?([^孩宝学生小他她您你我老师的同，,。]\p{Han}{1,2}?)的?(?:妈妈?|爸爸?|奶奶|爷爷|姥姥|外婆|家长)(?:[，,。啊呀]|$)`), "妈 爸 奶奶 爷爷 姥姥 外婆 家长", false},
	{Name, regexp.MustCompile(`(?:隔壁|对门|楼上|楼下|对面|邻居)(?:的|家|家的)?(\p{Han}(?:奶奶|爷爷|阿姨|叔叔|大爷|大妈|大姐|大哥|婆婆|伯伯))`), "隔壁 对门 楼上 楼下 对面 邻居", false},
	{Name, regexp.MustCompile(`的(阿[^姨爸妈公婆哥]\p{Han}??)(?:那|家|收|帮|代)`), "阿", false},
	{Name, regexp.MustCompile(`([小阿]\p{Han})[他她](?:妈|爸|奶奶|爷爷)`), "小 阿", false},
	{Secret, words(`\banswer (?:to (?:the|my|your) (?:\w+ )?(?:question|word))?(?:'s| is| was|:)?\s+(?:um+ |uh+ )?([^,.;!?]{3,30})`), "answer", false},
	{Secret, regexp.MustCompile(`(?:密保|安全问题|密码提示|验证问题)(?:问题)?的?答案(?:是|就是|：|:|填的?是?|写的?是?|设的?是?)([^，,。！？的是]{1,8})`), "答案", false},
	{Secret, words(`\b(?:date|expiry|expires|card)\b[^.?!]{0,40}\b((?:0[1-9]|1[0-2]) ?/ ?[2-4]\d)\b`), "/", false},
	{Account, words(`\b(?:card|account|phone|mobile|number|landline)(?: that)? (?:ending|ends|finishing)(?: in| with)? ((?:(?:double |triple |treble )?(?:` + onesEN + `|oh|zero|\d)[ ,-]*){2,4})`), "card account phone mobile number landline", false},
	{Account, regexp.MustCompile(`(?:^|[^单号])(?:尾号|尾数|[后末]四位)(?:是|为|：)?(` + numZH + `{3,4})(?:[^` + "零〇一二三四五六七八九幺两\\d" + `]|$)`), "尾 后四位 末四位", false},
	{Address, words(`\b(?:at|to|with \w+ at|live at|next door at) ((?:number|no\.?) ` + numberedEN + `)(?:[,.!?;]|$| (?:he|she|they|it|we|if|and|who|please|because|if|as)\b)`), "number no.", false},
	{Address, words(`^(?:\W*(?:yes|yeah|it's|its|um+|uh+|that's|at)\b)*\W*((?:(?:flat|apartment|apt|unit|number|no\.?) )?` + numberedEN + `)(?:[,.!?;]|$)`), "", true},
	{Address, regexp.MustCompile(`^(?:嗯|呃|是|在|就是|[，,])*((?:` + numZH + `|百)+[A-Za-z]?(?:号楼|号|栋|幢|弄|座)?(?:之` + numZH + `)?(?:` + numZH + `{1,4}[楼层室]?)?)(?:[，,。！]|$)`), "", true},
	{Address, regexp.MustCompile(`(?:放|送|寄|交|给|住)(?:到|在|给)?(` + numHouseZH + `号)(?:[，,]|的[小老阿]?\p{Han}{1,3}(?:那|家|收|帮))`), "号", false},
}

// olderHan is somebody old by the family name: 贺老爷子.
var olderHan = regexp.MustCompile(`^\p{Han}` + olderTitles + `$`)

const olderTitles = `(?:老爷子|老太太|老先生|大爷|大妈|奶奶|爷爷)`

// certain finds what is somebody's by the turn of phrase alone.
func certain(l look, h hint) []Span {
	var out []Span
	for _, ph := range phrases {
		if ph.asked && !h.asks(ph.kind) || !l.any(ph.has) {
			continue
		}
		for _, m := range ph.re.FindAllStringSubmatchIndex(l.s, -1) {
			text := l.s[m[2]:m[3]]
			if ph.kind == Name && olderHan.MatchString(text) && (!soleSurname[firstRune(text)] || strings.ContainsRune(notTitled+"谢多", firstRune(text))) || ph.kind == Secret && strings.ContainsAny(text, "什哪谁几") {
				continue
			}
			if low := strings.ToLower(text); ph.has == ageHas && (wordNames[low] || !given()[low] && !more()[low] && common(low)) {
				continue
			}
			if ph.kind == Name && !ph.asked && (notPerson.MatchString(text) || common(strings.ToLower(text)) && !strings.Contains(text, " ")) || ph.kind == Secret && (statement.MatchString(text) || refusals.MatchString(text)) || ph.asked && ph.kind == Address && unit.MatchString(l.s[m[3]:]) {
				continue
			}
			out = append(out, Span{ph.kind, m[2], m[2] + len(strings.TrimRight(text, " ,-")), MaskOf(ph.kind)})
		}
	}
	if companys(h.who) {
		out = append(append(out, addressedAs(l.s)...), heardBack(l, h)...)
	}
	return out
}

// heard is how the company's side says what it has understood of an answer, and foundBy what it has found by it.
var (
	heard   = regexp.MustCompile(`(?i)\bi heard ([^.?!]{3,60})[.?!]|听到(?:的是|的|您说的?是?)?([^，,。？！]{2,30})[，,。？！]`)
	foundBy = regexp.MustCompile(`(?i)(?:^|[.?!,] )i(?:'ve)? (?:have|found|got)(?: an?)? ([\p{L}' -]{3,40})(?:[.?!,]| here\b)`)
)

// heardBack finds what the company's side reads back of what it has asked for, however it was understood.
func heardBack(l look, h hint) []Span {
	if len(h.echo) == 0 {
		return nil
	}
	var out []Span
	for _, m := range heard.FindAllStringSubmatchIndex(l.s, -1) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		k := outward(h.echo[0])
		out = append(out, Span{k, from, to, MaskOf(k)})
	}
	if slices.Contains(h.echo, Name) {
		for _, m := range foundBy.FindAllStringSubmatchIndex(l.s, -1) {
			if text := l.s[m[2]:m[3]]; !valueless(text) && !strings.HasPrefix(text, "to ") && len(strings.Fields(text)) <= 4 {
				out = append(out, Span{Name, m[2], m[3], MaskOf(Name)})
			}
		}
	}
	return out
}

// calledZH is how the company's side begins when it speaks to somebody by name, and greetsZH when it greets somebody so.
var (
	calledZH = regexp.MustCompile(`^(?:好的?|嗯|您好|你好|喂|那|请问)?[，,]?(\p{Han}{1,3}(?:女士|先生|小姐|太太))(?:您好|你好|[，,])`)
	greetsZH = regexp.MustCompile(`^(?:喂)?[，,]?(\p{Han}{1,3}(?:师傅|阿姨|大爷|老师))[，,]?(?:您好|你好)`)
)

// addressedAs is the name by which the company's side speaks to somebody.
func addressedAs(s string) []Span {
	m := calledZH.FindStringSubmatchIndex(s)
	if m == nil {
		m = greetsZH.FindStringSubmatchIndex(s)
	}
	if m == nil || strings.ContainsAny(s[m[2]:m[3]-len("女士")], "这那各位一位您") {
		return nil
	}
	return []Span{{Name, m[2], m[3], MaskOf(Name)}}
}

// storeyEN and storeyZH tell where in its house an address is, or what it is beside, behind it.
var (
	storeyEN = words(`^,? ?(?:on )?(?:the )?(?:top|basement|ground|garden|attic|upper|lower|left|right|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,2}(?:st|nd|rd|th))(?:[ -]hand)?[ -](?:floor(?: flat)?|flat|bell)\b`)
	storeyZH = regexp.MustCompile(`^[，,]?(?:斜?对面|旁边|隔壁|后[面头]|顶楼|` + numZH + `{1,2}[楼层])|^[，,]?(?:[^，,。！!？?、]{0,10}?(?:[旁右左]边|隔壁|对面|后[面头身]|[东西南北]头|[东西南北左右]手|[东西南北]户|那一?[家户间栋排]|[第数]` + numZH + `[家户间栋排条]))+`)
)

var (
	// roomBehind is the number of a room behind a house that ends like houseEnd.
	roomBehind = regexp.MustCompile(`^[，,、\s]+((?:` + numZH + `){3,4}室?)(?:[，,。！\s]|$)`)
	houseEnd   = regexp.MustCompile(`(?:号|栋|幢|弄|楼|单元|座)$`)
	// signBehind is a sign of a keyboard that is told behind a password.
	signBehind = words(`^[，,]?(?:后面|前面|中间|最后|末尾|结尾|再)?还?(?:是|加上?|有|带|跟)?(?:[一两三]?个)?(?:感叹号|叹号|问号|井号|星号|下划线|句号|艾特|美元符号?|百分号)|^,? (?:and |then |with |plus )*(?:an? |the )?(?:exclamation(?: mark| point)?|question mark|hash(?: sign)?|asterisk|underscore|dollar sign|ampersand|full stop|at sign)\b(?: (?:at|on) the end)?`)
)

// withStorey is the end of an address with the storey or the room behind it, and of a password with the sign behind it.
func withStorey(s string, p Span) int {
	switch p.Kind {
	case Address:
		for _, re := range []*regexp.Regexp{storeyEN, storeyZH} {
			if m := re.FindStringIndex(s[p.End:]); m != nil {
				return p.End + m[1]
			}
		}
		if m := roomBehind.FindStringSubmatchIndex(s[p.End:]); m != nil && houseEnd.MatchString(s[p.Start:p.End]) {
			return p.End + m[3]
		}
	case Secret:
		if m := signBehind.FindStringIndex(s[p.End:]); m != nil {
			return p.End + m[1]
		}
	}
	return p.End
}

// loneHan reports whether p is a single Chinese character which nothing makes a name.
func loneHan(s string, p Span) bool {
	text := s[p.Start:p.End]
	return utf8.RuneCountInString(text) == 1 && allHan(text) && !bySurname.MatchString(upTo(s, p.Start)) && !titleZH.MatchString(s[p.End:]) && !publicHan.MatchString(s[p.End:]) && !ownedZH.MatchString(s[p.End:])
}

// bySurname stands before a family name alone.
var bySurname = regexp.MustCompile(`(?:姓(?:的是|是)?|[小老阿])$`)
