package curate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
)

func newGolden(env *cli.Env) *cobra.Command {
	cmd := cli.Group("golden", "Questions whose right answers are known: keep them, ask the bot all of them, see the history",
		newGoldenShow(env), newGoldenSet(env), newGoldenAdd(env), newGoldenRemove(env), newGoldenRun(env), newGoldenRuns(env))
	return cmd
}

// oneBase adds --base, which is needed unless there is one base alone.
func oneBase(cmd *cobra.Command, base *string) *cobra.Command {
	cmd.Flags().StringVar(base, "base", "", "knowledge base (default: the only one)")
	return cmd
}

// onlyBase is base, or the only one there is.
func onlyBase(ctx context.Context, env *cli.Env, base string) (string, error) {
	if base != "" {
		return base, nil
	}
	err := withLibrary(ctx, env, func(lib *knowledgecmd.Plain) error {
		all, err := lib.Bases(ctx)
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return cli.Usagef("give --base: there are %d bases; see parley knowledge list", len(all))
		}
		base = all[0].Name
		return nil
	})
	return base, err
}

// goldens calls do with what is kept of the golden set of a base. make says to begin a record where there is none.
func goldens(ctx context.Context, env *cli.Env, base *string, make bool, do func(l *store.Learning, items []gaps.Golden) error) error {
	var err error
	if *base, err = onlyBase(ctx, env, *base); err != nil {
		return err
	}
	return withRecord(ctx, env, make, func(s *store.Store) error {
		if s == nil {
			return do(nil, []gaps.Golden{})
		}
		items, err := s.Learning().Golden(ctx, *base)
		if err != nil {
			return err
		}
		return do(s.Learning(), items)
	})
}

// keepGolden keeps a golden set and prints it.
func keepGolden(ctx context.Context, env *cli.Env, l *store.Learning, base string, items []gaps.Golden) error {
	if why := gaps.CheckGolden(items); why != "" {
		return fmt.Errorf("golden set of base %s: %s", base, why)
	}
	if err := l.SetGolden(ctx, base, items, by, time.Now()); err != nil {
		return err
	}
	return said(env, map[string]any{"base": base, "items": items}, "the golden set of base %s has %d questions", base, len(items))
}

func newGoldenShow(env *cli.Env) *cobra.Command {
	var base string
	return oneBase(&cobra.Command{
		Use: "show", Short: "The questions, a JSON object a line without --json: what set reads",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return goldens(cmd.Context(), env, &base, false, func(_ *store.Learning, items []gaps.Golden) error {
				return env.Print(map[string]any{"base": base, "items": items}, func(w io.Writer) {
					enc := json.NewEncoder(w)
					enc.SetEscapeHTML(false)
					for _, g := range items {
						_ = enc.Encode(g) // a terminal that is gone needs nothing more
					}
				})
			})
		},
	}, &base)
}

func newGoldenSet(env *cli.Env) *cobra.Command {
	var base string
	return oneBase(&cobra.Command{
		Use: "set FILE.jsonl", Short: `Keep the questions of a file in place of those there are: {"query": TEXT, "relevant": [ID, ...]} a line`,
		Long: `Keeps the questions of a file, one JSON object a line, in place of those there are: {"query": "...", "relevant":
["id of a right entry", ...]}; an empty list means that nothing we know answers it. - reads standard input.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			items, err := readGolden(env, args[0])
			if err != nil {
				return err
			}
			return goldens(cmd.Context(), env, &base, true, func(l *store.Learning, _ []gaps.Golden) error {
				return keepGolden(cmd.Context(), env, l, base, items)
			})
		},
	}, &base)
}

func readGolden(env *cli.Env, file string) ([]gaps.Golden, error) {
	in, err := env.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	items := []gaps.Golden{}
	err = cli.Lines(in, file, func(line []byte) error {
		var g gaps.Golden
		if err := json.Unmarshal(line, &g); err != nil {
			return fmt.Errorf("not a question: %w", err)
		}
		if g.Relevant == nil {
			g.Relevant = []string{}
		}
		items = append(items, g)
		return nil
	})
	return items, err
}

func newGoldenAdd(env *cli.Env) *cobra.Command {
	var base string
	var entries []string
	cmd := &cobra.Command{
		Use: "add QUESTION [--entry ID]...", Short: "Add a question with its right entries; without --entry nothing answers it",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return goldens(ctx, env, &base, true, func(l *store.Learning, items []gaps.Golden) error {
				err := withLibrary(ctx, env, func(lib *knowledgecmd.Plain) error {
					for _, id := range entries {
						if _, ok, err := lib.Entry(ctx, base, id); err != nil || !ok {
							return unknown(orUnknown(err), []string{base, id})
						}
					}
					return nil
				})
				if err != nil {
					return err
				}
				return keepGolden(ctx, env, l, base, append(items, gaps.Golden{Query: strings.TrimSpace(args[0]), Relevant: append([]string{}, entries...)}))
			})
		},
	}
	cmd.Flags().StringSliceVar(&entries, "entry", nil, "ID of an entry that answers it; may be repeated")
	return oneBase(cmd, &base)
}

func orUnknown(err error) error {
	if err == nil {
		return knowledge.ErrUnknown
	}
	return err
}

func newGoldenRemove(env *cli.Env) *cobra.Command {
	var base string
	return oneBase(&cobra.Command{
		Use: "remove QUESTION", Short: "Take a question out",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return goldens(cmd.Context(), env, &base, false, func(l *store.Learning, items []gaps.Golden) error {
				rest := slices.DeleteFunc(slices.Clone(items), func(g gaps.Golden) bool { return g.Query == args[0] })
				if len(rest) == len(items) {
					return fmt.Errorf("base %s: %q is not in the golden set; see parley knowledge golden show", base, args[0])
				}
				return keepGolden(cmd.Context(), env, l, base, rest)
			})
		},
	}, &base)
}

func newGoldenRun(env *cli.Env) *cobra.Command {
	var base string
	var wrong, helped float64
	cmd := &cobra.Command{
		Use: "run", Short: "Ask the bot every question and keep what came of it",
		Long: `Asks the bot every question of the golden set of a base and keeps the run in the history. With --most-wrong or
--least-helped the command ends with 3 when the run is worse, so that a script can stop there.`,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			run, titles, err := runGolden(cmd.Context(), env, &base)
			if err != nil {
				return err
			}
			if err := env.Print(run, func(w io.Writer) { printRun(w, run, titles) }); err != nil {
				return err
			}
			switch {
			case cmd.Flags().Changed("most-wrong") && run.Wrong > wrong:
				return cli.Checkf("%.1f %% of the answers are wrong, at most %.1f %% were to be", 100*run.Wrong, 100*wrong)
			case run.Helped < helped:
				return cli.Checkf("%.1f %% were helped, at least %.1f %% were to be", 100*run.Helped, 100*helped)
			}
			return nil
		},
	}
	cmd.Flags().Float64Var(&wrong, "most-wrong", 1, "share of wrong answers, 0..1, above which the command ends with 3")
	cmd.Flags().Float64Var(&helped, "least-helped", 0, "share of helped questions, 0..1, below which the command ends with 3")
	return oneBase(cmd, &base)
}

func runGolden(ctx context.Context, env *cli.Env, base *string) (run gaps.Run, titles map[string]string, err error) {
	titles = map[string]string{}
	if *base, err = onlyBase(ctx, env, *base); err != nil {
		return run, nil, err
	}
	err = withBrain(ctx, env, false, func(b *brain.Brain, _ float64, s *store.Store) error {
		if s == nil {
			return fmt.Errorf("the golden set of base %s is empty: add questions first: parley knowledge golden add", *base)
		}
		items, err := s.Learning().Golden(ctx, *base)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return fmt.Errorf("the golden set of base %s is empty: add questions first: parley knowledge golden add", *base)
		}
		n, progress := 0, knowledgecmd.Progress(env.Err, "asking")
		run, err = gaps.Try(ctx, b.Engine, func(ctx context.Context, query string) (string, error) {
			n++
			progress(n, len(items))
			hits, err := b.Store.Search(ctx, knowledge.Ask{Base: *base, Text: query, Most: 1})
			if err != nil || len(hits) == 0 {
				return "", err
			}
			titles[hits[0].ID] = hits[0].Question
			return hits[0].ID, nil
		}, *base, items, time.Now())
		if err != nil {
			return err
		}
		run.By = by
		return s.Learning().AddRun(ctx, run)
	})
	return run, titles, err
}

func printRun(w io.Writer, r gaps.Run, titles map[string]string) {
	fmt.Fprintf(w, "%s  %d of %d went well: answered at once %.0f %%, helped %.0f %%, wrong %.1f %%\n", stamp(r.At), r.Well(), r.N, 100*r.Answered, 100*r.Helped, 100*r.Wrong)
	for _, f := range r.Failures {
		mark := "not answered"
		if f.Wrong {
			mark = "WRONG"
		}
		fmt.Fprintf(w, "  %-12s  %s\n                %s, found first: %s\n", mark, f.Query, f.Decision, orElse(titles[f.Got], orElse(f.Got, "nothing")))
	}
}

func newGoldenRuns(env *cli.Env) *cobra.Command {
	var base string
	var n int
	cmd := &cobra.Command{
		Use: "runs", Short: "The last runs, newest first",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 1 || n > 1000 {
				return cli.Usagef("-n %d: give 1 to 1000", n)
			}
			return withRecord(cmd.Context(), env, false, func(s *store.Store) error {
				runs := []gaps.Run{}
				if s != nil {
					var err error
					if runs, err = s.Learning().Runs(cmd.Context(), base, n); err != nil {
						return err
					}
				}
				return env.Print(map[string]any{"runs": runs}, func(w io.Writer) {
					for _, r := range runs {
						fmt.Fprintf(w, "%s  %-16s %4d of %4d well  answered %3.0f %%  helped %3.0f %%  wrong %4.1f %%  %s\n", stamp(r.At), r.Base, r.Well(), r.N, 100*r.Answered, 100*r.Helped, 100*r.Wrong, r.By)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: all of them)")
	cmd.Flags().IntVarP(&n, "number", "n", 20, "how many runs")
	return cmd
}
