// Package sqlitefile is what every SQLite file of Parley has in common beside its tables: whose it is, how it is copied, and why
// it cannot be used.
package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	fileMode   = 0o600
	othersMode = 0o077 // the rights of everybody but the owner
	writable   = 2     // for access(2)
)

// OwnersOnly makes sure that only its owner may read a database and what SQLite puts beside it, which gets the same rights.
// It opens no file that is there: closing that would let go of the locks this process may have on it.
func OwnersOnly(path string) error {
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

// Copy writes a whole copy of an open database to path, for its owner alone, also while it is in use; a copy that is there, such
// as one that was not finished, is replaced. exec runs a statement on the database.
func Copy(ctx context.Context, exec func(ctx context.Context, statement string, args ...any) error, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace an old copy: %w", err)
	}
	if err := OwnersOnly(path); err != nil {
		return err
	}
	if err := exec(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy to %s: %w: check free disk space", path, err)
	}
	return nil
}

// Explained is err, with which a database could not be opened, with the reason where it lies in the rights to its files or the room
// on their disk: SQLite writes beside a file even to read it, and says only that it cannot.
func Explained(err error, path string) error { return explained(err, path, room) }

// leastRoom is what SQLite wants on the disk to open a file, in bytes, and some more.
const leastRoom = 1 << 20

// room is how many bytes are free on the disk of a folder, many where that is not known.
func room(dir string) uint64 {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return leastRoom
	}
	return s.Bavail * uint64(s.Bsize) //nolint:gosec // never negative
}

func explained(err error, path string, room func(dir string) uint64) error {
	for _, p := range []string{filepath.Dir(path), path, path + "-wal", path + "-shm"} {
		why := syscall.Access(p, writable)
		if why == nil || p != filepath.Dir(path) && errors.Is(why, fs.ErrNotExist) {
			continue
		}
		return fmt.Errorf("%w: this account cannot write to %s: %w", err, p, why)
	}
	if room(filepath.Dir(path)) < leastRoom {
		return fmt.Errorf("%w: the disk of %s is full", err, filepath.Dir(path))
	}
	return err
}
