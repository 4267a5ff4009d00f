package transcribe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// journal keeps the finished recordings of a run of several, so that the same command goes on where it was stopped. A run
// that ends by itself leaves nothing behind.
type journal struct {
	dir  string // "" keeps nothing
	how  string // everything that decides a result beside the sound
	used []string
}

func (j *journal) path(sound string) string {
	sum := sha256.Sum256([]byte(sound + "|" + j.how))
	return filepath.Join(j.dir, hex.EncodeToString(sum[:])+".json")
}

// get returns the result of a run before, nil when there is none. A damaged one counts as none.
func (j *journal) get(sound string) *file {
	if j.dir == "" {
		return nil
	}
	raw, err := os.ReadFile(j.path(sound))
	if err != nil {
		return nil
	}
	var f file
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	j.used = append(j.used, j.path(sound))
	return &f
}

// put keeps a result until the run has ended.
func (j *journal) put(sound string, f *file) error {
	if j.dir == "" {
		return nil
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return fmt.Errorf("keep what is finished: %w: set PARLEY_HOME to a folder you can write", err)
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("keep what is finished: %w", err)
	}
	tmp, err := os.CreateTemp(j.dir, ".result-*") // readable by its owner only
	if err != nil {
		return fmt.Errorf("keep what is finished: %w", err)
	}
	_, err = tmp.Write(raw)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), j.path(sound))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep what is finished: %w", err), os.Remove(tmp.Name()))
	}
	j.used = append(j.used, j.path(sound))
	return nil
}

// clear forgets what this run kept or used.
func (j *journal) clear() {
	for _, p := range j.used {
		_ = os.Remove(p) // one that stays is overwritten or used by the next run
	}
	if j.dir != "" {
		_ = os.Remove(j.dir) // when it is empty
	}
}
