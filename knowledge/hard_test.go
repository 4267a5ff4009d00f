package knowledge

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// hardNames are the sets in testdata/hard: FAQs with questions worded as callers speak, misheard, or two at once, and near
// misses that nothing answers. The parts of embed were learnt from all of them but those of apart.py and the English ones of fitpair.HARDER. The forks, and
// how sure they make, are fitted on those, and on others each read by parts that had not learnt from it, each judged by what was fitted on others (fitpair.py).
func hardNames(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "hard", "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no hard sets: %v", err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(filepath.Base(name), ".txt")
	}
	return names
}

// hardSet reads one of them.
func hardSet(t testing.TB, name string) labelled {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "hard", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	set := labelled{name: name, lang: name[len(name)-2:]}
	part := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		head, rest, _ := strings.Cut(line, " ")
		last := len(set.entries) - 1
		switch {
		case line == "", head == "#":
		case head == "=" && (rest == "two" || rest == "两" || rest == "none"):
			part = rest
		case head == "=":
			set.entries = append(set.entries, Entry{ID: fmt.Sprint(last + 1), Question: rest, Lang: set.lang})
		case part == "none":
			set.queries = append(set.queries, asked{text: rest})
		case part != "":
			set.queries = append(set.queries, asked{text: rest, relevant: strings.Split(head, ",")})
		case head == "?" || head == ".":
			set.queries = append(set.queries, asked{text: rest, relevant: []string{strconv.Itoa(last)}, plain: head == "."})
		default:
			set.entries[last].Answer = line
		}
	}
	return set
}

// TestHardSetsAreWhole holds that the sets can be read and that every question names entries there are.
func TestHardSetsAreWhole(t *testing.T) {
	t.Parallel()
	for _, name := range hardNames(t) {
		set := hardSet(t, name)
		var none int
		for _, q := range set.queries {
			if len(q.relevant) == 0 {
				none++
			}
			for _, id := range q.relevant {
				if n, err := strconv.Atoi(id); err != nil || n < 0 || n >= len(set.entries) {
					t.Errorf("%s: %q names the entry %s", name, q.text, id)
				}
			}
		}
		for _, e := range set.entries {
			if e.Question == "" || e.Answer == "" {
				t.Errorf("%s: an entry lacks question or answer: %+v", name, e)
			}
		}
		if len(set.entries) < 30 || len(set.queries) < 80 || none < 15 {
			t.Errorf("%s: %d entries, %d questions, %d of them without an answer", name, len(set.entries), len(set.queries), none)
		}
	}
}
