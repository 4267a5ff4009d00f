package redact

import (
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// What was hidden once in a call is hidden when it is said again, whoever says it: a name read back, the last digits of a number.

// leastAgain is how many digits of a number must be said again, for it to be known by them.
const leastAgain = 4

// valuesIn are what tells the values of the parts of s again: the words of names, in lower case, and the digits of numbers.
func valuesIn(s string, spans []Span) map[string]bool {
	out := map[string]bool{}
	for _, p := range spans {
		text := s[p.Start:p.End]
		switch p.Kind {
		case Name:
			for _, w := range tellingWords(text) {
				out[w] = true
			}
		case Card, ID, Number, Phone, Account, Secret:
			if d := figuresOf(text); len(d) >= leastAgain {
				out[d] = true
			}
		}
	}
	return out
}

// tellingWords are the words of a name that are nothing but a name.
func tellingWords(name string) []string {
	if hanzi.HasHan(name) {
		if n := utf8.RuneCountInString(name); allHan(name) && (n == 2 && personalHan(name) || n > 2 && n <= 4 && familyOf(name) != "") {
			return []string{name}
		}
		return nil
	}
	var out []string
	for _, w := range latinWords(name) {
		if len(w.text) > 2 && content(w.low) && !common(w.low) && !wordNames[w.low] {
			out = append(out, w.low)
		}
	}
	return out
}

// saidAgain finds the values in s that were hidden before.
func saidAgain(s string, h hint) []Span {
	if len(h.hidden) == 0 {
		return nil
	}
	var out []Span
	for _, w := range latinWords(s) {
		if h.hidden[w.low] {
			out = append(out, Span{Name, w.start, w.end, MaskOf(Name)})
		}
	}
	rs := runs(lex(s))
	for v := range h.hidden {
		if hanzi.HasHan(v) {
			at := 0
			for before := range strings.SplitSeq(s, v) {
				if at > 0 { // v ends where this piece begins
					out = append(out, Span{Name, at - len(v), at, MaskOf(Name)})
				}
				at += len(before) + len(v)
			}
			continue
		}
		for _, r := range rs {
			if len(r.digits) >= leastAgain && strings.HasSuffix(v, r.digits) {
				out = append(out, Span{Number, r.start, r.end, MaskOf(Number)})
			}
		}
	}
	return out
}
