package concern_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
)

// fewest is how many texts there are of a kind at least.
const fewest = 15

// The texts that learn.py reads are each of a kind that a Judge knows, or grave, and there are some of each.
func TestTexts(t *testing.T) {
	t.Parallel()
	for name, kinds := range map[string][]string{"caller": concern.CallerKinds, "agent": concern.AgentKinds} {
		for _, lang := range []string{"en", "zh"} {
			raw, err := os.ReadFile("texts/" + name + "_" + lang + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			count, seen := map[string]int{}, map[string]bool{}
			for line := range strings.Lines(string(raw)) {
				line = strings.TrimSpace(line)
				if line == "" || line[0] == '#' {
					continue
				}
				kind, said, ok := strings.Cut(line, ": ")
				if !ok || said == "" || !slices.Contains(kinds, kind) && kind != "grave" {
					t.Errorf("%s %s: %q", lang, name, line)
				}
				if count[kind]++; seen[said] && kind != kinds[0] {
					t.Errorf("%s %s: twice: %q", lang, name, line)
				}
				seen[said] = true
			}
			for _, kind := range kinds {
				if count[kind] < fewest {
					t.Errorf("%s %s: %d texts are %s, want %d", lang, name, count[kind], kind, fewest)
				}
			}
		}
	}
}
