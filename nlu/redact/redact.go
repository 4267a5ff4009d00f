// Package redact masks what must not be stored, logged, sent or prompted: card numbers (Luhn), Chinese identity numbers
// (check digit), other runs of nine digits or more, and e-mail addresses; written or spoken, in English and Chinese
// ("four one one one", "double three", 幺三八零零). It sees one text at a time and fails closed: when in doubt, or in
// trouble, more is masked and not less.
package redact

import (
	"slices"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/asr"
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
	// Mask is what stands in its place: "[card ••42]", "[id]", "[number]" or "[email]".
	Mask string `json:"mask"`
}

// Text returns s with everything secret replaced, and the spans of s that were, in order. lang ("en", "zh" or "") is only
// a hint: both languages are always looked for, since callers mix them.
func Text(s, lang string) (masked string, spans []Span) {
	_ = lang
	s = strings.ToValidUTF8(s, "\uFFFD")
	defer func() {
		if recover() != nil { // whatever went wrong, the text must not leave
			masked, spans = "[redacted]", []Span{{Number, 0, len(s), "[redacted]"}}
		}
	}()
	spans = find(s)
	if len(spans) == 0 {
		return s, nil
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

// find returns the spans of s in order, without overlaps.
func find(s string) []Span {
	spans := emails(s)
	for _, d := range numbers(s) {
		if !slices.ContainsFunc(spans, func(e Span) bool { return d.Start < e.End && e.Start < d.End }) {
			spans = append(spans, d)
			continue
		}
		for i, e := range spans { // a number that runs into an address: both go
			if d.Start < e.End && e.Start < d.End {
				spans[i].Start, spans[i].End = min(d.Start, e.Start), max(d.End, e.End)
			}
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	out := spans[:0]
	for _, p := range spans {
		if n := len(out); n > 0 && p.Start < out[n-1].End {
			out[n-1].End = max(out[n-1].End, p.End)
			continue
		}
		out = append(out, p)
	}
	return out
}

// Transcript returns a copy of t in which Text and Words are masked. The first word of a masked span carries the mask,
// the others are empty and keep their times. Words that cannot be found in Text are masked too when they hold a digit.
func Transcript(t asr.Transcript) asr.Transcript {
	masked, spans := Text(t.Text, t.Lang)
	if len(spans) == 0 && !wordsHide(t) {
		return t
	}
	text := strings.ToValidUTF8(t.Text, "\uFFFD")
	t.Text = masked
	t.Words = slices.Clone(t.Words)
	at := 0
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
		for j, p := range spans {
			if start >= p.End || end <= p.Start {
				continue
			}
			t.Words[i].Text = ""
			if !said[j] {
				t.Words[i].Text = p.Mask
				said[j] = true
			}
		}
	}
	return t
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
