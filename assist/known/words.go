package known

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/hanzi"
)

var ( //nolint:gochecknoglobals // compiled once, never changed
	// corrects stands between a value and the one that is meant.
	corrects = regexp.MustCompile(`(?i)(?:^|[,.;!?…-])\s*(?:oh |uh |um |er )*no\b|\b(?:sorry|i mean|i meant|rather|correction|scratch that|make (?:it|that)|wait|i was wrong|that's wrong|instead|should be)\b|不对|(?:^|[，。、！!,])\s*(?:啊|哦|呃|嗯)?不(?:，|,|、|。|是)|(?:^|[^是])不是|[说记弄搞看]错|错了|应该是|更正|我是说|改[成到为]|口误`)
	// denies stands right before a value that is not meant; maybe the same in a question.
	denies = regexp.MustCompile(`(?i)(?:\bnot|n't|\bnever|不是|并非)(?: (?:on|at|for|from|in|by|until))*(?:在|从|到)?\s*$`)
	maybe  = regexp.MustCompile(`是不是(?:在|从|到)?\s*$`)
	// onDay stands before a day that is told by its number alone, dayDoes behind one.
	onDay   = regexp.MustCompile(`(?i)(?:\b(?:on|by|until|till|before|after|from|since|to|and|or|was|is|it's)|[在到从是于等约定过])\s*$`)
	dayDoes = regexp.MustCompile(`^(?:之?[前后]|以[前后]|到|那天|上午|下午|早上|晚上|中午|发|寄|买|下|收|送|左右|要|去|来|就|才)`)
	// wantsDay asks for a day.
	wantsDay = regexp.MustCompile(`(?i)\b(?:when|what (?:day|date)|which (?:day|date)|date)\b|哪[一]?天|几[号日]|什么时候|何时|日期`)
)

func asksDay(before string) bool { return wantsDay.MatchString(before) }

// isDay reports whether the number f is a day of the month by what stands beside it.
func isDay(text string, f entity.Figure) bool {
	if hanzi.HasHan(f.Text) {
		return onDay.MatchString(text[:f.From]) || dayDoes.MatchString(text[f.To:])
	}
	return strings.HasPrefix(strings.ToLower(f.Text), "the ") && onDay.MatchString(text[:f.From])
}

// tail is the end of what stands before a value: a "no" that belongs to the value is in it.
func tail(s string) string {
	return strings.ToValidUTF8(s[max(0, len(s)-32):], "")
}

// names are the words for what is numbered.
var names = []struct { //nolint:gochecknoglobals // compiled once, never changed
	kind Kind
	re   *regexp.Regexp
}{
	{Order, regexp.MustCompile(`(?i)\b(?:order|purchase|po)\b|订单|定单|(?:^|[^运保罚账])单号`)},
	{Booking, regexp.MustCompile(`(?i)\b(?:booking|reservation|confirmation|appointment)\b|预[订定约]|订座|确认号`)},
	{Tracking, regexp.MustCompile(`(?i)\b(?:tracking|parcel|shipment|consignment|waybill|package)\b|快递|运单|物流|包裹`)},
	{Case, regexp.MustCompile(`(?i)\b(?:case|ticket|complaint|claim|incident|enquiry|inquiry)\b|工单|案件|投诉编?号|受理号|理赔|报案`)},
	{Invoice, regexp.MustCompile(`(?i)\b(?:invoice|receipt|bill)\b|发票|收据|账单`)},
	{Policy, regexp.MustCompile(`(?i)\b(?:policy|contract)\b|保单|合同`)},
	{Travel, regexp.MustCompile(`(?i)\b(?:flight|train)\b|航班|车次|火车`)},
	{Model, regexp.MustCompile(`(?i)\b(?:model|part|product|item|sku|article)\b|型号|机型|货号|款号|配件号|商品编?号`)},
	{Serial, regexp.MustCompile(`(?i)\bserial\b|序列号|机身号|设备编?号`)},
	{Account, regexp.MustCompile(`(?i)\b(?:account|membership|member|customer)\b|账[户号]|会员|客户号|户号`)},
	{Card, regexp.MustCompile(`(?i)\bcard\b|卡号|(?:银行|信用|储蓄)卡`)},
	{Reference, regexp.MustCompile(`(?i)\b(?:reference|ref)\b|编号|参考号`)},
}

var (
	// fillers are all that may stand between such a word and a short number.
	fillers = regexp.MustCompile(`(?i)^(?:[\s,.:#：，、-]|'s\b|\b(?:number|numbers|no|nr|id|code|reference|ref|is|was|it|its|it's|the|my|ending|ends|in|with|of|um|uh|er)\b|号码?|编号|是|为|的|就|那个|尾号|后四位|呃|嗯|单)*$`)
	asking  = regexp.MustCompile(`(?i)[?？]|\b(?:please|give|tell|need|what|which|may i|can i|could|have)\b|请|报|提供|告诉|多少|什么|麻烦`)
)

// reach is how far before a number the word for it may stand, in bytes.
const reach = 60

// spokenOf is the kind whose word stands last in text and how far from its end, "" for none.
func spokenOf(text string) (k Kind, behind string) {
	at := -1
	for _, n := range names {
		for _, m := range n.re.FindAllStringIndex(text, -1) {
			if m[1] > at && !(n.kind == Reference && k != "" && fillers.MatchString(text[at:m[0]])) { // the order's reference is of the order
				k, at = n.kind, m[1]
			}
		}
	}
	if k == "" {
		return "", ""
	}
	return k, text[at:]
}

// clause is the sentence before place i, as far as reach.
func clause(text string, i int) string {
	from := max(0, i-reach)
	if cut := strings.LastIndexAny(text[from:i], ".?!。？！；;"); cut >= 0 && cut+1 < i-from {
		from += cut + 1
	}
	return strings.ToValidUTF8(text[from:i], "")
}

// asked is the kind of number that somebody asks for, "" for none.
func asked(before string) Kind {
	if !asking.MatchString(before) {
		return ""
	}
	k, _ := spokenOf(before)
	return k
}

// called is the kind of a number: by the word before it, else by what was asked for, else whether it has letters.
func called(text string, f entity.Figure, before string) Kind {
	if k, _ := spokenOf(clause(text, f.From)); k != "" {
		return k
	}
	if k := asked(before); k != "" {
		return k
	}
	if strings.ContainsFunc(f.Code, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) {
		return Reference
	}
	return Number
}

// alone is how much may be said beside a short number that answers a question, in bytes.
const alone = 24

// tight is the kind of a short number, "" unless its word stands right before it or it is the answer to a question.
func tight(text string, f entity.Figure, before string) Kind {
	if k, behind := spokenOf(clause(text, f.From)); k != "" && fillers.MatchString(behind) && len(f.Text) > 2 {
		return k
	}
	if answers(text, f) {
		return asked(before)
	}
	return ""
}

// answers reports whether a text is little more than a number.
func answers(text string, f entity.Figure) bool {
	return len(f.Text) > 2 && len(text)-len(f.Text) <= alone
}

var (
	sized    = regexp.MustCompile(`(?i)\b(size|version|page|gate|platform|seat|terminal)(?: number)? $`)
	things   = regexp.MustCompile(`^ ([a-z]{3,})\b`)
	measured = regexp.MustCompile(`^\s?([件个双台张本套位人盒箱瓶条份码寸号袋包斤米吨]|公斤|公里|平米)`)
	// nothing of these is counted.
	uncounted = strings.Fields("and but then that this with from for the times percent more less was were are has have you please thanks not because which who")
)

// counted is a number with the word for what it counts or measures, as it stands in the text, "" where there is none.
func counted(text string, f entity.Figure) string {
	if m := sized.FindStringIndex(text[:f.From]); m != nil {
		return text[m[0]:f.To]
	}
	if m := measured.FindString(text[f.To:]); m != "" {
		return f.Text + m
	}
	m := things.FindString(text[f.To:])
	for _, w := range uncounted {
		if strings.TrimSpace(m) == w {
			return ""
		}
	}
	if m == "" {
		return ""
	}
	return f.Text + m
}

// thing is the word of a count without the number.
func thing(value string) string {
	return strings.ToLower(strings.TrimSpace(strings.Trim(value, "0123456789,. ")))
}

// plain is a value without what parts it.
func plain(v string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", ",", "").Replace(strings.TrimPrefix(strings.ToLower(v), "the ")))
}

var (
	dayNumber = regexp.MustCompile(`\b\d{1,2}(?:st|nd|rd|th)?\b`)
	dayHan    = regexp.MustCompile(`\d{1,2}([日号])$`)
	monthSaid = regexp.MustCompile(`(?i)[a-z]{3}`)
)

// withDay is a written date with another day of the month, "" where it cannot be told which number that is.
func withDay(date string, day int) string {
	if m := dayHan.FindStringSubmatchIndex(date); m != nil && strings.Contains(date, "月") {
		return date[:m[0]] + strconv.Itoa(day) + date[m[2]:]
	}
	if m := dayNumber.FindStringIndex(date); m != nil && monthSaid.MatchString(dayNumber.ReplaceAllString(date, "")) && !loneDate(date) {
		return date[:m[0]] + strconv.Itoa(day) + date[m[1]:]
	}
	return ""
}

// loneDate reports whether a date is a day of the month and nothing else.
func loneDate(date string) bool {
	f := entity.When(date)
	return len(f) == 1 && f[0].Value != 0
}

// loneDay is the day of a slot that says no more, 0 else.
func loneDay(s Slot) int {
	if f := entity.When(s.Value); s.Kind == Date && len(f) == 1 {
		return int(f[0].Value)
	}
	return 0
}

// dayIn is the day of the month of a written date, 0 where it cannot be told.
func dayIn(date string) int {
	d := dayNumber.FindString(date)
	if m := dayHan.FindString(date); m != "" {
		d = m
	}
	n, _ := strconv.Atoi(strings.TrimRight(d, "sthndr日号"))
	return n
}
