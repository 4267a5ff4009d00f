package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Digits that are read out one by one are somebody's number even if nothing announces them: amounts, times and counts are
// not said that way. So the first part of a number is hidden before the second has been said.
const (
	readMost  = 4 // digits one by one, anywhere
	readAtEnd = 3 // the same at the end of a turn
	pairsMost = 6 // digits in pairs
)

var (
	// counted is what makes digits that were read out a count, a place or a year all the same.
	counted    = regexp.MustCompile(`^(?:年|款|楼|层|路|号线|线|区|季度|级|届|代|寸|错误|医院|高铁|航班|百|千|万|版|系列|型|的?(?:股票|市值|股价|基金|指数|小游戏|网站|网|游戏))`)
	weekBefore = regexp.MustCompile(`(?:周|星期|礼拜|第|公交|地铁|型号|版本|比分|系列|(?i:fm|am)|频道|频率|调频|股票|基金|代码)$`)
	correction = words(`^[\s,，.。]*(?:no|sorry|wait|i mean|correction|make that|scratch that|不对|不是|错了|说错了|应该是)`)
	sayNumber  = words(`\b(?:number|route|bus|channel|room|gate|platform|highway|area|section|chapter|flight|train|question|version|release|windows|studio|code e|error)\s*$`)
)

// dictated finds digits that were read out without having been announced.
func dictated(s string, rs []run, h hint) []Span {
	var out []Span
	for _, r := range rs {
		n := len(r.digits)
		if n <= h.idle {
			continue
		}
		if n < readAtEnd || r.years || r.scaled || year(s[r.start:r.end]) || publicNumber(r.digits) {
			continue
		}
		single := len(r.starts) == n && !r.written
		pairs := len(r.starts)*2 >= n && len(r.starts) >= 3 && n >= pairsMost && !r.written
		end := ends(s, r.end)
		switch {
		case h.partial && end && n >= readAtEnd:
		case single && n >= readMost, pairs, (single || r.repeats && n >= readAtEnd) && (end || correction.MatchString(s[r.end:])):
		case r.written && n >= 5 && len(r.starts) >= 2 && end && bare(s, r.start):
		default:
			continue
		}
		if ofThing(s, r.start) || unit.MatchString(s[r.end:]) || counted.MatchString(s[r.end:]) || about(s, r.start) || weekBefore.MatchString(s[:r.start]) || sayNumber.MatchString(s[:r.start]) {
			continue
		}
		out = append(out, Span{Number, r.start, r.end, MaskOf(Number)})
	}
	return out
}

// ends reports whether nothing but punctuation follows i.
func ends(s string, i int) bool { return strings.Trim(s[i:], " .,。，…?？!！-") == "" }

// bare reports whether nothing but what leads to a value stands before i.
func bare(s string, i int) bool {
	from, _ := core(s)
	return from >= i
}

// Numbers that everybody may know: those of companies and emergency services.
var (
	freeNumber = regexp.MustCompile(`^(?:(?:00)?1?8(?:00|33|44|55|66|77|88)\d{7}|(?:(?:44)?0?80[08]|(?:44|440|0)(?:300|303|330|333|343|344|345|843|844|845|870|871))\d{6,7}|(?:86)?[48]00\d{7}|95\d{3,4}|100\d{2}|12\d{3}|96\d{3,4}|911|999|112|110|120|119|122)$`)
	theirs     = words(`(?:\b(?:hot ?line|help ?line|customer (?:service|care|support)|support|switchboard|call us|reach us|contact us|your (?:own )?(?:phone |telephone |main |local )?(?:number|line|phone|office)|toll[- ]free|freephone)\b|热线|客服|总机|你们(?:公司|银行|店里?|那边)?的?(?:电话|号码|热线|客服)?|贵公司|官方|投诉电话|服务电话)[^.。!！?？]{0,24}$`)
	ours       = words(`(?:\b(?:my|his|her|mine|(?:call|ring|reach|text|phone) me)\b|我的?(?:手机|电话|号码|座机|微信)|打我|本人|爱人|老公|老婆)[^.。!！?？]{0,24}$`)
)

func publicNumber(digits string) bool { return freeNumber.MatchString(digits) }

// published reports whether the telephone number at s[p.Start:p.End] is a company's: nothing to hide.
func published(s string, p Span) bool {
	if p.Kind != Phone && p.Kind != Number {
		return false
	}
	from := max(0, p.Start-60)
	for from < p.Start && !utf8.RuneStart(s[from]) {
		from++
	}
	before := s[from:p.Start]
	if l := (look{low: strings.ToLower(before)}); l.any("line customer support switchboard us your free 热线 客服 总机 你们 贵公司 官方 电话") && theirs.MatchString(before) {
		return true
	}
	rs := runs(lex(s[p.Start:p.End]))
	return len(rs) == 1 && publicNumber(once(rs[0].digits)) && !ours.MatchString(before)
}

// soundHan are characters that a recogniser writes for a digit: they count as one between digits only.
var soundHan = func() map[rune]string {
	out := map[rune]string{}
	for d, chars := range map[string]string{"1": "要夭以医衣", "2": "而儿尔耳", "3": "山散", "4": "寺思丝死似", "5": "无舞物午", "6": "溜流刘留", "7": "起期气器其", "8": "吧爸巴把", "9": "久就酒旧", "0": "林灵临凌领"} {
		for _, r := range chars {
			out[r] = d
		}
	}
	return out
}()
