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
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/pipeline/events"
)

// NewKeys returns the command.
func NewKeys(env *cli.Env) *cobra.Command {
	return cli.Group("keys", "Keys that recordings and the record are sealed with",
		newKey(env), newRotate(env))
}

func newKey(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "new FILE", Short: "Make a key file, or put a fresh key before those in it",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := seal.AddKey(args[0])
			if err != nil {
				return err
			}
			return env.Print(map[string]string{"file": args[0], "key": id}, func(w io.Writer) {
				fmt.Fprintf(w, "Key %s is in %s. Name the file in security.key_file, keep a copy of it apart from the backups:\nwithout it no recording can be heard and no sealed record read again.\n", id, args[0])
			})
		},
	}
}

// rotated is what a rotation did.
type rotated struct {
	Key     string   `json:"key"`
	Rotated int      `json:"rotated"` // files whose key was sealed again
	Sealed  int      `json:"sealed"`  // files that were in the clear
	Failed  []string `json:"failed"`
	Rows    int      `json:"rows"`    // of the record that were sealed again, or for the first time
	Events  int      `json:"events"`  // in the clear that were removed from the event store; the record has them
	Dropped bool     `json:"dropped"` // older keys were removed from the file
}

func newRotate(env *cli.Env) *cobra.Command {
	var file string
	var drop, fresh bool
	cmd := &cobra.Command{
		Use: "rotate", Short: "Seal all recordings with the newest key, also those made before there was one",
		Long: "Seals the key of every recording with the first key of security.key_file (or of what security.key_command prints) and\n" +
			"encrypts recordings that were made before there was a key. A record that is sealed (security.seal_records) gets a fresh\n" +
			"key of its own under it, and its rows are sealed again. With --new, a fresh key is put into the file first; with --drop\n" +
			"older keys are removed from it once no recording needs them. A running server sees the file within seconds; one that\n" +
			"asks a command for its keys has to be restarted.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return with(cmd.Context(), env, file, func(f *folder) error { return f.rotate(cmd.Context(), fresh, drop) })
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&fresh, "new", false, "make a fresh key first")
	cmd.Flags().BoolVar(&drop, "drop", false, "remove older keys when every recording has the newest")
	return cmd
}

// stillWritten is how recently a plain recording may have changed and not be touched: its call may be running.
const stillWritten = time.Minute

func (f *folder) rotate(ctx context.Context, fresh, drop bool) error {
	s := f.cfg.Security
	if s.KeyFile == "" && (fresh || drop) {
		return cli.Usagef("keys rotate: --new and --drop change security.key_file, and the configuration names none (--config)")
	}
	if fresh {
		if _, err := seal.AddKey(s.KeyFile); err != nil {
			return err
		}
	}
	ring, err := seal.Load(ctx, s.KeyFile, s.KeyCommand)
	if err != nil {
		return err
	}
	if ring == nil {
		return cli.Usagef("keys rotate: the configuration names no key (security.key_file)")
	}
	if err := f.known(ctx, ring); err != nil {
		return err
	}
	out := rotated{Key: ring.Current(), Failed: []string{}}
	if err := f.rewrap(ctx, ring, &out); err != nil {
		return err
	}
	if err := f.resealRows(ctx, ring, &out); err != nil {
		return err
	}
	if drop && len(out.Failed) == 0 {
		if err := seal.KeepCurrent(s.KeyFile); err != nil {
			return err
		}
		out.Dropped = true
	}
	if err := f.note(ctx, access.RotatedKeys, out.Key); err != nil {
		return err
	}
	err = f.env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "Key %s: %d recordings rotated, %d sealed; %d rows of the record sealed; %d events in the clear removed.\n", out.Key, out.Rotated, out.Sealed, out.Rows, out.Events)
		if out.Dropped {
			fmt.Fprintln(w, "Older keys were removed from the file. Backups made until now need the one of their time: keep its copy as long as them.")
		}
		for _, l := range out.Failed {
			fmt.Fprintln(w, "not done:", l)
		}
	})
	if len(out.Failed) > 0 {
		err = errors.Join(err, cli.Checkf("%d recordings were not rotated; no key was dropped", len(out.Failed)))
	}
	return err
}

// known waits until all running nodes have read the newest key, as long as they may take. Without it a node could read nothing
// that the others write after the rotation, and would not start again.
func (f *folder) known(ctx context.Context, ring *seal.Ring) error {
	for until := time.Now().Add(sealGrace); ; {
		lack, err := f.s.Lacking(ctx, ring)
		if err != nil || len(lack) == 0 {
			return err
		}
		if time.Now().After(until) {
			return cli.Checkf("nothing was rotated: running nodes have not read the key %s: %s: copy security.key_file to each of them (a node that asks a command for its keys has to be restarted) and run keys rotate again, without --new",
				ring.Current(), strings.Join(lack, ", "))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}

// rewrap seals every recording with the first key of the ring.
func (f *folder) rewrap(ctx context.Context, ring *seal.Ring, out *rotated) error {
	files, _ := filepath.Glob(filepath.Join(f.env.Home, "calls", "*", store.AudioName)) // constant patterns
	vaults, _ := filepath.Glob(filepath.Join(f.env.Home, "calls", "*", store.OriginalsName))
	files = append(files, vaults...)
	for _, path := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		did, err := ring.Rewrap(path)
		if err == nil && did {
			out.Rotated++
		}
		if err == nil && quiet(path) {
			did, err = ring.Seal(path)
			if err == nil && did {
				out.Sealed++
			}
		}
		if err != nil {
			out.Failed = append(out.Failed, path+": "+err.Error())
		}
	}
	return nil
}

// sealGrace is how long running nodes may take to read a fresh key of values before rows are sealed with it.
const sealGrace = 15 * time.Second

// resealRows brings the rows of the record to what security.seal_records says, with the newest key.
func (f *folder) resealRows(ctx context.Context, ring *seal.Ring, out *rotated) error {
	if err := f.s.SealRecord(ctx, ring, f.cfg.Security.SealRecords); err != nil {
		return err
	}
	grace := sealGrace
	bus, err := f.bus(ctx)
	if err != nil {
		return err
	}
	if bus != nil {
		if err := errors.Join(f.dropClear(ctx, bus, out), bus.Close()); err != nil {
			return err
		}
		if !f.s.Shared() && f.cfg.Events.URL == "" { // nobody else has the record open
			grace = 0
		}
	}
	from, err := f.s.Rotate(ctx, ring, grace)
	if err != nil {
		return err
	}
	if wait := time.Until(from); wait > 0 && !from.IsZero() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait + time.Millisecond):
		}
	}
	if err := f.s.LoadSealing(ctx, ring); err != nil {
		return err
	}
	if out.Rows, err = f.s.SealRows(ctx, true, 0); err != nil {
		return err
	}
	if f.s.Sealed() {
		if err := keeping.DropTranscripts(f.env.Home); err != nil {
			return err
		}
	}
	return f.keep.Tidy(ctx, out.Rows > 0 && f.s.Shared())
}

// dropClear removes from the event store what was put there before it was sealed, once it is recorded. What receivers of
// webhooks still have to be told of is left to the server.
func (f *folder) dropClear(ctx context.Context, bus *events.Bus, out *rotated) error {
	if !f.s.Sealed() || keeping.Sealer(f.s, f.cfg.Events.URL) == nil {
		return nil
	}
	told := len(f.cfg.Webhooks) > 0
	_, err := f.settle(bus)(ctx)
	if err == nil && f.cfg.Events.URL == "" { // nobody else publishes
		out.Events, err = keeping.PurgeClear(ctx, bus, f.s, told)
	}
	if err == nil && out.Events == 0 {
		out.Events, _, err = keeping.DropClear(ctx, bus, f.s, told, 0, 0)
	}
	return err
}

// quiet reports whether nobody has written a file for a while.
func quiet(path string) bool {
	info, err := os.Stat(path)
	return err == nil && time.Since(info.ModTime()) > stillWritten
}
