package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Numbers that everybody may know: those of companies and emergency services.
var (
	freeNumber = regexp.MustCompile(`^(?:(?:00)?1?8(?:00|33|44|55|66|77|88)\d{7}|(?:440?|0)(?:80[08]|300|303|330|333|343|344|345|843|844|845|870|871)\d{6,7}|(?:86)?[48]00\d{7}|95\d{3,4}|100\d{2}|12\d{3}|96\d{3,4}|911|999|112|110|120|119|122)$`)
	theirs     = words(`(?:\b(?:hot ?line|help ?line|customer (?:service|care|support)|support|switchboard|call us|reach us|contact us|toll[- ]free|freephone)\b|热线|客服|总机|你们(?:公司|银行|店里?|那边|这边)?的?(?:总台|前台)?的?(?:电话|号码|热线|客服)|贵公司|官方|投诉电话|服务电话)[^.。!！?？]{0,24}$`)
	// yours stands before a number that a caller takes for the company's.
	yours = words(`\byour (?:own )?(?:phone |telephone |main |local )?(?:number|line|phone|office)\b[^.!?]{0,24}$`)
	ours  = words(`(?:\b(?:my|his|her|mine|(?:call|ring|reach|text|phone) me)\b|我的?(?:手机|电话|号码|座机|微信)|打我|本人|爱人|老公|老婆)[^.。!！?？]{0,24}$`)
	// keysOf stands before digits that are nobody's to dial, however short they are: of cards and identities, and codes.
	keysOf = words(`(?:\b(?:(?:credit|debit|bank) card|card number|pass ?code|password|pin|one[- ]time code|(?:security|verification) code)\b|银行卡|信用卡|储蓄卡|卡号|身份证|密码|验证码|动态码|校验码|[个条]码)[^.。!！?？]{0,24}$`)
)

// publicNumber reports whether digits, which stand in s, are what everybody may dial. In Chinese, what is free in North America
// (1 800, 1 866) begins a mobile number.
func publicNumber(s, digits string) bool {
	return freeNumber.MatchString(digits) && !(hanzi.HasHan(s) && mobile(digits))
}

// published reports whether the telephone number at s[p.Start:p.End] is a company's: nothing to hide. A part of a number that is being read
// out may look like a short one.
func published(s string, p Span, h hint) bool {
	if p.Kind != Phone && p.Kind != Number {
		return false
	}
	from := max(0, p.Start-60)
	for from < p.Start && !utf8.RuneStart(s[from]) {
		from++
	}
	before := s[from:p.Start]
	if keysOf.MatchString(before) {
		return false
	}
	if l := (look{low: strings.ToLower(before)}); l.any("line customer support switchboard us your free 热线 客服 总机 你们 贵公司 官方 电话") && (theirs.MatchString(before) && (companys(h.who) || !mobile(figuresOf(s[p.Start:p.End]))) || !companys(h.who) && yours.MatchString(before)) {
		return true
	}
	rs := runs(lex(s[p.Start:p.End]))
	return len(rs) == 1 && publicNumber(s, once(rs[0].digits)) && !ours.MatchString(before) && !(h.goesOn != "" && len(rs[0].digits) < minRun)
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
