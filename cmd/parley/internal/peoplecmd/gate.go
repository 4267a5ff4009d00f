package peoplecmd

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

const (
	keySize    = 32
	agreeLimit = 10 * time.Second
)

// agree makes sure that every node of one database signs the trail with one key: a line signed with another one would
// read as changed. The database knows only what the key hashes to, or who writes to it could forge the trail.
func agree(s *store.Store, path string) error {
	if !s.Shared() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), agreeLimit)
	defer cancel()
	sum := ""
	if _, err := os.Stat(path); err == nil {
		key, err := readKey(path)
		if err != nil {
			return err
		}
		sum = sumOf(key)
	}
	have, err := s.People().KeySum(ctx, sum)
	if err != nil {
		return err
	}
	if have == "" { // the first node
		key, err := readKey(path)
		if err != nil {
			return err
		}
		sum = sumOf(key)
		if have, err = s.People().KeySum(ctx, sum); err != nil {
			return err
		}
	}
	if have != sum {
		return fmt.Errorf("%s is missing or not the one of the other nodes: copy it from the data folder of a node that uses this database", path)
	}
	return nil
}

func sumOf(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// Gate returns the gate of a data folder. The key of the audit trail is in the file audit.key of the folder, made when it
// is missing; nodes that share a database must have the same one. o may set everything but Store, Key and Log.
func Gate(s *store.Store, env *cli.Env, o access.Options) (*access.Gate, error) {
	path := filepath.Join(env.Home, "audit.key")
	if err := agree(s, path); err != nil {
		return nil, err
	}
	key, err := readKey(path)
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
