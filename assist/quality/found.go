package quality

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// hit is where c is said in s, nil if it is not.
func (j *judge) hit(c concept, s sentence) []int {
	if c.refuse.in(s.text) {
		return nil
	}
	for _, m := range c.said.all(s.text) {
		if c.states && s.asks && !aside(s.text, m) {
			continue
		}
		if c.plain || !negated(s.text, m[0]) {
			return m
		}
	}
	return nil
}

// aside reports whether the words at m only stand before a question, which begins after a comma.
func aside(s string, m []int) bool {
	return strings.ContainsAny(s[m[1]:], ",，") && !leadsQuestion.MatchString(s[:m[0]])
}

var leadsQuestion = regexp.MustCompile(`^(is|are|was|were|do|does|did|can|could|would|have|has) |是否|有没有|请问`)

func absent(why string) outcome { return outcome{value: No, conf: 0.7, by: "absence", why: why} }

// found is a yes that rests on bytes m of s, the whole sentence without m.
func (j *judge) found(s sentence, m []int, conf float64, by, why string) outcome {
	return outcome{value: Yes, conf: conf, ev: []Evidence{j.evidence(s, m)}, by: by, why: why, turns: []int{s.turn}}
}

func (j *judge) evidence(s sentence, m []int) Evidence {
	t := j.call.Turns[s.turn]
	from, to := s.start, s.end
	raw := []rune(s.raw)
	if m != nil {
		a, b := len([]rune(s.text[:m[0]])), len([]rune(s.text[:m[1]]))
		if b <= len(raw) && a < b {
			from, to = s.start+a, s.start+b
		}
	}
	n := float64(max(1, len([]rune(t.Text))))
	length := max(0, t.EndS-t.StartS)
	return Evidence{Turn: s.turn, Start: from, End: to, Text: string([]rune(t.Text)[from:to]),
		StartS: t.StartS + length*float64(from)/n, EndS: t.StartS + length*float64(to)/n}
}

// phrase prepares a hint for finding it in a sentence.
func phrase(h string) string {
	return strings.Trim(fold(h), " .,!?。，！？;；…\"'")
}

// hinted is where one of hints stands in s word for word.
func hinted(hints []string, s sentence) []int {
	for _, h := range hints {
		h = phrase(h)
		if n := len([]rune(h)); n < 2 || !hanzi.HasHan(h) && n < 4 {
			continue
		}
		for i := range gaps.Split(h, -1) { // "my name is ..." and "this is X speaking" have gaps
			part := strings.TrimSpace(gaps.Split(h, -1)[i])
			if len([]rune(part)) < 2 || !hanzi.HasHan(part) && len(part) < 6 {
				continue
			}
			if at := strings.Index(s.text, part); at >= 0 && wordEdge(s.text, at, at+len(part)) {
				return []int{at, at + len(part)}
			}
		}
	}
	return nil
}

var gaps = regexp.MustCompile(`\.{2,}|…+|<[^>]*>|\[[^\]]*\]|\{[^}]*\}|_{2,}|\b[xX]{2,}\b`)

func wordEdge(s string, from, to int) bool {
	letter := func(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }
	return !(from > 0 && letter(s[from-1]) && letter(s[from])) && !(to < len(s) && letter(s[to]) && letter(s[to-1]))
}
