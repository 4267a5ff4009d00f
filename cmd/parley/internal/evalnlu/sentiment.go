package evalnlu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/sentiment"
)

// plain is how far from nothing the sentiment of a text may be that counts as neutral, where some are labelled so.
const plain = 0.25

// NewSentiment returns "eval sentiment".
func NewSentiment(env *cli.Env) *cobra.Command {
	var words bool
	cmd := &cobra.Command{
		Use: "sentiment FILE.tsv", Short: "Measure how well sentiment is recognised",
		Long: `Measures on FILE.tsv. Each line is TEXT<TAB>LABEL; the label is positive, negative or neutral, or a number: 1 is
positive, 0 or -1 is negative. Texts are judged as turns of a call are, by their words and by what they mean; --words leaves
the meaning out, as where there are no weights. Where some texts are labelled neutral, a sentiment from -0.25 to 0.25 has no
sign.

accuracy: share of the positive and negative texts whose sign is right (no sign is wrong); two_way: the same with texts
without a sign taken as positive; macro_f1 over the labels that occur; silent: share of the texts without a sign.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			rows, err := readTSV(args[0])
			if err != nil {
				return err
			}
			var embedders knowledgecmd.Embedders
			if !words {
				embedders, err = knowledgecmd.OpenEmbedders(env, "en", "zh")
				if err != nil {
					return fmt.Errorf("%w (or leave the meaning out with --words)", err)
				}
				defer func() { err = errors.Join(err, embedders.Close()) }()
			}
			by := knowledgecmd.ByLang(embedders, func(em *embed.Embedder) sentiment.Embedder { return em })
			figures, err := evalSentiment(cmd.Context(), sentiment.NewJudge(by), rows)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return printFigures(env, figures)
		},
	}
	cmd.Flags().BoolVar(&words, "words", false, "judge by the words alone")
	return cmd
}

// signOf reads a label.
func signOf(label string) (int, error) {
	switch strings.ToLower(label) {
	case "positive", "pos", "正面", "积极":
		return 1, nil
	case "negative", "neg", "负面", "消极":
		return -1, nil
	case "neutral", "neu", "中性":
		return 0, nil
	}
	v, err := strconv.ParseFloat(label, 64)
	if err != nil {
		return 0, fmt.Errorf("label %q: give positive, negative, neutral, 1, 0 or -1", label)
	}
	if v > 0 {
		return 1, nil
	}
	return -1, nil
}

func evalSentiment(ctx context.Context, judge *sentiment.Judge, rows []row) ([]figure, error) {
	signs := make([]int, len(rows))
	for i, r := range rows {
		var err error
		if signs[i], err = signOf(r.label); err != nil {
			return nil, err
		}
	}
	least := 0.0
	if slices.Contains(signs, 0) {
		least = plain
	}
	var hit, said, real [3]int // by sign + 1
	polar, right, twoWay, silent := 0, 0, 0, 0
	for i, r := range rows {
		want, got := signs[i], 0
		v, err := judge.Mood(ctx, r.text, nlu.Language(r.text, "en"))
		if err != nil {
			return nil, err
		}
		if v > least {
			got = 1
		} else if v < -least {
			got = -1
		}
		real[want+1]++
		said[got+1]++
		if got == want {
			hit[got+1]++
		}
		if got == 0 {
			silent++
		}
		if want == 0 {
			continue
		}
		polar++
		if got == want {
			right++
		}
		if got == want || got == 0 && want > 0 {
			twoWay++
		}
	}
	f1, classes := 0.0, 0
	for i, n := range real {
		if n > 0 {
			classes++
			f1 += 2 * float64(hit[i]) / float64(n+said[i])
		}
	}
	return []figure{
		{"texts", float64(len(rows))}, {"accuracy", share(right, polar)}, {"two_way", share(twoWay, polar)},
		{"macro_f1", f1 / float64(max(1, classes))}, {"silent", share(silent, len(rows))},
	}, nil
}
