package sqlitefile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge/sqlitefile"
)

func TestCopy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db.v1.bak")
	if err := os.WriteFile(path, []byte("not finished"), 0o644); err != nil { //nolint:gosec // others may read it on purpose
		t.Fatal(err)
	}
	full := errors.New("full")
	for _, want := range []error{nil, full} {
		err := sqlitefile.Copy(t.Context(), func(_ context.Context, statement string, args ...any) error {
			if info, err := os.Stat(path); err != nil || info.Size() != 0 || info.Mode().Perm() != 0o600 || statement != "VACUUM INTO ?" || args[0] != path {
				t.Errorf("%s %v into %v, %v", statement, args, info, err)
			}
			return want
		}, path)
		if !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), "disk space") {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestExplained(t *testing.T) {
	t.Parallel()
	cannot := errors.New("unable to open database file (14)")
	dir := t.TempDir()
	if err := sqlitefile.Explained(cannot, filepath.Join(dir, "a.db")); err != cannot { //nolint:errorlint // nothing is put around it
		t.Error("nothing is wrong with the folder:", err)
	}
	err := sqlitefile.Explained(cannot, filepath.Join(dir, "gone", "a.db"))
	if !errors.Is(err, cannot) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "cannot write to "+filepath.Join(dir, "gone")+":") {
		t.Error(err)
	}
}
