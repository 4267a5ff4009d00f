// Package exportcmd is "parley export": finished calls with their scores in formats that other systems read.
package exportcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/pipeline/call"
)

type flags struct {
	format, out, queue, from, to string
	answers, audio, excel, force bool
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "export [CALL...]", Short: "Write calls with their scores for other systems",
		Long: `Write calls, or without a name all ended calls from --from up to --to, in a format that other systems read:

  contactlens  call analytics in the shape of Amazon Connect Contact Lens, a file a call
  vcon         ` + export.Draft + `, a file a call
  vtt          the transcript as WebVTT, a file a call
  csv          one file: calls.csv with a line for each call and form, or with --answers answers.csv

Files that are there are left alone unless --force is given, so that a run that was stopped goes on.`,
		Args: cli.Args(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), env, f, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.format, "format", "csv", "contactlens, vcon, vtt or csv")
	fl.StringVar(&f.out, "out", ".", "folder to write into")
	fl.StringVar(&f.from, "from", "", "calls that began on this day or later: 2026-01-31, or a time like 2026-01-31T08:00:00Z")
	fl.StringVar(&f.to, "to", "", "calls that began before the end of this day, or before this time")
	fl.StringVar(&f.queue, "queue", "", "only calls of this queue")
	fl.BoolVar(&f.answers, "answers", false, "csv: a line for each answer")
	fl.BoolVar(&f.excel, "excel", false, "csv: begin with the mark that makes spreadsheet programs read UTF-8")
	fl.BoolVar(&f.audio, "audio", false, "vcon: put the recording in")
	fl.BoolVar(&f.force, "force", false, "write files that are there again")
	return cmd
}

// result is what the command prints.
type result struct {
	Format  export.Format `json:"format"`
	Calls   int           `json:"calls"`   // written
	Skipped int           `json:"skipped"` // there already
	Files   []string      `json:"files"`
	Errors  []trouble     `json:"errors,omitempty"`
}

type trouble struct {
	Call call.ID `json:"call"`
	Why  string  `json:"why"`
}

// day reads a day or a time; a day as its end with end.
func day(env *cli.Env, name, s string, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := env.Day(s)
	if err != nil {
		return t, cli.Usagef("export: --%s must be a day like 2026-01-31 or a time like 2026-01-31T08:00:00Z, not %q", name, s)
	}
	if end {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

func (f flags) query(env *cli.Env, ids []string) (record.Query, error) {
	q := record.Query{Route: f.queue, Limit: 200}
	if !slices.Contains(export.Formats(), export.Format(f.format)) {
		return q, cli.Usagef("export: --format must be contactlens, vcon, vtt or csv, not %q", f.format)
	}
	csv := f.format == string(export.CSV)
	switch {
	case (f.answers || f.excel) && !csv:
		return q, cli.Usagef("export: --answers and --excel go with --format csv")
	case f.audio && f.format != string(export.VCon):
		return q, cli.Usagef("export: --audio goes with --format vcon")
	case len(ids) > 0 && (f.from != "" || f.to != "" || f.queue != ""):
		return q, cli.Usagef("export: name calls, or choose them by --from, --to and --queue, not both")
	}
	var err error
	if q.From, err = day(env, "from", f.from, false); err != nil {
		return q, err
	}
	if q.To, err = day(env, "to", f.to, true); err != nil {
		return q, err
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return q, cli.Usagef("export: --from is not before --to")
	}
	return q, nil
}

func run(ctx context.Context, env *cli.Env, f flags, ids []string) (err error) {
	q, err := f.query(env, ids)
	if err != nil {
		return err
	}
	s, err := store.Existing(ctx, member.Record(env))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	w := &writer{f: f, s: s, env: env, g: &export.Gatherer{Records: s, Scores: s.Scores(), Imports: s.Imports()}, r: result{Format: export.Format(f.format), Files: []string{}}, last: time.Now()}
	if err := w.all(ctx, q, ids); err != nil {
		return err
	}
	if err := env.Print(w.r, func(out io.Writer) {
		fmt.Fprintf(out, "%d calls written into %s, %d were there already\n", w.r.Calls, f.out, w.r.Skipped)
	}); err != nil {
		return err
	}
	if n := len(w.r.Errors); n > 0 {
		return fmt.Errorf("%d calls could not be exported", n)
	}
	return nil
}

// writer is one run.
type writer struct {
	f     flags
	s     *store.Store
	env   *cli.Env
	g     *export.Gatherer
	r     result
	table *export.Table
	done  int
	last  time.Time
}

const lineEvery = 5 * time.Second // between lines about the progress

func (w *writer) all(ctx context.Context, q record.Query, ids []string) (err error) {
	if w.f.format == string(export.CSV) {
		name := "calls.csv"
		if w.f.answers {
			name = "answers.csv"
		}
		return w.whole(filepath.Join(w.f.out, name), func(out io.Writer) error {
			w.table = export.NewTable(out, w.f.answers)
			w.table.Excel = w.f.excel
			return errors.Join(w.each(ctx, q, ids), w.table.Flush())
		})
	}
	return w.each(ctx, q, ids)
}

// whole writes a file whole or not at all.
func (w *writer) whole(path string, write func(io.Writer) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	if err := errors.Join(write(tmp), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	w.r.Files = append(w.r.Files, path)
	return nil
}

// each goes over the calls. One that fails does not stop the others.
func (w *writer) each(ctx context.Context, q record.Query, ids []string) error {
	for _, id := range ids {
		if err := w.one(ctx, call.ID(id)); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		return nil
	}
	for {
		p, err := w.s.List(ctx, q)
		if err != nil {
			return err
		}
		for _, c := range p.Calls {
			if c.State == record.Running {
				continue
			}
			if err := w.one(ctx, c.ID); err != nil {
				return err
			}
		}
		if q.After = p.Next; q.After == "" {
			return nil
		}
	}
}

// one writes a call. Only what stops the whole run is an error.
func (w *writer) one(ctx context.Context, id call.ID) error {
	if ctx.Err() != nil {
		w.env.Infof("stopped after %d calls: the same command goes on from there", w.done)
		return context.Cause(ctx)
	}
	w.done++
	if time.Since(w.last) >= lineEvery {
		w.env.Infof("%d calls", w.done)
		w.last = time.Now()
	}
	f := export.Format(w.f.format)
	path := filepath.Join(w.f.out, filepath.Base(string(id))+f.Ext())
	if w.table == nil && !w.f.force {
		if _, err := os.Stat(path); err == nil {
			w.r.Skipped++
			return nil
		}
	}
	c, err := w.g.Call(ctx, id)
	if errors.Is(err, record.ErrUnknown) {
		w.fail(id, errors.New("there is no such call: parley calls list shows what there is"))
		return nil
	}
	if err != nil {
		return err
	}
	if w.table != nil {
		w.r.Calls++
		return w.table.Add(c)
	}
	if w.f.audio && c.Detail.Audio {
		if c.Audio, err = w.sound(ctx, id); err != nil {
			w.fail(id, err)
			return nil
		}
	}
	raw, err := c.Write(f)
	if err != nil {
		return err
	}
	w.r.Calls++
	return w.whole(path, func(out io.Writer) error {
		_, err := out.Write(raw)
		return err
	})
}

func (w *writer) sound(ctx context.Context, id call.ID) ([]byte, error) {
	f, err := w.s.Audio(ctx, id)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the recording: %w", err)
	}
	return raw, nil
}

func (w *writer) fail(id call.ID, err error) {
	w.r.Errors = append(w.r.Errors, trouble{id, err.Error()})
	w.env.Infof("%s: %v", id, err)
}
