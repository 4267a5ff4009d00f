package spell_test

import (
	"testing"

	"github.com/parley-voice/parley/nlu/spell"
)

func TestLetters(t *testing.T) {
	t.Parallel()
	seen := map[byte]bool{}
	for _, w := range []string{"alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima",
		"mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "x-ray", "yankee", "zulu"} {
		l := spell.Alphabet(w)
		if l != w[0]-'a'+'A' || spell.Name(w) != 0 {
			t.Errorf("%s is %q", w, l)
		}
		seen[l] = true
	}
	if len(seen) != 26 {
		t.Errorf("%d letters, want 26", len(seen))
	}
	for w, want := range map[string]byte{"why": 'Y', "zed": 'Z', "aitch": 'H', "order": 0, "": 0, "a": 0} {
		if got := spell.Name(w); got != want {
			t.Errorf("%q is the name of %q, want %q", w, got, want)
		}
	}
}
