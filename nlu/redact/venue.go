package redact

import (
	"slices"
)

// Where people come to and what everybody may ring is told openly: in greetings, notices and answers to who asked for it.

var (
	// greetsWith is what stands before the number of a company in its greeting.
	greetsWith = words(`\b(?:through to|you(?:'ve| have) reached|thank(?:s| you) for calling|welcome to) [^?!,]{2,60}? on $|(?:这里是|欢迎致电|欢迎拨打)[^，。？！]{2,20}[，,]?(?:电话|热线|号码)(?:是|：)?$`)
	// venueZH stands before an address where people come to, and venueSaid is what is said of it beside it.
	venueZH   = words(`(?:^|[，,。！；])(?:我们)?(?:的)?地址(?:就?在|就?是|：|:)$|(?:^|[，,。！；])地址$`)
	venueLine = words(`(?:^|[，,。！；])(?:我们的?)?(?:联系|咨询)?电话(?:是|：|:)?$`)
	venueSaid = words(`从\p{Han}{1,3}门进|[入出]口|停车|地铁|公交|路车|下车|到了(?:可以)?(?:打|找|问)|您到了|营业|开门|导航|前台|展[到厅出]|门票|进园|入园|入场|检票|大厅`)
	// noticed is what stands before a number or a place in a notice of a company, which says "we" or "our" there.
	noticed = words(`(?:^|[,.;:!] ?|\b(?:or|and|please|just|to) )(?:call|ring|phone|text|fax|e-?mail|contact)(?: us)?(?: on| at)? $|\bour (?:\w+ )?(?:shop|store|showroom|office|branch|depot|workshop|warehouse|studio|unit|yard|farm|clinic|counter)(?:'s| is)?(?: at| on| in)? $`)
	saysWe  = words(`\b(?:we|we're|we've|our|us)\b`)
	// recordedZH is what is said of what is in the company's books: somebody's.
	recordedZH = words(`登记|预留|收货|送货|寄|快递|客户|系统|显示|看到|查到|资料|档案|家里?|您的|住址|原来|改成|更新`)
)

// venue reports whether p is told as a place or a number for everybody, and not as somebody's.
func venue(s string, p Span, h hint) bool {
	if ofSomebody.MatchString(s) || youOwn.MatchString(s) && h.who == "" || h.asks(p.Kind) || slices.Contains(h.echo, p.Kind) || !toldFreely(s, p, h) {
		return false
	}
	before := upTo(s, p.Start)
	if p.Kind == Address && venueZH.MatchString(before) {
		return venueSaid.MatchString(s) && !recordedZH.MatchString(s) && !question.MatchString(s[p.End:])
	}
	if (p.Kind == Phone || p.Kind == Number) && venueLine.MatchString(before) && telephone(figuresOf(s[p.Start:p.End])) {
		return venueSaid.MatchString(s) && !recordedZH.MatchString(s)
	}
	return h.who == "" && noticed.MatchString(before) && saysWe.MatchString(sentenceBefore(s, p.Start)) && !question.MatchString(s)
}

// answersOpenly reports whether p is what the company's side tells somebody who has just asked for something of the company's: the
// number of a line, and an address beside one.
func answersOpenly(s string, p Span, h hint) bool {
	return h.public && companys(h.who) && len(h.asked) == 0 && !question.MatchString(s) && !youOwn.MatchString(s) && !broughtTo.MatchString(s) && !ofSomebody.MatchString(s) && !wentTo.MatchString(s[:p.Start]) &&
		!(p.Kind == Email && freeMail.MatchString(s[p.Start:p.End])) && toldFreely(s, p, h) &&
		slices.ContainsFunc(runs(lex(s)), func(r run) bool { return telephone(r.digits) && !mobile(r.digits) && !personal.MatchString(r.digits) })
}

// toldFreely reports whether p is no number that people carry with them, and nothing that was hidden before.
func toldFreely(s string, p Span, h hint) bool {
	figures := figuresOf(s[p.Start:p.End])
	if p.Kind != Address && (mobile(figures) || personal.MatchString(figures)) || plateZH.MatchString(s[p.Start:]) {
		return false
	}
	return !again(s, p, h)
}

// again reports whether p touches what was hidden before.
func again(s string, p Span, h hint) bool {
	return slices.ContainsFunc(saidAgain(s, reading{}, h), func(o Span) bool { return o.Start < p.End && p.Start < o.End })
}
