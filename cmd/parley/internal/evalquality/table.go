package evalquality

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/quality"
)

// table writes the figures of each question as a table in Markdown, with what the machine said where it was wrong.
func table(w io.Writer, name string, r result) {
	fmt.Fprintf(w, "**%s** (%d calls, %d answers: kappa %.2f, fails %.2f / %.2f, cannot tell %.1f %%)\n\n", name, r.Calls, r.Answers, r.Kappa, r.FailPrecision, r.FailRecall, 100*r.CannotTell)
	fmt.Fprintln(w, "| question | asks for | n | right | kappa | wrong: person → machine |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- |")
	for _, q := range r.Questions {
		id := "`" + q.ID + "`"
		if q.Fails {
			id += " (fails the call)"
		}
		fmt.Fprintf(w, "| %s | %s | %d | %.2f | %.2f | %s |\n", id, strings.ReplaceAll(q.Asks, "|", " "), q.N, q.Agreement, q.Kappa, mistakes(q.Confusion))
	}
	fmt.Fprintln(w)
}

// mistakes lists what a confusion table has beside its diagonal, the most frequent first.
func mistakes(c map[quality.Value]map[quality.Value]int) string {
	type one struct {
		what string
		n    int
	}
	var all []one
	for person, row := range c {
		for machine, n := range row {
			if person != machine && n > 0 {
				all = append(all, one{fmt.Sprintf("%s → %s", word(person), word(machine)), n})
			}
		}
	}
	slices.SortFunc(all, func(a, b one) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.what, b.what)
	})
	var out []string
	for _, o := range all {
		if o.n > 1 {
			o.what = fmt.Sprintf("%s × %d", o.what, o.n)
		}
		out = append(out, o.what)
	}
	return strings.Join(out, ", ")
}

func word(v quality.Value) string { return strings.ReplaceAll(string(v), "_", " ") }
