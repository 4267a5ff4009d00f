package curate

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// gapView is a gap as it is printed.
type gapView struct {
	ID       string          `json:"id"`
	Base     string          `json:"base"`
	Lang     string          `json:"lang"`
	Question string          `json:"question"`
	Count    int             `json:"count"`
	RatedBad int             `json:"rated_bad"`
	Texts    []string        `json:"texts"`
	Calls    []gaps.CallTurn `json:"calls"`
}

func viewOf(g gaps.Gap) gapView {
	v := gapView{g.ID, g.Base, g.Lang, g.Question, len(g.Asked), g.Rated, g.Texts, []gaps.CallTurn{}}
	for _, q := range g.Asked {
		v.Calls = append(v.Calls, gaps.CallTurn{Call: q.Call, Turn: q.Turn, At: q.At})
	}
	return v
}

// gapFlags say which gaps.
type gapFlags struct {
	base string
	days int
}

func (f *gapFlags) add(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&f.base, "base", "", "knowledge base (default: all of them)")
	cmd.Flags().IntVar(&f.days, "days", 30, "how many days back questions count, 1 to 365")
	return cmd
}

// desk opens what gaps need for do.
func (f *gapFlags) desk(ctx context.Context, env *cli.Env, do func(desk) error) error {
	if err := checkDays(f.days); err != nil {
		return err
	}
	return withDesk(ctx, env, true, do)
}

func newGaps(env *cli.Env) *cobra.Command {
	var f gapFlags
	cmd := &cobra.Command{
		Use: "gaps", Short: "What callers asked in vain, or took the answer badly, by meaning; the most asked first",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.desk(cmd.Context(), env, func(d desk) error {
				found, err := d.book.List(cmd.Context(), f.base, f.days)
				if err != nil {
					return err
				}
				out := []gapView{}
				for _, g := range found {
					out = append(out, viewOf(g))
				}
				return env.Print(map[string]any{"gaps": out}, func(w io.Writer) { printGaps(w, out) })
			})
		},
	}
	cmd.AddCommand(newReplies(env), newDraft(env), newDismiss(env), newDismissed(env), newReopen(env))
	return f.add(cmd)
}

func printGaps(w io.Writer, all []gapView) {
	if len(all) == 0 {
		fmt.Fprintln(w, "no gaps: every question of the recorded calls was answered")
	}
	for _, g := range all {
		bad := ""
		if g.RatedBad > 0 {
			bad = fmt.Sprintf(", %d took the answer badly", g.RatedBad)
		}
		fmt.Fprintf(w, "%4d  %s\n      %s, base %s%s\n", g.Count, g.Question, g.ID, g.Base, bad)
		for _, c := range g.Calls[:min(3, len(g.Calls))] {
			fmt.Fprintf(w, "      call %s turn %d, %s\n", c.Call, c.Turn, stamp(c.At))
		}
	}
}

func newReplies(env *cli.Env) *cobra.Command {
	var f gapFlags
	return f.add(&cobra.Command{
		Use: "replies GAP", Short: "What agents said in the calls behind a gap, masked",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.desk(cmd.Context(), env, func(d desk) error {
				g, err := d.book.One(cmd.Context(), args[0], f.base, f.days)
				if err != nil {
					return err
				}
				all, err := d.book.Answers(cmd.Context(), g)
				if err != nil {
					return err
				}
				return env.Print(map[string]any{"replies": all}, func(w io.Writer) {
					if len(all) == 0 {
						fmt.Fprintln(w, "no agent answered it in a whole sentence")
					}
					for _, r := range all {
						fmt.Fprintf(w, "%s\n   call %s turn %d\n", r.Text, r.Call, r.Turn)
					}
				})
			})
		},
	})
}

func newDraft(env *cli.Env) *cobra.Command {
	var f gapFlags
	var in gaps.Draft
	var from string
	cmd := &cobra.Command{
		Use: "draft GAP --answer TEXT", Short: "Keep an answer to a gap for review: masked, and not heard by callers before it is published",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(in.Answer) == "" {
				return cli.Usagef("parley knowledge gaps draft: give --answer TEXT")
			}
			reply, err := turnOf(from)
			if err != nil {
				return err
			}
			return f.desk(cmd.Context(), env, func(d desk) error {
				g, err := d.book.One(cmd.Context(), args[0], f.base, f.days)
				if err != nil {
					return err
				}
				if d.book.Decisions == nil {
					return errNoRecord(env)
				}
				in.Base, in.Lang, in.Reply = orElse(f.base, g.Base), g.Lang, reply
				if in.Question = orElse(in.Question, g.Question); len(in.Similar) == 0 {
					in.Similar = g.Texts[:min(len(g.Texts), 8)]
				}
				e, err := d.book.Propose(cmd.Context(), d.lib, g.ID, f.days, in, by)
				if err != nil {
					return err
				}
				return said(env, e, "kept for review: %s\n%s\n%s", place(e), e.Question, e.Answer)
			})
		},
	}
	cmd.Flags().StringVar(&in.Answer, "answer", "", "the answer, said word for word")
	cmd.Flags().StringVar(&in.Question, "question", "", "the question (default: the wording that speaks for the gap)")
	cmd.Flags().StringArrayVar(&in.Similar, "similar", nil, "another way to ask; may be repeated (default: the callers' wordings)")
	cmd.Flags().StringVar(&from, "reply", "", "turn the answer was taken from, CALL:TURN")
	return f.add(cmd)
}

// turnOf reads CALL:TURN; "" is none.
func turnOf(s string) (*gaps.CallTurn, error) {
	if s == "" {
		return nil, nil
	}
	i := strings.LastIndexByte(s, ':')
	var n int
	if i < 1 {
		return nil, cli.Usagef("--reply %s: give CALL:TURN", s)
	}
	if _, err := fmt.Sscanf(s[i+1:], "%d", &n); err != nil {
		return nil, cli.Usagef("--reply %s: give CALL:TURN", s)
	}
	return &gaps.CallTurn{Call: call.ID(s[:i]), Turn: n}, nil
}

func orElse(v, other string) string {
	if strings.TrimSpace(v) == "" {
		return other
	}
	return v
}

func newDismiss(env *cli.Env) *cobra.Command {
	var f gapFlags
	var reason string
	cmd := &cobra.Command{
		Use: "dismiss GAP --reason TEXT", Short: "It is no gap: leave it out until it is asked again",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return cli.Usagef("parley knowledge gaps dismiss: give --reason TEXT")
			}
			return f.desk(cmd.Context(), env, func(d desk) error {
				g, err := d.book.One(cmd.Context(), args[0], f.base, f.days)
				if err == nil {
					err = d.book.Dismiss(cmd.Context(), g, reason, by)
				}
				if err != nil {
					return err
				}
				return said(env, viewOf(g), "dismissed until it is asked again: %s", g.Question)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is none")
	return f.add(cmd)
}

func newDismissed(env *cli.Env) *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use: "dismissed", Short: "Gaps that were dismissed, with the reasons",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), env, false, func(d desk) error {
				all := []gaps.Dismissal{}
				if d.book.Decisions != nil {
					var err error
					if all, err = d.book.Decisions.Dismissals(cmd.Context(), base); err != nil {
						return err
					}
				}
				return env.Print(map[string]any{"dismissed": all}, func(w io.Writer) {
					for _, x := range all {
						fmt.Fprintf(w, "%s (base %s)\n   %s; %s, %s\n", x.Question, x.Base, orElse(x.Reason, "no reason"), x.By, stamp(x.At))
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: all of them)")
	return cmd
}

func newReopen(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "reopen BASE QUESTION", Short: "It is a gap after all",
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), env, false, func(d desk) error {
				was := false
				if d.book.Decisions != nil {
					var err error
					if was, err = d.book.Decisions.Reopen(cmd.Context(), args[0], args[1]); err != nil {
						return err
					}
				}
				if !was {
					return fmt.Errorf("base %s: %q is not dismissed; see parley knowledge gaps dismissed", args[0], args[1])
				}
				return said(env, map[string]any{"base": args[0], "question": args[1]}, "on the list again: %s", args[1])
			})
		},
	}
}
