// Package insightscmd is "parley insights": what calls were about and what became of them, read from the data folder, also
// while a server is writing; the morning report; and counting calls anew. The server shares what it is made of.
package insightscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/knowledge/embed"
)

// Figures are how the configuration wants figures to be made, but for the time.
func Figures(c *config.Config) insight.Options {
	i := c.Insights
	return insight.Options{Zone: c.InsightsZone(), RepeatDays: i.RepeatDays, Service: i.Service, Cost: i.CostPerHour, Currency: i.Currency}
}

// Keeper draws the facts of the calls in a store. embedders may be nil: then no topics are found.
func Keeper(s *store.Store, embedders knowledgecmd.Embedders, countries []string, log *slog.Logger) *insight.Keeper {
	by := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) insight.Embedder { return em })
	k := &insight.Keeper{Calls: s.Insights(), Groups: s.Insights(), Embedders: by, Log: log}
	k.Who = func(ctx context.Context, c record.Call) (string, error) {
		return insight.WhoCalled(ctx, s.Customers(), c, countries)
	}
	return k
}

// flags are those of the commands.
type flags struct {
	from, to, queue, by, compare, zone, lang, day, out string
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "insights", Short: "What calls were about and what became of them",
		Long: "Figures of a period with their sample sizes and 95 % ranges, compared with an earlier one; what callers asked about, why they\n" +
			"called again, and what stayed without an answer. A * marks what rests on the machine's view of the words.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return show(cmd.Context(), env, f) },
	}
	cmd.Flags().StringVar(&f.from, "from", "", "first day, as 2026-11-01; 27 days before the last otherwise")
	cmd.Flags().StringVar(&f.to, "to", "", "last day; today otherwise")
	cmd.Flags().StringVar(&f.queue, "queue", "", "only calls of this queue")
	cmd.Flags().StringVar(&f.by, "by", "day", "group by day, queue, agent, intent or topic (with --json)")
	cmd.Flags().StringVar(&f.compare, "compare", "previous", "compare with the days before (previous), whole weeks earlier (week), a period from a day on, or none")
	for _, p := range []struct {
		to         *string
		name, what string
		otherwise  string
	}{{&f.zone, "zone", "IANA time zone in which days begin; that of the configuration otherwise", ""}, {&f.lang, "lang", "en or zh", "en"}, {&env.Config, "config", "configuration file", ""}} {
		cmd.PersistentFlags().StringVar(p.to, p.name, p.otherwise, p.what)
	}
	cmd.AddCommand(newReport(env, &f), newRebuild(env))
	return cmd
}

func newReport(env *cli.Env, f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "report", Short: "Write the morning report of a day as HTML",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return report(cmd.Context(), env, *f) },
	}
	cmd.Flags().StringVar(&f.day, "day", "", "the day; yesterday otherwise")
	cmd.Flags().StringVar(&f.out, "out", "", "file to write; standard output otherwise, and the folder reports with --json")
	return cmd
}

func newRebuild(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "rebuild", Short: "Count calls that are not counted yet and find topics, as a server does in the background",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return rebuild(cmd.Context(), env) },
	}
}

// query reads the flags.
func (f flags) query(env *cli.Env) (insight.Query, *config.Config, error) {
	var q insight.Query
	if f.lang != "en" && f.lang != "zh" {
		return q, nil, cli.Usagef("insights: --lang must be en or zh, not %q", f.lang)
	}
	switch insight.By(f.by) {
	case insight.ByDay, insight.ByQueue, insight.ByAgent, insight.ByIntent, insight.ByTopic:
	default:
		return q, nil, cli.Usagef("insights: --by must be day, queue, agent, intent or topic, not %q", f.by)
	}
	c, err := config.Load(env.Config)
	if err != nil {
		return q, nil, err
	}
	q = insight.Query{Queue: f.queue, By: insight.By(f.by), Lang: f.lang, Options: Figures(c)}
	q.Now = time.Now()
	if f.zone != "" {
		if q.Zone, err = time.LoadLocation(f.zone); err != nil {
			return q, nil, cli.Usagef("insights: --zone: %q is no zone such as Europe/London", f.zone)
		}
	}
	if q.Period, err = insight.ParsePeriod(f.from, f.to, q.Now, q.Zone); err == nil {
		q.Before, err = q.Period.Earlier(f.compare)
	}
	if err != nil {
		return q, nil, cli.Usagef("insights: %w", err)
	}
	return q, c, nil
}

func show(ctx context.Context, env *cli.Env, f flags) error {
	q, _, err := f.query(env)
	if err != nil {
		return err
	}
	v := insight.Build(q, insight.Data{})
	err = member.Reading(ctx, env, func(s *store.Store) (err error) {
		v, err = insight.Read(ctx, s.Insights(), nil, q)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return env.Print(v, func(w io.Writer) { page(w, v, f.lang) })
}

func page(w io.Writer, v insight.View, lang string) {
	fmt.Fprintf(w, "%s to %s, %s", v.From, v.To, v.Zone)
	if v.Compared != nil {
		fmt.Fprintf(w, ", compared with %s to %s", v.Compared.From, v.Compared.To)
	}
	fmt.Fprint(w, "\n\n")
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range v.Figures {
		name, mark, between, before := f.NameEn, "", "", ""
		if lang == "zh" {
			name = f.NameZh
		}
		if f.Machine {
			mark = " *"
		}
		if f.Low != nil && f.High != nil {
			between = f.Write(f.Low) + " to " + f.Write(f.High)
		}
		if f.Before != nil {
			before = f.Write(f.Before.Value)
		}
		unknown := ""
		if f.Unknown > 0 {
			unknown = fmt.Sprintf("%d cannot tell", f.Unknown)
		}
		fmt.Fprintf(tw, "%s%s\t%s\t%s\tn %d\t%s\twas %s\n", name, mark, f.Write(f.Value.Value), between, f.N, unknown, before)
	}
	_ = tw.Flush() // the terminal is gone when it fails
	section := func(title string, n int, line func(i int) string) {
		if n > 0 {
			fmt.Fprintf(w, "\n%s\n", title)
		}
		for i := range min(n, 15) {
			fmt.Fprintf(w, "  %s\n", line(i))
		}
	}
	section("Alerts", len(v.Alerts), func(i int) string {
		a := v.Alerts[i]
		return fmt.Sprintf("%s: %s, %d callers in %d hours", a.Level, a.Name, a.Trend.Callers, a.Hours)
	})
	section("Topics", len(v.Topics), func(i int) string {
		t := v.Topics[i]
		mark := ""
		if t.New {
			mark = "  new"
		} else if t.Rising {
			mark = "  rising"
		}
		return fmt.Sprintf("%4d  %s%s", t.N, t.Name, mark)
	})
	section("Asked and not answered", len(v.Blind), func(i int) string { return fmt.Sprintf("%4d  %s", v.Blind[i].N, v.Blind[i].Question) })
	section("Why people called again", len(v.Repeats), func(i int) string { return fmt.Sprintf("%4d  %s", v.Repeats[i].N, v.Repeats[i].Name) })
	if v.Missing > 0 {
		fmt.Fprintf(w, "\n%d ended calls are not counted yet: a running server counts them, or \"parley insights rebuild\".\n", v.Missing)
	}
}

// rebuilt is what rebuild prints.
type rebuilt struct {
	Counted int `json:"counted"`
	Topics  int `json:"topics"`
}

func rebuild(ctx context.Context, env *cli.Env) error {
	c, err := config.Load(env.Config)
	if err != nil {
		return err
	}
	var out rebuilt
	err = member.Reading(ctx, env, func(s *store.Store) (err error) {
		embedders, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, embedders.Close()) }()
		k := Keeper(s, embedders, c.Customers.Countries, env.Log)
		for {
			n, err := k.Pass(ctx)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			out.Counted += n
			env.Infof("%d calls counted", out.Counted)
		}
		if err := k.Regroup(ctx); err != nil {
			return err
		}
		topics, err := s.Insights().Topics(ctx)
		for _, t := range topics {
			if t.Size > 0 {
				out.Topics++
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return env.Print(out, func(w io.Writer) { fmt.Fprintf(w, "%d calls counted, %d topics\n", out.Counted, out.Topics) })
}
