package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const othersMode = 0o077 // the rights of everybody but the owner

// ownersOnly makes sure that only its owner may read a database and what SQLite puts beside it, which gets the same rights.
// It opens no file that is there: closing that would let go of the locks this process may have on it.
func ownersOnly(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode) // SQLite takes an empty file for a new database
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make %s: %w", path, err)
	}
	for _, p := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&othersMode != 0 {
			err = os.Chmod(p, info.Mode().Perm()&^othersMode)
		}
		if err != nil {
			return fmt.Errorf("keep others from reading %s: %w", p, err)
		}
	}
	return nil
}
