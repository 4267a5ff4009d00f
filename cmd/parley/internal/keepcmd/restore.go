package keepcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// restored is what a restore tells.
type restored struct {
	File     string    `json:"file"`
	Made     time.Time `json:"made"`
	Version  string    `json:"version"`
	Files    int       `json:"files"`
	Bytes    int64     `json:"bytes"`
	Replaced string    `json:"replaced,omitempty"` // where what was there is kept
	Erased   []call.ID `json:"erased"`             // calls that were erased after the backup, and again now
	Config   string    `json:"config,omitempty"`   // folder with the copy of the configuration
}

// NewRestore returns the command.
func NewRestore(env *cli.Env) *cobra.Command {
	var force, check bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Bring a backup back; the server must be stopped",
		Long: "Checks FILE as a whole (checksums, databases, version) before anything is changed. A data folder that has calls is\n" +
			"only replaced with --force, and what was there is kept in a folder beside it. Calls that were erased after the backup\n" +
			"was made are erased again.",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.Files(args[0]); err != nil {
				return err
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			if err := inFiles(env.Database); err != nil && !check {
				return err
			}
			return restore(cmd.Context(), env, path, force, check)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace what is there, and keep a copy of it")
	cmd.Flags().BoolVar(&check, "check", false, "only check the backup")
	return cmd
}

func restore(ctx context.Context, env *cli.Env, path string, force, check bool) error {
	release, err := events.Lock(filepath.Join(env.Home, "events"))
	if errors.Is(err, events.ErrInUse) && check {
		release, err = func() {}, nil
	}
	if err != nil {
		return err
	}
	defer release()
	full, err := backup.Holds(env.Home)
	if err != nil {
		return err
	}
	if full && !force && !check {
		return fmt.Errorf("%s has data, which stays as it is; with --force it is moved to a folder %s... in it and the backup takes its place", env.Home, backup.ReplacedPrefix)
	}
	stage, err := backup.Stage(env.Home)
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage) // nothing is left of it after the exchange
	out := restored{File: path, Erased: []call.ID{}}
	if err := unpack(ctx, env, path, stage, &out); err != nil {
		return err
	}
	if check {
		return env.Print(out, func(w io.Writer) {
			fmt.Fprintf(w, "%s is whole: %d files, made %s by version %s.\n", path, out.Files, out.Made.Local().Format(time.DateTime), out.Version)
		})
	}
	if err := carryOver(ctx, env, stage, &out); err != nil {
		return err
	}
	if out.Replaced, err = backup.Exchange(env.Home, stage, time.Now()); err != nil {
		return err
	}
	if empty(out.Replaced) {
		out.Replaced = ""
	}
	if dir := filepath.Join(env.Home, "restored-config"); exists(dir) {
		out.Config = dir
	}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d files are back in %s, as of %s.\n", out.Files, env.Home, out.Made.Local().Format(time.DateTime))
		if out.Replaced != "" {
			fmt.Fprintf(w, "What was there is kept in %s; remove it when it is not needed any more.\n", out.Replaced)
		}
		if out.Config != "" {
			fmt.Fprintf(w, "The configuration of that time is in %s; it was not put into place.\n", out.Config)
		}
		if len(out.Erased) > 0 {
			fmt.Fprintf(w, "%d calls that were erased since were erased again.\n", len(out.Erased))
		}
	})
}

// empty removes what stood in place of a backup when there is nothing in it but the lock of the restore itself.
func empty(replaced string) bool {
	if replaced == "" {
		return true
	}
	only, err := filepath.Glob(filepath.Join(replaced, "*", "*"))
	if err != nil || len(only) != 1 || only[0] != filepath.Join(replaced, "events", "lock") {
		return false
	}
	for _, path := range []string{only[0], filepath.Dir(only[0]), replaced} { // a folder that holds something else stays
		if os.Remove(path) != nil {
			return false
		}
	}
	return true
}

// unpack reads the backup into stage and checks everything in it.
func unpack(ctx context.Context, env *cli.Env, path, stage string, out *restored) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer f.Close()
	m, err := backup.Read(ctx, f, stage)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	out.Made, out.Version, out.Files, out.Bytes = m.Made, m.Version, len(m.Files), m.Size()
	data := filepath.Join(stage, backup.DataDir)
	for _, file := range m.Files {
		if !strings.HasSuffix(file.Name, ".db") {
			continue
		}
		if err := store.CheckFile(ctx, filepath.Join(stage, filepath.FromSlash(file.Name))); err != nil {
			return fmt.Errorf("%s: %w: %w", path, backup.ErrDamaged, err)
		}
	}
	// Opening refuses what a newer program wrote, and brings up to date what an older one did.
	s, err := store.Open(ctx, data, env.Log)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if path := filepath.Join(data, "knowledge.db"); exists(path) {
		k, err := sqlite.Open(ctx, path, sqlite.Options{Log: env.Log})
		if err != nil {
			return err
		}
		return k.Close()
	}
	return nil
}

// carryOver brings into the restored record what happened since and must not be forgotten: which calls were erased, where
// backups are, and that this was done.
func carryOver(ctx context.Context, env *cli.Env, stage string, out *restored) error {
	data := filepath.Join(stage, backup.DataDir)
	fresh, err := store.Open(ctx, data, env.Log)
	if err != nil {
		return err
	}
	defer fresh.Close()
	keep := fresh.Keeping(nil)
	if exists(store.Path(env.Home)) {
		if err := sinceThen(ctx, env, data, keep, out); err != nil {
			return err
		}
	}
	if err := keep.Backed(ctx, out.File, out.Made); err != nil {
		return err
	}
	there := *env
	there.Home = data
	gate, err := peoplecmd.Gate(fresh, &there, access.Options{})
	if err != nil {
		return err
	}
	if err := gate.Note(ctx, access.Entry{Who: "console", Name: "Console of the server", What: access.RestoredBackup, Detail: out.File}); err != nil {
		return err
	}
	return keep.Tidy(ctx, len(out.Erased) > 0)
}

// sinceThen reads the record that is to be replaced. One that cannot be read any more has nothing to say.
func sinceThen(ctx context.Context, env *cli.Env, data string, keep *store.Keeping, out *restored) error {
	old, err := store.Open(ctx, env.Home, env.Log)
	if err != nil {
		env.Infof("The record that is replaced cannot be read, so calls erased after the backup cannot be erased again: %v", err)
		return nil
	}
	defer old.Close()
	had := old.Keeping(nil)
	if out.Erased, err = had.Gone(ctx, out.Made); err != nil {
		return err
	}
	t := retain.Traces{Calls: out.Erased, Started: make([]time.Time, len(out.Erased))}
	for i := range t.Started {
		t.Started[i] = out.Made
	}
	if err := keep.Erased(ctx, t); err != nil {
		return err
	}
	if _, err := keep.Erase(ctx, t); err != nil {
		return err
	}
	for _, id := range out.Erased {
		if err := keeping.Forget(data, id, "*"); err != nil {
			return err
		}
	}
	backups, err := had.Backups(ctx)
	if err != nil {
		return err
	}
	for _, b := range backups {
		if err := keep.Backed(ctx, b.Path, b.At); err != nil {
			return err
		}
	}
	return nil
}
