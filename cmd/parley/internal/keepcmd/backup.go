package keepcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// made is what a backup tells.
type made struct {
	File    string    `json:"file"`
	Made    time.Time `json:"made"`
	Version string    `json:"version"`
	Files   int       `json:"files"`
	Bytes   int64     `json:"bytes"` // of the files
	Size    int64     `json:"size"`  // of the backup
	Settled bool      `json:"settled"`
	Config  string    `json:"config,omitempty"`
	Node    string    `json:"node,omitempty"` // whose data folder it is, of those that share the database
}

// NewBackup returns the command.
func NewBackup(env *cli.Env) *cobra.Command {
	var file string
	var list bool
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Copy the data folder and the database into one file, while calls go on",
		Long: "Copies calls, recordings, transcripts, knowledge, people, the key of the audit trail and the configuration into FILE,\n" +
			"a tar archive with checksums (compressed when it ends in .gz). With PostgreSQL that is the whole database, as it is at\n" +
			"one moment, and the data folder of this node. FILE holds what callers said: keep it as safe as the\n" +
			"data folder. Weights and spoken prompts are left out; they can be made again. Without --config, a running server's\n" +
			"configuration is copied.",
		Args: cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return with(cmd.Context(), env, file, func(f *folder) error { return f.listBackups(cmd.Context()) })
			}
			if len(args) != 1 {
				return cli.Usagef("backup: name the file to write; see parley backup --help")
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			if err := writable(path); err != nil {
				return err
			}
			return with(cmd.Context(), env, file, func(f *folder) error { return f.backUp(cmd.Context(), path, file) })
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&list, "list", false, "list the backups that were made")
	return cmd
}

// writable says why no new file can be made at path.
func writable(path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s exists: choose another name", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%w: make the folder first", err)
	}
	return nil
}

func (f *folder) backUp(ctx context.Context, path, file string) error {
	settled, from := f.settleAll(ctx)
	if file == "" {
		file = from
	}
	now := time.Now().UTC()
	src := backup.Source{Home: f.env.Home, Version: config.Version(), Snapshot: store.SnapshotFile, Node: f.node, Now: now}
	if f.env.Database != "" {
		src.Database = func(ctx context.Context, dir string) error { return store.CopyOut(ctx, f.env.Database, dir) }
	}
	if file != "" {
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		src.Config = apart(append([]string{file}, cfg.Files()...))
	}
	m, err := backup.Save(ctx, path, src)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at the backup: %w", err)
	}
	if err := errors.Join(f.keep.Backed(ctx, path, now), f.note(ctx, access.MadeBackup, path)); err != nil {
		return fmt.Errorf("%s is whole, but cannot be noted in the record, so that erasures will not name it: %w", path, err)
	}
	out := made{File: path, Made: m.Made, Version: m.Version, Files: len(m.Files), Bytes: m.Size(), Size: info.Size(), Settled: settled, Config: file, Node: f.node}
	return f.env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %d files, %.1f MB. Bring it back with: parley restore %s\n", path, out.Files, float64(out.Size)/1e6, path)
	})
}

// apart names files for one folder, those of the same name with a number before it.
func apart(files []string) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		name := filepath.Base(f)
		for n := 2; out[name] != "" && out[name] != f; n++ {
			name = fmt.Sprintf("%d-%s", n, filepath.Base(f))
		}
		out[name] = f
	}
	return out
}

// settleTime bounds the wait for the record.
const settleTime = 10 * time.Second

// settleAll waits until the record has what is in the event store, and tells the configuration of the server. A backup
// that may lack the last seconds is better than none, so what goes wrong is only told.
func (f *folder) settleAll(ctx context.Context) (bool, string) {
	var s retain.Settled
	if err := f.ask(ctx, retain.ToSettle, struct{}{}, &s); err != nil {
		f.env.Infof("The last events may be missing in this backup: %v", err)
		return false, ""
	}
	if s.Node != f.node {
		if f.cfg.Events.URL == "" {
			f.env.Infof("The last events may be missing in this backup: another node told how far its own have come.")
			return false, ""
		}
		s.Config = "" // a file of another machine
	}
	for began := time.Now(); ; {
		pos, err := f.s.Position(ctx)
		if err == nil && pos >= s.Last {
			return true, s.Config
		}
		if err != nil || time.Since(began) > settleTime {
			f.env.Infof("The last events may be missing in this backup: the record is behind the events.")
			return false, s.Config
		}
		select {
		case <-ctx.Done():
			return false, s.Config
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (f *folder) listBackups(ctx context.Context) error {
	all, err := f.keep.Backups(ctx)
	if err != nil {
		return err
	}
	return f.env.Print(map[string]any{"backups": all}, func(w io.Writer) {
		for _, b := range all {
			fmt.Fprintf(w, "%s  %s%s\n", b.At.Local().Format(time.DateTime), b.Path, gone(b))
		}
		if len(all) == 0 {
			fmt.Fprintln(w, "No backup was made yet.")
		}
	})
}

func gone(c retain.Copy) string {
	if c.There {
		return ""
	}
	return "  (not there any more)"
}
