// Package hookscmd is "parley webhooks": what was sent to other programs, and sending it again. It works on the data
// folder; a running server delivers.
package hookscmd

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("webhooks", "What was sent to other programs, and send it again",
		newList(env), newReplay(env))
}

// selection are the flags that select deliveries.
type selection struct {
	q        hooks.Query
	state    string
	from, to string
}

func (s *selection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.q.Target, "target", "", "only of this receiver (webhooks[].name)")
	f.StringVar(&s.q.Event, "event", "", "only the event with this ID")
	f.StringVar(&s.state, "state", "", "only waiting, delivered or given_up ones")
	f.StringVar(&s.from, "from", "", "happened at or after, such as 2026-03-01T09:00:00Z")
	f.StringVar(&s.to, "to", "", "happened before")
}

func (s *selection) read() error {
	switch s.q.State = hooks.State(s.state); s.q.State {
	case "", hooks.Waiting, hooks.Delivered, hooks.GivenUp:
	default:
		return cli.Usagef("webhooks: --state must be waiting, delivered or given_up, not %q", s.state)
	}
	for text, to := range map[*string]*time.Time{&s.from: &s.q.From, &s.to: &s.q.To} {
		if *text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, *text)
		if err != nil {
			return cli.Usagef("webhooks: %q is no time such as 2026-03-01T09:00:00Z", *text)
		}
		*to = at
	}
	return nil
}

func newList(env *cli.Env) *cobra.Command {
	var sel selection
	cmd := &cobra.Command{
		Use: "list", Short: "List deliveries, newest first",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := sel.read(); err != nil {
				return err
			}
			return member.Writing(cmd.Context(), env, func(s *store.Store) error {
				all, err := s.Outbox().Deliveries(cmd.Context(), sel.q)
				if err != nil {
					return err
				}
				out := struct {
					Deliveries []hooks.Delivery `json:"deliveries"`
				}{all}
				return env.Print(out, func(w io.Writer) { table(w, all) })
			})
		},
	}
	sel.flags(cmd)
	cmd.Flags().IntVar(&sel.q.Limit, "limit", 50, "most deliveries to list, at most 500")
	return cmd
}

func table(w io.Writer, all []hooks.Delivery) {
	if len(all) == 0 {
		fmt.Fprintln(w, "Nothing was sent. Receivers are named under webhooks in the configuration.")
		return
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "HAPPENED\tTARGET\tKIND\tSTATE\tTRIES\tID\tWHY")
	for _, d := range all {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", d.Event.At.Local().Format(time.DateTime), d.Target, d.Event.Kind, d.State, d.Tries, d.Event.ID, d.Why)
	}
	_ = tw.Flush() // the terminal is gone when it fails
}

func newReplay(env *cli.Env) *cobra.Command {
	var sel selection
	cmd := &cobra.Command{
		Use: "replay --target NAME", Short: "Send events to a receiver again, in the old order and with the old IDs",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := sel.read(); err != nil {
				return err
			}
			if sel.q.Target == "" {
				return cli.Usagef("webhooks replay: --target says whom to send to")
			}
			return member.Writing(cmd.Context(), env, func(s *store.Store) error {
				g, err := peoplecmd.Gate(s, env, access.Options{})
				if err != nil {
					return err
				}
				if err := g.Note(cmd.Context(), access.Entry{Who: "console", Name: "Console of the server", What: access.ReplayedDeliveries, Detail: sel.q.Target}); err != nil {
					return err
				}
				n, err := s.Outbox().Replay(cmd.Context(), sel.q)
				if err != nil {
					return err
				}
				return env.Print(map[string]int{"deliveries": n}, func(w io.Writer) { fmt.Fprintf(w, "%d deliveries are sent again by the running server.\n", n) })
			})
		},
	}
	sel.flags(cmd)
	return cmd
}
