package llm

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu/hanzi"
)

const (
	mostWords = 0.6 // the share of a sentence's words that the passages must have
	halfWords = 0.5 // and that one passage must have of each of its clauses
)

// counted are numbers and their units, which are compared as facts.
var counted = regexp.MustCompile(`^(?:[\d.,:]+|pound|penc|dollar|euro|yuan|percent|cent|day|hour|minut|second|week|month|year|kilomet|kilo|km|kg|mile|am|pm|元|块|天|日|周|月|年|小时|分钟|秒|个|次|件|公里|公斤)$`)

// wordsOf are the words of a text that say something, numbers and what only joins clauses aside.
func wordsOf(text, lang string) []string { return saying(contentOf(text, lang)) }

func saying(words []string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return counted.MatchString(w) || link.MatchString(w) })
}

// worded reports whether the words of a sentence come from the passages: of the whole, of each clause from one of them, and
// what it says that something is. One word at least is from an answer: that a question is asked says nothing about what is so.
// A sentence without words that say anything, such as a bare "yes", rests on nothing, and so does a question of the model's own.
func worded(text, lang string, cited []answer.Passage, answers string) bool {
	plain := plainText(text)
	if strings.HasSuffix(strings.TrimSpace(plain), "?") {
		return false
	}
	words := wordsOf(plain, lang)
	if len(words) == 0 {
		return number.MatchString(plain)
	}
	var all []vocabulary
	var source strings.Builder
	for _, p := range cited {
		all = append(all, vocabularyOf(p.Title+"\n"+p.Text, lang))
		source.WriteString("\n" + p.Title + "\n" + p.Text)
	}
	src := vocabularyOf(source.String(), lang)
	if !slices.ContainsFunc(words, vocabularyOf(answers, lang).has) || src.share(words) < mostWords {
		return false
	}
	best := func(ws []string) (most float64) {
		for _, v := range all {
			most = max(most, v.share(ws))
		}
		return most
	}
	for _, c := range clausesOf(text, lang) {
		ws := saying(c.words)
		if len(ws) > 0 && best(ws) < halfWords || len(ws) <= 2 && best(ws) < src.share(ws) {
			return false
		}
	}
	return !slices.ContainsFunc(predicates(plain, lang), func(ws []string) bool { return best(ws) <= halfWords })
}

// link are words that only join clauses, or go before a number.
var link = regexp.MustCompile(`^(?:cours|first|second|then|next|case|addit|addition|also|sure|final|after|afterward|right|okay|well|yes|both|either|simpli|note|ring|call|phone|dial|cannot|首先|然后|当然|另外|没问题|好的|此外|同时|其次|最后|接着|之后|以后|这样|即可|拨打)$`)

// vocabulary is what words a text has.
type vocabulary struct {
	zh    bool
	plain string
	words []string
}

func vocabularyOf(text, lang string) vocabulary {
	plain := plainText(text)
	return vocabulary{lang == "zh", plain, contentOf(plain, lang)}
}

func (v vocabulary) has(w string) bool {
	return slices.Contains(v.words, w) || v.zh && strings.Contains(v.plain, w)
}

// share is the part of words that v has, 0..1.
func (v vocabulary) share(words []string) float64 {
	n := 0
	for _, w := range words {
		if v.has(w) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(words)))
}

var (
	isEn = regexp.MustCompile(`(?:\b([a-z][a-z'-]*)\s+)?\b(?:is|are|was|were|be|been|being|equals|reads|called|named|it's|that's|they're|you're|we're)\s+(?:(?:the|a|an|now|also|only|just|simply|really|very|all|both|not|always|already|currently|usually|still|quite|as follows)\b[ :]*)*([a-z][a-z'-]*)`)
	// plain are words a predicate may have that no passage needs to have.
	plain = regexp.MustCompile(`^(?:possible|available|allowed|needed|required|necessary|able|welcome|happy|glad|sorry|afraid|sure|able|there|here|made|done|given|in|on|at|by|for|from|to|of|with|within|up|until|after|before|under|over|between|that|this|what|when|where|how|who|it|they|you|we|your|our|their|its|one|two|three|no|yes|easy|simple|as|so|if|about|part|case|time|same|different|best|right)$`)
	isZh  = regexp.MustCompile(`(?:是|为|叫|等于|即)([^，。,.!！?？；;：:是为]{1,8})(?:[，。,.!！?？；;]|$)`)
)

// predicates are the words around each "is": the thing and what it is said to be.
func predicates(text, lang string) [][]string {
	var out [][]string
	re := isEn
	if lang == "zh" {
		re = isZh
	}
	for _, m := range re.FindAllStringSubmatch(strings.ToLower(text), -1) {
		if what := m[len(m)-1]; !plain.MatchString(what) {
			if ws := wordsOf(strings.Join(m[1:], " "), lang); len(ws) > 0 {
				out = append(out, ws)
			}
		}
	}
	return out
}

const adverbs = `(?:(?:now|already|just|also|hereby|all|not|fully|immediately|automatically|successfully|soon|gladly|happily|then|both|\w+ly)\s+)*`

var (
	selfEn    = regexp.MustCompile(`\b(?:i|i'm|i've|i'll|i'd|me|my|mine|myself)\b`)
	perfectEn = regexp.MustCompile(`\b(?:has|have|had|'ve|'s)\s+` + adverbs + `(?:been\s+` + adverbs + `)?([a-z]+(?:ed|en|wn|ne|id|nt|de|ld|ft|ught|ut|et|un))\b`)
	pastEn    = regexp.MustCompile(`\b(?:we|the company|our team|the manager|somebody|they)\s+` + adverbs + `([a-z]+ed|gave|sent|paid|made|took|put|did|told)\b`)
	futureEn  = regexp.MustCompile(`\b(?:we|the company|our team)(?:'ll|\s+(?:will|shall|can|promise to|agree to|guarantee to|are going to|are happy to|are glad to))\s+` + adverbs + `(?:be\s+)?([a-z]+)\b`)
	doingEn   = regexp.MustCompile(`\b(?:we|the company|our team)(?:'re|\s+are)\s+` + adverbs + `([a-z]+ing)\b`)
	ruleEn    = regexp.MustCompile(`\b(?:to|must|can|may|should|will) be [a-z]+`)
	statusEn  = regexp.MustCompile(`\b(?:your\s+[^,.;:!?]{1,40}?|you)(?:'re|\s+(?:is|are|was|were|will be|has been|have been|is being|are being))\s+` + adverbs + `([a-z]+(?:ed|en|wn|id|nt|de|ld|ft|nd|t|y))\b`)
	vowEn     = regexp.MustCompile(`\b(?:promise[sd]?|guarantee[sd]?|confirm(?:s|ed)?|assure[sd]?|swear|sworn|approved|granted|agreed|waived?|owes?)\b`)

	selfZh   = regexp.MustCompile(`(?:^|[^们自])我(?:[^们]|$)|本人|咱`)
	ownZh    = regexp.MustCompile(`(?:忘了我|找我们)`)
	doneZh   = regexp.MustCompile(`已(?:经)?(?:为|给|替|帮|向)?(?:您|你)?(?:全额|成功|全部|直接|重新)?(\p{Han}{2})`)
	finishZh = regexp.MustCompile(`(?:给|为|替|帮)(?:您|你)(\p{Han}{2})[^，。,.!！]{0,6}(?:了|好了|完成|成功)`)
	soonZh   = regexp.MustCompile(`(?:会|将|马上|立即|立刻|现在|这就|一定)(?:就)?(?:给|为|替|帮)(?:您|你)(?:全额|直接|全部|双倍)?(\p{Han}{2})`)
	pastZh   = regexp.MustCompile(`(?:您|你)[^，。,.!！]{0,14}?(\p{Han}{2})了`)
	statusZh = regexp.MustCompile(`(?:您|你)的?[^，。,.!！]{0,10}?(?:已|成功|通过|到账|批准|生效|解冻|解锁)(\p{Han}{0,2})`)
	vowZh    = regexp.MustCompile(`承诺|保证|答应|批准|同意|破例|欠(?:您|你)|成功`)
)

// claimed reports whether a sentence says that something was, is or will be done for this caller which the answers do not say
// is done. A model knows nothing of the caller's affairs: it speaks of rules, and only the call's own state can tell what was done.
func claimed(text, lang, answers string) bool {
	say, src := " "+plainText(text)+" ", plainText(answers)
	if lang == "zh" {
		return claimedZh(say, src)
	}
	say, src = strings.ToLower(strings.ReplaceAll(say, "’", "'")), strings.ToLower(strings.ReplaceAll(src, "’", "'"))
	if selfEn.MatchString(say) && !selfEn.MatchString(src) {
		return true
	}
	for _, c := range []struct {
		says *regexp.Regexp
		may  []*regexp.Regexp // forms in which the answers may say the same
	}{
		{perfectEn, []*regexp.Regexp{perfectEn}},
		{pastEn, []*regexp.Regexp{pastEn, perfectEn}},
		{futureEn, []*regexp.Regexp{futureEn, weDo}},
		{doingEn, []*regexp.Regexp{futureEn, weDo, doingEn}},
		{statusEn, []*regexp.Regexp{statusEn, futureEn, weDo, isDone}},
	} {
		for _, m := range c.says.FindAllStringSubmatch(say, -1) {
			if !anySays(c.may, m[len(m)-1], src) {
				return true
			}
		}
	}
	return slices.ContainsFunc(vowEn.FindAllString(ruleEn.ReplaceAllString(say, " "), -1), func(v string) bool { return !strings.Contains(src, v) })
}

var (
	weDo   = regexp.MustCompile(`\b(?:we|you|to|company|team|courier|bank|shop)(?:\s+(?:will|can|do|also|always|must|may|should))?\s+` + adverbs + `([a-z]+)\b`)
	isDone = regexp.MustCompile(`\b(?:is|are|be|been|being|was|were|it's|gets?)\s+` + adverbs + `([a-z]+)\b`)
)

// anySays reports whether a text has the word in one of the forms, however it is inflected.
func anySays(forms []*regexp.Regexp, word, text string) bool {
	stem := func(w string) string { return strings.Join(contentOf(w, "en"), "") }
	want := stem(word)
	if want == "" { // "have to", "are able"
		return true
	}
	for _, f := range forms {
		for _, m := range f.FindAllStringSubmatch(text, -1) {
			if stem(m[len(m)-1]) == want {
				return true
			}
		}
	}
	return false
}

func claimedZh(say, src string) bool {
	say, src = hanzi.Simplify(say), hanzi.Simplify(src)
	if selfZh.MatchString(say) && !selfZh.MatchString(src) && !ownZh.MatchString(say) {
		return true
	}
	for _, m := range vowZh.FindAllString(say, -1) {
		if !strings.Contains(src, m) {
			return true
		}
	}
	for _, re := range []*regexp.Regexp{doneZh, finishZh, pastZh, statusZh} {
		for _, m := range re.FindAllStringSubmatch(say, -1) {
			if !slices.ContainsFunc(re.FindAllStringSubmatch(src, -1), func(o []string) bool { return o[1] == m[1] }) {
				return true
			}
		}
	}
	for _, m := range soonZh.FindAllStringSubmatch(say, -1) {
		if !regexp.MustCompile(`(?:会|将|我们|马上|立即|给您|为您|帮您)[^，。]{0,6}` + m[1]).MatchString(src) {
			return true
		}
	}
	return false
}
