package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrSpace is the error of a disk without room.
var ErrSpace = errors.New("not enough disk space")

// freeSpace is how many bytes an ordinary user may still write under dir, which must exist.
func freeSpace(dir string) (int64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("see how much space is free under %s: %w", dir, err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}

// lock keeps other processes from changing the folder until the function it returns is called. While another has it, lock
// calls wait once and blocks until it is free or ctx is done.
func lock(ctx context.Context, dir string, wait func()) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of weights: %w", err)
	}
	for told := false; ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { // closing alone leaves it locked for a program that is just being started with the file open
				_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
				_ = f.Close()
			}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock the folder of weights: %w", err), f.Close())
		}
		if !told {
			wait()
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
