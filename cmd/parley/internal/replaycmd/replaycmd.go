// Package replaycmd is "parley replay": recorded calls are had again with the bot as it is now.
package replaycmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/pipeline/call"
)

// mostLast is the most calls the record gives at once.
const mostLast = 200

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var last int
	var q record.Query
	cmd := &cobra.Command{
		Use: "replay [CALL...] [--last N]", Short: "Have recorded calls again with the bot as it is now, and tell what would be said otherwise",
		Long: `Says to the bot what the callers of recorded calls said, with the knowledge, the configuration and the program as they are
now, and prints where it would do otherwise than it did: before an upgrade, a new FAQ or another answer.bar goes into use.

CALL is the ID of a call (parley calls list); without any, the last N calls are taken. What callers said to people is not
asked. A call is a conversation: after the first change the caller might have gone on differently. What was masked in the
record stays masked. Answers that a language model words are worded anew. Rules are tried on recorded calls by "parley
rules test" and "parley rules diff", one edited answer by "parley knowledge preview".`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && (cmd.Flags().Changed("last") || q.Route != "") {
				return cli.Usagef("parley replay: give calls, or --last and --route, not both")
			}
			if last < 1 || last > mostLast {
				return cli.Usagef("--last %d: give 1 to %d", last, mostLast)
			}
			q.Limit = last
			return replay(cmd.Context(), env, args, q)
		},
	}
	cmd.Flags().IntVar(&last, "last", 50, "how many of the last calls, at most 200")
	cmd.Flags().StringVar(&q.Route, "route", "", "only calls of this route")
	return cmd
}

// replayed is one call had again.
type replayed struct {
	Call    call.ID       `json:"call_id"`
	Route   string        `json:"route"`
	Asked   int           `json:"asked"` // what the bot answered then and was asked again
	Changes []gaps.Change `json:"changes"`
}

// result is what the command prints.
type result struct {
	Calls   []replayed `json:"calls"`
	Asked   int        `json:"asked"`
	Changed int        `json:"changed"`
	Gains   int        `json:"gains"`
	Losses  int        `json:"losses"`
}

func replay(ctx context.Context, env *cli.Env, ids []string, q record.Query) (err error) {
	cfg, err := config.Load(env.Config)
	if err != nil {
		return err
	}
	calls, err := load(ctx, env, ids, q)
	if err != nil {
		return err
	}
	b, err := brain.Open(ctx, env, brain.Options{Bar: cfg.Answer.Bar, Intents: cfg.Answer.Intents, LLM: brain.LLM(cfg.LLM)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	res := result{Calls: []replayed{}}
	progress := knowledgecmd.Progress(env.Err, "calls")
	for i, d := range calls {
		m := moments(d)
		changes, err := gaps.Replay(ctx, b.Engine, m)
		if err != nil {
			return fmt.Errorf("call %s: %w", d.ID, err)
		}
		res.Calls = append(res.Calls, replayed{d.ID, d.Route, len(m), changes})
		res.Asked += len(m)
		res.Changed += len(changes)
		for _, c := range changes {
			switch c.Kind {
			case gaps.Gain:
				res.Gains++
			case gaps.Loss:
				res.Losses++
			}
		}
		progress(i+1, len(calls))
	}
	return env.Print(res, func(w io.Writer) { show(w, res) })
}

// load reads the calls with these IDs, or the last ones of q.
func load(ctx context.Context, env *cli.Env, ids []string, q record.Query) (out []record.Detail, err error) {
	err = member.Reading(ctx, env, func(s *store.Store) error {
		if len(ids) == 0 {
			page, err := s.List(ctx, q)
			if err != nil {
				return err
			}
			for _, c := range page.Calls {
				ids = append(ids, string(c.ID))
			}
		}
		for _, id := range ids {
			d, err := s.Get(ctx, call.ID(id))
			if errors.Is(err, record.ErrUnknown) {
				return fmt.Errorf("no call %q in %s: \"parley calls list\" shows what there is", id, env.Home)
			}
			if err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(out) == 0 {
		return nil, fmt.Errorf("no calls are on record in %s: \"parley serve\" answers calls", env.Home)
	}
	return out, err
}

func show(w io.Writer, r result) {
	fmt.Fprintf(w, "%d calls, %d questions and commands: %d taken otherwise, of these %d lost, %d gained\n", len(r.Calls), r.Asked, r.Changed, r.Losses, r.Gains)
	side := func(o gaps.Outcome) string {
		return strings.TrimSpace(o.Decision+" "+o.Entry) + ": " + cli.Plain(o.Text)
	}
	for _, c := range r.Calls {
		if len(c.Changes) == 0 {
			continue
		}
		fmt.Fprintf(w, "%s %s\n", c.Call, cli.Plain(c.Route))
		for _, x := range c.Changes {
			mark := map[string]string{gaps.Loss: "-", gaps.Gain: "+", gaps.Else: "~"}[x.Kind]
			fmt.Fprintf(w, " %s %s\n     then  %s\n     now   %s\n", mark, cli.Plain(x.Query), side(x.Before), side(x.After))
		}
	}
}
