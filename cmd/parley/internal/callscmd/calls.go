// Package callscmd is "parley calls": the calls on record, read from the data folder or the database, also while a server is
// writing.
package callscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/pipeline/call"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("calls", "List the calls on record, or show one, or what was masked in one",
		newList(env), newShow(env), newOriginals(env))
}

func newList(env *cli.Env) *cobra.Command {
	var q record.Query
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: "List calls, newest first",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.State = record.State(state)
			switch q.State {
			case "", record.Running, record.Ended, record.Cut:
			default:
				return cli.Usagef("calls list: --state must be running, ended or cut, not %q", state)
			}
			if q.Limit < 1 {
				return cli.Usagef("calls list: --limit must be at least 1")
			}
			return list(cmd.Context(), env, q)
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Route, "route", "", "only calls of this route")
	f.StringVar(&q.Lang, "lang", "", "only calls in this language")
	f.StringVar(&q.Text, "text", "", "only calls in which this was said, or with this caller or dialled user")
	f.StringVar(&state, "state", "", "only calls in this state: running, ended or cut")
	f.IntVar(&q.Limit, "limit", 50, "most calls to list")
	f.StringVar(&q.After, "after", "", "go on after a list that gave this as next")
	return cmd
}

// pageSize is the most calls the record gives at once.
const pageSize = 200

func list(ctx context.Context, env *cli.Env, q record.Query) error {
	page := record.Page{Calls: []record.Call{}}
	err := member.Reading(ctx, env, func(s *store.Store) error {
		for left := q.Limit; left > 0; {
			q.Limit = min(left, pageSize)
			p, err := s.List(ctx, q)
			if errors.Is(err, record.ErrQuery) {
				return cli.Usagef("calls list: %w", err)
			}
			if err != nil {
				return err
			}
			page.Calls, page.Next, page.Position = append(page.Calls, p.Calls...), p.Next, p.Position
			if left -= len(p.Calls); p.Next == "" {
				return nil
			}
			q.After = p.Next
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return env.Print(page, func(w io.Writer) { table(w, page) })
}

func table(w io.Writer, p record.Page) {
	if len(p.Calls) == 0 {
		fmt.Fprintln(w, "No calls on record. \"parley serve\" answers calls, \"parley call\" makes one.")
		return
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "STARTED\tSTATE\tLASTED\tFROM\tTO\tLANG\tTURNS\tGAP P50\tID")
	for _, c := range p.Calls {
		gap := "-"
		if c.GapP50 > 0 {
			gap = fmt.Sprintf("%d ms", c.GapP50)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n",
			c.StartedAt.Local().Format("2006-01-02 15:04:05"), c.State, record.Clock(c.Duration), cli.Plain(c.From), cli.Plain(c.To), cli.Plain(c.Lang), c.TurnCount, gap, c.ID)
	}
	if err := tw.Flush(); err != nil {
		return // the terminal is gone
	}
	if p.Next != "" {
		fmt.Fprintf(w, "More: --after %s\n", p.Next)
	}
}

func newShow(env *cli.Env) *cobra.Command {
	var text, vtt bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one call: its turns, and how each answer came about and how long it took",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var f record.Format
			switch {
			case text && vtt:
				return cli.Usagef("calls show: give --text or --vtt, not both")
			case (text || vtt) && env.JSON:
				return cli.Usagef("calls show: --json shows the whole call: leave out --text and --vtt")
			case text:
				f = record.Text
			case vtt:
				f = record.WebVTT
			}
			return show(cmd.Context(), env, call.ID(args[0]), f)
		},
	}
	cmd.Flags().BoolVar(&text, "text", false, "print the transcript as text")
	cmd.Flags().BoolVar(&vtt, "vtt", false, "print the transcript as WebVTT")
	return cmd
}

func show(ctx context.Context, env *cli.Env, id call.ID, f record.Format) error {
	var d record.Detail
	err := member.Reading(ctx, env, func(s *store.Store) error {
		var err error
		d, err = s.Get(ctx, id)
		return err
	})
	if errors.Is(err, record.ErrUnknown) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no call %s in %s: \"parley calls list\" shows what there is", cli.Plain(string(id)), env.Home)
	}
	if err != nil {
		return err
	}
	if f != "" {
		return record.Write(env.Out, d, f)
	}
	return env.Print(d, func(w io.Writer) { page(w, env.Home, d) })
}

// page prints a call for people.
func page(w io.Writer, home string, d record.Detail) {
	fmt.Fprintf(w, "%s  %s\n", d.ID, d.State)
	fmt.Fprintf(w, "%s -> %s  %s  %s  %s\n", cli.Plain(d.From), cli.Plain(d.To), d.StartedAt.Local().Format(time.DateTime), record.Clock(d.Duration), cli.Plain(d.Codec))
	if d.Why != "" {
		fmt.Fprintf(w, "ended by %s (%s)\n", cli.Plain(string(d.EndedBy)), cli.Plain(d.Why))
	}
	falls := make(map[int]record.Waterfall, len(d.Waterfalls))
	for _, f := range d.Waterfalls {
		falls[f.Turn] = f
	}
	fmt.Fprintln(w)
	for _, t := range d.Turns {
		cut := ""
		if t.Cut {
			cut = "  [interrupted]"
		}
		fmt.Fprintf(w, "%6s  %-6s  %s%s\n", record.Clock(t.Start.Seconds()), t.Who, cli.Plain(t.Text), cut)
		if t.Decision != "" {
			fmt.Fprintf(w, "                %s %s\n", cli.Plain(t.Decision), cli.Plain(t.Entry))
		}
		if f, ok := falls[t.N]; ok {
			fmt.Fprintf(w, "                %s\n", waterfall(f))
		}
	}
	if dir, err := store.Folder(home, d.ID); err == nil && d.Audio {
		fmt.Fprintf(w, "\nrecording and transcripts: %s\n", dir)
	}
}

// waterfall writes a reply's marks as milliseconds after the caller's last voiced packet.
func waterfall(f record.Waterfall) string {
	var b strings.Builder
	fmt.Fprintf(&b, "gap %d ms:", f.GapMS)
	for _, m := range []struct {
		name string
		at   call.Offset
	}{
		{"text", f.FinalText}, {"answer", f.Answered}, {"sound", f.FirstAudio}, {"end of turn", f.EndOfTurn}, {"on the wire", f.FirstVoice},
	} {
		if m.at != 0 {
			fmt.Fprintf(&b, "  %s %+d", m.name, time.Duration(m.at-f.LastVoice).Milliseconds())
		}
	}
	return b.String()
}
