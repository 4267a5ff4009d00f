package curate

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
)

// draftView is a draft as it is printed.
type draftView struct {
	Entry  knowledge.Entry `json:"entry"`
	Origin *gaps.Origin    `json:"origin,omitempty"`
}

func newDrafts(env *cli.Env) *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use: "drafts", Short: "What callers do not hear yet, with where it comes from; publish, change or send back",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), env, false, func(d desk) error {
				all, err := d.book.Waiting(cmd.Context(), d.lib, base)
				if err != nil {
					return err
				}
				out := []draftView{}
				for _, w := range all {
					out = append(out, draftView{w.Entry, w.Origin})
				}
				return env.Print(map[string]any{"drafts": out}, func(w io.Writer) { printDrafts(w, out) })
			})
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: all of them)")
	cmd.AddCommand(newDecide(env, "approve", gaps.Approved, "Publish a draft: callers hear it from the next question on"),
		newDecide(env, "return", gaps.Returned, "Send back what waits for review, with a reason"), newEdit(env))
	return cmd
}

func printDrafts(w io.Writer, all []draftView) {
	if len(all) == 0 {
		fmt.Fprintln(w, "nothing waits")
	}
	for _, d := range all {
		fmt.Fprintf(w, "%-6s  %s\n        %s\n        %s, by %s\n", d.Entry.State, d.Entry.Question, d.Entry.Answer, place(d.Entry), orElse(d.Entry.By, "-"))
		if o := d.Origin; o != nil && o.Count > 0 {
			fmt.Fprintf(w, "        from a gap asked %d times, %d took the answer badly\n", o.Count, o.RatedBad)
		}
		if o := d.Origin; o != nil && o.Decision == gaps.Returned {
			fmt.Fprintf(w, "        sent back by %s: %s\n", o.Decider, o.Reason)
		}
	}
}

func newDecide(env *cli.Env, use, decision, short string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: use + " BASE ID", Short: short,
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if decision == gaps.Returned && strings.TrimSpace(reason) == "" {
				return cli.Usagef("parley knowledge drafts return: give --reason TEXT")
			}
			return withDesk(cmd.Context(), env, decision == gaps.Approved, func(d desk) error {
				e, _, err := d.book.Decide(cmd.Context(), d.lib, gaps.Verdict{Base: args[0], ID: args[1], Decision: decision, Reason: reason}, by)
				if err != nil {
					return unknown(err, args)
				}
				return said(env, e, "%s is %s", place(e), e.State)
			})
		},
	}
	if decision == gaps.Returned {
		cmd.Flags().StringVar(&reason, "reason", "", "what is missing")
	}
	return cmd
}

func newEdit(env *cli.Env) *cobra.Command {
	var ed edit
	cmd := &cobra.Command{
		Use: "edit BASE ID", Short: "Change an entry; what is not given stays",
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), env, false, func(d desk) error {
				e, ok, err := d.lib.Entry(cmd.Context(), args[0], args[1])
				if err == nil && !ok {
					err = knowledge.ErrUnknown
				}
				if err == nil {
					if e, err = ed.on(env, cmd, e); err == nil {
						e, err = d.lib.Save(cmd.Context(), e, by)
					}
				}
				if err != nil {
					return unknown(err, args)
				}
				return said(env, e, "%s is version %d, %s", place(e), e.Version, e.State)
			})
		},
	}
	ed.flags(cmd)
	return cmd
}
