package rules_test

import (
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/parley-voice/parley/assist/concern"
)

// remembering keeps what was read: most of it is read the same in the next run of the tests. It is safe for concurrent use.
type remembering struct {
	reader concern.Reader
	path   string // of what is kept from run to run

	mu   sync.Mutex
	by   map[string][]float32
	grew bool
}

// remember returns a Reader over one of part that begins with what earlier runs with the same part have kept.
func remember(reader concern.Reader, part []byte) *remembering {
	r := &remembering{reader: reader, by: map[string][]float32{}}
	dir, err := os.UserCacheDir()
	if err != nil {
		return r
	}
	sum := sha256.Sum256(part)
	r.path = filepath.Join(dir, "parley", "tests", "reads", hex.EncodeToString(sum[:8])+".gob")
	f, err := os.Open(r.path)
	if err != nil { // the first run
		return r
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&r.by); err != nil { // half a file: all is made again
		r.by = map[string][]float32{}
	}
	return r
}

// save keeps what there is for the next run.
func (r *remembering) save() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.path == "" || !r.grew {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return fmt.Errorf("keep what was read: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(r.path), "new-*")
	if err != nil {
		return fmt.Errorf("keep what was read: %w", err)
	}
	err = gob.NewEncoder(f).Encode(r.by)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), r.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keep what was read: %w", err)
	}
	return nil
}

// Read implements concern.Reader.
func (r *remembering) Read(ctx context.Context, before []string, now string) ([]float32, error) {
	key := strings.Join(before, "\x00") + "\x01" + now
	r.mu.Lock()
	z, ok := r.by[key]
	r.mu.Unlock()
	if ok {
		return z, nil
	}
	z, err := r.reader.Read(ctx, before, now)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by[key], r.grew = z, true
	return z, nil
}
