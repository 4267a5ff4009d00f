// Package member says which record a process works on, and who it is among the nodes that share one.
package member

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// sharedBus names the bus of events.url: the nodes of one database have one.
const sharedBus = "shared"

// Place is where the record of the node with the data folder of env is, for whoever records or erases as that node. bus is
// events.url.
func Place(env *cli.Env, bus string) (store.Options, error) {
	o := store.Options{Home: env.Home, URL: env.Database, Log: env.Log}
	if o.URL == "" {
		return o, nil
	}
	var err error
	if o.Node, err = identity(filepath.Join(env.Home, "node.id")); err != nil {
		return o, err
	}
	o.Source = "node:" + o.Node
	if bus != "" {
		o.Source = sharedBus
	}
	return o, nil
}

// Record is where the record of env is, for a command that works on it beside the nodes.
func Record(env *cli.Env) store.Options {
	return store.Options{Home: env.Home, URL: env.Database, Keys: env.Keys, Log: env.Log}
}

// Reading opens the record, which is fs.ErrNotExist where no server has run yet, and hands it to do.
func Reading(ctx context.Context, env *cli.Env, do func(*store.Store) error) error {
	s, err := store.Existing(ctx, Record(env))
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// Writing opens the record, which is made where there is none, and hands it to do.
func Writing(ctx context.Context, env *cli.Env, do func(*store.Store) error) error {
	s, err := store.OpenAt(ctx, Record(env))
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// identity reads who the node is from a file, which is made when there is none.
func identity(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = []byte(uuid.NewString() + "\n")
		err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600))
	}
	if err != nil {
		return "", fmt.Errorf("learn which node this is: %w", err)
	}
	id, err := uuid.Parse(strings.TrimSpace(string(b)))
	if err != nil {
		return "", fmt.Errorf("%s is damaged: remove it, and the node gets another name", path)
	}
	return id.String(), nil
}
