package quality

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirst adds to data/first.tsv what is answered about the sets that PARLEY_FIRST names, with commas between: to be run
// before anything is changed or learnt because of them.
func TestFirst(t *testing.T) {
	names := os.Getenv("PARLEY_FIRST")
	if names == "" {
		t.Skip("set PARLEY_FIRST to sets that nothing was learnt from yet")
	}
	s := New(Options{Embedders: models(t)})
	var lines strings.Builder
	for dir := range strings.SplitSeq(names, ",") {
		set := readGolden(t, dir)
		f, err := s.Understand(t.Context(), set.Form)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range set.Calls {
			bare := c
			bare.Facts = nil
			for i := range f.Questions {
				q := &f.Questions[i]
				if q.Kind() != YesNo || q.By != "" {
					continue
				}
				with, without := readingOf(t, s, c, q), readingOf(t, s, bare, q)
				reads := q.Asks()
				if reads == "" {
					reads = "-"
				}
				fmt.Fprintf(&lines, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f\n", dir, c.ID, q.ID, with.value, with.by, without.value, without.by, reads, senseNames[q.plan.worded], q.plan.trust)
			}
		}
	}
	f, err := os.OpenFile(filepath.Join("data", "first.tsv"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(lines.String()); err != nil {
		t.Fatal(err)
	}
}

// readingOf is the answer to q that its reading alone gives.
func readingOf(t *testing.T, s *Scorer, c Call, q *Question) outcome {
	t.Helper()
	j := newJudge(s, c)
	j.ctx = t.Context()
	o, err := j.decided(q)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
