package quality

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// prohibited answers whether something was said that must not be.
func (j *judge) prohibited(q *Question, c concept, window []sentence) (outcome, error) {
	fine, broken := Yes, No
	if !q.plan.good {
		fine, broken = No, Yes
	}
	for _, s := range window {
		m := j.offence(q, c, s)
		if m == nil {
			continue
		}
		if l, err := j.leans(c.name, s); err != nil {
			return outcome{}, err
		} else if l.known && (l.p < surelyInnocent || l.p < softly && j.violation(c, s) == nil) {
			continue
		}
		o := j.found(s, m, 0.85, "wording", "words that must not be said were said")
		o.value = broken
		return o, nil
	}
	if o, err := j.meant(c, window); err != nil || o != nil {
		if o != nil {
			o.value = broken
			return *o, nil
		}
		return outcome{}, err
	}
	if c.name == "rude" {
		if o := j.snarl(window); o != nil {
			o.value = broken
			return *o, nil
		}
	}
	return outcome{value: fine, conf: 0.75, by: "absence", why: "nothing of the kind was said"}, nil
}

// Words that promise by themselves are taken back by less than those that may.
const (
	softly         = 0.25
	surelyInnocent = 0.02
)

// meant finds the sentence that most surely is an offence by its meaning, nil without one. Whoever is spoken to notices
// rudeness: what the caller takes amiss needs to be less sure.
func (j *judge) meant(c concept, window []sentence) (*outcome, error) {
	const why = "what was said means what must not be said"
	offends := func(s sentence) bool {
		long := len(strings.Fields(s.text)) >= 4 || len(hanOnly(s.text)) >= 5
		return long && !c.refuse.in(s.text) && !(c.name == "rude" && c.refuse.in(fold(j.call.Turns[s.turn].Text))) && (c.name != "promise" || !s.asks && !hedge.in(s.text) && !unwilling.in(s.text))
	}
	return j.surest(c.name, why, window, func(s sentence, l leaning) bool {
		return (l.does() || c.name == "rude" && l.p > takenAmiss && j.protests(s.turn)) && offends(s)
	})
}

// takenAmiss is how sure it has to be that a sentence is rude at which the caller bridles.
const takenAmiss = 0.6

// protests reports whether the caller bridles at what was said in a turn.
func (j *judge) protests(turn int) bool {
	next := turn + 1
	return next < len(j.call.Turns) && side(j.call.Turns[next].Who) == Caller && bridles.in(fold(j.call.Turns[next].Text))
}

var bridles = pat(`\b(excuse me[?!]|how dare|(don't|do not) (talk|speak) to me|no need (for that|to be (like that|rude|so))|(so|very|being|that's|that was|pretty|really|how) rude|rude|what did you (just )?say|your (tone|attitude|manner)|uncalled for|wow|charming|unbelievable|i beg your pardon[?!]|that's not (nice|very nice|fair|a way)|what('s| is) your name|your (manager|supervisor|boss)|insult\w*)`,
	`(怎么|咋)(这样|这么)(说|讲|跟)|怎么说话|会不会说话|什么态度|态度(怎么)?(这么|这样|真)?(差|恶劣|不好)|什么意思|投诉你|你(的)?工号|没礼貌|太过分|凭什么这么|再说一遍[？?！!]|有你这么|骂人`)

// hanOnly are the Chinese characters of s.
func hanOnly(s string) []rune {
	var out []rune
	for _, r := range s {
		if hanzi.IsHan(r) {
			out = append(out, r)
		}
	}
	return out
}

// offence is where the words of s say what c forbids, nil if they do not.
func (j *judge) offence(q *Question, c concept, s sentence) []int {
	m := j.violation(c, s)
	if m == nil && c.name == "promise" {
		if m = j.softPromise(q, s); m == nil && j.saysYes(s) {
			m = []int{0, len(s.text)}
		}
	}
	if m != nil {
		return m
	}
	for _, h := range q.Hints[j.lang] {
		if f := fold(h); !q.plan.good && !c.refuse.in(f) && !declines.in(f) && !s.asks {
			if m = hinted([]string{h}, s); m != nil && !negated(s.text, m[0]) && !c.refuse.in(s.text) {
				return m
			}
			m = nil
		}
		if f := fold(h); c.said.in(f) && !c.refuse.in(f) && !negated(f, c.said.find(f)[0]) {
			if m = hinted([]string{h}, s); m != nil && negated(s.text, m[0]) {
				m = nil
			}
		}
	}
	return m
}

func (j *judge) violation(c concept, s sentence) []int {
	if c.refuse.in(s.text) {
		return nil
	}
	for _, m := range c.said.all(s.text) {
		if c.plain || !negated(s.text, m[0]) && !hedge.in(s.text[:m[0]]) && !inQuotes(s.raw, m[0]) {
			return m
		}
	}
	return nil
}

var hedge = pat(`\b(if|unless|whether|can't|cannot|unable|not able)\b[^,.;]*$|n't (be able|want)[^,.;]*$`, `(如果|若|是否|能不能|会不会|除非)[^，,。]*$`)

// inQuotes reports whether byte at of s lies in quotation marks: the words are somebody else's.
func inQuotes(s string, at int) bool {
	for _, m := range quotation.FindAllStringIndex(s, -1) {
		if m[0] < at && at < m[1] {
			return true
		}
	}
	return false
}

var quotation = regexp.MustCompile(`“[^”]*”|「[^」]*」|"[^"]*"`)

// unwilling are the words of who will not say that something is so.
var unwilling = pat(`\b(can't|cannot|couldn't|won't|wouldn't|not able to|not going to) (really |honestly )?(tell|say|promise|guarantee|swear|know)\b`, `(不能|没法|不敢|无法|不好)(说|讲|保证|告诉|承诺)`)
