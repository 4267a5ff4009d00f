package rulescmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

func newDiff(env *cli.Env) *cobra.Command {
	var wordsOnly bool
	cmd := &cobra.Command{
		Use: "diff BEFORE.yaml AFTER.yaml CALL.json...", Short: "Tell what changed rules would have done otherwise in recorded calls",
		Long: `Play recorded calls to two rule files, or names of built-in rules, and print the firings that only one of them has:
"+" is new, "-" is gone. before, after: firings of the rule; new, gone: turns at which only the one or the other fires.`,
		Args: cli.Args(cobra.MinimumNArgs(3)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return diff(cmd.Context(), env, args[0], args[1], args[2:], wordsOnly)
		},
	}
	cmd.Flags().BoolVar(&wordsOnly, "words-only", false, "do not judge meaning")
	return cmd
}

func diff(ctx context.Context, env *cli.Env, beforePath, afterPath string, calls []string, wordsOnly bool) (err error) {
	if err := cli.Files(calls...); err != nil {
		return err
	}
	before, err := load([]string{beforePath})
	if err != nil {
		return err
	}
	after, err := load([]string{afterPath})
	if err != nil {
		return err
	}
	ears, models := openEars(env, wordsOnly)
	defer func() { err = errors.Join(err, models.Close()) }()
	res, err := rules.Diff(ctx, before, after, func(yield func(rules.Call, error) bool) {
		for _, path := range calls {
			c, err := readCall(ctx, ears.Listener(), path)
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			if !yield(c, err) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return env.Print(res, func(w io.Writer) { showChange(w, res) })
}

func showChange(w io.Writer, c rules.Change) {
	fmt.Fprintf(w, "%d calls, %d would have gone otherwise\n", c.Calls, c.Changed)
	for _, r := range c.Rules {
		fmt.Fprintf(w, "  %s: %d firings before, %d after; %d new, %d gone\n", r.Rule, r.Before, r.After, r.New, r.Gone)
	}
	for _, f := range c.Firings {
		sign := "-"
		if f.New {
			sign = "+"
		}
		fmt.Fprintf(w, "%s %s turn %d at %.1f s  %s: %s\n", sign, f.Call, f.Turn, f.End.Seconds(), f.Rule, f.TextEn)
	}
	if c.Left > 0 {
		fmt.Fprintf(w, "and %d more\n", c.Left)
	}
}
