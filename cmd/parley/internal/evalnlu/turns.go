package evalnlu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/floor"
)

// What a text can be labelled.
const (
	finished   = "finished"
	unfinished = "unfinished"
	waiting    = "wait"
)

var floors = []string{finished, unfinished, waiting}

// NewTurns returns "eval turns".
func NewTurns(env *cli.Env) *cobra.Command {
	var words, misses bool
	cmd := &cobra.Command{
		Use: "turns FILE.tsv", Short: "Measure how well it is told whether a caller has finished",
		Long: `Measures on FILE.tsv. Each line is TEXT<TAB>LABEL, or the first line names the columns, of which text and label count. The label is
finished (the caller has said what they wanted to say), unfinished (the sentence goes on after the pause) or wait (they want
Parley to wait, or to be quiet). Texts are judged as what a caller has said before a pause is, by their words and by what
those mean; --words leaves the meaning out, as where there are no weights. --misses prints each text that was judged wrongly.

accuracy: share of the texts judged rightly; macro_f1 over the labels that occur; finished, unfinished, wait: share of the
texts with that label that were judged so; cut_off: share of the unfinished ones taken for finished, to which Parley would
reply too soon; p50_ms, p99_ms: time of one judgement. With texts in both languages, the shares are also given for each, as
"finished en".`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			rows, err := readTSV(args[0])
			if err != nil {
				return err
			}
			by := map[string]floor.Reader{}
			if !words {
				embedders, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
				if err != nil {
					return fmt.Errorf("%w (or leave the meaning out with --words)", err)
				}
				defer func() { err = errors.Join(err, embedders.Close()) }()
				for lang, em := range embedders {
					by[lang] = em
				}
			}
			c, u := turnCount{}, nlu.New(nlu.Options{Floors: floor.NewJudge(by)})
			for _, r := range rows {
				if !slices.Contains(floors, r.label) {
					return fmt.Errorf("%s: label %q: give %s", args[0], r.label, strings.Join(floors, ", "))
				}
				if got, err := c.judge(cmd.Context(), u, r); err != nil {
					return err
				} else if misses && got != r.label {
					fmt.Fprintf(env.Err, "%s, not %s: %s\n", got, r.label, r.text)
				}
			}
			return printFigures(env, c.figures())
		},
	}
	cmd.Flags().BoolVar(&words, "words", false, "judge by the words alone")
	cmd.Flags().BoolVar(&misses, "misses", false, "print each text that was judged wrongly")
	return cmd
}

// turnCount counts what texts with a label, in a language or in all (""), were judged to be.
type turnCount struct {
	n  map[[3]string]int // language, label, judged
	ms []float64
}

// judge judges one text as a call does.
func (c *turnCount) judge(ctx context.Context, u *nlu.Understander, r row) (string, error) {
	lang := nlu.Language(r.text, "en")
	began := time.Now()
	meant, err := u.Understand(ctx, nlu.Turn{Text: r.text, Lang: lang})
	if err != nil {
		return "", err
	}
	c.ms = append(c.ms, float64(time.Since(began).Microseconds())/1000)
	got := finished
	switch {
	case meant.Command == nlu.Stop:
		got = waiting
	case meant.GoesOn():
		got = unfinished
	}
	if c.n == nil {
		c.n = map[[3]string]int{}
	}
	c.n[[3]string{"", r.label, got}]++
	c.n[[3]string{lang, r.label, got}]++
	return got, nil
}

func (c *turnCount) figures() []figure {
	var out []figure
	langs := []string{""}
	if c.total("en") > 0 && c.total("zh") > 0 {
		langs = append(langs, "en", "zh")
	}
	for _, lang := range langs {
		out = append(out, c.of(lang)...)
	}
	sort.Float64s(c.ms)
	return append(out, figure{"p50_ms", quantile(c.ms, 0.5)}, figure{"p99_ms", quantile(c.ms, 0.99)})
}

func (c *turnCount) total(lang string) int {
	n := 0
	for _, label := range floors {
		n += c.labelled(lang, label)
	}
	return n
}

func (c *turnCount) labelled(lang, label string) int {
	n := 0
	for _, got := range floors {
		n += c.n[[3]string{lang, label, got}]
	}
	return n
}

// of are the figures of a language, or of all.
func (c *turnCount) of(lang string) []figure {
	name := func(s string) string { return strings.TrimSpace(s + " " + lang) }
	right, f1, classes := 0, 0.0, 0
	var shares []figure
	for _, label := range floors {
		n, said := c.labelled(lang, label), 0
		if n == 0 {
			continue
		}
		for _, real := range floors {
			said += c.n[[3]string{lang, real, label}]
		}
		hit := c.n[[3]string{lang, label, label}]
		right += hit
		f1 += 2 * float64(hit) / float64(n+said)
		classes++
		shares = append(shares, figure{name(label), share(hit, n)})
	}
	out := []figure{
		{name("texts"), float64(c.total(lang))}, {name("accuracy"), share(right, c.total(lang))}, {name("macro_f1"), f1 / float64(max(1, classes))},
	}
	out = append(out, shares...)
	if n := c.labelled(lang, unfinished); n > 0 {
		out = append(out, figure{name("cut_off"), share(c.n[[3]string{lang, unfinished, finished}], n)})
	}
	return out
}
