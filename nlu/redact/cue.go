package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of what a caller says after being asked, or after naming it.
const (
	Phone   Kind = "phone"
	Account Kind = "account"
	Secret  Kind = "secret" // a password, a one-time code, a PIN
	Birth   Kind = "birth"
	Address Kind = "address"
	Name    Kind = "name"
)

// cue is a way of announcing a value: "my account number", 验证码.
type cue struct {
	kind Kind
	re   *regexp.Regexp
	min  int    // characters a value has at least
	has  string // parts of which one is in every text that re finds something in, in lower case
}

func words(re string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + re) }

// cues are looked for in both languages. What comes first in the list wins where two claim the same value.
var cues = []cue{
	{Secret, words(`\b(?:pass ?codes?|pass ?words?|pass ?phrase|pin(?: code| number)?|otp|one[- ]time (?:code|password|pin|passcode)|` +
		`(?:verification|security|confirmation|authentication|access|auth|sms|log ?in|texted|gate|door|entry|alarm|lock|safe|key|unlock|sign[- ]?in|activation|backup|recovery|collection|pick ?up|(?:four|six|4|6)[- ]digit) (?:code|number|pin)|key ?code|cvv2?|cvc|cv2|` +
		`(?:(?:my|the|this) )?code (?:i|you|they|we) (?:just )?(?:got|get|received|sent|texted)(?: me| you)?|(?:my|the|this) code|memorable (?:word|date|place|name)|(?:pass|past|verification|security|one[- ]time|access|login|texted) (?:coat|cold|cord|goat|coder?)|security (?:word|answer)|secret (?:word|answer)|(?:three|3) (?:digits|numbers) on the back)\b`), 3, "pass pin otp one-time code cvv cvc cv2 memorable secret security digits numbers verification confirm authentic access sms log text gate door entry alarm lock safe key unlock sign activ backup recover collect pick digit"},
	{Secret, words(`\b(?:expiry|expires|expiration)(?: date)?\b|\bvalid (?:until|thru|to)\b`), 4, "expir valid"},
	{Secret, words(`\b(?:text(?: message)?|sms|message|authenticator(?: app)?) (?:i got |you sent )?(?:just )?(?:says|said|reads|shows)\b`), 4, "text sms message authenticator"},
	{Secret, words(`短信(?:里|上)?(?:说|写|发|收到|显示)?的?(?:是|：|:)|(?:卡|后)面(?:的)?(?:三|3)位(?:数字?)?|卡?[后末](?:三|3)位(?:数字?)?|签名栏`), 3, "短信 面 签名栏 位"},
	{Secret, words(`密码|验证[马吗嘛妈玛](?:式|是|事|市|时)?|密[马玛](?:式|是|事)|口令|验证码|校验码|动态码|短信码|安全码|识别码|提取码|提货码|取件码|取货码|取餐码|门禁码|开门码|授权码|激活码|确认码|暗号|密令|\bpin码|cvv2?码?|背面(?:的)?(?:三|3)位(?:数字?)?`), 3, "密码 口令 码 暗号 密令 cvv 背面 验证 密马 密玛"},
	{Account, words(`\b(?:account|acct|iban|sort code|routing|customer|member(?:ship)?|policy|card|client|loyalty|rewards|insurance|nhs|medicare|medicaid|student|employee|patient|subscriber|contract|frequent flyer|mrn|medical record|case file|health ?care|telegram|instagram|snapchat|discord|skype|twitter|tiktok|venmo|paypal|screen ?name|handle|user ?name|user|login|log ?in)(?: (?:number|no\.?|id|reference))?\b`), 4, "account acct iban sort routing customer member policy card client loyalty rewards insurance nhs medic student employee patient subscriber contract frequent mrn record case health telegram instagram snapchat discord skype twitter tiktok venmo paypal screen handle user log"},
	{Account, words(`(?:卡号|账号|帐号|账户|帐户|户号|会员号|会员卡|客户号|客户编号|保单|社保|社保卡|档案|公积金|学号|病历|合同|用户名|登录名|对公账户|开户行账号|医保|医保卡|储蓄卡|信用卡|银行卡|存折)(?:号码|号|编号)?`), 4, "号 户 会员 客户 保单 社保 公积金 医保 卡 存折 学号 病历 合同 用户 登录 档案"},
	{Account, words(`(?:微信|qq|QQ|支付宝)(?:号|账号|号码)?`), 5, "微信 qq 支付宝"},
	{ID, words(`\b(?:passport|hk ?id|hkid|driver'?s? licen[cs]e|driving licen[cs]e|licen[cs]e plate|national insurance|social security|ssn|social|id card|identity card|id|tax|number plate|plate|plates|licen[cs]e|reg|registration(?: plate)?|vin|visa)(?: (?:number|no\.?))?\b`), 4, "passport hk drive driving licen national social ssn id identity tax plate reg vin visa"},
	{ID, words(`(?:身份证|证件|护照|驾驶证|驾照|通行证|居住证|军官证|台胞证|回乡证|社会信用代码|车牌|车架)(?:号码|号)?`), 4, "身份证 证 护照 驾照 信用代码 车"},
	{Phone, words(`\b(?:phone|mobile|cell ?phone|cell|telephone|tel|contact|callback|landline|home|work|whatsapp)(?: (?:number|no\.?))?\b|\bmy (?:new |old |other |usual |current )?number\b|\bnumber to (?:reach|call) me\b|` +
		`\b(?:call|reach|ring|text|dial|phone) me(?: back)?(?: on| at)?\b|\breached (?:on|at)\b`), 5, "phone mobile cell tel contact callback landline home work whatsapp number call reach ring text dial"},
	{Phone, words(`(?:手机|电话|座机|固话|联系方式|联系电话)(?:号码|号)?|我的号码|打给?我|拨打?`), 5, "手机 电话 座机 固话 联系 号码 打 拨"},
	{Account, words(`\b(?:ending|ends (?:in|with)|last (?:two|three|four|[234])(?: digits)?)\b|尾[号数]|[末后][三四两34]位|结尾`), 3, "end last 尾 位"},
	{Address, words(`\b(?:post ?code|postal code|zip(?: ?code)?)\b`), 3, "post zip"},
	{Address, words(`邮编|邮政编码`), 5, "邮"},
}

// codeSays is "you sent me a code, it says"; otherCode are codes that are nobody's secret.
var (
	codeSays  = words(`\bcode\b[^.?!\d]{0,32}?\b(?:says|said|reads|is|was)\b`)
	otherCode = words(`\b(?:error|promo|discount|voucher|coupon|product|country|area|post|postal|zip|dress|bar|qr|fault|colou?r|dialling|gift|offer|reference|order|sort|zip|dial) ?code\b`)
)

// behind are cues that follow their value: "482913 is my code", 1234是我的密码.
var behind = []cue{
	{Secret, words(`^[\s,，]*(?:is|are|was|that's|that is|would be)\s+(?:my|the|our|her|his)?\s*(?:new |current |old |one[- ]time |verification |security )?(?:code|pin|pass ?word|pass ?code|otp|cvv)\b`), 3, ""},
	{Account, words(`^[\s,，]*(?:is|are|was|that's|that is|would be)\s+(?:my|the|our|her|his)\s*(?:new |current |old )?(?:account|card|customer|policy|membership)\b`), 4, ""},
	{Phone, words(`^[\s,，]*(?:is|are|was|that's|that is|would be)\s+(?:my|the|our|her|his)\s*(?:new |current |home |work )?(?:phone|mobile|cell|number|landline)\b`), 5, ""},
	{Secret, words(`^[\s,，]*(?:就是|是|这是|为)(?:我|他|她|你们发|刚收到|收到)?(?:的)?(?:新)?(?:密码|验证码|口令|动态码|校验码)`), 3, ""},
	{Account, words(`^[\s,，]*(?:就是|是|这是|为)(?:我|他|她)?(?:的)?(?:银行)?(?:卡号|账号|帐号|账户)`), 4, ""},
	{Phone, words(`^[\s,，]*(?:就是|是|这是|为)(?:我|他|她)?(?:的)?(?:手机|电话|联系方式)`), 5, ""},
}

// behindHas are parts of which one is in every text that behind finds something in.
const behindHas = "code pin word otp cvv account card customer policy member phone mobile cell number landline 密码 码 口令 号 电话 手机 联系 账户"

// notAbout are nouns whose numbers are nobody's: they end the reach of a cue before them.
var notAbout = words(`\b(?:orders?|tracking|invoice|receipt|ticket|reference|model|serial|error|amount|total|price|balance|promo|coupon|extension|ext|ends on|` +
	`limit|flight|room|row|page|step|option|version|line|item|product|part)\b|订单|运单|快递|发票|工单|流水|型号|金额|余额|优惠码|分机|航班|房间|选项|额度|工号`)

// link is what may stand between a cue and its value.
var link = words(`^(?:[\s,:：，。.、=?？!！"“”'-]+|\b(?:is|was|it's|its|it|the|numbers?|no|are|be|will|um|uh|er|erm|so|okay|ok|yes|yeah|yep|sure|right|well|that's|that|this|would|here|my|of|and|for|which|as|by|on|to|digits?|` +
	`please|let me see|hold on|one moment|one second|i think|now|with|starts?|starting|goes|ends in|just|actually|there|you|go|has|have|of course|hi|hello|hey|changed|set|should|reminder|must|in)\b|'s\b|` +
	`是|为|就|呢|的|码|号码|号|嗯|呃|额|那个|这个|啊|哦|我|你|记一下|记一记|都|设的|设了|用的|写的|刚才|刚刚|发来|发过来|显示|应该|好像|改成|改为|换成|设成|设置成|设置|你?帮?我?查查|查一下|收到|对|好的|好|行|可以|您|听好|等一下|稍等|数字|一下|叫|了|现在|填|报|给|您好|你好|有|写|吧)`)

// gapMost bounds how far a value may be from its cue, in bytes.
const gapMost = 48

// skip returns where the value after a cue that ends at i begins.
func skip(s string, i int) int {
	from := i
	for i < len(s) && i-from < gapMost {
		m := link.FindStringIndex(s[i:])
		if m == nil || m[1] == 0 {
			break
		}
		if w := s[i : i+m[1]]; english[strings.ToLower(w)] != "" {
			break
		}
		i += m[1]
	}
	return i
}

// unit after a number makes it an amount, a time or a count.
var unit = words(`^[\s-]*(?:%|percent|dollars?|bucks|pounds?|euros?|yuan|rmb|cents?|pence|days?|weeks?|months?|years?|hours?|minutes?|mins?|seconds?|times?|people|items?|points?|miles?|kilos?|kg|grams?|am|pm|o'clock|degrees|` +
	`per|gb|mb|元|块|万|亿|千|百|角|毛|分钟|天|日|周|个|年|月|小时|点|秒|次|人|件|台|折|岁|度|公里|公斤|米|倍|份|期|位|张|笔|号(?:之前|以前|以后|之后|到|那天|下午|上午|晚上)|兆)`)

// cued finds values that are announced. asked is what the other side has just asked for; it counts as a cue before the
// first word.
func cued(l look, asked []Kind) []Span {
	s := l.s
	var out []Span
	for _, k := range asked {
		for _, c := range cues {
			if c.kind == k {
				out = c.take(out, s, 0)
				break
			}
		}
	}
	for _, c := range cues {
		if !l.any(c.has) || c.kind != Secret && !l.numbers && !strings.ContainsAny(s, "_@") {
			continue
		}
		for _, m := range c.re.FindAllStringIndex(s, -1) {
			out = c.take(out, s, m[1])
		}
	}
	if !l.numbers {
		return out
	}
	for _, m := range codeSays.FindAllStringIndex(s, -1) {
		if !otherCode.MatchString(s[:m[1]]) {
			out = cue{kind: Secret, min: 4}.take(out, s, m[1])
		}
	}
	if !l.any(behindHas) {
		return out
	}
	for i := range s {
		if i > 0 && (isASCIIDigit(s[i-1]) || s[i-1] == '.' || wordInside(s, i)) {
			continue
		}
		v, ok := codeAt(s, i)
		if !ok {
			continue
		}
		for _, c := range behind {
			if v.chars >= c.min && c.re.MatchString(s[v.end:]) {
				out = append(out, Span{c.kind, v.start, v.end, MaskOf(c.kind)})
				break
			}
		}
	}
	return out
}

// take appends the value that follows a cue ending at from.
func (c cue) take(out []Span, s string, from int) []Span {
	at := skip(s, from)
	if notAbout.MatchString(s[from:at]) {
		return out
	}
	if at < len(s) && s[at] == '_' { // a name in a program, not speech
		return out
	}
	if c.kind == Secret {
		if m := farValue.FindStringIndex(s[from:]); m != nil && passWord(s, at) == 0 {
			if end := passWord(s, from+m[1]); end > 0 && strings.ContainsAny(s[from+m[1]:end], "0123456789") {
				return append(out, Span{Secret, from + m[1], end, MaskOf(Secret)})
			}
		}
		if end := passWord(s, at); end > 0 {
			return append(out, Span{Secret, at, end, MaskOf(Secret)})
		}
		for _, m := range laterValue.FindAllStringSubmatchIndex(s[from:], 2) {
			if end := passWord(s, from+m[2]); m[2] < laterMost && end > 0 && strings.ContainsAny(s[from+m[2]:end], "0123456789") {
				return append(out, Span{Secret, from + m[2], end, MaskOf(Secret)})
			}
		}
		if end := plainSecret(s, from, at); end > 0 {
			return append(out, Span{Secret, at, end, MaskOf(Secret)})
		}
	}
	if end := tokenAt(s, at); end > 0 && c.kind != Phone {
		if rest, ok := strings.CutPrefix(s[end:], "-"); ok && hanDigit(firstRune(rest)) != "" {
			end++
		}
		for end < len(s) && hanDigit(firstRune(s[end:])) != "" { // xiao_yu九二
			end += utf8.RuneLen(firstRune(s[end:]))
		}
		return append(out, Span{c.kind, at, end, MaskOf(c.kind)})
	}
	v, ok := codeAt(s, at)
	if !ok || v.chars < c.min || unit.MatchString(s[v.end:]) || v.end == v.start {
		return out
	}
	if v.digits == 0 && v.chars < 4 { // "I", "a": letters that are words
		return out
	}
	return append(out, Span{c.kind, v.start, v.end, MaskOf(c.kind)})
}

// farValue is what stands between a password and the word for it when more is said: "for the portal is".
var farValue = regexp.MustCompile(`(?i)^[^.,;!?。，；！？]{0,32}?(?:\b(?:is|was|to)\b|=|:|：|是|为|成)\s*`)

// laterValue is a token further on that could be a password: "my old one is".
var laterValue = regexp.MustCompile(`(?i)(?:\b(?:is|was|be|to)\b|=|:|：|是|为|成)\s*([A-Za-z][^\s，。,]{5,})`)

// laterMost is how far it may be from the word for it, in bytes.
const laterMost = 64

// mixed is a token that people do not write but in a password: letters, figures and signs together.
var mixed = regexp.MustCompile(`^[A-Za-z\d!@#$%^&*_+\-=?.]{5,}`)

// passWord is the end of a password at i that can be nothing else, 0 when there is none.
func passWord(s string, i int) int {
	w := strings.TrimRight(mixed.FindString(s[i:]), ".?!")
	if strings.HasPrefix(s[i+len(w):], "!") && strings.ContainsAny(w, "0123456789") {
		w += "!"
	}
	letters, figures, signs := strings.ContainsFunc(w, unicode.IsLetter), strings.ContainsAny(w, "0123456789"), strings.ContainsAny(w, "!@#$%^&*_+=")
	if len(w) >= 5 && letters && (figures || signs) {
		return i + len(w)
	}
	return 0
}

// secretWord is a password that is a word: one token of letters with a digit or a sign in it, or the last word said.
var secretWord = regexp.MustCompile(`^(?:["“']([^"”']+)["”']|([\p{Latin}\d!@#$%^&*_+\-]*[\d!@#$%^&*_+][\p{Latin}\d!@#$%^&*_+\-]*)|([\p{Latin}]{4,}(?: [\p{Latin}\d]+){0,7})[.,!?。，]?\s*$)`)

// statement are words after "my password is" that say something about it.
var statement = words(`^(?:not|wrong|expired|correct|incorrect|working|locked|right|same|too|very|always|being|still|reset|forgotten|lost|invalid|required|never|different|blocked|gone|changed|` +
	`weak|strong|secure|safe|old|new|needed|compromised|stolen|visible|hidden|asked|saved|accepted|rejected|again|what|where|when|why|how|please|thanks|thank|sorry|because|but|and|can|could|help|does|doesn't|don't|won't|isn't|keeps?|from|reset|recovery)\b`)

// plainSecret is the end of a password at i that is no code, after a word for it that ends at from; 0 when there is none.
func plainSecret(s string, from, i int) int {
	if statement.MatchString(s[i:]) {
		return 0
	}
	if !copula.MatchString(s[from:i]) {
		return 0
	}
	m := secretWord.FindStringSubmatchIndex(s[i:])
	if m == nil {
		return 0
	}
	for g := 1; g <= 3; g++ {
		if m[2*g] >= 0 {
			if g == 2 && strings.Trim(s[i+m[4]:i+m[5]], "0123456789-") == "" {
				return 0 // digits are read by codeAt, which looks at what follows them
			}
			if g == 3 && says(s[i+m[6]:i+m[7]]) {
				return 0
			}
			return i + m[2*g+1]
		}
	}
	return 0
}

// copula ties a value to the word for it.
var copula = words(`\b(?:is|was|be|to|are)\b|'s\b|[=:：是为成到叫设]`)

// says reports whether words are a statement rather than a password: they have small words that tie a sentence together.
func says(words string) bool {
	for i, w := range strings.Fields(strings.ToLower(words)) {
		if i > 0 && notName[w] && english[w] == "" || refusals.MatchString(w) {
			return true
		}
	}
	return false
}

// MaskOf is the mask of everything of a kind but cards.
func MaskOf(k Kind) string { return "[" + string(k) + "]" }
