// Package redact masks what must not be stored, logged, sent or prompted: card numbers (Luhn), Chinese identity numbers
// (check digit), other runs of nine digits or more, e-mail and postal addresses; phone and account numbers, passwords and
// one-time codes, dates of birth and names where something announces them; written or spoken, in English and Chinese
// ("four one one one", "double three", 幺三八零零). Text sees one text at a time; a Session also knows what was asked
// before. It fails closed: when in doubt, or in trouble, more is masked and not less.
package redact

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/call"
)

// Kind is what a span held.
type Kind string

// The kinds of span.
const (
	Card   Kind = "card"
	ID     Kind = "id"
	Number Kind = "number"
	Email  Kind = "email"
)

// minRun is the shortest run of digits that is masked without being a card or an identity number.
const minRun = 9

// Span is a masked part of a text.
type Span struct {
	Kind  Kind `json:"kind"`
	Start int  `json:"start"` // bytes from the start of the text that was given, after invalid UTF-8 was replaced
	End   int  `json:"end"`
	// Mask is what stands in its place: "[card ••42]", "[id]", "[number]", or the kind in brackets.
	Mask string `json:"mask"`
}

// Text returns s with everything secret replaced, and the spans of s that were, in order. lang ("en", "zh" or "") is only
// a hint: both languages are always looked for, since callers mix them.
func Text(s, lang string) (masked string, spans []Span) {
	_ = lang
	return mask(s, hint{})
}

// mask is Text in the conversation that h tells of.
func mask(s string, h hint) (masked string, spans []Span) {
	s = strings.ToValidUTF8(s, "\uFFFD")
	defer func() {
		if recover() != nil { // whatever went wrong, the text must not leave
			masked, spans = "[redacted]", []Span{{Number, 0, len(s), "[redacted]"}}
		}
	}()
	read, places := unmarked(s)
	spans = find(simple(read), h)
	if len(spans) == 0 {
		return s, nil
	}
	if places != nil {
		for i, p := range spans {
			spans[i].Start, spans[i].End = places[p.Start], places[p.End-1]+1
		}
	}
	var b strings.Builder
	last := 0
	for _, p := range spans {
		b.WriteString(s[last:p.Start])
		if p.Start > 0 && isLatin(s[p.Start-1]) {
			b.WriteByte(' ')
		}
		b.WriteString(p.Mask)
		last = p.End
	}
	b.WriteString(s[last:])
	return b.String(), spans
}

func isLatin(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// find returns the spans of s in order, without overlaps. Where two claim the same place, the first in this order gives
// the mask and both go.
func find(s string, h hint) []Span {
	if !worth(s) {
		return nil
	}
	var read reading
	if h.sensed != nil {
		read = h.sensed(s)
	}
	var spans []Span
	cut := longWord{s: s}
	for _, w := range stretches(s) {
		part := h
		part.partial = h.partial && w.to == len(s)
		for _, p := range findIn(s[w.from:w.to], part, read.within(w.from, w.to)) {
			if p.Start, p.End = p.Start+w.from, p.End+w.from; p.Start < w.end && w.start < p.End {
				if p.Start == w.from {
					p.Start, _ = cut.at(p.Start)
				}
				if p.End == w.to {
					_, p.End = cut.at(p.End)
				}
				spans = append(spans, p)
			}
		}
	}
	return joined(s, spans)
}

// findIn is find for a text that is no longer than a stretch, of which read is known; what it finds may overlap.
func findIn(s string, h hint, read reading) []Span {
	l := glance(s)
	spans := slices.Concat(emails(l), handles(l), told(l), cued(l, h.asked), births(l, h.asks(Birth)), addresses(l, h.asks(Address)), names(l, h.asks(Name)), reply(s, h),
		spellings(s, h.asks(Name) || slices.Contains(h.echo, Name)), leftovers(s, h), mailboxes(l), wholeDatesIn(l), anyNumber(l))
	if l.numbers {
		spans = slices.Concat(shaped(s, h), numbers(s, runs(lex(s)), h), readings(s, h), spans)
	}
	if read.until < len(s) { // nothing reads what the words mean: how they look has to do
		guesses := slices.Concat(people(l), peopleZH(l), places(l, h.asks(Address) || slices.Contains(h.echo, Address)), placesZH(l))
		spans = append(spans, slices.DeleteFunc(guesses, func(p Span) bool { return p.End <= read.until })...)
	}
	if read.words != nil {
		spans = slices.DeleteFunc(spans, func(p Span) bool { return read.surest(p.Start, p.End) < doubtOf(s, p, read.bars, h) })
		for i, p := range spans {
			spans[i] = read.trimmed(s, p)
		}
		spans = append(spans, namedBy(spans, sensible(s, read, h), h)...)
	}
	for i, p := range spans {
		spans[i] = greeted(s, p)
	}
	spans = shut(s, slices.Concat(spans, formed(l), saidAgain(s, read, h), toldCharacters(l, spans, h), certain(l, h)), read, h)
	spans = append(spans, changedTo(s, h)...)
	spans = append(spans, twice(l, spans)...)
	for i, p := range spans {
		spans[i].End = withStorey(s, p)
	}
	return notWaiting(s, spans)
}

// joined are spans of s in order, without overlaps.
func joined(s string, spans []Span) []Span {
	slices.SortStableFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	out := spans[:0]
	for _, p := range spans {
		if p.End <= p.Start {
			continue
		}
		n := len(out)
		if n == 0 || p.Start >= out[n-1].End && !(p.Start == out[n-1].End && p.Kind == Name) && !hesitation(s[out[n-1].End:p.Start]) {
			out = append(out, p)
			continue
		}
		if last := &out[n-1]; p.End > last.End || rank(p.Kind) < rank(last.Kind) {
			if rank(p.Kind) < rank(last.Kind) {
				last.Kind, last.Mask = p.Kind, p.Mask
			}
			last.End = max(last.End, p.End)
		}
	}
	return out
}

// hesitates is what may stand inside of a value that is said in pieces and is no part of it.
var hesitates = words(`^[\s,，、.。…-]*(?:(?:uh|um|er|erm|hmm|hang on|hold on|wait|(?:all )?(?:in )?lower ?case|(?:all )?(?:in )?small letters|all one word|嗯|呃|额|那个|等等啊?|等一下|我看看)[\s,，、.。…-]*)+$`)

// hesitation reports whether nothing but one stands between two parts that are hidden.
func hesitation(between string) bool { return len(between) < 60 && hesitates.MatchString(between) }

// worth is false for a text without a letter or a digit.
func worth(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// rank orders the kinds by how sure they are: a number with a check digit is what it is.
func rank(k Kind) int {
	return slices.Index(allKinds(), k)
}

// Transcript returns a copy of t in which Text and Words are masked. The first word of a masked span carries the mask,
// the others are empty and keep their times. Words that cannot be found in Text are masked too when they hold a digit.
func Transcript(t asr.Transcript) asr.Transcript {
	t, _ = transcript(t, hint{})
	return t
}

// transcript is Transcript in the conversation that h tells of, with the spans of the text.
func transcript(t asr.Transcript, h hint) (asr.Transcript, []Span) {
	masked, spans := mask(t.Text, h)
	if len(spans) == 0 && !wordsHide(t) {
		return t, nil
	}
	text := strings.ToValidUTF8(t.Text, "\uFFFD")
	t.Text = masked
	t.Words = slices.Clone(t.Words)
	at, first := 0, 0 // first is the first span that does not end before the word
	said := make(map[int]bool, len(spans))
	for i := range t.Words {
		w := strings.ToValidUTF8(strings.TrimSpace(t.Words[i].Text), "\uFFFD")
		if w == "" {
			continue
		}
		k := strings.Index(text[at:], w)
		if k < 0 {
			if strings.ContainsFunc(w, unicode.IsDigit) {
				t.Words[i].Text = "[number]"
			}
			continue
		}
		start, end := at+k, at+k+len(w)
		at = end
		for first < len(spans) && spans[first].End <= start {
			first++
		}
		for j := first; j < len(spans) && spans[j].Start < end; j++ {
			p := spans[j]
			t.Words[i].Text = ""
			if !said[j] {
				t.Words[i].Text = p.Mask
				said[j] = true
			}
		}
	}
	return t, spans
}

// margin is added on both sides of a masked word's time, beside what the recogniser says that it may be off.
const margin = call.Offset(200 * time.Millisecond)

// Times returns when the words were said that masked hides of t, joined where they touch. Where the words have no times, or
// something is hidden that no word shows, it is the whole utterance.
func Times(t, masked asr.Transcript) [][2]call.Offset {
	if t.Text == masked.Text && slices.Equal(t.Words, masked.Words) {
		return nil
	}
	var out [][2]call.Offset
	if len(t.Words) == len(masked.Words) {
		joined, seen := false, false // the word before is hidden, too; some word was heard before
		for i, w := range t.Words {
			blank := strings.TrimSpace(w.Text) == ""
			if w.Text == masked.Words[i].Text {
				joined, seen = joined && blank, seen || !blank
				continue
			}
			if w.End <= w.Start {
				continue
			}
			from, to := max(0, w.Start-w.Slack-margin), w.End+w.Slack+margin
			if !seen { // what was said before it, or behind the last word, was not understood: it may belong to it
				from = max(0, min(from, t.Start-margin))
			}
			if i == len(t.Words)-1 {
				to = max(to, t.End+margin)
			}
			if n := len(out); n > 0 && (joined || from <= out[n-1][1]) {
				out[n-1][1] = max(to, out[n-1][1])
			} else {
				out = append(out, [2]call.Offset{from, to})
			}
			joined, seen = true, true
		}
	}
	if out == nil {
		return [][2]call.Offset{{max(0, t.Start-margin), t.End + margin}}
	}
	return out
}

// wordsHide reports whether the words by themselves spell something that the text does not show.
func wordsHide(t asr.Transcript) bool {
	var b strings.Builder
	for _, w := range t.Words {
		b.WriteString(w.Text + " ")
	}
	_, spans := Text(b.String(), t.Lang)
	return len(spans) > 0
}
