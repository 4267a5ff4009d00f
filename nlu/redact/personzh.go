package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Chinese names are a family name and one or two characters that make no word with it. Where such characters stand alone in a
// clause, behind somebody's part in a matter, or before what belongs to a person, they are a name.

var (
	// partZH is what part somebody has in a matter; his name follows.
	partZH = regexp.MustCompile(`(?:(?:收件|收货|收款|付款|汇款|转账|联系|紧急联系|寄件|发件|持卡|开户|投保|被保险|被保|受益|监护|申请|经办|代办|办理|下单|订票|订餐|预订|预约|入住|乘车|乘机|取件|提货|承租|出租|法定代表|负责|担保|签收|登记|介绍|推荐|委托|代理|当事|报案|报修|患)(?:人|者)|机主|户主|车主|房主|业主|店主|物主|失主|卡主|房东|租客|住户|病人|户名|姓名|名字|全名|抬头|落款|署名|签名|称呼)(?:的?(?:名字|姓名|全名))?` +
		`[，,：:\s]*(?:就是|应该是|是|叫做?|写的?是?|填的?是?|为|留的?是?|登记的?是?|还是|改成|改为|换成|换)?[，,：:\s]*(?:我?(?:老公|老婆|爱人|妻子|丈夫|妈妈?|爸爸?|母亲|父亲|儿子|女儿|姐姐?|妹妹?|哥哥?|弟弟?|同事|朋友)[，,]?(?:叫)?)?`)
	// writtenZH is what somebody wrote or was written down as.
	writtenZH = regexp.MustCompile(`(?:写|填|登记|留|注册|预留|挂|署|签|实名|备注|存)(?:的|了|在)?(?:名字|姓名)?(?:是|成|为|叫)?|(?:用的?|以|拿)(?:是)?|(?:我|他|她|咱|您|你)(?:亲|大|小|二|表|堂)?(?:弟|哥|姐|妹|爸|妈|爷|奶|舅|姨|姑|叔|婶|嫂|儿|娘|媳妇|老伴|闺女|女婿|徒弟|师父|前任|发小|闺蜜|战友|校友)(?:是|叫|，叫)?|转告|告诉|提醒|约了?|(?:发送?|转|打|打电话|交|寄|拨|呼叫|通知|联系)给?|(?:我|他|她|孩子|老人|宝宝|家人|亲戚|领导|经理|医生|老师|表[哥姐弟妹]|堂[哥姐弟妹]|姑姑|姑妈|姨妈|舅舅|叔叔|伯伯|婶婶|岳父|岳母|公公|婆婆|嫂子|姐夫|妹夫|弟媳|侄子|侄女|外甥女?|孙子|孙女|奶奶|爷爷|外婆|外公|姥姥|姥爷|男友|女友|对象|未婚[夫妻]|前[夫妻])(?:是|叫做?|名叫|名字叫|，叫)?`)
	// ownedZH is what belongs to a person, or is said of one, behind his name.
	ownedZH = regexp.MustCompile(`^(?:的(?:名字|名义|身份证|手机|电话|号码?|卡|银行卡|账户|账号|户头|护照|驾照|保单|快递|包裹|订单|微信|支付宝|地址|家|房子|车|孩子|老公|老婆|爱人|先生|太太|妈妈|爸爸|儿子|女儿|信息|资料|档案|名下)|名下|本人|家里?的|这个(?:人|名字)|先生|女士|小姐|太太|夫人|老师|师傅|阿姨|叔叔?|大[哥姐妈爷叔]|[哥姐]|总(?:[，,。\s]|$)|经理|主任|医生|大夫|护士|律师|同学|教授|同志|老板|主管|店长|警官|法官|队长)`)
)

// beforeNameZH are characters behind which a name may begin inside a clause.
const beforeNameZH = "是我叫给和跟找帮查用为替让由把被向对请问姓与及名您你他她人主"

// peopleZH finds Chinese names by the words around them.
func peopleZH(l look) []Span {
	if !l.han {
		return nil
	}
	s := l.s
	var out []Span
	for _, m := range partZH.FindAllStringIndex(s, -1) {
		out = append(out, closedName(s, m[1])...)
	}
	for _, m := range writtenZH.FindAllStringIndex(s, -1) {
		out = append(out, closedName(s, m[1])...)
	}
	for i, r := range s {
		if !hanzi.IsHan(r) || !mayBegin(s, i) {
			continue
		}
		out = append(out, ownerAt(s, i)...)
	}
	for _, c := range clauses(s) {
		from, to := core(s[c.start:c.end])
		if from < to && wholeName(s[c.start+from:c.start+to]) && !strings.HasPrefix(s[c.start+to:], "？") && !strings.HasPrefix(s[c.start+to:], "?") {
			out = append(out, Span{Name, c.start + from, c.start + to, MaskOf(Name)})
		}
	}
	return out
}

// closedName is the name at i that a clause ends with.
func closedName(s string, i int) []Span {
	for i < len(s) && strings.ContainsRune(" ，,：:", firstRune(s[i:])) {
		i += utf8.RuneLen(firstRune(s[i:]))
	}
	if sp := hanAt(s, i, false); sp != nil && personalHan(s[sp[0].Start:sp[0].End]) && apart(s[sp[0].Start:sp[0].End], familyOf(s[sp[0].Start:])) {
		return sp
	}
	return nil
}

// mayBegin reports whether a name may begin at i.
func mayBegin(s string, i int) bool {
	if i == 0 {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return !hanzi.IsHan(r) || strings.ContainsRune(beforeNameZH, r)
}

// familyOf is the family name that s begins with, "" when none.
func familyOf(s string) string {
	if k := slices.IndexFunc(surnames, func(n string) bool { return strings.HasPrefix(s, n) }); k >= 0 {
		return surnames[k]
	}
	return ""
}

// ownerAt is the name at i behind which something of a person is named: 郗若彤的手机.
func ownerAt(s string, i int) []Span {
	family := familyOf(s[i:])
	if family == "" {
		return nil
	}
	at := i + len(family)
	for range 2 {
		r, n := utf8.DecodeRuneInString(s[at:])
		if !hanzi.IsHan(r) || strings.ContainsRune(usualHan, r) {
			return nil
		}
		at += n
		if m := ownedZH.FindString(s[at:]); m != "" && apart(s[i:at], family) {
			if !strings.HasPrefix(m, "的") && !strings.HasPrefix(m, "名") && !strings.HasPrefix(m, "本") && !strings.HasPrefix(m, "家") && !strings.HasPrefix(m, "这") {
				at += len(strings.TrimRight(m, "，,。 "))
			}
			return []Span{{Name, i, at, MaskOf(Name)}}
		}
	}
	return nil
}

// wholeName reports whether s is nothing but a Chinese name.
func wholeName(s string) bool {
	family := familyOf(s)
	n := utf8.RuneCountInString(s[len(family):])
	if family == "" || n < 1 || n > 2 || !allHan(s) || n == 1 && len(family) == len("王") && common2(s) {
		return false
	}
	return !strings.ContainsAny(s[len(family):], usualHan) && apart(s, family)
}

// apart reports whether a name is cut behind its family name: 麻烦 and what follows is none.
func apart(s, family string) bool {
	words := hanzi.Segment(s)
	return len(words) > 1 && len(words[0]) <= len(family)
}

// common2 reports whether two characters alone are too little to tell a name from a phrase.
func common2(s string) bool {
	return strings.Contains(notTitled+"金白高方连路车成全时万文金石田林温康安平", s[:len("王")])
}
