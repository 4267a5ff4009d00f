// Package rulescmd is "parley rules": it checks rule files and tells what they would have done in recorded calls.
package rulescmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/listen"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// New returns the command with its subcommands.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("rules", "Check rule files and try them on recorded calls",
		newCheck(env), newTest(env), newDiff(env), newVariables(env))
}

func newCheck(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "check RULES.yaml...", Short: "Check rule files, which may build on each other in this order",
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := load(args)
			if err != nil {
				return err
			}
			res := struct {
				Rules      []string `json:"rules"`
				Checklists []string `json:"checklists"`
			}{set.Rules(), []string{}}
			for _, c := range set.Checklists() {
				res.Checklists = append(res.Checklists, c.ID)
			}
			return env.Print(res, func(w io.Writer) {
				fmt.Fprintf(w, "%d rules and %d checklists are in order\n", len(res.Rules), len(res.Checklists))
			})
		},
	}
}

func newVariables(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "variables [RULES.yaml...]", Short: "List the names that conditions can use",
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := load(args)
			if err != nil {
				return err
			}
			vars := set.Variables()
			return env.Print(map[string]any{"variables": vars}, func(w io.Writer) {
				for _, v := range vars {
					fmt.Fprintf(w, "%-24s %-16s %s\n", v.Name, v.Type, v.Doc)
				}
			})
		},
	}
}

// fired is what the rules did in one call.
type fired struct {
	Path    string         `json:"path"`
	Call    call.ID        `json:"call"`
	Turns   int            `json:"turns"`
	Firings []rules.Firing `json:"firings"`
}

func newTest(env *cli.Env) *cobra.Command {
	var wordsOnly bool
	cmd := &cobra.Command{
		Use: "test RULES.yaml CALL.json...", Short: "Tell what rules would have done in recorded calls",
		Long: `Play recorded calls (transcript.json of a recording, or the JSON of its page) to a rule file and print every firing with
its reasons. RULES.yaml may be the name of built-in rules: escalation, ` + strings.Join(rules.Packs(), ", ") + `.
Meaning is judged with the embedding models when they are there.`,
		Args: cli.Args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return test(cmd.Context(), env, args[0], args[1:], wordsOnly)
		},
	}
	cmd.Flags().BoolVar(&wordsOnly, "words-only", false, "do not judge meaning")
	return cmd
}

// builtin is the name that stands for the built-in escalation rules; packs have theirs.
const builtin = "escalation"

func load(paths []string) (*rules.Set, error) {
	var raws [][]byte
	for _, p := range paths {
		if p == builtin {
			raws = append(raws, rules.EscalationFile())
			continue
		}
		if raw, ok := rules.Pack(p); ok {
			raws = append(raws, raw)
			continue
		}
		raw, err := os.ReadFile(p)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w: check the path", err)
		}
		raws = append(raws, raw)
	}
	set, err := rules.Compile(raws...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(paths, ", "), err)
	}
	return set, nil
}

func test(ctx context.Context, env *cli.Env, rulesPath string, calls []string, wordsOnly bool) (err error) {
	if err := cli.Files(calls...); err != nil {
		return err
	}
	set, err := load([]string{rulesPath})
	if err != nil {
		return err
	}
	ears, models := openEars(env, wordsOnly)
	defer func() { err = errors.Join(err, models.Close()) }()
	out := []fired{}
	for _, path := range calls {
		c, err := readCall(ctx, ears.Listener(), path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		f, err := rules.Play(set, c)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if f == nil {
			f = []rules.Firing{}
		}
		out = append(out, fired{Path: path, Call: c.ID, Turns: len(c.Turns), Firings: f})
	}
	return env.Print(map[string]any{"calls": out}, func(w io.Writer) {
		for _, f := range out {
			show(w, f)
		}
	})
}

// readCall reads a recorded call and understands it.
func readCall(ctx context.Context, hear *listen.Listener, path string) (rules.Call, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return rules.Call{}, fmt.Errorf("read transcript: %w", err)
	}
	var tr record.Transcript
	if err := json.Unmarshal(raw, &tr); err != nil {
		return rules.Call{}, fmt.Errorf("read transcript: %w: give the transcript.json of a recorded call", err)
	}
	if len(tr.Turns) == 0 {
		return rules.Call{}, fmt.Errorf("read transcript: it has no turns: give the transcript.json of a recorded call")
	}
	out := rules.Call{ID: tr.ID}
	for _, t := range tr.Turns {
		turn := rules.FromCall(t)
		if turn.Lang == "" {
			turn.Lang = tr.Lang
		}
		if err := hear.Turn(ctx, &turn); err != nil {
			return rules.Call{}, fmt.Errorf("understand turn %d: %w", turn.N, err)
		}
		out.Turns = append(out.Turns, turn)
	}
	return out, nil
}

func show(w io.Writer, f fired) {
	fmt.Fprintf(w, "%s: %d turns, %d firings\n", f.Path, f.Turns, len(f.Firings))
	for _, x := range f.Firings {
		var do []string
		for _, d := range x.Do {
			do = append(do, d.Kind)
		}
		fmt.Fprintf(w, "  turn %d at %.1f s  %s: %s -> %s\n", x.Turn, x.End.Seconds(), x.Rule, x.TextEn, strings.Join(do, ", "))
		for _, r := range x.Reasons {
			quote := ""
			if r.Quote != "" {
				quote = fmt.Sprintf(" %q", r.Quote)
			}
			fmt.Fprintf(w, "      %s = %v, weighs %.1f, turn %d (%.1f-%.1f s)%s\n", r.Variable, r.Value, r.Contribution, r.Turn, r.Start.Seconds(), r.End.Seconds(), quote)
		}
	}
}
