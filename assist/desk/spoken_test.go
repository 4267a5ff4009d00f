package desk

import (
	"slices"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestSpokenFacts finds what an agent writes down; a mask and a bare number are none of it.
func TestSpokenFacts(t *testing.T) {
	for text, want := range map[string][]Fact{
		"It was £40 on 3 March, [card ••42] for 2 of them": {{"money", 7, 10}, {"date", 14, 21}},
		"好的👍，退您120元，三个工作日到账":                               {{"money", 6, 10}, {"span", 11, 16}},
		"No, thank you.": nil,
	} {
		if got := spoken(call.Turn{Text: text}).Facts; !slices.Equal(got, want) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
