package llm

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// clause is a part of a sentence with what it speaks of and whether it denies it.
type clause struct {
	words  []string
	denies bool
	sides  map[string]bool // words of which the opposite would turn the meaning
}

var (
	clauseEnd = regexp.MustCompile(`[,;:.!?，；：。！？、\n]+|\b(?:but|however|although|though|while|unless|except)\b|但是|但|不过|然而|除非|除了`)
	and       = regexp.MustCompile(`\b(?:and|or)\b|并且|而且|以及`)

	// alike are ways to say a thing with and without a "no".
	free   = regexp.MustCompile(`\b(?:free of charge|for free|(?:at |with )?no (?:extra |additional )?(?:charge|fee|cost)s?|without (?:any |extra )?(?:charge|fee|cost)s?)\b|不(?:另外|额外)?收(?:取)?(?:任何)?(?:费用|费)|(?:无需|不用|不需要)(?:付费|支付费用)|免收(?:费用)?`)
	atMost = regexp.MustCompile(`\b(?:no|not) (?:more|later|longer|less|fewer|earlier) than\b|\bnot only\b|\bno problem\b|\bdo(?:n'?t| not) (?:worry|hesitate)\b|不(?:超过|多于|少于|晚于|早于|低于|高于)|不(?:仅|但|只|光|论|管|妨|客气|好意思|少|同)|差不多|没问题|无论|非常|未来`)
	denial = regexp.MustCompile(`\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|unable|impossible|unavailable|[a-z]+n't|(?:do|does|did|ca|wo|is|are|was|were|has|have|had|could|would|should|must|need)nt)\b|不|没|未|无|勿|请别|禁止|谢绝`)
	nope   = regexp.MustCompile(`^\s*(?:no\b|nope\b|unfortunately\b|i'?m (?:afraid|sorry)\b|sorry\b|不(?:可以|能|行|支持|需要|用|会)?(?:[，。,.!！]|$)|没有[，。,.]|否|抱歉|很抱歉|对不起|暂不)`)
	yep    = regexp.MustCompile(`^\s*(?:yes\b|yep\b|sure\b|of course\b|certainly\b|可以(?:[的，。,.!！]|$)|能(?:[，。,.]|$)|是的|当然|支持(?:[，。,.]|$)|会的)`)

	// opposites are pairs of which a reply may not say the other one.
	opposites = [][2]*regexp.Regexp{ //nolint:gochecknoglobals // compiled once, never changed
		pair(`open(?:s|ed|ing)?`, `clos(?:e|es|ed|ing)|shut`, `营业|开门|开放`, `关门|歇业|休息|关闭`),
		pair(`before|earlier`, `after|later`, `之前|以前`, `之后|以后`),
		pair(`at least|minimum|or more|more than`, `at most|maximum|up to|or less|less than`, `至少|最少|以上|超过`, `至多|最多|以下`),
		pair(`increase[sd]?|rais(?:e|es|ed)|higher`, `decrease[sd]?|lower(?:ed|s)?|reduce[sd]?`, `增加|提高|上调`, `减少|降低|下调`),
		pair(`includ(?:e|es|ed|ing)`, `exclud(?:e|es|ed|ing)`, `包含|包括|含`, `不含|不包含|不包括`),
		pair(`accept(?:s|ed)?|allow(?:s|ed)?|permitted`, `refuse[sd]?|reject(?:s|ed)?|forbidden|prohibited`, `接受|允许`, `拒绝|禁止`),
		pair(`always`, `never`, `总是|一直|始终`, `从不|绝不`),
		pair(`free`, `charged|costs?|fee`, `免费|包邮|免运费`, `收费|收取|另付`),
		pair(`sender|seller|merchant`, `recipient|buyer|customer`, `卖家|商家`, `买家|顾客`),
	}
)

func pair(en1, en2, zh1, zh2 string) [2]*regexp.Regexp {
	return [2]*regexp.Regexp{regexp.MustCompile(`\b(?:` + en1 + `)\b|` + zh1), regexp.MustCompile(`\b(?:` + en2 + `)\b|` + zh2)}
}

// sayings makes ways to say the same thing alike, so that only a denial that denies something is left.
func sayings(s string) string {
	s = strings.ReplaceAll(s, "’", "'")
	if hanzi.HasHan(s) {
		s = free.ReplaceAllString(s, "免费")
	} else {
		s = free.ReplaceAllString(s, " free ")
	}
	return atMost.ReplaceAllString(withoutAsking(s), " ")
}

// withoutAsking takes the "no" out of 能不能 and its like, which ask and deny nothing.
func withoutAsking(s string) string {
	rs := []rune(s)
	for i := 1; i+1 < len(rs); i++ {
		if (rs[i] == '不' || rs[i] == '没') && rs[i-1] == rs[i+1] {
			rs = append(rs[:i], rs[i+2:]...)
		}
	}
	return string(rs)
}

// clausesOf takes a text apart. Parts joined by "and" stay together unless they are long enough to stand alone.
func clausesOf(text, lang string) []clause {
	var out []clause
	for _, part := range clauseEnd.Split(sayings(plainText(text)), -1) {
		for _, p := range splitLong(part, lang) {
			if c, ok := clauseOf(p, lang); ok {
				out = append(out, c)
			}
		}
	}
	return out
}

func splitLong(part, lang string) []string {
	halves := and.Split(part, -1)
	for _, h := range halves {
		if len(contentOf(h, lang)) < 2 {
			return []string{part}
		}
	}
	return halves
}

func clauseOf(p, lang string) (clause, bool) {
	c := clause{words: contentOf(p, lang), sides: map[string]bool{}}
	c.denies = len(denial.FindAllString(p, -1))%2 == 1
	for _, o := range opposites {
		for _, re := range o {
			if m := re.FindString(p); m != "" {
				c.sides[re.String()] = true
			}
		}
	}
	return c, len(c.words) > 0
}

// contentOf are the words of a text that say something, stemmed, without repetitions.
func contentOf(s, lang string) []string {
	var out []string
	for _, t := range knowledge.Terms(s, lang) {
		if !strings.HasPrefix(t, "+") && !slices.Contains(out, t) { // a pair of characters is no word
			out = append(out, t)
		}
	}
	return out
}

// shared is the part of the words of c that d has, 0..1.
func (c clause) shared(d clause) float64 {
	n := 0
	for _, w := range c.words {
		if slices.Contains(d.words, w) {
			n++
		}
	}
	return float64(n) / float64(len(c.words))
}

// against reports whether c denies what d states, or says the opposite of one of its words.
func (c clause) against(d clause) bool {
	if c.denies != d.denies {
		return true
	}
	for _, o := range opposites {
		a, b := o[0].String(), o[1].String()
		if c.sides[a] && !c.sides[b] && d.sides[b] && !d.sides[a] || c.sides[b] && !c.sides[a] && d.sides[a] && !d.sides[b] {
			return true
		}
	}
	return false
}

// comparable is the share of words from which on two clauses speak of the same thing.
const comparable = 0.34

// denied reports whether a sentence denies what the passages say, or says what they deny: for each of its clauses those
// of the passages that speak most of the same thing decide.
func denied(sentence, lang string, passages []answer.Passage) bool {
	var source []clause
	some := map[bool]bool{}
	for _, p := range passages {
		plang := knowledge.Language(p.Text)
		text := plainText(p.Text)
		for _, c := range clausesOf(p.Text, plang) {
			some[c.denies] = true
			source = append(source, c)
		}
		if yes, no := yep.MatchString(text), nope.MatchString(text); yes || no { // then the question is stated, or denied
			for _, c := range clausesOf(p.Title, plang) {
				c.denies = c.denies != no
				some[c.denies] = true
				source = append(source, c)
			}
		}
	}
	for _, c := range clausesOf(sentence, lang) {
		best := 0.0
		for _, d := range source {
			best = max(best, c.shared(d))
		}
		if best < comparable { // other words, or another language: then only what is nowhere denied, or nowhere stated, is known
			if !some[c.denies] {
				return true
			}
			continue
		}
		if !slices.ContainsFunc(source, func(d clause) bool { return c.shared(d) == best && !c.against(d) }) {
			return true
		}
	}
	return false
}
