package curate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
)

func newExport(env *cli.Env) *cobra.Command {
	var base, file string
	cmd := &cobra.Command{
		Use: "export [--out FILE]", Short: "Write every entry with its versions, a JSON object a line",
		Long: `Writes every entry in every state with its versions, audience, times and pair, a JSON object a line, to FILE or to
standard output. "parley knowledge restore" reads it again without loss. Vectors are left out: they are made again.`,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if env.JSON && file == "" {
				return cli.Usagef("parley knowledge export --json: give --out FILE, since the entries would stand where the result does")
			}
			return export(cmd.Context(), env, base, file)
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: all of them)")
	cmd.Flags().StringVar(&file, "out", "", "file to write (default: standard output); it is replaced when all is written")
	return cmd
}

func export(ctx context.Context, env *cli.Env, base, file string) error {
	return withLibrary(ctx, env, func(lib *knowledgecmd.Plain) error {
		if file == "" {
			return lib.Export(ctx, base, env.Out)
		}
		part := file + ".part"
		f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("write export: %w: check the path", err)
		}
		defer os.Remove(part) // it has another name when all went well
		n := &lines{w: f}
		if err := lib.Export(ctx, base, n); err != nil {
			_ = f.Close() // what is in it counts for nothing
			return err
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		if err := os.Rename(part, file); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		return said(env, map[string]any{"entries": n.n, "file": file}, "%d entries written to %s", n.n, file)
	})
}

// lines counts the lines that go through it.
type lines struct {
	w io.Writer
	n int
}

func (l *lines) Write(p []byte) (int, error) {
	l.n += bytes.Count(p, []byte{'\n'})
	return l.w.Write(p)
}

func newRestore(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Read what export wrote, all of it or nothing",
		Long: `Reads what "parley knowledge export" wrote: all of it or, on any error, nothing. An entry takes the place of the one
with its base and ID, with all versions; other entries stay. - reads standard input.`,
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := env.Open(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			return withLibrary(cmd.Context(), env, func(lib *knowledgecmd.Plain) error {
				n, err := lib.Restore(cmd.Context(), in)
				if err != nil {
					return err
				}
				return said(env, map[string]any{"entries": n}, "%d entries restored", n)
			})
		},
	}
}

func newVersions(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "versions BASE ID", Short: "Every version of an entry, newest first",
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withLibrary(cmd.Context(), env, func(lib *knowledgecmd.Plain) error {
				all, err := lib.Versions(cmd.Context(), args[0], args[1])
				if err != nil {
					return unknown(err, args)
				}
				return env.Print(map[string]any{"versions": all}, func(w io.Writer) {
					for _, e := range all {
						fmt.Fprintf(w, "%3d  %s  %-9s  %s\n     %s\n     %s\n", e.Version, stamp(e.Updated), e.State, e.By, e.Question, e.Answer)
					}
				})
			})
		},
	}
}

func newRollback(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "rollback BASE ID VERSION", Short: "Store an earlier version of an entry again; its state stays",
		Args: cli.Args(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[2])
			if err != nil || n < 1 {
				return cli.Usagef("version %q: give a number from 1", args[2])
			}
			return withLibrary(cmd.Context(), env, func(lib *knowledgecmd.Plain) error {
				e, err := lib.Rollback(cmd.Context(), args[0], args[1], n, by)
				if err != nil {
					return unknown(err, args)
				}
				return said(env, e, "version %d says what version %d said: %s", e.Version, n, e.Question)
			})
		},
	}
}

// unknown names what was not found.
func unknown(err error, at []string) error {
	return fmt.Errorf("entry %s in base %s: %w", at[1], at[0], err)
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// place names an entry for people.
func place(e knowledge.Entry) string { return e.Base + " " + e.ID }
