package evalnlu

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/written"
)

// NewITN returns "eval itn".
func NewITN(env *cli.Env) *cobra.Command {
	var lang string
	var misses bool
	cmd := &cobra.Command{
		Use: "itn FILE...", Short: "Measure how well spoken numbers, dates and amounts are written as figures",
		Long: `Measures on FILEs. Each line is SPOKEN~WRITTEN, or SPOKEN<TAB>WRITTEN: a text as it is said ("two hundred pounds")
and as it is to be written ("£200"); both are the same where nothing is to be changed.

lines: how many; exact: share that was written exactly so (spaces around a line do not count); exact_loose: the same
without regard to case and spaces. With several files each has figures of its own, with its name. --misses prints each line that differs.`,
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if lang != "" && lang != "en" && lang != "zh" {
				return cli.Usagef("eval itn: --lang %q: give en or zh", lang)
			}
			if err := cli.Files(args...); err != nil {
				return err
			}
			var out io.Writer
			if misses {
				out = env.Err
			}
			figures, err := evalITN(args, lang, out)
			if err != nil {
				return err
			}
			return printFigures(env, figures)
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "language of the texts, en or zh; without it, zh for lines with Chinese characters")
	cmd.Flags().BoolVar(&misses, "misses", false, "print the lines that were written differently")
	return cmd
}

// itnCount counts the lines of one file.
type itnCount struct{ lines, exact, loose int }

// evalITN measures all files; misses go to out unless that is nil.
func evalITN(paths []string, lang string, out io.Writer) ([]figure, error) {
	var all itnCount
	var each []figure
	names := shortNames(paths)
	for i, path := range paths {
		c, err := itnFile(path, lang, out)
		if err != nil {
			return nil, err
		}
		all.lines, all.exact, all.loose = all.lines+c.lines, all.exact+c.exact, all.loose+c.loose
		each = append(each, figure{"lines " + names[i], float64(c.lines)}, figure{"exact " + names[i], share(c.exact, c.lines)},
			figure{"exact_loose " + names[i], share(c.loose, c.lines)})
	}
	figures := []figure{
		{"lines", float64(all.lines)}, {"exact", share(all.exact, all.lines)}, {"exact_loose", share(all.loose, all.lines)},
	}
	if len(paths) > 1 {
		figures = append(figures, each...)
	}
	return figures, nil
}

func itnFile(path, lang string, out io.Writer) (itnCount, error) {
	var c itnCount
	err := eachLine(path, func(n int, line string) error {
		spoken, want, ok := strings.Cut(line, "\t")
		if !ok {
			spoken, want, ok = strings.Cut(line, "~")
		}
		if !ok {
			return fmt.Errorf("%s, line %d: give a text as it is spoken, ~ or a tab, and the text as it is written", path, n)
		}
		got := written.Write(spoken, itnLanguage(spoken, lang))
		c.lines++
		if strings.TrimSpace(got) == strings.TrimSpace(want) {
			c.exact++
		} else if out != nil {
			fmt.Fprintf(out, "%s, line %d: %q is %q, wanted %q\n", path, n, spoken, got, want)
		}
		if loosely(got) == loosely(want) {
			c.loose++
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	if c.lines == 0 {
		return c, fmt.Errorf("%s holds no lines", path)
	}
	return c, nil
}

func itnLanguage(text, lang string) string {
	switch {
	case lang != "":
		return lang
	case hanzi.HasHan(text):
		return "zh"
	}
	return "en"
}

// loosely is a text without case and spaces.
func loosely(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// shortNames are the ends of paths, as long as it takes to tell them apart.
func shortNames(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		p = filepath.ToSlash(strings.TrimSuffix(p, filepath.Ext(p)))
		parts := strings.Split(p, "/")
		name := parts[len(parts)-1]
		for n := 2; n <= len(parts) && repeated(paths, i, name); n++ {
			name = strings.Join(parts[len(parts)-n:], "/")
		}
		out[i] = name
	}
	return out
}

// repeated says that another path than that at i ends in name.
func repeated(paths []string, i int, name string) bool {
	for j, p := range paths {
		p = "/" + filepath.ToSlash(strings.TrimSuffix(p, filepath.Ext(p)))
		if j != i && strings.HasSuffix(p, "/"+name) {
			return true
		}
	}
	return false
}
