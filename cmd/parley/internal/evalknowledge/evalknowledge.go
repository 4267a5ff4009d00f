// Package evalknowledge is "parley eval knowledge": it measures retrieval on questions whose right entries are known,
// with the ranking that answers calls and with its parts alone.
package evalknowledge

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/evalset"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var bar float64
	cmd := &cobra.Command{
		Use: "knowledge CORPUS.jsonl QUERIES.jsonl [CORPUS.jsonl QUERIES.jsonl]...", Short: "Measure how often the right entry is found and answered with",
		Long: `Measure retrieval. Each line of CORPUS is {"id","text"} with an optional "question"; each line of QUERIES is
{"query","relevant":[ids]}, where an empty list means that nothing in the corpus answers the query.

Printed for each way of ranking: r1, r5 (a right entry comes first, among the first five), mrr, and the time of one
search with the making of the query's vector. At the bar: answered (share of the answerable queries given a right answer
at once), helped (that, or a right entry among at most 3 choices offered), wrong (share of all queries given a wrong
answer), calibration_error (10 equal bins) and calibration_by_chance, which is what would be expected of that error were each
probability exactly right: it is far from 0 with few queries. The curve has the same at other bars.

Several corpora, each with its queries, are searched one by one. Printed is what happens at the bar for each, and for all
queries together, which is what the calibration error needs. As JSON the figures are those of all together, and sets has
those of each.`,
		Args: cli.Args(pairs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if bar < 0 || bar > 1 {
				return cli.Usagef("--bar %g: give a probability from 0 to 1", bar)
			}
			return run(cmd.Context(), env, args, bar)
		},
	}
	cmd.Flags().Float64Var(&bar, "bar", knowledge.AnswerBar, "probability from which an entry is answered with at once")
	return cmd
}

// pairs holds that each corpus comes with its queries.
func pairs(_ *cobra.Command, args []string) error {
	if len(args) < 2 || len(args)%2 != 0 {
		return fmt.Errorf("accepts files in pairs, a corpus and its queries, received %d", len(args))
	}
	return nil
}

// result is what is printed.
type result struct {
	Entries int     `json:"entries"`
	Queries int     `json:"queries"`
	Ways    []way   `json:"ways"`
	Gain    gain    `json:"gain"`
	AtBar   atBar   `json:"at_bar"`
	Curve   []point `json:"curve"`
}

// way is one ranking's figures, over the answerable queries.
type way struct {
	Name string  `json:"name"`
	R1   float64 `json:"r1"`
	R5   float64 `json:"r5"`
	MRR  float64 `json:"mrr"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
}

// point is what happens at one bar.
type point struct {
	Bar      float64 `json:"bar"`
	Answered float64 `json:"answered"`
	Helped   float64 `json:"helped"`
	Wrong    float64 `json:"wrong"`
}

// atBar is what happens at the bar in use.
type atBar struct {
	point
	CalibrationError float64 `json:"calibration_error"`
	ByChance         float64 `json:"calibration_by_chance"`
}

func (b atBar) String() string {
	return fmt.Sprintf("at %.2f: answered %.3f, helped %.3f, wrong %.3f; calibration error %.3f (by chance %.3f)",
		b.Bar, b.Answered, b.Helped, b.Wrong, b.CalibrationError, b.ByChance)
}

// several is what is printed of more than one set: the figures of all their queries together, and each one's.
type several struct {
	result
	Sets []setResult `json:"sets"`
}

// setResult is one set's.
type setResult struct {
	Files [2]string `json:"files"` // corpus and queries
	result
}

func run(ctx context.Context, env *cli.Env, paths []string, bar float64) error {
	if err := cli.Files(paths...); err != nil {
		return err
	}
	var sets []set
	var langs []string
	for pair := range slices.Chunk(paths, 2) {
		s, err := readSet(pair[0], pair[1])
		if err != nil {
			return err
		}
		sets, langs = append(sets, s), append(langs, evalset.Languages(s.entries)...)
	}
	slices.Sort(langs)
	embedders, err := knowledgecmd.OpenEmbedders(env, slices.Compact(langs)...)
	if err != nil {
		return err
	}
	defer embedders.Close()
	var out several
	var all []trial
	entries := 0
	for _, s := range sets {
		b, err := build(ctx, env, embedders, s.entries)
		if err != nil {
			return err
		}
		trials, err := b.try(ctx, s.queries)
		if err != nil {
			return err
		}
		out.Sets = append(out.Sets, setResult{s.files, figures(trials, len(s.entries), bar)})
		all, entries = append(all, trials...), entries+len(s.entries)
	}
	if len(out.Sets) == 1 {
		return env.Print(out.Sets[0].result, func(w io.Writer) { show(w, out.Sets[0].result) })
	}
	out.result = figures(all, entries, bar)
	return env.Print(out, func(w io.Writer) { showSeveral(w, out) })
}

func showSeveral(w io.Writer, all several) {
	for _, s := range all.Sets {
		fmt.Fprintf(w, "%s: %d queries, %s\n", s.Files[0], s.Queries, s.AtBar)
	}
	fmt.Fprintf(w, "all %d: %d queries, %s\n", len(all.Sets), all.Queries, all.AtBar)
}

func show(w io.Writer, r result) {
	fmt.Fprintf(w, "%d entries, %d queries\n\n%-8s %6s %6s %6s %8s %8s\n", r.Entries, r.Queries, "", "R@1", "R@5", "MRR", "p50 ms", "p99 ms")
	for _, v := range r.Ways {
		fmt.Fprintf(w, "%-8s %6.3f %6.3f %6.3f %8.2f %8.2f\n", v.Name, v.R1, v.R5, v.MRR, v.P50, v.P99)
	}
	fmt.Fprintf(w, "\nfused over %s: R@1 %+.3f (95 %% interval %+.3f to %+.3f)\n", r.Gain.Over, r.Gain.R1, r.Gain.Low, r.Gain.High)
	fmt.Fprintf(w, "\n%6s %9s %7s %6s\n", "bar", "answered", "helped", "wrong")
	for _, p := range r.Curve {
		fmt.Fprintf(w, "%6.2f %9.3f %7.3f %6.3f\n", p.Bar, p.Answered, p.Helped, p.Wrong)
	}
	fmt.Fprintf(w, "\n%s\n", r.AtBar)
}
