package peoplecmd

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

const keySize = 32

// Gate returns the gate of a data folder. The key of the audit trail is in the file audit.key of the folder, made when it
// is missing; o may set everything but Store, Key and Log.
func Gate(s *store.Store, env *cli.Env, o access.Options) (*access.Gate, error) {
	key, err := readKey(filepath.Join(env.Home, "audit.key"))
	if err != nil {
		return nil, err
	}
	o.Store, o.Key, o.Log = s.People(), key, env.Log
	return access.New(o)
}

// readKey reads the key, or makes it. Two processes that start at once end up with the same one.
func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, err
		}
		key, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of the audit trail: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("%s is damaged: it must have %d bytes; take it from a backup", path, keySize)
	}
	return key, nil
}

func makeKey(path string) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".audit-*")
	if err != nil {
		return fmt.Errorf("make the key of the audit trail: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // linked under its name by then
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	_, err = tmp.Write(key)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("make the key of the audit trail: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the key of the audit trail: %w", err)
	}
	return nil
}
