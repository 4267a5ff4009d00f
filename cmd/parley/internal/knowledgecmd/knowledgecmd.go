// Package knowledgecmd is "parley knowledge": it imports FAQ files, searches them as a call does, and lists the bases.
package knowledgecmd

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
)

// AfterImport is called after an import that changed something, with the entries whose answers are new or different. It
// may take long; it runs on the command's goroutine and should return when ctx ends. Its error is the command's.
type AfterImport func(ctx context.Context, answers []knowledge.Entry) error

// New returns the command with its subcommands.
func New(env *cli.Env, after ...AfterImport) *cobra.Command {
	return cli.Group("knowledge", "What the bot may say: import, search, gaps, drafts, golden sets",
		newImport(env, after), newSearch(env), newList(env))
}

func newSearch(env *cli.Env) *cobra.Command {
	var ask knowledge.Ask
	cmd := &cobra.Command{
		Use: "search TEXT", Short: "Find the entries that answer a question",
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ask.Most < 1 || ask.Most > 1000 {
				return cli.Usagef("-k %d: give a number from 1 to 1000", ask.Most)
			}
			if ask.Lang != "" && ask.Lang != "en" && ask.Lang != "zh" {
				return cli.Usagef("--lang %s: give en or zh", ask.Lang)
			}
			ask.Text = strings.Join(args, " ")
			return search(cmd.Context(), env, ask)
		},
	}
	cmd.Flags().StringVar(&ask.Base, "base", "", "knowledge base (default: all of them)")
	cmd.Flags().StringVar(&ask.Lang, "lang", "", "language of the question, en or zh (default: told from the text)")
	cmd.Flags().IntVarP(&ask.Most, "number", "k", 5, "number of entries to show")
	return cmd
}

// hit is one found entry as it is printed.
type hit struct {
	ID       string          `json:"id"`
	Question string          `json:"question"`
	Answer   string          `json:"answer"`
	Score    float64         `json:"score"`
	PRight   float64         `json:"p_right"`
	Ranks    knowledge.Ranks `json:"ranks"`
}

func search(ctx context.Context, env *cli.Env, ask knowledge.Ask) error {
	if strings.TrimSpace(ask.Text) == "" {
		return cli.Usagef("the text to search for is empty")
	}
	st, err := OpenStore(ctx, env, nil)
	if err != nil {
		return err
	}
	defer st.Close()
	found, err := st.Search(ctx, ask)
	if err != nil {
		return err
	}
	hits := make([]hit, len(found))
	for i, h := range found {
		hits[i] = hit{h.ID, h.Question, h.Answer, h.Score, h.PRight, h.Ranks}
	}
	return env.Print(map[string]any{"hits": hits}, func(w io.Writer) {
		if len(hits) == 0 {
			fmt.Fprintln(w, "nothing found")
		}
		for i, h := range hits {
			fmt.Fprintf(w, "%d. %s  (right: %.0f %%, id %s)\n   %s\n", i+1, h.Question, 100*h.PRight, h.ID, strings.ReplaceAll(h.Answer, "\n", "\n   "))
		}
	})
}

func newList(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the knowledge bases",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := openKept(cmd.Context(), env, nil, nil)
			if err != nil {
				return err
			}
			defer st.Close()
			bases, err := st.Bases(cmd.Context())
			if err != nil {
				return err
			}
			return env.Print(map[string]any{"bases": bases}, func(w io.Writer) { printBases(w, bases) })
		},
	}
}

func printBases(w io.Writer, bases []knowledge.Base) {
	if len(bases) == 0 {
		fmt.Fprintln(w, "no knowledge yet; import a file: parley knowledge import FILE")
	}
	for _, b := range bases {
		var langs []string
		for _, l := range slices.Sorted(maps.Keys(b.Langs)) {
			langs = append(langs, fmt.Sprintf("%s %d", l, b.Langs[l]))
		}
		fmt.Fprintf(w, "%-20s %6d entries (%s)\n", b.Name, b.Entries, strings.Join(langs, ", "))
	}
}
