package knowledgecmd

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/fetch"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
)

// importing is what the command was asked to do.
type importing struct {
	base     string
	dry      bool
	urls     string   // file with addresses
	networks []string // inside the own network that addresses may lead to
	hosts    []string // the only hosts
}

func newImport(env *cli.Env, after []AfterImport) *cobra.Command {
	var in importing
	cmd := &cobra.Command{
		Use: "import FILE... | --urls LIST", Short: "Import FAQ files or web pages: tables, spreadsheets, JSON, Markdown, HTML, Word or PDF",
		Long: `Import FAQ files into the knowledge of Parley: all of them or, when any row is not right, none.

CSV needs the columns question and answer (问题 and 答案); similar (other ways to ask, divided by |), category, lang,
audience (agent: for people at the desk alone), state, queues (divided by |), valid_from and valid_until (2026-12-31, the day
itself included), pair (id of the same in the other language) and id may follow. In Markdown "## question" is followed by the answer, in JSON lines each line is an object with these fields;
exports of Zendesk, Intercom, Freshdesk and QnA Maker are read as .json.
A table of two columns may do without a header; .xlsx, .html, .docx and .pdf (with page
numbers) are read too. UTF-8 and GB18030 are read. Importing a file again changes only what has changed in it.

With --urls the pages of a list of addresses, one a line, are fetched and imported like files. Addresses that lead into the
own network, also by a redirect, are refused unless --network names the part of it.

An import that was cut goes on where it stopped when it is started again; until it is done nothing of it is found.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && in.urls == "" {
				return cli.Usagef("parley knowledge import: give at least 1 file, or --urls LIST")
			}
			bases, err := baseNames(in.base, append(slices.Clone(args), lists(in.urls)...))
			if err != nil {
				return err
			}
			if _, err := prefixes(in.networks); err != nil {
				return err
			}
			if err := cli.Files(append(slices.Clone(args), lists(in.urls)...)...); err != nil {
				return err
			}
			return importFiles(cmd.Context(), env, args, bases, in, after)
		},
	}
	cmd.Flags().StringVar(&in.base, "base", "", "knowledge base to import into (default: the file's name without extension)")
	cmd.Flags().BoolVar(&in.dry, "dry-run", false, "check and count only, change nothing")
	cmd.Flags().StringVar(&in.urls, "urls", "", "file with addresses of pages to import, one a line")
	cmd.Flags().StringSliceVar(&in.networks, "network", nil, "network inside your own (CIDR) that addresses may lead to; may be repeated")
	cmd.Flags().StringSliceVar(&in.hosts, "host", nil, "ask this host only; may be repeated")
	return cmd
}

func lists(urls string) []string {
	if urls == "" {
		return nil
	}
	return []string{urls}
}

func prefixes(networks []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, n := range networks {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, cli.Usagef("--network %s: give a network such as 10.1.0.0/16", n)
		}
		out = append(out, p)
	}
	return out, nil
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
	// Forgotten are entries that are gone with their versions: a row that names the ID of another asks their question.
	Forgotten []forgotten `json:"forgotten,omitempty"`

	Rows   []ingest.Fate `json:"rows,omitempty"`   // of a dry run: what becomes of each, those that stay as they are left out
	Report []ingest.Note `json:"report,omitempty"` // what was cleaned, and what a person should look at
	DryRun bool          `json:"dry_run,omitempty"`
	Bases  []string      `json:"bases,omitempty"` // that the entries are for, each once
}

// forgotten is an entry that is gone, or would be.
type forgotten struct {
	Base     string `json:"base"`
	ID       string `json:"id"`
	Question string `json:"question"`
}

func importFiles(ctx context.Context, env *cli.Env, paths, bases []string, in importing, after []AfterImport) error {
	out := outcome{Invalid: []ingest.Problem{}, DryRun: in.dry}
	var results []ingest.Result
	for i, p := range paths {
		r, err := ingest.File(p, ingest.Into{Base: bases[i], Zone: env.Zone})
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	if in.urls != "" {
		pages, err := fetchPages(ctx, env, in, bases[len(paths)])
		if err != nil {
			return err
		}
		results = append(results, pages...)
	}
	batch := ingest.Join(results)
	var change knowledge.Change
	if len(batch.Problems) == 0 {
		var err error
		if change, err = store(ctx, env, batch, in.dry); err != nil && !batch.Refused(err) {
			return err
		}
		batch.Weigh(change.Rows)
	}
	if out.Invalid = append(out.Invalid, batch.Problems...); len(out.Invalid) > 0 {
		if err := env.Print(out, func(w io.Writer) { printInvalid(w, out.Invalid) }); err != nil {
			return err
		}
		return fmt.Errorf("nothing was imported: mend the %d problems and import again", len(out.Invalid))
	}
	out.New, out.Changed, out.Same, out.Report = change.New, change.Changed, change.Same, batch.Notes
	for _, e := range change.Forgotten {
		out.Forgotten = append(out.Forgotten, forgotten{e.Base, e.ID, e.Question})
	}
	out.Rows = slices.DeleteFunc(batch.Fates(change.Rows), func(f ingest.Fate) bool { return f.State == "same" })
	for _, e := range batch.Entries {
		if !slices.Contains(out.Bases, e.Base) {
			out.Bases = append(out.Bases, e.Base)
		}
	}
	if err := env.Print(out, func(w io.Writer) { printOutcome(w, out) }); err != nil {
		return err
	}
	if in.dry || len(change.Answers) == 0 {
		return nil
	}
	for _, f := range after {
		if err := f(ctx, change.Answers); err != nil {
			return err
		}
	}
	return nil
}

// store puts a batch into the knowledge, compared with what is there before. A dry run needs no weights.
func store(ctx context.Context, env *cli.Env, batch *ingest.Batch, dry bool) (knowledge.Change, error) {
	var st kept
	var err error
	if dry {
		st, err = openKept(ctx, env, nil, nil)
	} else {
		st, err = OpenStore(ctx, env, Progress(env.Err, "reading for meaning"))
	}
	if err != nil {
		return knowledge.Change{}, err
	}
	defer st.Close()
	if err := compare(ctx, st, batch); err != nil {
		return knowledge.Change{}, err
	}
	return st.Import(ctx, batch.Entries, knowledge.ImportOptions{DryRun: dry, Writing: Progress(env.Err, "writing")})
}

// compare notes what a batch asks nearly as the bases it goes into do.
func compare(ctx context.Context, st knowledge.Reader, batch *ingest.Batch) error {
	var stored []knowledge.Entry
	read := map[string]bool{}
	for _, e := range batch.Entries {
		if read[e.Base] {
			continue
		}
		read[e.Base] = true
		some, err := st.Entries(ctx, e.Base)
		if err != nil {
			return err
		}
		stored = append(stored, some...)
	}
	batch.Compare(stored)
	return nil
}

// fetchPages reads the addresses of a list and the pages they name.
func fetchPages(ctx context.Context, env *cli.Env, in importing, base string) ([]ingest.Result, error) {
	raw, err := os.ReadFile(in.urls)
	if err != nil {
		return nil, fmt.Errorf("read list of addresses: %w", err)
	}
	urls, problems := fetch.List(filepath.Base(in.urls), string(raw))
	if len(problems) > 0 {
		return []ingest.Result{{Name: filepath.Base(in.urls), Problems: problems}}, nil
	}
	networks, err := prefixes(in.networks)
	if err != nil {
		return nil, err
	}
	return fetch.All(ctx, urls, ingest.Into{Base: base, Zone: env.Zone}, fetch.Options{Networks: networks, Hosts: in.hosts, Progress: Progress(env.Err, "fetching")}), nil
}

// reportEvery is how often progress is written where there is no terminal.
const reportEvery = 10 * time.Second

// Progress returns what shows on w how far something is: a bar on a terminal, and a line now and then elsewhere.
func Progress(w io.Writer, what string) func(done, total int) {
	if f, ok := w.(interface{ Fd() uintptr }); !ok || !isatty.IsTerminal(f.Fd()) {
		last := time.Now()
		return func(done, total int) {
			if time.Since(last) >= reportEvery {
				last = time.Now()
				fmt.Fprintf(w, "%s: %d of %d\n", what, done, total)
			}
		}
	}
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
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

const mostShown = 200 // rows of a dry run

func printOutcome(w io.Writer, o outcome) {
	verb := "imported"
	if o.DryRun {
		verb = "would import"
	}
	gone := map[bool]string{true: "would be forgotten", false: "forgotten"}[o.DryRun]
	for _, e := range o.Forgotten {
		fmt.Fprintf(w, "%s %s: %s with its versions, because a row with the ID of another asks the same: %s\n", e.Base, e.ID, gone, e.Question)
	}
	for _, n := range o.Report {
		fmt.Fprintf(w, "%s: %s: %s\n", n.Where, n.Kind, n.Text)
	}
	for i, f := range o.Rows {
		if i == mostShown {
			fmt.Fprintf(w, "and %d more rows (all of them with --json)\n", len(o.Rows)-i)
			break
		}
		fmt.Fprintf(w, "%s: %s: %s", f.Where, f.State, f.Question)
		if len(f.Differs) > 0 {
			fmt.Fprintf(w, " (%s)", strings.Join(f.Differs, ", "))
		}
		if f.Why != "" {
			fmt.Fprintf(w, ": %s", f.Why)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s into %s: %d new, %d changed, %d the same\n", verb, strings.Join(o.Bases, ", "), o.New, o.Changed, o.Same)
}
