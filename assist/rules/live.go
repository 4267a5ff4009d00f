package rules

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxFiles bounds what Live reads.
const maxFiles = 50

// Live is a set of rules that follows its files while calls go on. A file with a mistake is refused whole: the set that
// was good last stays. Calls that have begun keep the set they began with. It is safe for concurrent use.
type Live struct {
	base  [][]byte
	paths []string
	set   atomic.Pointer[Set]

	mu   sync.Mutex // held while files are read
	last [][]byte   // what was read last, good or not
	err  error      // what is wrong with it
}

// NewLive compiles base, such as EscalationFile, together with the files at paths. It fails when they are not in order.
func NewLive(base [][]byte, paths ...string) (*Live, error) {
	if len(paths) > maxFiles {
		return nil, fmt.Errorf("read rules: %d files, at most %d are read", len(paths), maxFiles)
	}
	l := &Live{base: base, paths: paths}
	if _, err := l.Reload(); err != nil {
		return nil, err
	}
	return l, nil
}

// Set is the newest good set.
func (l *Live) Set() *Set { return l.set.Load() }

// Err tells why the files as they are now are not in use; nil when they are.
func (l *Live) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Reload reads the files and takes their set when all of them are in order; it reports whether there is a new one. A
// failure leaves the set as it was, and is returned once: not again until the files change.
func (l *Live) Reload() (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	raws := make([][]byte, len(l.paths))
	for i, p := range l.paths {
		if raws[i], err = readRules(p); err != nil {
			return false, l.refuse(raws, err)
		}
	}
	if l.set.Load() != nil && same(raws, l.last) {
		if l.err != nil && !l.stillRead() {
			l.err = nil // a file that could not be read is back as it was
		}
		return false, nil
	}
	set, err := Compile(append(append([][]byte{}, l.base...), raws...)...)
	if err != nil {
		return false, l.refuse(raws, err)
	}
	l.set.Store(set)
	l.last, l.err = raws, nil
	return true, nil
}

// Rebase puts another base in the place of the one that was. When it does not compile with the files as they were read
// last, everything stays and the error says what is wrong.
func (l *Live) Rebase(base [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	set, err := Compile(append(slices.Clone(base), l.last...)...)
	if err != nil {
		return err
	}
	l.base = base
	l.set.Store(set)
	return nil
}

// stillRead reports whether the complaint is about what is in the files, not about reaching them.
func (l *Live) stillRead() bool {
	_, unreachable := l.err.(*unreadable)
	return !unreachable
}

// refuse keeps the complaint and returns it when it is new.
func (l *Live) refuse(raws [][]byte, err error) error {
	if _, unreachable := err.(*unreadable); !unreachable {
		l.last = raws
	}
	if l.err != nil && l.err.Error() == err.Error() {
		return nil
	}
	l.err = err
	return err
}

// Sources are the files in use: the base, then those at paths as they were read last.
func (l *Live) Sources() [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(slices.Clone(l.base), l.last...)
}

// Try compiles the files in use with the one at i (as Sources has them) replaced, or, beyond the last, with one more. What
// is in use stays. The errors are those of Compile.
func (l *Live) Try(i int, raw []byte) (*Set, error) {
	all := l.Sources()
	if i >= 0 && i < len(all) {
		all[i] = raw
	} else {
		all = append(all, raw)
	}
	return Compile(all...)
}

// Watch looks at the files every interval until ctx ends, which it waits for. told is called, from this goroutine, after
// each change: with nil for a new set, with the complaint for files that were refused.
func (l *Live) Watch(ctx context.Context, interval time.Duration, told func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if changed, err := l.Reload(); changed || err != nil {
				told(err)
			}
		}
	}
}

// unreadable is a file that cannot be read.
type unreadable struct{ err error }

func (u *unreadable) Error() string { return "read rules: " + u.err.Error() }
func (u *unreadable) Unwrap() error { return u.err }

func readRules(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &unreadable{err}
	}
	return raw, nil
}

func same(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
