package curate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
)

// edit is a change of an entry from flags.
type edit struct {
	question, answer, state, audience, from, until string
	similar                                        []string
}

func (ed *edit) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&ed.question, "question", "", "the question")
	f.StringVar(&ed.answer, "answer", "", "the answer, said word for word")
	f.StringArrayVar(&ed.similar, "similar", nil, "another way to ask, in place of those there are; may be repeated")
	f.StringVar(&ed.state, "state", "", "draft, review, published or expired")
	f.StringVar(&ed.audience, "audience", "", "bot or agent")
	f.StringVar(&ed.from, "from", "", `in force from, a day or RFC 3339; "none" removes it`)
	f.StringVar(&ed.until, "until", "", `in force before, a day or RFC 3339; "none" removes it`)
}

// on returns e with what the flags of cmd say.
func (ed *edit) on(env *cli.Env, cmd *cobra.Command, e knowledge.Entry) (knowledge.Entry, error) {
	set := cmd.Flags().Changed
	if set("question") {
		e.Question = ed.question
	}
	if set("answer") {
		e.Answer = ed.answer
	}
	if set("similar") {
		e.Similar = ed.similar
	}
	if set("state") {
		e.State = knowledge.State(ed.state)
	}
	if set("audience") {
		e.Audience = knowledge.Audience(ed.audience)
	}
	for _, t := range []struct {
		name, text string
		to         **time.Time
	}{{"from", ed.from, &e.From}, {"until", ed.until, &e.Until}} {
		if !set(t.name) {
			continue
		}
		at, err := moment(env, t.text)
		if err != nil {
			return e, cli.Usagef("--%s %s: give a day such as 2027-01-31, a time as in RFC 3339, or none", t.name, t.text)
		}
		*t.to = at
	}
	return e, nil
}

// moment reads a day, which begins where days do, or a time; "none" is nil.
func moment(env *cli.Env, s string) (*time.Time, error) {
	if s == "none" {
		return nil, nil
	}
	t, err := env.Day(s)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	return &t, err
}

func newPreview(env *cli.Env) *cobra.Command {
	var ed edit
	var n int
	var lang string
	cmd := &cobra.Command{
		Use: "preview BASE ID", Short: "What would change: the golden set and the last questions of callers, before and after",
		Long: `Asks the bot the golden set of a base and the last questions of its callers, as things are and with an entry
changed as the flags say, and shows where they differ. An ID that is not there is a new entry, which needs --question and
--answer. Nothing is stored. Exit 3 when a question of the golden set would go wrong.`,
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n < 0 || n > 500 {
				return cli.Usagef("-n %d: give 0 to 500", n)
			}
			lang, err := checkLang(lang, ed.question)
			if err != nil {
				return err
			}
			change := func(old knowledge.Entry, there bool) (knowledge.Entry, error) {
				if !there {
					old = knowledge.Entry{Base: args[0], ID: args[1], Lang: lang}
					old.State = knowledge.Published
				}
				return ed.on(env, cmd, old)
			}
			p, err := preview(cmd.Context(), env, args[0], args[1], change, n)
			if err != nil {
				return err
			}
			if err := env.Print(p, func(w io.Writer) { printPreview(w, p) }); err != nil {
				return err
			}
			for _, c := range p.Changes {
				if c.Golden && c.Kind == gaps.Loss {
					return cli.Checkf("the golden set would not hold: %q", c.Query)
				}
			}
			return nil
		},
	}
	ed.flags(cmd)
	cmd.Flags().IntVarP(&n, "number", "n", 200, "how many of the last questions of callers are asked, beside the golden set")
	cmd.Flags().StringVar(&lang, "lang", "", "language of a new entry, en or zh (default: told from the question)")
	return cmd
}

// withBrain opens the bot and the record for do; the record is nil when there is none.
func withBrain(ctx context.Context, env *cli.Env, make bool, do func(b *brain.Brain, bar float64, s *store.Store) error) error {
	cfg, err := config.Load(env.Config)
	if err != nil {
		return err
	}
	bar := cfg.Answer.Bar
	if bar == 0 {
		bar = answer.DefaultBar
	}
	b, err := brain.Open(ctx, env, brain.Options{Bar: cfg.Answer.Bar, Intents: cfg.Answer.Intents})
	if err != nil {
		return err
	}
	return errors.Join(withRecord(ctx, env, make, func(s *store.Store) error { return do(b, bar, s) }), b.Close())
}

const previewDays = 90

func preview(ctx context.Context, env *cli.Env, base, id string, change func(knowledge.Entry, bool) (knowledge.Entry, error), n int) (p gaps.Preview, err error) {
	err = withBrain(ctx, env, false, func(b *brain.Brain, bar float64, s *store.Store) error {
		old, there, err := b.Store.Entry(ctx, base, id)
		if err != nil {
			return err
		}
		e, err := change(old, there)
		if err != nil {
			return err
		}
		var steps []gaps.Step
		var golden []gaps.Golden
		if s != nil {
			if steps, err = s.Learning().Steps(ctx, base, time.Now().AddDate(0, 0, -previewDays), gaps.MostSteps); err != nil {
				return err
			}
			if golden, err = s.Learning().Golden(ctx, base); err != nil {
				return err
			}
		}
		after, err := b.With(ctx, e, bar)
		if err != nil {
			return err
		}
		if p, err = gaps.Compare(ctx, b.Engine, after, base, gaps.LastQuestions(steps, golden, n), knowledgecmd.Progress(env.Err, "asking")); err != nil {
			return err
		}
		p.Titles, err = titles(ctx, b, base, p)
		return err
	})
	return p, err
}

// titles are the questions of the entries p names.
func titles(ctx context.Context, b *brain.Brain, base string, p gaps.Preview) (map[string]string, error) {
	out := map[string]string{}
	for id := range p.Named {
		if _, ok := out[id]; ok {
			continue
		}
		e, ok, err := b.Store.Entry(ctx, base, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out[id] = e.Question
		}
	}
	return out, nil
}

func printPreview(w io.Writer, p gaps.Preview) {
	if p.N == 0 {
		fmt.Fprintln(w, "no calls of this base are on record, and its golden set is empty: there is nothing to ask")
		return
	}
	fmt.Fprintf(w, "%d questions, %d of them from the golden set: %d lost, %d gained, %d different\n", p.N, p.Golden, p.Losses, p.Gains, len(p.Changes)-p.Losses-p.Gains)
	side := func(o gaps.Outcome) string {
		if t := p.Titles[o.Entry]; t != "" {
			return fmt.Sprintf("%s: %s (%.0f %%)", o.Decision, t, 100*o.PRight)
		}
		return o.Decision
	}
	for _, c := range p.Changes {
		mark := map[string]string{gaps.Loss: "-", gaps.Gain: "+", gaps.Else: "~"}[c.Kind]
		if c.Golden {
			mark += "!"
		}
		fmt.Fprintf(w, "%-2s %s\n     before  %s\n     after   %s\n", mark, c.Query, side(c.Before), side(c.After))
	}
}
