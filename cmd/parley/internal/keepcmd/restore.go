package keepcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
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
	// Again is the report on that, nil when nothing was erased since.
	Again  *retain.Report `json:"again,omitempty"`
	Config string         `json:"config,omitempty"` // folder with the copy of the configuration
}

// NewRestore returns the command.
func NewRestore(env *cli.Env) *cobra.Command {
	var force, check bool
	var list string
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Bring a backup back; the server must be stopped",
		Long: "Checks FILE as a whole (checksums, databases, version) before anything is changed. A data folder that has calls is\n" +
			"only replaced with --force, and what was there is kept in a folder beside it. What was erased after the backup was\n" +
			"made is erased again, as the record that is replaced and the list of --erased say; a sealed record needs its key then.\n" +
			"Exit 3 when traces of it are left.",
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
			var gone []retain.Gone
			if list != "" {
				if gone, err = readGone(list); err != nil {
					return err
				}
			}
			return restore(cmd.Context(), env, path, gone, force, check)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace what is there, and keep a copy of it")
	cmd.Flags().StringVar(&list, "erased", "", "file that parley erase --list wrote: erase again what it lists")
	cmd.Flags().BoolVar(&check, "check", false, "only check the backup")
	return cmd
}

func restore(ctx context.Context, env *cli.Env, path string, gone []retain.Gone, force, check bool) error {
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
	if err := carryOver(ctx, env, stage, gone, &out); err != nil {
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
	if err := env.Print(out, out.tell(env.Home)); err != nil {
		return err
	}
	if out.Again != nil && !out.Again.Proved {
		return cli.Checkf("the backup is back, and traces of what was erased are left; the list says where and why")
	}
	return nil
}

// tell returns what prints a restore into home for people.
func (r restored) tell(home string) func(io.Writer) {
	return func(w io.Writer) {
		fmt.Fprintf(w, "%d files are back in %s, as of %s.\n", r.Files, home, r.Made.Local().Format(time.DateTime))
		if r.Replaced != "" {
			fmt.Fprintf(w, "What was there is kept in %s; remove it when it is not needed any more.\n", r.Replaced)
		}
		if r.Config != "" {
			fmt.Fprintf(w, "The configuration of that time is in %s; it was not put into place.\n", r.Config)
		}
		if r.Again != nil {
			fmt.Fprintln(w, "What was erased since was erased again:")
			report(w, *r.Again)
		}
	}
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

// carryOver brings into the restored record what happened since and must not be forgotten: what was erased, with the
// reports, where backups are, and that this was done.
func carryOver(ctx context.Context, env *cli.Env, stage string, gone []retain.Gone, out *restored) error {
	data := filepath.Join(stage, backup.DataDir)
	fresh, err := store.OpenAt(ctx, store.Options{Home: data, Keys: env.Keys, Log: env.Log})
	if err != nil {
		return err
	}
	defer fresh.Close()
	keep := fresh.Keeping(nil)
	if exists(store.Path(env.Home)) {
		since, err := sinceThen(ctx, env, keep, out.Made)
		if err != nil {
			return err
		}
		gone = append(gone, since...)
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
	if gone = afterwards(gone, out.Made); len(gone) == 0 {
		return keep.Tidy(ctx, false)
	}
	return eraseAgain(ctx, &there, keeping.Parts{Home: data, Store: fresh, Gate: gate, Log: env.Log}, gone, out)
}

// sinceThen reads the record that is to be replaced: what was erased since, where backups are, the reports of erasures. One
// that cannot be read any more has nothing to say.
func sinceThen(ctx context.Context, env *cli.Env, keep *store.Keeping, made time.Time) ([]retain.Gone, error) {
	old, err := store.Open(ctx, env.Home, env.Log)
	if err != nil {
		env.Infof("The record that is replaced cannot be read, so what was erased after the backup is erased again only as far as --erased lists it: %v", err)
		return nil, nil
	}
	defer old.Close()
	had := old.Keeping(nil)
	backups, err := had.Backups(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range backups {
		if err := keep.Backed(ctx, b.Path, b.At); err != nil {
			return nil, err
		}
	}
	reports, err := had.Reports(ctx, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	slices.Reverse(reports) // oldest first
	if err := keep.File(ctx, reports); err != nil {
		return nil, err
	}
	return had.Gone(ctx, made)
}
