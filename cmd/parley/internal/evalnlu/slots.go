package evalnlu

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/nlu/entity"
)

// NewSlots returns "eval slots".
func NewSlots(env *cli.Env) *cobra.Command {
	var misses bool
	cmd := &cobra.Command{
		Use: "slots FILE...", Short: "Measure how well postcodes, dates of birth and names are read from what was heard",
		Long: `Measures on FILEs. Each line is ITEM<TAB>WANTED<TAB>HEARD, with more versions of what was heard after further tabs, the
likeliest first. ITEM is postcode (British), dob (a date of birth, WANTED as 1979-09-27) or name. HEARD is the answer to a
question for it, as a recogniser wrote it: "whiskey two zero alpha bravo". WANTED may be several, with | between.

For each item, lines: how many; exact: share read as wanted, without regard to case, spaces and signs; wrong: share read
as something else (the others were not read, and would be asked for again). Both for the first version alone, and with
all versions (exact_nbest, wrong_nbest); among_nbest: share of the lines of which some version alone is read as wanted,
which is what a look-up in records could find. --misses prints each line that was not read as wanted from its first version.`,
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := cli.Files(args...); err != nil {
				return err
			}
			var out io.Writer
			if misses {
				out = env.Err
			}
			var c slotCount
			for _, path := range args {
				if err := c.file(path, out); err != nil {
					return err
				}
			}
			return printFigures(env, c.figures())
		},
	}
	cmd.Flags().BoolVar(&misses, "misses", false, "print the lines that were read differently")
	return cmd
}

// slotReaders read an item from versions of what was heard.
var slotReaders = map[string]func(heard ...string) (string, bool){
	"postcode": entity.Postcode,
	"name":     entity.Name,
	"dob": func(heard ...string) (string, bool) {
		t, ok := entity.Birth(time.Now(), heard...)
		return t.Format(time.DateOnly), ok
	},
}

// slotTally counts the lines of one item.
type slotTally struct{ lines, exact, wrong, exactAll, wrongAll, among int }

// slotCount counts the lines of all items, in the order in which they came.
type slotCount struct {
	items []string
	of    map[string]*slotTally
}

func (c *slotCount) file(path string, out io.Writer) error {
	return eachLine(path, func(n int, line string) error {
		cols := strings.Split(line, "\t")
		read := slotReaders[cols[0]]
		if len(cols) < 3 || read == nil {
			return fmt.Errorf("%s, line %d: give an item (postcode, dob or name), what was wanted and what was heard, with tabs between", path, n)
		}
		got, right := c.add(cols[0], read, strings.Split(cols[1], "|"), cols[2:])
		if out != nil && !right {
			fmt.Fprintf(out, "%s, line %d: %q is read as %q, wanted %q\n", path, n, cols[2], got, cols[1])
		}
		return nil
	})
}

// add counts one line; it returns what was read from the first version and whether that is as wanted.
func (c *slotCount) add(item string, read func(...string) (string, bool), wanted, heard []string) (string, bool) {
	if c.of == nil {
		c.of = map[string]*slotTally{}
	}
	t := c.of[item]
	if t == nil {
		t = &slotTally{}
		c.of[item] = t
		c.items = append(c.items, item)
	}
	judge := func(heard ...string) (got string, right, wrong int) {
		got, ok := read(heard...)
		if !ok {
			return "", 0, 0
		}
		for _, w := range wanted {
			if bare(got) == bare(w) {
				return got, 1, 0
			}
		}
		return got, 0, 1
	}
	got, right, wrong := judge(heard[0])
	_, rightAll, wrongAll := judge(heard...)
	among := 0
	for _, h := range heard {
		_, one, _ := judge(h)
		among = max(among, one)
	}
	t.lines, t.exact, t.wrong = t.lines+1, t.exact+right, t.wrong+wrong
	t.exactAll, t.wrongAll, t.among = t.exactAll+rightAll, t.wrongAll+wrongAll, t.among+among
	return got, right == 1
}

func (c *slotCount) figures() []figure {
	var out []figure
	for _, item := range c.items {
		t := c.of[item]
		out = append(out, figure{item + " lines", float64(t.lines)}, figure{item + " exact", share(t.exact, t.lines)},
			figure{item + " wrong", share(t.wrong, t.lines)}, figure{item + " exact_nbest", share(t.exactAll, t.lines)},
			figure{item + " wrong_nbest", share(t.wrongAll, t.lines)}, figure{item + " among_nbest", share(t.among, t.lines)})
	}
	return out
}

// bare is a text without case, spaces and signs.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
