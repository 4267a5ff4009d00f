package keepcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	"github.com/parley-voice/parley/knowledge/pgvector"
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
	Node     string    `json:"node,omitempty"`     // whose data folder it is, of several
	Replaced string    `json:"replaced,omitempty"` // where what was there is kept
	Schema   string    `json:"schema,omitempty"`   // where the tables that were there are kept
	Erased   []call.ID `json:"erased"`             // calls that were erased after the backup, and again now
	// Again is the report on that, nil when nothing was erased since.
	Again  *retain.Report `json:"again,omitempty"`
	Config string         `json:"config,omitempty"` // folder with the copy of the configuration
	Keys   []string       `json:"keys"`             // names of the master keys that what is sealed in it needs
}

// restoring is a backup on its way back.
type restoring struct {
	env                  *cli.Env
	path                 string
	force, check, folder bool
	listed               []retain.Gone // by --erased

	stage  string
	copied *store.Copy // of the database that nodes share; nil: the record is in the data folder
	out    restored
	opened bool // with keys that are configured, which have all that it needs
}

// NewRestore returns the command.
func NewRestore(env *cli.Env) *cobra.Command {
	r := restoring{env: env}
	var list string
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Bring a backup back; the server must be stopped",
		Long: "Checks FILE as a whole (checksums, databases, version) before anything is changed. A data folder or database that\n" +
			"holds something is only replaced with --force, and what was there is kept in a folder or schema beside it. What was\n" +
			"erased after the backup was made is erased again, as the record that is replaced and the list of --erased say; a sealed\n" +
			"record needs its key then. Exit 3 when traces of it are left. A backup of PostgreSQL needs --config or\n" +
			"PARLEY_DATABASE_URL, and all nodes stopped; with --folder it only brings back the data folder of one node, and the\n" +
			"others may run.",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := cli.Files(args[0]); err != nil {
				return err
			}
			if r.path, err = filepath.Abs(args[0]); err != nil {
				return err
			}
			if list != "" {
				if r.listed, err = readGone(list); err != nil {
					return err
				}
			}
			return r.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&r.force, "force", false, "replace what is there, and keep a copy of it")
	cmd.Flags().StringVar(&list, "erased", "", "file that parley erase --list wrote: erase again what it lists")
	cmd.Flags().BoolVar(&r.check, "check", false, "only check the backup; with a database, also that its rows can be loaded there")
	cmd.Flags().BoolVar(&r.folder, "folder", false, "leave the database as it is, and bring only the data folder back")
	return cmd
}

func (r *restoring) run(ctx context.Context) error {
	release, err := events.Lock(filepath.Join(r.env.Home, "events"))
	if errors.Is(err, events.ErrInUse) && r.check {
		release, err = func() {}, nil
	}
	if err != nil {
		return err
	}
	defer release()
	if !r.check {
		if err := r.mayReplace(ctx); err != nil {
			return err
		}
	}
	if r.stage, err = backup.Stage(r.env.Home); err != nil {
		return err
	}
	defer os.RemoveAll(r.stage) // nothing is left of it after the exchange
	r.out = restored{File: r.path, Erased: []call.ID{}, Keys: []string{}}
	if err := r.unpack(ctx); err != nil {
		return err
	}
	if r.check {
		return r.checked(ctx)
	}
	if err := r.fits(); err != nil {
		return err
	}
	if err := r.bringBack(ctx); err != nil {
		return err
	}
	if dir := filepath.Join(r.env.Home, "restored-config"); exists(dir) {
		r.out.Config = dir
	}
	if err := r.env.Print(r.out, r.tell); err != nil {
		return err
	}
	if r.out.Again != nil && !r.out.Again.Proved {
		return cli.Checkf("the backup is back, and traces of what was erased are left; the list says where and why")
	}
	return nil
}

// mayReplace refuses what would take the place of something, without --force.
func (r *restoring) mayReplace(ctx context.Context) error {
	full, err := backup.Holds(r.env.Home)
	if err != nil {
		return err
	}
	if full && !r.force {
		return fmt.Errorf("%s has data, which stays as it is; with --force it is moved to a folder %s... in it and the backup takes its place", r.env.Home, backup.ReplacedPrefix)
	}
	if r.env.Database == "" || r.folder {
		return nil
	}
	if full, err = store.Holds(ctx, r.env.Database); err != nil {
		return err
	}
	if full && !r.force {
		return fmt.Errorf("the database has tables of Parley, which stay as they are; with --force they are moved to a schema %s... in it and the backup takes their place", store.ReplacedSchema)
	}
	return nil
}

// fits refuses a backup of the other kind.
func (r *restoring) fits() error {
	switch {
	case r.copied == nil && r.env.Database != "":
		return fmt.Errorf("%s was made without PostgreSQL: bring it back without PARLEY_DATABASE_URL and --config", r.path)
	case r.copied == nil && r.folder:
		return fmt.Errorf("%s was made without PostgreSQL: the record is in the data folder, and --folder would part them", r.path)
	case r.copied != nil && r.env.Database == "":
		return fmt.Errorf("%s holds a PostgreSQL database: name the one to bring it back to with --config or PARLEY_DATABASE_URL", r.path)
	}
	return nil
}

// checked says that the backup is whole, after its rows were loaded for a trial where there is a database.
func (r *restoring) checked(ctx context.Context) error {
	tried := r.copied != nil && r.env.Database != ""
	if tried {
		if err := r.copied.Try(ctx, r.env.Database); err != nil {
			return fmt.Errorf("%s: %w", r.path, err)
		}
	}
	return r.env.Print(r.out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is whole: %d files, made %s by version %s.\n", r.path, r.out.Files, r.out.Made.Local().Format(time.DateTime), r.out.Version)
		switch {
		case tried:
			fmt.Fprintln(w, "Its rows were loaded into the database for a trial, and taken out again.")
		case r.copied != nil:
			fmt.Fprintln(w, "Its rows were not loaded for a trial: no database was named.")
		}
	})
}

// bringBack puts the record and the files into place. All that is to be done to them is done where they are unpacked, before
// anybody can see them. Should the files not follow the database, the node says so and does not start.
func (r *restoring) bringBack(ctx context.Context) (err error) {
	there := *r.env
	there.Home = r.data()
	if r.copied == nil || r.folder {
		_, err = r.carryOver(ctx, &there)
	} else {
		err = r.load(ctx, &there)
	}
	if err != nil {
		return err
	}
	if r.out.Replaced, err = backup.Exchange(r.env.Home, r.stage, time.Now()); err != nil {
		return err
	}
	if empty(r.out.Replaced) {
		r.out.Replaced = ""
	}
	return nil
}

// load puts the copy of the database into place.
func (r *restoring) load(ctx context.Context, there *cli.Env) (err error) {
	staged, err := r.copied.Stage(ctx, r.env.Database)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	defer func() { err = errors.Join(err, staged.Drop(context.WithoutCancel(ctx))) }()
	there.Database = staged.URL
	known, err := r.carryOver(ctx, there)
	if err != nil {
		return err
	}
	r.out.Schema, err = staged.Place(ctx, r.out.Made, known, func() error { return backup.Begin(r.env.Home) })
	return err
}

func (r *restoring) tell(w io.Writer) {
	fmt.Fprintf(w, "%d files are back in %s, as of %s.\n", r.out.Files, r.env.Home, r.out.Made.Local().Format(time.DateTime))
	if r.out.Replaced != "" {
		fmt.Fprintf(w, "What was there is kept in %s; remove it when it is not needed any more.\n", r.out.Replaced)
	}
	if r.out.Schema != "" {
		fmt.Fprintf(w, "The tables that were there are kept in the schema %[1]s; when they are not needed any more: DROP SCHEMA %[1]s CASCADE\n", r.out.Schema)
	}
	switch keys := strings.Join(r.out.Keys, ", "); {
	case keys == "":
	case r.opened:
		fmt.Fprintf(w, "All keys that what is sealed in it needs are there: %s.\n", keys)
	default:
		fmt.Fprintf(w, "What is sealed in it is read once security.key_file has these keys, and the server does not start before: %s.\n", keys)
	}
	if r.out.Config != "" {
		fmt.Fprintf(w, "The configuration of that time is in %s; it was not put into place.\n", r.out.Config)
	}
	if r.out.Again != nil {
		fmt.Fprintln(w, "What was erased since was erased again:")
		report(w, *r.out.Again)
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

// unpack reads the backup into the stage and checks everything in it.
func (r *restoring) unpack(ctx context.Context) error {
	f, err := os.Open(r.path)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer f.Close()
	m, err := backup.Read(ctx, f, r.stage)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	r.out.Made, r.out.Version, r.out.Files, r.out.Bytes, r.out.Node = m.Made, m.Version, len(m.Files), m.Size(), m.Node
	for _, file := range m.Files {
		if !strings.HasSuffix(file.Name, ".db") {
			continue
		}
		if err := store.CheckFile(ctx, filepath.Join(r.stage, filepath.FromSlash(file.Name))); err != nil {
			return fmt.Errorf("%s: %w: %w", r.path, backup.ErrDamaged, err)
		}
	}
	if dir := filepath.Join(r.stage, backup.DatabaseDir); exists(dir) {
		r.copied, err = store.ReadCopy(dir, pgvector.Tables)
	} else {
		err = r.openRecord(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	return nil
}

// openRecord refuses what a newer program wrote, and brings up to date what an older one did.
func (r *restoring) openRecord(ctx context.Context) error {
	s, err := store.Open(ctx, r.data(), r.env.Log)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	path := filepath.Join(r.data(), "knowledge.db")
	if !exists(path) {
		return nil
	}
	k, err := sqlite.Open(ctx, path, sqlite.Options{Log: r.env.Log})
	if err != nil {
		return err
	}
	return k.Close()
}

// data is the data folder of the backup.
func (r *restoring) data() string { return filepath.Join(r.stage, backup.DataDir) }

// carryOver brings into the record there what happened since and must not be forgotten: what was erased, with the reports,
// where backups are, which keys sealed what the event store and other nodes hold, and that this was done. known is how much
// the record that is replaced says was erased.
func (r *restoring) carryOver(ctx context.Context, there *cli.Env) (known int, err error) {
	was, err := r.since(ctx)
	if err != nil {
		return 0, err
	}
	s, err := store.OpenAt(ctx, store.Options{Home: there.Home, URL: there.Database, Log: there.Log})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	keep := s.Keeping(nil)
	if err := keep.Carry(ctx, was); err != nil {
		return 0, err
	}
	if err := r.unlock(ctx, s, there.Keys); err != nil {
		return 0, err
	}
	if err := keep.Backed(ctx, r.out.File, r.out.Made); err != nil {
		return 0, err
	}
	gate, err := peoplecmd.Gate(s, there, access.Options{})
	if err != nil {
		return 0, err
	}
	if err := gate.Note(ctx, access.Entry{Who: "console", Name: "Console of the server", What: access.RestoredBackup, Detail: r.out.File}); err != nil {
		return 0, err
	}
	var gone []retain.Gone
	if !r.folder { // else the record that stays knows all, and the files that come back hold some of it
		if gone, err = keep.Gone(ctx, time.Time{}); err != nil {
			return 0, err
		}
	}
	all := slices.Concat(r.listed, was.Gone)
	again := unknown(all, gone)
	if len(all) > 0 {
		err = r.eraseAgain(ctx, there, keeping.Parts{Home: there.Home, Store: s, Gate: gate, Aside: r.aside(all), Log: there.Log}, again)
	}
	if err != nil {
		return 0, err
	}
	return len(was.Gone), keep.Tidy(ctx, len(again) > 0)
}

// since reads the record that is to be replaced, or with --folder the one that stays. A file that cannot be read any more
// has nothing to say.
func (r *restoring) since(ctx context.Context) (store.Since, error) {
	if r.env.Database == "" && !exists(store.Path(r.env.Home)) {
		return store.Since{}, nil
	}
	was, err := store.SinceAt(ctx, store.Options{Home: r.env.Home, URL: r.env.Database}, r.out.Made)
	if err != nil && r.env.Database == "" {
		r.env.Infof("The record that is replaced cannot be read, so what was erased after the backup is erased again only as far as --erased lists it: %v", err)
		return store.Since{}, nil
	}
	return was, err
}

// knowledge reports whether there is knowledge in what is brought back, or with --folder beside it.
func (r *restoring) knowledge() bool {
	if r.copied == nil {
		return exists(filepath.Join(r.data(), "knowledge.db"))
	}
	return r.folder || r.copied.Knowledge()
}
