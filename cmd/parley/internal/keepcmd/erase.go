package keepcmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// NewErase returns the command.
func NewErase(env *cli.Env) *cobra.Command {
	var file, shown string
	var list bool
	s := retain.Subject{By: "console", Name: "Console of the server"}
	cmd := &cobra.Command{
		Use: "erase CALL | --caller NUMBER | --list | --report ID", Short: "Remove all traces of a call or a caller, and prove it",
		Long: "Removes recording, transcript, events, scores, summaries, drafts, texts of tickets and what waits for other programs,\n" +
			"then searches everything for the ID and for what was said, and prints what it looked at. Backups are named, not changed.\n" +
			"Exit 3 when traces are left. Again does no harm. The report stays on record: --report prints it once more,\n" +
			"by its own ID or that of a call in it. --list prints what was erased (random IDs and dates); keep the list off the machine for parley restore --erased.",
		Args: cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				s.Call = call.ID(args[0])
			}
			if list || shown != "" {
				if list && shown != "" || s.Call != "" || s.Caller != "" {
					return cli.Usagef("erase: name one of a call, --caller, --list and --report")
				}
				return with(cmd.Context(), env, file, func(f *folder) error {
					if list {
						return f.listGone(cmd.Context())
					}
					return f.showReport(cmd.Context(), shown)
				})
			}
			if err := s.Check(); err != nil {
				return cli.Usagef("erase: %w", err)
			}
			return with(cmd.Context(), env, file, func(f *folder) error { return f.erase(cmd.Context(), s) })
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&s.Caller, "caller", "", "erase all calls of this number, however it was signalled")
	cmd.Flags().BoolVar(&s.Customer, "customer", false, "with --caller: also the customers known under the number")
	cmd.Flags().StringVar(&s.Reason, "reason", "", "for the audit trail, such as the number of the request")
	cmd.Flags().BoolVar(&list, "list", false, "print what was erased, a line for each call and customer: what, ID, when")
	cmd.Flags().StringVar(&shown, "report", "", "print a report once more: the one with this ID, or the last one about the call with this ID")
	return cmd
}

func (f *folder) erase(ctx context.Context, s retain.Subject) error {
	f.warnOfNumber(s.Caller)
	var r retain.Report
	if err := f.ask(ctx, retain.ToErase, s, &r); err != nil {
		return err
	}
	if err := f.env.Print(r, func(w io.Writer) {
		report(w, r)
		if s.Caller != "" && len(r.Calls) == 0 && len(r.Erased) == 0 {
			fmt.Fprintf(w, "There was nothing to erase: no call on record is of the number %s.\n", s.Caller)
		}
		if len(r.Calls) > 0 {
			fmt.Fprintf(w, "The report stays on record: parley erase --report %s\n", r.Calls[0])
		}
	}); err != nil {
		return err
	}
	if !r.Proved {
		return cli.Checkf("traces are left; the list says where and why")
	}
	return nil
}

// warnOfNumber tells of a caller whose number can only be found as it is written: whoever asked to be erased, or has to be kept,
// may be on record in another form.
func (f *folder) warnOfNumber(caller string) {
	if _, ok := customer.Normalise(caller, f.cfg.Customers.Countries...); caller != "" && !ok {
		f.env.Infof("%s is no number with its country: only callers that were signalled exactly so are meant. Write it as +442079460123, or name the configuration with customers.countries (--config)", caller)
	}
}

// report prints what was done and what was looked at.
func report(w io.Writer, r retain.Report) {
	fmt.Fprintf(w, "Erased %d calls", len(r.Calls))
	if len(r.Already) > 0 {
		fmt.Fprintf(w, " (%d of them earlier)", len(r.Already))
	}
	fmt.Fprintln(w)
	for _, c := range r.Erased {
		fmt.Fprintf(w, "  removed %d from %s (%s)\n", c.N, c.What, c.Place)
	}
	fmt.Fprintf(w, "Looked for the ID and %d texts that were said in no other call:\n", r.Words)
	tw := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	for _, l := range r.Looked {
		what := l.What
		if l.Size > 0 {
			what = fmt.Sprintf("%s (%.1f MB)", what, float64(l.Size)/1e6)
		}
		state := "nothing"
		switch {
		case l.Found > 0:
			state = fmt.Sprintf("LEFT %d", l.Found)
		case l.Kept > 0:
			state = fmt.Sprintf("kept %d", l.Kept)
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", l.Place, what, state, l.Why)
	}
	_ = tw.Flush() // the terminal is gone when it fails
	for _, b := range r.Backups {
		fmt.Fprintf(w, "Still in the backup of %s: %s%s\n", b.At.Local().Format(time.DateTime), b.Path, gone(b))
	}
	if r.Proved {
		fmt.Fprintln(w, "Nothing is left.")
	}
}

// NewHold returns the command.
func NewHold(env *cli.Env) *cobra.Command {
	var file, lift string
	var list bool
	h := retain.Hold{By: "console"}
	cmd := &cobra.Command{
		Use: "hold CALL | --caller NUMBER | --lift ID | --list", Short: "Keep a call or a caller's calls whatever the days say, for a court or an auditor",
		Args: cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				h.Call = call.ID(args[0])
			}
			asked := 0
			for _, yes := range []bool{h.Call != "", h.Caller != "", lift != "", list} {
				if yes {
					asked++
				}
			}
			if asked != 1 {
				return cli.Usagef("hold: name one of a call, --caller, --lift and --list")
			}
			if (h.Call != "" || h.Caller != "") && strings.TrimSpace(h.Reason) == "" {
				return cli.Usagef("hold: --reason says why")
			}
			return with(cmd.Context(), env, file, func(f *folder) error {
				switch {
				case list:
					return f.listHolds(cmd.Context())
				case lift != "":
					return f.lift(cmd.Context(), lift)
				}
				return f.hold(cmd.Context(), h)
			})
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&h.Caller, "caller", "", "hold all calls of this number, also those to come")
	cmd.Flags().StringVar(&h.Reason, "reason", "", "why, for the auditor")
	cmd.Flags().StringVar(&lift, "lift", "", "end the hold with this ID")
	cmd.Flags().BoolVar(&list, "list", false, "list the holds, also those that were lifted")
	return cmd
}

func (f *folder) hold(ctx context.Context, h retain.Hold) error {
	f.warnOfNumber(h.Caller)
	h, err := f.keep.Hold(ctx, h)
	if err != nil {
		return err
	}
	if err := f.gate.Note(ctx, access.Entry{Who: "console", Name: "Console of the server", What: access.SetHold, Call: h.Call, Detail: h.ID}); err != nil {
		return err
	}
	return f.env.Print(h, func(w io.Writer) { fmt.Fprintf(w, "Held: %s. End it with: parley hold --lift %s\n", h.ID, h.ID) })
}

func (f *folder) lift(ctx context.Context, id string) error {
	h, err := f.keep.Lift(ctx, id, "console")
	if err != nil {
		return err
	}
	if err := f.gate.Note(ctx, access.Entry{Who: "console", Name: "Console of the server", What: access.LiftedHold, Call: h.Call, Detail: h.ID}); err != nil {
		return err
	}
	return f.env.Print(h, func(w io.Writer) { fmt.Fprintf(w, "Lifted: %s\n", h.ID) })
}

func (f *folder) listHolds(ctx context.Context) error {
	all, err := f.keep.Holds(ctx, true)
	if err != nil {
		return err
	}
	return f.env.Print(map[string]any{"holds": all}, func(w io.Writer) {
		for _, h := range all {
			state := "stands"
			if h.Lifted != nil {
				state = "lifted " + h.Lifted.Local().Format(time.DateTime)
			}
			fmt.Fprintf(w, "%s  %s  %s%s  %s  %s\n", h.ID, h.At.Local().Format(time.DateTime), h.Call, h.Caller, state, h.Reason)
		}
		if len(all) == 0 {
			fmt.Fprintln(w, "Nothing is held.")
		}
	})
}
