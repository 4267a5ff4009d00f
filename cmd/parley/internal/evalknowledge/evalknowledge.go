// Package evalknowledge is "parley eval knowledge": it measures retrieval on questions whose right entries are known,
// with the ranking that answers calls and with its parts alone.
package evalknowledge

import (
	"context"
	"fmt"
	"io"

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
		Use: "knowledge CORPUS.jsonl QUERIES.jsonl", Short: "Measure how often the right entry is found and answered with",
		Long: `Measure retrieval. Each line of CORPUS is {"id","text"} with an optional "question"; each line of QUERIES is
{"query","relevant":[ids]}, where an empty list means that nothing in the corpus answers the query.

Printed for each way of ranking: r1, r5 (a right entry comes first, among the first five), mrr, and the time of one
search with the making of the query's vector. At the bar: answered (share of the answerable queries given a right answer
at once), helped (that, or a right entry among at most 3 choices offered), wrong (share of all queries given a wrong
answer), calibration_error (10 equal bins) and calibration_by_chance, which is what would be expected of that error were each
probability exactly right: it is far from 0 with few queries. The curve has the same at other bars.`,
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if bar < 0 || bar > 1 {
				return cli.Usagef("--bar %g: give a probability from 0 to 1", bar)
			}
			return run(cmd.Context(), env, args[0], args[1], bar)
		},
	}
	cmd.Flags().Float64Var(&bar, "bar", knowledge.AnswerBar, "probability from which an entry is answered with at once")
	return cmd
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

func run(ctx context.Context, env *cli.Env, corpusPath, queriesPath string, bar float64) error {
	if err := cli.Files(corpusPath, queriesPath); err != nil {
		return err
	}
	entries, err := readCorpus(corpusPath)
	if err != nil {
		return err
	}
	queries, err := readQueries(queriesPath, entries)
	if err != nil {
		return err
	}
	embedders, err := knowledgecmd.OpenEmbedders(env, evalset.Languages(entries)...)
	if err != nil {
		return err
	}
	defer embedders.Close()
	b, err := build(ctx, env, embedders, entries)
	if err != nil {
		return err
	}
	trials, err := b.try(ctx, queries)
	if err != nil {
		return err
	}
	res := figures(trials, bar)
	res.Entries, res.Queries = len(entries), len(queries)
	return env.Print(res, func(w io.Writer) { show(w, res) })
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
	fmt.Fprintf(w, "\nat %.2f: answered %.3f, helped %.3f, wrong %.3f; calibration error %.3f (by chance %.3f)\n",
		r.AtBar.Bar, r.AtBar.Answered, r.AtBar.Helped, r.AtBar.Wrong, r.AtBar.CalibrationError, r.AtBar.ByChance)
}
