package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// What is left of an answer when the words around the value are taken away is the value: an answer is read clause by clause,
// because people say more than they were asked, and a clause that refuses or asks back says nothing of the next.

// clause is a part of a text, [start,end), without what separates it.
type clause struct{ start, end int }

var clauseEnd = words(`[,，。、；;!！…\n]+\s*|[.?？](?:\s+|$)|\s(?:and|but|so|because|then|which|who)\s|但是?|不过|然后|因为|所以`)

func clauses(s string) []clause {
	var out []clause
	at := 0
	for _, m := range append(clauseEnd.FindAllStringIndex(s, -1), []int{len(s), len(s)}) {
		if strings.TrimSpace(s[at:m[0]]) != "" {
			out = append(out, clause{at, m[0]})
		}
		at = m[1]
	}
	return out
}

// copulaLast is what stands before a value in a clause: "my first pet was called".
var (
	copulaLast   = words(`^.*\b(?:is|was|it's|that's|be|called|named|as|under|spelled|to|chose|used|picked|have|put)\s+(?:(?:a|an|the|just|still|my|our|um+|uh+|er+m?)\s+)*`)
	copulaLastZH = regexp.MustCompile(`^.*(?:是|叫做?|写的?|填的?|设的?|用的?|留的?|登记的?|为|填)(?:的是|是)?`)
)

// valueIn is the part of a clause that is a value: what stands behind the last word that ties one to its name.
func valueIn(s string, c clause) clause {
	text := s[c.start:c.end]
	if !hanzi.HasHan(text) {
		if m := copulaLast.FindStringIndex(text); m != nil && m[1] < len(text) {
			c.start += m[1]
		}
	} else if m := copulaLastZH.FindStringIndex(text); m != nil && m[1] < len(text) {
		c.start += m[1]
	}
	from, to := core(s[c.start:c.end])
	if from >= to {
		return clause{c.start, c.start}
	}
	return clause{c.start + from, c.start + to}
}

// leftovers finds the values in the answer to a question for something that is words.
func leftovers(s string, h hint) []Span {
	var out []Span
	for _, k := range h.asked {
		switch k {
		case Name:
			out = append(out, nameLeft(s)...)
		case wordSecret, userName:
			out = append(out, wordLeft(s, k)...)
		case Email:
			out = append(out, mailLeft(s)...)
		}
	}
	return out
}

// nameLeft finds names in the answer to a question for one.
func nameLeft(s string) []Span {
	var out []Span
	ws := latinWords(s)
	for i := 0; i < len(ws); i++ {
		if ws[i].known == noName || notPerson.MatchString(ws[i].text) {
			continue
		}
		j := i + 1
		for j < len(ws) && ws[j].known != noName && joinsName(s[ws[j-1].end:ws[j].start]) {
			j++
		}
		if !placed.MatchString(upTo(s, ws[i].start)) {
			out = append(out, Span{Name, ws[i].start, ws[j-1].end, MaskOf(Name)})
		}
		i = j - 1
	}
	for _, c := range clauses(s) {
		v := valueIn(s, c)
		text := s[v.start:v.end]
		n := utf8.RuneCountInString(text)
		if text == "" || refusals.MatchString(text) {
			continue
		}
		if allHan(text) && n >= 2 && n <= 4 && personalHan(text) {
			out = append(out, Span{Name, v.start, v.end, MaskOf(Name)})
		}
	}
	return out
}

// wordLeft finds passwords, answers to security questions and names to sign in with in the answer to a question for one.
func wordLeft(s string, k Kind) []Span {
	var out []Span
	for _, c := range clauses(s) {
		v := valueIn(s, c)
		text := s[v.start:v.end]
		if text == "" || refusals.MatchString(text) || statement.MatchString(text) || !worth(text) {
			continue
		}
		if hanzi.HasHan(text) {
			if utf8.RuneCountInString(text) <= 2*wordMost {
				out = append(out, Span{outward(k), v.start, v.end, MaskOf(outward(k))})
			}
			continue
		}
		fields := strings.Fields(strings.ToLower(text))
		if len(fields) > 1 && strings.HasSuffix(fields[0], "ing") { // "coming through"
			continue
		}
		tied := 0
		for _, w := range fields {
			if w = strings.Trim(w, ".,'\"“”"); closed[w] && english[w] == "" {
				tied++
			}
		}
		if len(fields) <= wordMost && tied*2 < len(fields) {
			out = append(out, Span{outward(k), v.start, v.end, MaskOf(outward(k))})
		}
	}
	return out
}

// mailSign is what shows that a clause has a part of a mail address.
var mailSign = words(`\b(?:dot|underscore|hyphen|at)\b|@|艾特|爱特|点|下划线|杠|\b` + mailHosts + `\b|\b(?:qq|foxmail|sina|com|net|org)\b`)

// atTime is where "at" and 点 are no signs of one.
var atTime = words(`\bat (?:the|a|my|your|his|her|our|their|home|work|least|most|once|all|first|last|night|noon|midnight|about|around|half|quarter|\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|(?:几|[一二三四五六七八九十两\d])点(?:[半钟整前后多左上下开关到钱，。？！]|$)|一点[儿也都]?|[有快慢早晚差]点`)

// saysWhen are words of those who say when, or where, something is: without one, "jo at three" is an address.
var saysWhen = words(`\b(?:i|i'm|i'll|i've|we|we're|you|he|she|it|it's|they|there|that's|is|are|was|be|do|does|can|could|will|would|have|not|don't|can't|call|ring|come)\b|\p{Han}`)

// mailSigned reports whether s has a part of a mail address.
func mailSigned(s string) bool {
	if saysWhen.MatchString(s) {
		s = atTime.ReplaceAllString(s, " ")
	}
	return mailSign.MatchString(s)
}

// mailLeft finds the mail address in an answer in which something else is said, too.
func mailLeft(s string) []Span {
	var out []Span
	for _, c := range clauses(s) {
		from, to := core(s[c.start:c.end])
		if from >= to || !mailSigned(s[c.start+from:c.start+to]) {
			continue
		}
		text := s[c.start+from : c.start+to]
		if m := copulaLast.FindStringIndex(text); m != nil && m[1] < len(text) && mailSign.MatchString(text[m[1]:]) {
			from += m[1]
		}
		if text = s[c.start+from : c.start+to]; len(strings.Fields(text)) <= lineMost && !refusals.MatchString(text) {
			out = append(out, Span{Email, c.start + from, c.start + to, MaskOf(Email)})
		}
	}
	return out
}

// usualHan are characters of conversation that given names do not have: a name is what has none of them.
const usualHan = stopZH + "一二三四五六七八九十个只次日点些么什怎哪谁为因所但而且或如果再又才刚正已经常总等当做作用打拨发收付买卖退换修查看听找问答帮请让叫送寄快慢多少低短上下前后左右里外错对行嘛哎诶嘞喽呃嗯哦唉太最更较每各另其此该何款费元块角码件货品店司网站机器"

// personalHan reports whether s, two to four characters, can be a person's name and is no word.
func personalHan(s string) bool {
	return !strings.ContainsAny(s, usualHan) && len(hanzi.Segment(s)) > 1
}
