// Package keepcmd is what is kept and for how long: "parley backup", "parley restore", "parley erase" and "parley hold".
// All of them work on the data folder, also while a server runs; what only the server can reach (the event store) it is
// asked to do.
package keepcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
	"github.com/parley-voice/parley/pipeline/events"
)

// patience is how long a running server may take to see a request.
const patience = 15 * time.Second

// folder is an open data folder.
type folder struct {
	env  *cli.Env
	cfg  *config.Config
	gate *access.Gate
	s    *store.Store
	keep *store.Keeping
	same func(a, b string) bool
	node string // whose folder it is, of those that share the database; "" without one
}

// configFlag adds --config.
func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", "", "configuration file of the server")
}

func load(file string) (*config.Config, error) {
	if file != "" {
		if err := cli.Files(file); err != nil {
			return nil, err
		}
	}
	return config.Load(file)
}

// with opens the data folder for do.
func with(ctx context.Context, env *cli.Env, file string, do func(*folder) error) error {
	cfg, err := load(file)
	if err != nil {
		return err
	}
	if err := cfg.Use(env.Database); err != nil {
		return err
	}
	located := *env
	located.Database = cfg.Database.URL
	located.Keys = cli.KeysOf(cfg.Security.KeyFile, cfg.Security.KeyCommand)
	env = &located
	at, err := member.Place(env, cfg.Events.URL)
	if err != nil {
		return err
	}
	at.Keys = env.Keys
	s, err := store.Existing(ctx, at)
	if err != nil {
		return err
	}
	f := &folder{env: env, cfg: cfg, s: s, same: keeping.Same(cfg.Customers.Countries), node: at.Node}
	f.keep = s.Keeping(f.same)
	f.gate, err = peoplecmd.Gate(s, env, access.Options{})
	if err == nil {
		err = do(f)
	}
	return errors.Join(err, s.Close())
}

// note writes the audit trail.
func (f *folder) note(ctx context.Context, what, detail string) error {
	return f.gate.Note(ctx, access.Entry{Who: "console", Name: "Console of the server", What: what, Detail: detail})
}

// bus opens the event store when no server has it; nil when one does.
func (f *folder) bus(ctx context.Context) (*events.Bus, error) {
	b, err := events.Open(ctx, events.Options{Dir: filepath.Join(f.env.Home, "events"), URL: f.cfg.Events.URL, MaxAge: f.cfg.EventsKept(), Seal: keeping.Sealer(f.s, f.cfg.Events.URL), Log: f.env.Log})
	if errors.Is(err, events.ErrInUse) {
		return nil, nil
	}
	return b, err
}

// ask has work done: here when no server runs, else by the server. What cannot be begun, without a key or with a
// damaged knowledge, is not left for another command or server to do later.
func (f *folder) ask(ctx context.Context, w retain.Work, body, to any) error {
	bus, err := f.bus(ctx)
	if err != nil {
		return err
	}
	if bus != nil {
		return errors.Join(f.here(ctx, bus, w, body, to), bus.Close())
	}
	id, err := f.keep.Ask(ctx, w, body)
	if err != nil {
		return err
	}
	err = retain.Await(ctx, f.keep, id, patience, to)
	if errors.Is(err, retain.ErrNobody) {
		return fmt.Errorf("%w within %s: it is done as soon as one is free", err, patience)
	}
	return err
}

// here puts work into the tray and does what is there until it is done.
func (f *folder) here(ctx context.Context, bus *events.Bus, w retain.Work, body, to any) (err error) {
	parts := keeping.Parts{Home: f.env.Home, Store: f.s, Gate: f.gate, Bus: bus, Same: f.same, Log: f.env.Log}
	if f.env.Database != "" || exists(filepath.Join(f.env.Home, "knowledge.db")) {
		lib, failed := knowledgecmd.OpenPlain(ctx, f.env)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, lib.Close()) }()
		parts.Library = lib
	}
	id, err := f.keep.Ask(ctx, w, body)
	if err != nil {
		return err
	}
	clerk := retain.Clerk{Tray: f.keep, Eraser: keeping.Eraser(parts), Settle: f.settle(bus), Log: f.env.Log}
	for {
		did, err := clerk.One(ctx)
		if err != nil {
			return err
		}
		if !did {
			break
		}
	}
	return retain.Await(ctx, f.keep, id, patience, to) // with a server of events outside, another node may have taken it
}

// settle records what is left in the event store.
func (f *folder) settle(bus *events.Bus) func(context.Context) (retain.Settled, error) {
	return func(ctx context.Context) (retain.Settled, error) {
		last, err := bus.Last(ctx)
		if err != nil || f.cfg.Events.URL != "" {
			return retain.Settled{Last: last, Node: f.node}, err
		}
		rctx, cancel := context.WithCancel(ctx)
		defer cancel()
		rec := store.NewRecorder(f.s, f.env.Log)
		ended := make(chan error, 1)
		go func() { ended <- rec.Run(rctx, bus) }() // ends with cancel
		select {
		case <-rec.Ready():
			cancel()
			return retain.Settled{Last: last, Node: f.node}, <-ended
		case err := <-ended:
			return retain.Settled{Last: last, Node: f.node}, err
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
