// Package evalnlu is "parley eval intent", "eval sentiment", "eval turns", "eval redact" and "eval itn": how well Parley understands,
// measured on files of labelled texts.
package evalnlu

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/intent"
)

// row is one labelled text.
type row struct{ text, label string }

// NewIntent returns "eval intent".
func NewIntent(env *cli.Env) *cobra.Command {
	var threshold float64
	cmd := &cobra.Command{
		Use: "intent TRAIN.tsv TEST.tsv", Short: "Measure how well intents are recognised",
		Long: `Learns intents from TRAIN.tsv and measures on TEST.tsv. Each line is TEXT<TAB>INTENT; the intent oos means out of scope.

accuracy: share of the texts in scope given the right intent without a threshold; accuracy_at_threshold: with it;
oos_recall: share of the texts out of scope that were given none; oos_precision: share of those given none that are out
of scope; overall: share of all texts judged rightly; calibration_error: over 10 equal bins of the probability.`,
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if threshold < 0 || threshold > 1 {
				return cli.Usagef("--threshold %v: give a probability, 0 to 1", threshold)
			}
			train, err := readTSV(args[0])
			if err != nil {
				return err
			}
			test, err := readTSV(args[1])
			if err != nil {
				return err
			}
			return evalIntent(cmd.Context(), env, train, test, threshold)
		},
	}
	cmd.Flags().Float64Var(&threshold, "threshold", 0.35, "probability from which on an intent is named")
	return cmd
}

// eachLine gives the lines of a file that are not blank to use, counted from 1 and without what Windows puts around them,
// until it fails.
func eachLine(path string, use func(n int, line string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSuffix(strings.TrimPrefix(sc.Text(), "\ufeff"), "\r")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := use(n, line); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// readTSV reads lines of text, tab, label. A first line with a cell "label" or "intent" is a header; with a cell "text", too, it
// names the columns, in any order and among others.
func readTSV(path string) ([]row, error) {
	if err := cli.Files(path); err != nil {
		return nil, err
	}
	text, label := 0, 1
	var out []row
	err := eachLine(path, func(n int, line string) error {
		cells := strings.Split(line, "\t")
		if n == 1 {
			if t, l := column(cells, "text"), column(cells, "label", "intent"); l >= 0 && t >= 0 {
				text, label = t, l
				return nil
			} else if l == label {
				return nil
			}
		}
		if len(cells) <= max(text, label) || strings.TrimSpace(cells[label]) == "" {
			return fmt.Errorf("%s, line %d: give a text, a tab and a label", path, n)
		}
		out = append(out, row{strings.TrimSpace(cells[text]), strings.TrimSpace(cells[label])})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no labelled texts", path)
	}
	return out, nil
}

// column is which of the cells has one of the names, -1 for none.
func column(cells []string, names ...string) int {
	return slices.IndexFunc(cells, func(c string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, c) })
	})
}

// mostly is the language of most of the rows.
func mostly(rows []row) string {
	zh := 0
	for _, r := range rows {
		if nlu.Language(r.text, "en") == "zh" {
			zh++
		}
	}
	if 2*zh > len(rows) {
		return "zh"
	}
	return "en"
}

func evalIntent(ctx context.Context, env *cli.Env, train, test []row, threshold float64) (err error) {
	lang := mostly(train)
	embedders, err := knowledgecmd.OpenEmbedders(env, lang)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, embedders.Close()) }()
	examples := make([]intent.Example, len(train))
	for i, r := range train {
		examples[i] = intent.Example{Text: r.text, Intent: r.label, Lang: lang}
	}
	began := time.Now()
	c, err := intent.Train(ctx, examples, intent.Options{Embedders: map[string]intent.Embedder{lang: embedders[lang]}})
	if err != nil {
		return err
	}
	var j judge
	j.trainS = time.Since(began).Seconds()
	for _, r := range test {
		began := time.Now()
		name, p, err := c.Best(ctx, r.text, lang)
		if err != nil {
			return err
		}
		j.ms = append(j.ms, float64(time.Since(began).Microseconds())/1000)
		j.add(r.label, name, p, threshold)
	}
	return printFigures(env, j.figures())
}

// judge counts.
type judge struct {
	in, right, rightAt, oos, refused, refusedOOS int
	bins                                         [10]struct{ n, right, p float64 }
	ms                                           []float64
	trainS                                       float64
}

func (j *judge) add(label, name string, p, threshold float64) {
	ok := label == name
	b := &j.bins[min(9, int(p*10))]
	b.n, b.p = b.n+1, b.p+p
	if ok {
		b.right++
	}
	none := p < threshold
	if none {
		j.refused++
	}
	if label == intent.OutOfScope {
		j.oos++
		if none {
			j.refusedOOS++
		}
		return
	}
	j.in++
	if ok {
		j.right++
		if !none {
			j.rightAt++
		}
	}
}

func (j *judge) figures() []figure {
	ece := 0.0
	for _, b := range j.bins {
		ece += abs(b.p-b.right) / float64(max(1, j.in+j.oos))
	}
	sort.Float64s(j.ms)
	out := []figure{
		{"texts", float64(j.in + j.oos)},
		{"accuracy", share(j.right, j.in)}, {"accuracy_at_threshold", share(j.rightAt, j.in)},
	}
	if j.oos > 0 {
		out = append(out, figure{"oos_recall", share(j.refusedOOS, j.oos)}, figure{"oos_precision", share(j.refusedOOS, j.refused)})
	}
	return append(out,
		figure{"overall", share(j.rightAt+j.refusedOOS, j.in+j.oos)}, figure{"calibration_error", ece},
		figure{"train_s", j.trainS}, figure{"p50_ms", quantile(j.ms, 0.5)}, figure{"p99_ms", quantile(j.ms, 0.99)})
}

func abs(v float64) float64 { return max(v, -v) }

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// quantile of sorted values.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	return v[min(len(v)-1, int(q*float64(len(v))))]
}

// figure is one number with its name.
type figure struct {
	name  string
	value float64
}

// printFigures prints "name: number" lines, or one JSON object with these names.
func printFigures(env *cli.Env, figures []figure) error {
	m := map[string]float64{}
	for _, f := range figures {
		m[f.name] = f.value
	}
	return env.Print(m, func(w io.Writer) {
		for _, f := range figures {
			fmt.Fprintf(w, "%s: %.4g\n", f.name, f.value)
		}
	})
}
