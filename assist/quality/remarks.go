package quality

import (
	"regexp"
	"slices"
	"strings"
)

// A question often says itself how it is to be answered in some case: "(Not applicable if nobody was upset.)", "never opened - yes",
// "没有推销就算是". Such remarks are no part of what is asked: they are taken off before the question is read, and tell which
// answers it can have.

// remark is one of them.
type remark struct {
	value  Value  // Yes, No or NA
	when   string // in which case, "" for none that is named
	unless bool   // in all others
}

// piece is a part of a question between full stops, question marks, semicolons and brackets.
var piece = regexp.MustCompile(`[^.?!;()。？！；]+`)

// The ways to say it, with the case before or behind the answer.
var (
	naFirst   = regexp.MustCompile(`^(?:(?:this|that|it|the question) )?(?:is |does |score |mark |answer |put |choose |counts as )?["']?(?:not applicable|not apply|n/?a|doesn't count|leave (?:it |this )?out|skip it|not (?:rated|scored|assessed))["']?(?: *[-–—:=,] *| +(?:only )?(unless|without|in the absence of|otherwise|where|when|whenever|if|for|in case|on|with)\b *|$)(.*)$`)
	naLast    = regexp.MustCompile(`^(.+?)(?:(?: *[-–—:=,>]+ *| +(?:is|are|means|counts? as|scores?) +)["']?(?:not applicable|n/?a|not (?:rated|scored|assessed)|leave (?:it|this) out|skip(?: it)?)["']?| +(?:is|are)n't (?:rated|scored|assessed))$`)
	valFirst  = regexp.MustCompile(`^(?:the answer (?:is|should be) |answer (?:with )?|say |score |mark |put |count (?:it |this )?as |so |then )?["']?(yes|no)["']?(?: *[-–—:=,] *| +)(?:only )?(unless|if|when|where|means|for|as long as|so long as|provided)\b *(.*)$`)
	valLast   = regexp.MustCompile(`^(.+?)(?: *[-–—:=>]+ *|,? +(?:(?:is|means|counts? as|that'?s|that is|then|so) +)+)(?:an? )?["']?(yes|no)["']?$`)
	naFirstZH = regexp.MustCompile(`^["“「]?不适用["”」]?(?: *[=:：,，] *|的?情形|是指|指|用于|当)(.+)$`)
	naLastZH  = regexp.MustCompile(`^(.*?)(?:的话|的|时|者)?[,，]? *[=:：]? *(?:就|则|即|一律|都|均|请|应|可|按)*(?:算|为|是|属于?|选|填|判|答|记|打|视|标|勾)?(?:作|为|成|是)?["“「]?(?:不适用|不评分?了?|免评|不计分|跳过|n/?a)["”」]?$`)
	valLastZH = regexp.MustCompile(`^(.*?)(?:的话|的|时|者)?[,，]? *(?:= *|(?:才|就|即|则|应|请|都|也|一律|均|仍)*(?:回?答|选|填|判|算|记|打|视)(?:为|作|成)?|(?:就|即|则)(?:为|是)?)["“「]?(是|否)["”」]?$`)
	onlyZH    = regexp.MustCompile(`^(?:只有|仅|只要|凡是?|如果?|若|当)`)
)

// remarked is the remark that a piece of a question is.
func remarked(s string) (remark, bool) {
	s = strings.Trim(s, " ,，-–—:：")
	if m := naFirst.FindStringSubmatch(s); m != nil {
		return remark{NA, m[2], slices.Contains([]string{"unless", "without", "in the absence of"}, m[1])}, true
	}
	if m := naLast.FindStringSubmatch(s); m != nil {
		return remark{NA, m[1], false}, true
	}
	if m := valFirst.FindStringSubmatch(s); m != nil {
		return remark{answerNamed(m[1]), m[3], m[2] == "unless"}, true
	}
	if m := valLast.FindStringSubmatch(s); m != nil {
		return remark{answerNamed(m[2]), strings.TrimSuffix(m[1], ", the answer"), false}, true
	}
	if m := naFirstZH.FindStringSubmatch(s); m != nil {
		return remark{NA, m[1], false}, true
	}
	if m := naLastZH.FindStringSubmatch(s); m != nil {
		return remark{NA, onlyZH.ReplaceAllString(m[1], ""), false}, true
	}
	if m := valLastZH.FindStringSubmatch(s); m != nil {
		return remark{answerNamed(m[2]), onlyZH.ReplaceAllString(m[1], ""), false}, true
	}
	return remark{}, false
}

func answerNamed(s string) Value {
	if s == "no" || s == "否" {
		return No
	}
	return Yes
}

// unremarked is a folded question without its remarks, and these. What a question begins with is what it asks.
func unremarked(s string) (string, []remark) {
	var found []remark
	var rest strings.Builder
	last := 0
	for n, at := range piece.FindAllStringIndex(s, -1) {
		list := remarksIn(s[at[0]:at[1]])
		if n == 0 || list == nil {
			continue
		}
		found = append(found, list...)
		rest.WriteString(s[last:at[0]])
		last = at[1]
	}
	if found == nil {
		return s, nil
	}
	rest.WriteString(s[last:])
	return strings.TrimSpace(emptied.ReplaceAllString(rest.String(), "$1$2")), found
}

// remarksIn are the remark that a piece is, or the two that it is on both sides of a comma; nil for none.
func remarksIn(s string) []remark {
	for i, c := range s {
		if c != '，' && c != ',' {
			continue
		}
		if first, ok := remarked(s[:i]); ok {
			if second, ok := remarked(s[i:]); ok && second.when != "" {
				return []remark{first, second}
			}
		}
	}
	if r, ok := remarked(s); ok {
		return []remark{r}
	}
	return nil
}

// emptied are the marks around what was taken out.
var emptied = regexp.MustCompile(`\(\s*[.;。；]?\s*\)|[ ;；]+(\))|([.?!;。？！；])[ .;。；]+$`)

// languages are those a question may be written in.
var languages = [...]string{"en", "zh"}

// lacking is a case in which something did not happen.
var lacking = pat(`\b(?:no|not|none|never|nothing|nobody|neither|avoided|without|ke(?:pt|eps?)|clear of)\b|n't\b`, `没|未|无|不|避免|守住`)

// yesIfNot reports whether the question says itself that it is to be answered yes where something did not happen.
func (q *Question) yesIfNot() bool {
	for _, lang := range languages {
		for _, r := range q.remarks(lang) {
			if r.value == Yes && (r.unless || lacking.in(r.when)) {
				return true
			}
		}
	}
	return false
}

// mayNotApply reports whether the question says itself when it does not apply.
func (q *Question) mayNotApply() bool {
	for _, lang := range languages {
		for _, r := range q.remarks(lang) {
			if r.value == NA {
				return true
			}
		}
	}
	return false
}

// appliesWhen is the case in which a question in lang applies by its own remark, "" where that does not say.
func (q *Question) appliesWhen(lang string) string {
	for _, r := range q.remarks(lang) {
		switch {
		case r.value != NA:
		case r.unless:
			return r.when
		default:
			if at := denials[lang].FindStringIndex(r.when); at != nil {
				return strings.TrimSpace(r.when[:at[0]] + r.when[at[1]:])
			}
		}
	}
	return ""
}

// denials are what a case in which a question does not apply says of the one in which it does: the first is taken off.
var denials = map[string]*regexp.Regexp{
	"en": regexp.MustCompile(`\b(?:there (?:is|was|were) )?(?:no one|no|not|none|never|nothing|nobody|neither|without)\b ?|n't\b`),
	"zh": regexp.MustCompile(`没有?|未曾?|无(?:需|须)?|不`),
}
