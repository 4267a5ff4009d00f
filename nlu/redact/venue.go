package redact

import (
	"slices"

	"github.com/parley-voice/parley/pipeline/call"
)

// Where people come to and what everybody may ring is told openly: in greetings, notices and answers to who asked for it.

var (
	// greetsWith is what stands before the number of a company in its greeting; ofOne shows that it speaks of somebody there.
	greetsWith = words(`\b(?:through to|you(?:'ve| have) reached|thank(?:s| you) for calling|welcome to) ([^?!,.]{2,60}?) on $|(?:这里是|欢迎致电|欢迎拨打)([^，。？！]{2,20}?)[，,]?(?:的?电话|热线|号码)(?:是|：|:)?$`)
	ofOne      = words(`\b(?:i|i'm|i'll|me|my|you|you're|your|he|him|his|she|her|they|them|their|we'll|back)\b|家的?$|[留您你他她我]|女士|先生|小姐|阿姨|叔`)
	// venueZH stands before an address where people come to, and venueSaid is what is said of it beside it.
	venueZH   = words(`(?:^|[，,。！；])(?:我们)?(?:的)?地址(?:就?在|就?是|：|:)$|(?:^|[，,。！；])地址$`)
	venueLine = words(`(?:^|[，,。！；])(?:我们的?)?(?:联系|咨询)?电话(?:是|：|:)?$`)
	venueSaid = words(`从\p{Han}{1,3}门进|[入出]口|停车(?:场|位|免费|收费|方便)|地铁[^，。]{0,8}(?:线|站)|公交|路车|到了(?:可以)?(?:打|找|问)|您到了|营业|[点时]开门|导航|前台|展[到厅出]|门票|进园|入园|入场|检票|大厅`)
	// noticed is what stands before a number or a place in a notice of a company.
	noticed = words(`(?:^|[,.;:!] ?|\b(?:or|and|please|just|to) )(?:call|ring|phone|text|fax|e-?mail|contact) us(?: on| at)? $|\bour (?:\w+ )?(?:shop|store|showroom|office|branch|depot|workshop|warehouse|clinic|counter)(?:'s| is)?(?: at| on| in)? $`)
	// onRecord is what is said of what is in the company's books, and toHome of what goes to somebody: it is somebody's.
	onRecord = words(`登记|预留|留的|客户|系统|显示|看到|查到|资料|档案|\b(?:account|on file|on record|customer|client)\b`)
	toHome   = words(`收货|送货|寄|快递|包裹|货|家里?|您的|住址|原来|改成|更新|师傅|上门|配送|安装|维修|快到了|路上|单元|室|[栋幢户弄]|号楼|\b(?:delivery|deliveries|parcel|booking|booked|went|going|goes)\b`)
)

// somebodys reports whether a text speaks of somebody, of what is known of them or of what goes to them.
func somebodys(s string) bool {
	return ofSomebody.MatchString(s) || onRecord.MatchString(s) || toHome.MatchString(s)
}

// toldToAll reports whether the words around p say that it is told to everybody. Only a caller's question for it is proof against a
// model that is certain of the contrary.
func toldToAll(s string, p Span, sure float64, h hint) bool {
	switch p.Kind {
	case Address, Number, Phone:
	case Email:
		if freeMail.MatchString(s[p.Start:p.End]) {
			return false
		}
	default:
		return false
	}
	figures := figuresOf(s[p.Start:p.End])
	if p.Kind != Address && (mobile(figures) || personal.MatchString(figures) || readBack(figures, h)) || plateZH.MatchString(s[p.Start:]) || again(s, p, h) {
		return false
	}
	return sure < undoubted && h.who != call.Caller && (greetingLine(upTo(s, p.Start)) || venue(s, p, h)) || answersOpenly(s, p, h)
}

// greetingLine reports whether a text is a greeting of a company up to its number.
func greetingLine(before string) bool {
	m := greetsWith.FindStringSubmatch(before)
	return m != nil && !ofOne.MatchString(m[1]+m[2])
}

// venue reports whether p is told as a place or a number for everybody, and not as somebody's.
func venue(s string, p Span, h hint) bool {
	if somebodys(s) || youOwn.MatchString(s) && h.who == "" || h.asks(p.Kind) || slices.Contains(h.echo, p.Kind) || question.MatchString(s[p.End:]) {
		return false
	}
	before := upTo(s, p.Start)
	switch {
	case p.Kind == Address && venueZH.MatchString(before), p.Kind != Address && venueLine.MatchString(before) && telephone(figuresOf(s[p.Start:p.End])):
		return venueSaid.MatchString(s)
	}
	return h.who == "" && noticed.MatchString(before) && !question.MatchString(s)
}

// answersOpenly reports whether p is what the company's side tells somebody who has just asked for something of the company's: the
// number of a line, and an address beside one.
func answersOpenly(s string, p Span, h hint) bool {
	return h.public && companys(h.who) && len(h.asked) == 0 && !question.MatchString(s) && !youOwn.MatchString(s) && !broughtTo.MatchString(s) && !somebodys(s) && !wentTo.MatchString(upTo(s, p.Start)) &&
		slices.ContainsFunc(runs(lex(s)), func(r run) bool { return telephone(r.digits) && !mobile(r.digits) && !personal.MatchString(r.digits) })
}

// again reports whether p touches what was hidden before.
func again(s string, p Span, h hint) bool {
	return slices.ContainsFunc(saidAgain(s, reading{}, h), func(o Span) bool { return o.Start < p.End && p.Start < o.End })
}
