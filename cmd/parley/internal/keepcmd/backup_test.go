package keepcmd_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
)

// TestBackupNotNoted: a backup that cannot be noted, because the disk of the record is full, is there, and it is told what it lacks.
func TestBackupNotNoted(t *testing.T) {
	t.Parallel()
	h := fill(t)
	db, err := sql.Open("sqlite", store.Path(h.home))
	h.must(err)
	_, err = db.ExecContext(t.Context(), "CREATE TRIGGER no_room BEFORE INSERT ON keeping_backups BEGIN SELECT RAISE(ABORT, 'no room'); END")
	h.must(errors.Join(err, db.Close()))
	file := filepath.Join(t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file); cli.Code(err) != cli.ExitFailed || !strings.Contains(err.Error(), file+" is whole") || !strings.Contains(err.Error(), "no room") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := h.run(keepcmd.NewRestore, true, file, "--check"); err != nil {
		t.Error(err)
	}
}
