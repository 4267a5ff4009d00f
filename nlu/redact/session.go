package redact

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/call"
)

// Session masks the turns of one call and remembers what was asked for, so that a value is recognised in the turn after
// the one that announced it: "What's your date of birth?" - "The fifth of May eighty two"; "My number is" - "five five
// five, oh one nine nine". A value that was begun is waited for until something else is talked about. It is safe for
// concurrent use. The zero value is ready.
type Session struct {
	// Sense, where there is one, finds what the rules do not. It must not be changed once the session is in use.
	Sense *Sense

	mu     sync.Mutex
	said   []saying // the end of what was said so far
	turns  int      // how many were heard
	seen   sight    // what Sense last found
	open   []wait
	idle   map[call.Party]int  // who has last asked for something that is nobody's secret, and of how many digits that may be
	ask    map[call.Party]bool // who has last asked for something of which nothing is known
	staff  map[string]bool     // words of the names of the company's people
	hidden map[string]proof    // what tells values that were hidden before, see valuesIn

	speaker call.Party       // whose turn was masked last
	unheard map[string]proof // what tells the values of that turn, until it was heard

	when   call.Party // who has asked in the last turn when something happened
	asks   call.Party // who has asked something of the other side in the last turn, and not about what is his own
	thing  call.Party // who has asked for the name of a thing in the last turn
	theirs bool       // the last turn is the caller's, who asks the company for something of its own
}

// wait is a kind of value that is expected.
type wait struct {
	kind  Kind
	from  call.Party // who asked, or announced
	own   bool       // who announced it goes on himself
	begun bool       // a part of the value was given already
	left  int        // turns it is still waited for
}

const (
	// patience is for how many turns of the one who was asked an answer is waited for: people ask back first.
	patience = 3
	// breath is for how many turns of the one who was reading out a value its next part is waited for.
	breath = 2
	// mostOpen bounds what is waited for at once.
	mostOpen = 16
)

// Text masks a turn of who without remembering it: use it for what may be said again, as a partial.
func (s *Session) Text(who call.Party, text string) (masked string, spans []Span) {
	h := s.hint(who)
	h.sensed = func(text string) reading { return s.sense(who, text) }
	masked, spans = mask(text, h)
	s.hide(who, text, spans)
	return masked, spans
}

// hide keeps what tells the values that were hidden of a turn of who until it was heard.
func (s *Session) hide(who call.Party, text string, spans []Span) {
	values := valuesIn(simple(strings.ToValidUTF8(text, "\uFFFD")), spans)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unheard, s.speaker = values, who
}

// Transcript is Transcript for a turn of t.Party, without remembering it. Of one that is not Final, digits at its end
// are hidden too: more of them may follow.
func (s *Session) Transcript(t asr.Transcript) asr.Transcript {
	h := s.hint(t.Party)
	if h.partial = !t.Final; t.Final { // what may be said again is not worth a run of the model
		h.sensed = func(text string) reading { return s.sense(t.Party, text) }
	}
	masked, spans := transcript(t, h)
	if t.Final {
		s.hide(t.Party, t.Text, spans)
	}
	return masked
}

// Private reports whether who was asked for, or is in the middle of, something that must not be seen: what they press or
// say next is most likely that.
func (s *Session) Private(who call.Party) bool {
	h := s.hint(who)
	return h.goesOn != "" || slices.ContainsFunc(h.asked, func(k Kind) bool { return k != Name && k != Address && k != Email })
}

// Heard takes a completed turn, unmasked or masked, into the memory.
func (s *Session) Heard(who call.Party, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gave := givenIn(text)
	open := maskedPart.ReplaceAllString(text, "••") // a mask names its kind, and asks for nothing
	s.said, s.turns = remember(s.said, who, open), s.turns+1
	wanted := needed(open)
	asks := asksFor(wanted)
	if who == call.Caller && len(gave) > 0 && !question.MatchString(open) { // who tells something asks for nothing
		asks = slices.DeleteFunc(asks, func(k Kind) bool { return wordy(k) })
	}
	elsewhere := len(asks) == 0 && (changesSubject(open) || movesOn.MatchString(open) && !goesOn.MatchString(open))
	if s.idle == nil {
		s.idle, s.ask, s.staff, s.hidden = map[call.Party]int{}, map[call.Party]bool{}, map[string]bool{}, map[string]proof{}
	}
	if who == s.speaker && len(s.unheard) > 0 {
		s.hidden = maps.Clone(s.hidden) // hints hold the one before
		maps.Copy(s.hidden, s.unheard)
		s.unheard = nil
	}
	if ws := staffIn(who, open); len(ws) > 0 {
		s.staff = maps.Clone(s.staff) // hints hold the one before
		for _, w := range ws {
			s.staff[w] = true
		}
	}
	s.when, s.asks, s.thing = "", "", ""
	if question.MatchString(open) && !callersAsked.MatchString(open) {
		s.asks = who
	}
	if thingName.MatchString(open) && !askedToProve.MatchString(open) {
		s.thing = who
	}
	if len(asks) == 0 && whenAsked.MatchString(open) && (question.MatchString(open) || asking.MatchString(open)) {
		s.when = who
	}
	if s.idle[who] = idleFor(asks, wanted); companys(who) && len(asks) == 0 && namesThing(open) {
		s.idle[who] = thingMost
	}
	s.ask[who] = len(asks) == 0 && s.idle[who] == 0 && (question.MatchString(open) || asking.MatchString(open)) && !mundane.MatchString(open) && !notWanted.MatchString(open)
	kept := s.open[:0]
	for _, w := range s.open {
		switch {
		case !answers(w, who):
			if elsewhere || len(asks) > 0 && w.begun && !slices.Contains(asks, w.kind) && w.own {
				continue
			}
		case len(gave) > 0 && (slices.Contains(gave, outward(w.kind)) || slices.Contains(gave, Number)):
			w.begun, w.left = true, patience
		default:
			w.left--
		}
		if w.left > 0 {
			kept = append(kept, w)
		}
	}
	s.open = kept
	if who != call.Caller && len(asks) == 0 && len(gave) > 0 && strings.ContainsAny(open, "?？吗") { // what is read back may be corrected
		for _, k := range gave {
			s.open = append(s.open, wait{kind: k, from: who, left: 1})
		}
	}
	if s.theirs = who == call.Caller && asksCompany(asks, open); s.theirs {
		asks = nil
	}
	for _, k := range asks {
		s.open = append(s.open, wait{kind: k, from: who, left: patience})
	}
	if len(asks) == 0 || who == call.Caller { // "Your card number" from the other side is a question
		for _, k := range announcesLast(open) {
			s.open = append(s.open, wait{kind: k, from: who, own: true, left: 1})
		}
	}
	if k, ok := breaksOff(text); ok {
		s.open = append(s.open, wait{kind: k, from: who, own: true, begun: true, left: breath})
	}
	if n := len(s.open) - mostOpen; n > 0 {
		s.open = slices.Delete(s.open, 0, n)
	}
}

// mundane are things asked for whose number is nobody's secret.
var mundane = words(`\b(?:how (?:much|many|long|old|often|far)|what time|what (?:size|floor|room|price)|extension|which (?:model|floor|room))\b|多少钱|几[点个楼层次件份人号天]|多久|多大|分机|型号|价格|金额|哪一?层`)

// amountMost is how many digits an amount or a count has at most, and thingMost the number of a thing.
const (
	amountMost = 4
	thingMost  = 24
)

// namesThing reports whether a turn says little else than where the number of a thing is: it will be read out.
func namesThing(text string) bool {
	return thingNumber.MatchString(text) && len(strings.Fields(text)) <= 12 && utf8.RuneCountInString(text) <= 64 && !ownWord.MatchString(standsOn.ReplaceAllString(text, ""))
}

// idleFor is of how many digits what a turn asks for may be, where that is nobody's secret; 0 where it is not.
func idleFor(asks []Kind, text string) int {
	switch {
	case len(asks) > 0 || !question.MatchString(text) && !asking.MatchString(text):
		return 0
	case thingNumber.MatchString(text):
		return thingMost
	case question.MatchString(text) && mundane.MatchString(text):
		return amountMost
	}
	return 0
}

// answers reports whether a turn of who can hold what w waits for.
func answers(w wait, who call.Party) bool { return (who == w.from) == w.own }

func (s *Session) hint(who call.Party) hint {
	s.mu.Lock()
	defer s.mu.Unlock()
	var h hint
	h.hidden = s.hidden
	h.who, h.staff, h.public = who, s.staff, s.theirs && companys(who)
	for _, t := range s.said {
		if companys(t.who) {
			h.told += figuresOf(t.text) + " "
			h.openly += strings.ToLower(simple(t.text)) + " "
		}
	}
	h.password = speaksOfPassword(s.said)
	h.when = s.when != "" && s.when != who
	h.asking = s.asks == call.Caller && companys(who)
	h.thing = s.thing != "" && s.thing != who
	for p, idle := range s.idle {
		if p != who || idle == thingMost { // who has asked for the number of a thing says it again
			h.idle = max(h.idle, idle)
		}
	}
	for p, ask := range s.ask {
		h.open = h.open || ask && p != who
	}
	for _, w := range s.open {
		switch {
		case !answers(w, who):
			if !w.own {
				h.echo = append(h.echo, w.kind)
			}
		case w.own && w.begun:
			h.goesOn = w.kind
		default:
			h.asked = append(h.asked, w.kind)
			if w.begun && !wordy(w.kind) {
				h.goesOn = outward(w.kind)
			}
		}
	}
	h.asked = dedupe(h.asked)
	return h
}

// wordy reports whether a value of k is more words than digits.
func wordy(k Kind) bool {
	return k == Name || k == Address || k == Email || k == Birth || k == wordSecret || k == userName
}

var maskedPart = regexp.MustCompile(`\[([a-z]+)(?: ••\d\d)?\]`)

// givenIn lists the kinds of what was masked in a turn.
func givenIn(text string) []Kind {
	if !strings.Contains(text, "[") {
		return nil
	}
	var out []Kind
	for _, m := range maskedPart.FindAllStringSubmatch(text, -1) {
		out = append(out, Kind(m[1]))
	}
	return out
}

var tailMask = regexp.MustCompile(`\[([a-z]+)(?: ••\d\d)?\][\s,.，。…、?？!！\-]*(?:(?:uh|um|and|then|okay|ok|right|yeah|嗯|呃|然后|啊|对|好)[\s,.，。]*)*$`)

// breaksOff reports that a turn ends in digits that may go on in the next one, and of what kind they are.
func breaksOff(text string) (Kind, bool) {
	if m := tailMask.FindStringSubmatch(text); m != nil {
		switch k := Kind(m[1]); k {
		case Phone, Account, ID, Secret, Number:
			return k, true
		case Card:
			return Account, true
		}
		return "", false
	}
	if endsInDigits(strings.TrimRight(text, " .,。，…、:：-")) {
		return Phone, true
	}
	return "", false
}

// endsInDigits reports whether the last thing said was at least two digits, read out one by one: the caller pauses
// inside a number.
func endsInDigits(s string) bool {
	rs := runs(lex(s))
	if len(rs) == 0 {
		return false
	}
	last := rs[len(rs)-1]
	return last.end == len(s) && len(last.digits) >= 2 && len(last.starts) >= 2 && !about(s, last.start)
}

func dedupe(in []Kind) []Kind {
	var out []Kind
	for _, k := range in {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
