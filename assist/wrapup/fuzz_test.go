package wrapup_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// FuzzPhrase lets the language model write nonsense: what is kept points at turns of the call, and nothing that was
// promised or is open gets lost.
func FuzzPhrase(f *testing.F) {
	f.Add(`[{"section":"promised","turn":9,"text":"Agent will email a prepaid label today."}]`)
	f.Add(`[{"section":"reason","turn":3,"text":"Caller wants a refund for a leaking kettle."},{"section":"open","turn":-1,"text":"x"}]`)
	f.Add(`[[[[`)
	f.Add(`] [`)
	c := wrapup.Call{Turns: turns(kettle)}
	s := wrapup.Summarise(c)
	f.Fuzz(func(t *testing.T, answer string) {
		got, err := wrapup.Phrase(t.Context(), &writer{answer: answer}, c, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range slices.Concat([]wrapup.Line{got.Reason}, got.Said, got.Promised, got.Open) {
			if l.Text != "" && !slices.ContainsFunc(c.Turns, func(u call.Turn) bool { return u.N == l.Turn }) {
				t.Errorf("%+v points at no turn", l)
			}
			if strings.ContainsAny(l.Text, "\n\x00") {
				t.Errorf("%q is no line", l.Text)
			}
		}
		for _, kept := range [][2][]wrapup.Line{{s.Promised, got.Promised}, {s.Open, got.Open}} {
			for _, was := range kept[0] {
				if !slices.ContainsFunc(kept[1], func(l wrapup.Line) bool { return l.Turn == was.Turn }) {
					t.Errorf("%+v is lost", was)
				}
			}
		}
	})
}
