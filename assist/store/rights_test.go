package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestOwnersOnly looks at the rights of the files: of a fresh record, of one that everybody could read, and of copies.
func TestOwnersOnly(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	look := func(when string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(home, "calls.db*"))
		if err != nil || len(files) < 3 {
			t.Fatalf("%s: files %v, %v", when, files, err)
		}
		for _, f := range files {
			info, err := os.Stat(f)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s has %v, %v", when, filepath.Base(f), info.Mode(), err)
			}
		}
	}
	s := openAt(t, store.Options{Home: home})
	if _, err := s.Record(t.Context(), script(call.NewID(), "1", "en", "hello", false)); err != nil {
		t.Fatal(err)
	}
	if err := store.SnapshotFile(t.Context(), store.Path(home), filepath.Join(home, "calls.db.copy")); err != nil {
		t.Fatal(err)
	}
	look("fresh")
	for _, f := range []string{"calls.db", "calls.db-wal", "calls.db-shm"} {
		if err := os.Chmod(filepath.Join(home, f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	openAt(t, store.Options{Home: home})
	look("opened again")
}
