package redact

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/call"
)

// Session masks the turns of one call and remembers what was asked for, so that a value is recognised in the turn after
// the one that announced it: "What's your date of birth?" - "The fifth of May eighty two"; "My number is" - "five five
// five, oh one nine nine". It is safe for concurrent use. The zero value is ready.
type Session struct {
	mu   sync.Mutex
	open []wait
}

// wait is a kind of value that is expected.
type wait struct {
	kind Kind
	from call.Party // who asked, or announced
	own  bool       // who announced it goes on himself
	left int        // turns it is still waited for
}

// patience is for how many turns of the one who was asked an answer is waited for: people ask back first.
const patience = 3

// Text masks a turn of who without remembering it: use it for what may be said again, as a partial.
func (s *Session) Text(who call.Party, text string) (masked string, spans []Span) {
	return mask(text, s.asked(who))
}

// Transcript is Transcript for a turn of t.Party, without remembering it.
func (s *Session) Transcript(t asr.Transcript) asr.Transcript { return transcript(t, s.asked(t.Party)) }

// Heard takes a completed turn, unmasked or masked, into the memory.
func (s *Session) Heard(who call.Party, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.open[:0]
	for _, w := range s.open {
		if answers(w, who) {
			w.left--
		}
		if w.left > 0 {
			kept = append(kept, w)
		}
	}
	s.open = kept
	for _, k := range asksFor(text) {
		s.open = append(s.open, wait{kind: k, from: who, left: patience})
	}
	for _, k := range announcesLast(text) {
		s.open = append(s.open, wait{kind: k, from: who, own: true, left: 1})
	}
}

// answers reports whether a turn of who can hold what w waits for.
func answers(w wait, who call.Party) bool { return (who == w.from) == w.own }

func (s *Session) asked(who call.Party) []Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Kind
	for _, w := range s.open {
		if answers(w, who) {
			out = append(out, w.kind)
		}
	}
	return out
}

var asking = words(`\?|？|\b(?:what(?:'s| is| are| was)?|which|may i|can i|could i|can you|could you|would you|please|tell me|give me|confirm|provide|need|verify|spell|repeat|have your|say your|enter)\b|请|麻烦|提供|报一下|说一下|告诉|是多少|是什么|核对|核实|确认|怎么称呼|贵姓|输入|留一个|方便`)

var askedName = words(`\b(?:your|caller's|account holder's|the) (?:full |first |last |sur)?name\b|who am i (?:speaking|talking) (?:to|with)|who(?:'s| is) (?:calling|this|speaking)|怎么称呼|贵姓|姓名|(?:您|你)的?(?:名字|大名)|叫什么`)

var askedAddress = words(`\b(?:your|the|delivery|billing|home|postal|mailing) (?:full |current |new |home |billing |delivery )?address\b|where do you live|where should (?:i|we) (?:send|deliver)|地址|住址|住在哪|寄到哪|送到哪`)

// asksFor lists the kinds of value that a turn asks the other side for.
func asksFor(text string) []Kind {
	if !asking.MatchString(text) {
		return nil
	}
	var out []Kind
	for _, c := range cues {
		if c.re.MatchString(text) {
			out = append(out, c.kind)
		}
	}
	if birthCue.MatchString(text) {
		out = append(out, Birth)
	}
	if askedName.MatchString(text) {
		out = append(out, Name)
	}
	if askedAddress.MatchString(text) {
		out = append(out, Address)
	}
	return dedupe(out)
}

// announcesLast lists the kinds of value that the end of a turn announces, or has begun to give.
func announcesLast(text string) []Kind {
	var out []Kind
	s := strings.TrimRight(text, " .,。，…、:：-")
	for _, c := range cues {
		for _, m := range c.re.FindAllStringIndex(s, -1) {
			at := skip(s, m[1])
			if v, ok := codeAt(s, at); ok {
				at = v.end
			}
			if at >= len(s) {
				out = append(out, c.kind)
			}
		}
	}
	for _, m := range birthCue.FindAllStringIndex(s, -1) {
		if skip(s, m[1]) >= len(s) {
			out = append(out, Birth)
		}
	}
	if m := nameCue.FindStringIndex(s + " "); m != nil && m[1] >= len(s) {
		out = append(out, Name)
	}
	if m := nameCueZH.FindAllStringIndex(s, -1); m != nil && m[len(m)-1][1] == len(s) {
		out = append(out, Name)
	}
	if m := addressCue.FindAllStringIndex(s, -1); m != nil && skip(s, m[len(m)-1][1]) >= len(s) {
		out = append(out, Address)
	}
	if strings.HasSuffix(s, "]") { // a masked value that may go on: "my card is [number]" - "one one one one"
		for _, k := range []Kind{Phone, Account, Number, ID, Secret} {
			if strings.HasSuffix(s, "["+string(k)+"]") && k != Number {
				out = append(out, k)
			}
		}
	}
	if len(out) == 0 && endsInDigits(s) {
		out = append(out, Phone)
	}
	return dedupe(out)
}

// endsInDigits reports whether the last thing said was at least three digits, read out one by one: the caller pauses
// inside a long number.
func endsInDigits(s string) bool {
	if utf8.RuneCountInString(s) < 3 {
		return false
	}
	rs := runs(lex(s))
	if len(rs) == 0 {
		return false
	}
	last := rs[len(rs)-1]
	return last.end == len(s) && len(last.digits) >= 3 && len(last.starts) >= 3
}

func dedupe(in []Kind) []Kind {
	var out []Kind
	seen := map[Kind]bool{}
	for _, k := range in {
		if !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}
