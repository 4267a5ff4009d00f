// Package ask is "parley ask": it puts questions to the engine that answers calls and shows what it would say.
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var file, base, queue, lang string
	var bar float64
	var dialogue bool
	cmd := &cobra.Command{
		Use: "ask TEXT... | --file IN.jsonl", Short: "Ask what a caller would ask and see the answer",
		Long: `Puts each TEXT, or the "query" of each line of a file of JSON objects, to the engine that answers calls.

A line may also have "base", "lang" and "confidence" (0..1, as a recogniser would give it). Each question stands by
itself; with --dialogue they are the turns of one conversation, in which "the second one" and "say that again" work.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case file == "" && len(args) == 0:
				return cli.Usagef("parley ask: give a question or --file IN.jsonl; see parley ask --help")
			case file != "" && len(args) > 0:
				return cli.Usagef("parley ask: give questions or --file, not both")
			case lang != "" && lang != "en" && lang != "zh":
				return cli.Usagef("--lang %s: give en or zh", lang)
			case bar < 0 || bar > 1:
				return cli.Usagef("--bar %v: give a probability, 0 to 1", bar)
			}
			queries, err := questions(env, file, args, answer.Query{Base: base, Lang: lang, Queue: queue})
			if err != nil {
				return err
			}
			return ask(cmd.Context(), env, queries, brain.Options{Bar: bar}, dialogue)
		},
	}
	cmd.Flags().StringVar(&file, "file", "", `JSON lines with "query"; - reads standard input`)
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: the only one, or all)")
	cmd.Flags().StringVar(&queue, "queue", "", "ask as a call of this queue, for entries that are for some queues only")
	cmd.Flags().StringVar(&lang, "lang", "", "language of the questions, en or zh (default: told from the text)")
	cmd.Flags().Float64Var(&bar, "bar", 0, "probability above which an answer is given, 0 is the engine's own")
	cmd.Flags().BoolVar(&dialogue, "dialogue", false, "the questions are the turns of one conversation")
	return cmd
}

// line is one line of an input file.
type line struct {
	Query      *string `json:"query"`
	Base       string  `json:"base"`
	Lang       string  `json:"lang"`
	Confidence float64 `json:"confidence"`
}

// questions returns what is to be asked, each like the given one.
func questions(env *cli.Env, file string, args []string, like answer.Query) ([]answer.Query, error) {
	var out []answer.Query
	for _, a := range args {
		q := like
		q.Text = a
		out = append(out, q)
	}
	if file == "" {
		return out, nil
	}
	in, err := env.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	err = cli.Lines(in, file, func(b []byte) error {
		l := line{Base: like.Base, Lang: like.Lang}
		if err := json.Unmarshal(b, &l); err != nil {
			return fmt.Errorf("%w: each line must be a JSON object", err)
		}
		if l.Query == nil {
			return errors.New(`there is no "query" in it`)
		}
		out = append(out, answer.Query{Text: *l.Query, Base: l.Base, Lang: l.Lang, Queue: like.Queue, Confidence: l.Confidence, Spoken: l.Confidence > 0})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no questions", file)
	}
	return out, nil
}

func ask(ctx context.Context, env *cli.Env, queries []answer.Query, opt brain.Options, dialogue bool) (err error) {
	b, err := brain.Open(ctx, env, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if bases, err := b.Store.Bases(ctx); err != nil {
		return err
	} else if len(bases) == 0 {
		return errors.New("there is no knowledge yet; import a file first: parley knowledge import FILE")
	}
	answers := make([]answer.Decision, 0, len(queries))
	var d answer.Dialogue
	for _, q := range queries {
		dec, err := b.Engine.Answer(ctx, d, q)
		if err != nil {
			return fmt.Errorf("ask %q: %w", q.Text, err)
		}
		if dialogue {
			d = dec.Next
		}
		answers = append(answers, dec)
	}
	return env.Print(struct {
		Answers []answer.Decision `json:"answers"`
	}{answers}, func(w io.Writer) {
		for _, a := range answers {
			show(w, a)
		}
	})
}

func show(w io.Writer, a answer.Decision) {
	fmt.Fprintf(w, "? %s\n", a.Query)
	fmt.Fprintf(w, "  %s\n", a.Text)
	fmt.Fprintf(w, "  (%s", a.Decision)
	if a.Command != "" {
		fmt.Fprintf(w, ": %s", a.Command)
	}
	if a.Entry != "" {
		fmt.Fprintf(w, ", entry %s", a.Entry)
	}
	if a.PRight > 0 {
		fmt.Fprintf(w, ", right with probability %.2f", a.PRight)
	}
	if a.Intent != "" {
		fmt.Fprintf(w, ", intent %s", a.Intent)
	}
	fmt.Fprintf(w, ", sentiment %+.1f, %.0f ms)\n", a.Sentiment, a.MS)
}
