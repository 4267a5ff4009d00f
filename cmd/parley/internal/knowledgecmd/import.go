package knowledgecmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/sqlite"
)

func newImport(env *cli.Env, after []AfterImport) *cobra.Command {
	var base string
	var dry bool
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Import FAQ files: tables, spreadsheets, JSON lines, Markdown, HTML, Word or PDF",
		Long: `Import FAQ files into the knowledge of Parley: all of them or, when any row is not right, none.

CSV needs the columns question and answer (问题 and 答案); similar (other ways to ask, divided by |), category, lang and id
may follow. In Markdown "## question" is followed by the answer, in JSON lines each line is an object with these fields.
A table of two columns may do without a header; .xlsx, .html, .docx and .pdf (with page
numbers) are read too. UTF-8 and GB18030 are read. Importing a file again changes only what has changed in it.`,
		Args: cli.Args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			bases, err := baseNames(base, args)
			if err != nil {
				return err
			}
			if err := cli.Files(args...); err != nil {
				return err
			}
			return importFiles(cmd.Context(), env, args, bases, dry, after)
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base to import into (default: the file's name without extension)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "check and count only, change nothing")
	return cmd
}

var baseName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)

// baseNames returns the base of each file.
func baseNames(base string, paths []string) ([]string, error) {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = base
		if base == "" {
			name := filepath.Base(p)
			out[i] = strings.TrimSuffix(name, filepath.Ext(name))
		}
		if !baseName.MatchString(out[i]) {
			return nil, cli.Usagef("base %q: give a name of letters, digits, dots, dashes and underscores with --base", out[i])
		}
	}
	return out, nil
}

// outcome is what an import prints.
type outcome struct {
	New     int              `json:"new"`
	Changed int              `json:"changed"`
	Same    int              `json:"same"`
	Invalid []ingest.Problem `json:"invalid"`
	Report  []ingest.Note    `json:"report,omitempty"` // what was cleaned, and what a person should look at
	DryRun  bool             `json:"dry_run,omitempty"`
}

func importFiles(ctx context.Context, env *cli.Env, paths, bases []string, dry bool, after []AfterImport) error {
	out := outcome{Invalid: []ingest.Problem{}, DryRun: dry}
	var results []ingest.Result
	for i, p := range paths {
		r, err := ingest.File(p, bases[i])
		if err != nil {
			return err
		}
		results = append(results, r)
		out.Report = append(out.Report, r.Notes...)
	}
	entries, problems := ingest.Join(results)
	out.Invalid = append(out.Invalid, problems...)
	if len(out.Invalid) > 0 {
		if err := env.Print(out, func(w io.Writer) { printInvalid(w, out.Invalid) }); err != nil {
			return err
		}
		return fmt.Errorf("nothing was imported: mend the %d problems and import again", len(out.Invalid))
	}
	change, err := store(ctx, env, entries, dry)
	if err != nil {
		return err
	}
	out.New, out.Changed, out.Same = change.New, change.Changed, change.Same
	if err := env.Print(out, func(w io.Writer) { printOutcome(w, out) }); err != nil {
		return err
	}
	if dry || len(change.Answers) == 0 {
		return nil
	}
	for _, f := range after {
		if err := f(ctx, change.Answers); err != nil {
			return err
		}
	}
	return nil
}

// store puts entries into the knowledge file. A dry run needs no weights.
func store(ctx context.Context, env *cli.Env, entries []knowledge.Entry, dry bool) (sqlite.Change, error) {
	if dry {
		st, err := sqlite.Open(ctx, storePath(env), sqlite.Options{Log: env.Log})
		if err != nil {
			return sqlite.Change{}, err
		}
		defer st.Close()
		return st.Import(ctx, entries, sqlite.ImportOptions{DryRun: true})
	}
	st, err := OpenStore(ctx, env, progress(env.Err))
	if err != nil {
		return sqlite.Change{}, err
	}
	defer st.Close()
	return st.Import(ctx, entries, sqlite.ImportOptions{})
}

// progress shows a bar on a terminal and nothing elsewhere.
func progress(w io.Writer) func(done, total int) {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("reading for meaning"),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set(done) // only the display could fail
	}
}

func printInvalid(w io.Writer, problems []ingest.Problem) {
	for _, p := range problems {
		fmt.Fprintf(w, "%s: %s\n", p.Where, p.Why)
	}
}

func printOutcome(w io.Writer, o outcome) {
	verb := "imported"
	if o.DryRun {
		verb = "would import"
	}
	for _, n := range o.Report {
		fmt.Fprintf(w, "%s: %s: %s\n", n.Where, n.Kind, n.Text)
	}
	fmt.Fprintf(w, "%s: %d new, %d changed, %d the same\n", verb, o.New, o.Changed, o.Same)
}
