package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/spell"
)

// What people say before and after the value they were asked for.
var (
	leadEN = words(`^(?:[\s,.:;!…"“\-]*\b(?:yes|yeah|yep|yup|sure|ok|okay|um+|uh+|er+m?|hm+|well|so|right|alright|all right|of course|certainly|absolutely|hi|hello|it'?s|it is|it was|it'?d be|that'?s|that is|that'?d be|that would be|it would be|this is|mine is|mine's|there you go|` +
		`the|my|our|his|full name|first name|last name|surname|family name|name|number|e-?mail(?: address)?|address|pass ?word|pass ?code|code|user ?name|log ?in|postcode|zip(?: code)?|date of birth|birthday|is|was|i'?m|i am|` +
		`i live (?:at|on|in)|we live (?:at|on|in)|we'?re (?:at|on)|i was born(?: on| in)?|born(?: on| in)?|under|in the name of|just|simply|let me see|let me check|let me think|one sec(?:ond)?|one moment|just a moment|thanks|thank you|lovely|perfect|brilliant|cheers|hang on|hold on|bear with me|ready|` +
		`here (?:it is|you go|we go|goes)|i think|i believe|i set it to|i chose|should be|would be|must be|you can (?:call|reach|ring) me (?:on|at)|call me|then|and|with|husband|wife|mother|father|actually|no it'?s|says|reads|plus)\b)+[\s,.:;!…"“\-]*`)
	tailEN = words(`(?:[\s,.!;…]*\b(?:please|thanks|thank you|okay|i think|i believe|that's it|that's all|that's the one|is that ok|if that helps|sir|madam|over|and that's it))+[\s,.!]*$`)
	leadZH = regexp.MustCompile(`^(?:[\s,，。、：:…！!]|嗯+|呃|额|哦|噢|啊|诶|喂|好的|好|对的?|是的|行|可以|那个|这个|就是|我的|我|您|你|本人|他的?|她的?|叫做?|名字|姓名|全名|免贵|姓|是|住在?|家在|在|送到|寄到|爱人的?|老公的?|老婆的?|妈妈?的?|爸爸?的?|母亲的?|父亲的?|儿子的?|女儿的?|孩子的?|先生的?|太太的?|` +
		`手机号?码?|电话号?码?|号码|密码|验证码|卡号|账号|邮箱|地址|生日|你好|您好|稍等|等一下|记一下|听好了?|收到了?|应该|大概|现在|用的|写的|填的|设的|还记得|[一二三四五六七八\d]位的?|一个)+`)
	tailZH = regexp.MustCompile(`(?:[\s,，。、！!…]|啊|呀|吧|呢|哈|对没错|没错|对|谢谢|就这个|就是这个|就行|这个号|这个|好吧|的)+$`)
)

// refusals are words of somebody who does not give what was asked for, or asks back.
var refusals = words(`\?|？|\b(?:why|what|don'?t|do not|can'?t|cannot|won'?t|haven'?t|hasn'?t|not|no|nope|none|never|forgot|forgotten|lost|sorry|which|how|who|where|when|didn'?t|isn'?t|doesn'?t|wasn'?t|wait|moment|looking|find|remember|idea|prefer|rather|need|needs|help|speak|talk|person|human|agent|operator|representative|repeat|` +
	`again|pardon|understand|hear|said|already|told|same|file|before|changed|want|would|could|should|will|because|about|maybe|problem|issue|working|company|different|received|got|get|called|calling|tell|give|gave|trying|think|know|see|check|have|has|had)\b|为什么|不|没|怎么|什么|吗|忘|哪|稍等|谁|再说|人工|客服|帮|想|要|能|查|先|刚才|一样|收到|问|办|可以|带|会|找|那边|还有|已经|电梯`)

// core is the part of an answer without what stands before and after the value, [from,to).
func core(s string) (from, to int) {
	to = len(s)
	for {
		before := from
		for _, re := range []*regexp.Regexp{leadEN, leadZH} {
			if m := re.FindStringIndex(s[from:]); m != nil && (from+m[1] == len(s) || re == leadZH || !wordInside(s, from+m[1])) {
				from += m[1]
			}
		}
		if from == before || from >= len(s) {
			break
		}
	}
	for _, re := range []*regexp.Regexp{tailEN, tailZH} {
		if m := re.FindStringIndex(s[from:to]); m != nil {
			to = from + m[0]
		}
	}
	return from, to
}

// wordInside reports whether i is inside a Latin word.
func wordInside(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return wordRune(s, i) && unicode.IsLetter(r) && !unicode.Is(unicode.Han, r)
}

// piece is a word of an answer, or one Chinese character.
type piece struct {
	start, end int
	class      pieceClass
	digits     int
}

type pieceClass int

const (
	plain pieceClass = iota
	joint            // may stand inside a value: "double", "um", 然后
	sound            // a word that sounds like a digit or a letter
	coded            // a digit, a letter, a part of a date
)

var (
	latinPiece = regexp.MustCompile(`^[\p{Latin}\p{N}'’]+`)
	dateToken  = words(`^(?:` + monthEN + `|` + ordEN + `|\d+(?:st|nd|rd|th)|` + tensEN + `|nineteen)$`)
)

// pieces cuts s. Punctuation is left out.
func pieces(s string) []piece {
	var out []piece
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case hanzi.IsHan(r):
			p := piece{start: i, end: i + n}
			switch {
			case hanDigit(r) != "":
				p.class, p.digits = coded, 1
			case soundHan[r] != "":
				p.class = sound
			case joinLen(s[i:]) > 0:
				p.end, p.class = i+joinLen(s[i:]), joint
			case strings.ContainsRune("十百千年月号日加杠点横负", r):
				p.class = joint
			}
			out, i = append(out, p), p.end
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			w := latinPiece.FindString(s[i:])
			if w == "" {
				w = s[i : i+n]
			}
			p := piece{start: i, end: i + len(w)}
			p.class, p.digits = classOf(strings.ToLower(w))
			out, i = append(out, p), i+len(w)
		default:
			i += n
		}
	}
	return out
}

func classOf(w string) (pieceClass, int) {
	n := 0
	for _, r := range w {
		if unicode.IsDigit(r) {
			n++
		}
	}
	switch {
	case n > 0:
		return coded, n
	case english[w] != "":
		return coded, len(english[w])
	case dateToken.MatchString(w):
		return coded, 2
	case utf8.RuneCountInString(w) == 1 && w != "i" && w != "a", spell.Alphabet(w) != 0:
		return coded, 0
	case sounds[w] != "", spell.Name(w) != 0, w == "i", w == "a":
		return sound, 0
	case times[w] > 0, between[w], w == "of", w == "point", w == "dot", w == "in", w == "as", w == "year", w == "minus", w == "plus", w == "capital", w == "upper", w == "lower", w == "case":
		return joint, 0
	}
	return plain, 0
}

// Bounds of what is taken as nothing but an answer.
const (
	replyMost = 24 // pieces of digits and letters
	nameMost  = 4  // words
	wordMost  = 6  // words of a password
	lineMost  = 18 // words of an address or a mail address
)

// reply finds what a turn is that was asked for: all of it, when it is little else than the answer, however badly it was
// heard; otherwise the longer codes in it.
func reply(s string, h hint) []Span {
	kinds := h.asked
	if h.goesOn != "" {
		kinds = append([]Kind{h.goesOn}, kinds...)
	}
	if len(kinds) == 0 {
		return nil
	}
	from, to := core(s)
	if m := denial.FindStringIndex(s[from:to]); m != nil && runsIn(s[from+m[1]:to]) {
		from += m[1]
	}
	if from >= to {
		return nil
	}
	ps := pieces(s[from:to])
	for i := range ps {
		ps[i].start, ps[i].end = ps[i].start+from, ps[i].end+from
	}
	var out []Span
	no := refusals.MatchString(takenBackZH.ReplaceAllString(s[from:to], ""))
	for _, k := range kinds {
		var sp []Span
		switch k {
		case Name:
			sp = nameReply(s, from, to, ps, no)
		case wordSecret, userName, Email:
			sp = wordReply(s, from, to, ps, no, k)
		case Address:
			sp = append(addressReply(s, from, to, ps, no), codeReply(s, ps, k, false)...)
		default:
			sp = append(codeReply(s, ps, k, k == h.goesOn), within(s, from, k)...)
		}
		out = append(out, sp...)
	}
	return out
}

// takenBackZH takes back a value, and refuses nothing.
var takenBackZH = regexp.MustCompile(`(?:[，,]|^)(?:哎|欸|诶|啊|哦|呃)?(?:不是|不对|错了|说错了)[，,]`)

// denial is the "no" before a value that corrects one.
var denial = words(`^no[,.\s]+`)

// runsIn reports whether s has a number.
func runsIn(s string) bool { return len(runs(lex(s))) > 0 }

// codeReply is the whole answer when it is nothing much but digits, letters and parts of a date.
// goesOn: it is the next part of one, and may be short.
func codeReply(s string, ps []piece, k Kind, goesOn bool) []Span {
	if len(ps) == 0 || len(ps) > replyMost {
		return nil
	}
	n, sure, digits := 0, 0, 0
	first, last := -1, -1
	for i, p := range ps {
		switch p.class {
		case coded:
			sure++
			n++
		case sound:
			n++
		case joint:
			n++
			continue
		default:
			if w := s[p.start:p.end]; len(w) <= 3 && w[0] < utf8.RuneSelf && !notName[strings.ToLower(w)] {
				n++
			} else {
				continue
			}
		}
		digits += p.digits
		if first < 0 {
			first = i
		}
		last = i
	}
	all := n == len(ps)
	switch {
	case first < 0, !all && (n*10 < len(ps)*6 || sure < 2), all && sure == 0 && n < 3, digits < 2 && sure < 2 && n < 3 && !(goesOn && all && digits > 0):
		return nil
	case unit.MatchString(s[ps[last].end:]) && k != Birth || about(s, ps[first].start):
		return nil
	case !all && sure < 3 && digits < 3:
		return nil
	}
	for first > 0 && times[strings.ToLower(s[ps[first-1].start:ps[first-1].end])] > 0 { // "double two"
		first--
	}
	start := ps[first].start
	if strings.HasSuffix(strings.ToLower(s[:start]), "the ") {
		start -= len("the ")
	}
	return []Span{{outward(k), start, ps[last].end, MaskOf(outward(k))}}
}

// within finds the codes in an answer that is more than a code.
func within(s string, from int, k Kind) []Span {
	var out []Span
	for i := from; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		if wordRune(s, i) && wordInside(s, i) {
			i += n
			continue
		}
		if end := tokenAt(s, i); end > 0 {
			out = append(out, Span{outward(k), i, end, MaskOf(outward(k))})
			i = end
			continue
		}
		c, ok := codeAt(s, i)
		if !ok || c.end <= i {
			i += n
			continue
		}
		if c.digits >= 4 || c.digits >= 2 && c.chars >= 4 || c.digits == 3 && (k == Secret || k == wordSecret) {
			if !unit.MatchString(s[c.end:]) && !about(s, c.start) && !year(s[c.start:c.end]) {
				out = append(out, Span{outward(k), c.start, c.end, MaskOf(outward(k))})
			}
		}
		i = c.end
	}
	return out
}

// year reports whether s is a year of our time in figures or digit by digit.
func year(s string) bool {
	r := runs(lex(s))
	return len(r) == 1 && len(r[0].digits) == 4 && (strings.HasPrefix(r[0].digits, "19") || strings.HasPrefix(r[0].digits, "20"))
}

// about reports whether what ends before i says that the number there is nobody's: an order, an amount, a model.
func about(s string, i int) bool {
	from := max(0, i-32)
	for from < i && !utf8.RuneStart(s[from]) {
		from++
	}
	return notAbout.MatchString(s[from:i])
}

// nameReply finds a name in the answer to a question for one.
func nameReply(s string, from, to int, ps []piece, no bool) []Span {
	var out []Span
	text := s[from:to]
	if !hanzi.HasHan(text) {
		if len(ps) > nameMost+2 || no || len(ps) == 0 {
			return nil
		}
		for _, p := range ps {
			if w := strings.ToLower(s[p.start:p.end]); notName[w] && p.class != sound || p.class == coded && p.digits > 0 {
				return nil
			}
		}
		return []Span{{Name, from, to, MaskOf(Name)}}
	}
	if len(ps) > 24 {
		return nil
	}
	for at := from; at < to; {
		end := to
		if k := strings.IndexAny(s[at:to], ",，。、；;！!"); k >= 0 {
			end = at + k
		}
		f, t := core(s[at:end])
		clause := s[at+f : at+t]
		if clause != "" && !refusals.MatchString(clause) && utf8.RuneCountInString(clause) <= 8 {
			if sp := hanAt(s, at+f, true); sp != nil && sp[0].End <= end {
				out = append(out, sp...)
			} else if n := utf8.RuneCountInString(clause); at+f > at && strings.HasSuffix(s[:at+f], "姓") || isSurname(clause) || at == from && end == to && n >= 2 && n <= 4 && allHan(clause) && !strings.ContainsAny(clause, stopZH) && len(hanzi.Segment(clause)) > 1 {
				out = append(out, Span{Name, at + f, at + t, MaskOf(Name)})
			}
		}
		at = end
		for at < to && strings.ContainsRune(",，。、；;！! ", firstRune(s[at:])) {
			at += utf8.RuneLen(firstRune(s[at:]))
		}
	}
	return out
}

func allHan(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !hanzi.IsHan(r) })
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// wordReply is the whole answer to a question for something that words can be.
func wordReply(s string, from, to int, ps []piece, no bool, k Kind) []Span {
	most := wordMost
	if k == Email {
		most = lineMost
	}
	if hanzi.HasHan(s[from:to]) {
		most *= 2
	}
	elsewhen := k == Email && atTime.MatchString(s[from:to]) && !mailSigned(s[from:to])
	if no || elsewhen || len(ps) > most || len(ps) == 0 || statement.MatchString(s[from:to]) {
		return within(s, from, k)
	}
	return []Span{{outward(k), from, to, MaskOf(outward(k))}}
}

var placeWord = words(`\b` + streetEN + `\b|\b(?:house|cottage|farm|mill|lodge|manor|barn|rectory|po box|p o box|flat|apartment|unit)\b`)

// addressReply is the whole answer to a question for an address.
func addressReply(s string, from, to int, ps []piece, no bool) []Span {
	text := s[from:to]
	if len(ps) == 0 {
		return nil
	}
	if hanzi.HasHan(text) {
		if no || len(ps) > 30 {
			return nil
		}
		return []Span{{Address, from, to, MaskOf(Address)}}
	}
	if len(ps) > lineMost || no {
		return nil
	}
	for _, p := range ps {
		if p.class == coded {
			return []Span{{Address, from, to, MaskOf(Address)}}
		}
	}
	if placeWord.MatchString(text) {
		return []Span{{Address, from, to, MaskOf(Address)}}
	}
	return nil
}
