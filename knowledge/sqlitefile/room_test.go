package sqlitefile

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestFullDisk: what SQLite calls an I/O error is told as a full disk where there is no room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	failed, path := errors.New("disk I/O error (4874)"), filepath.Join(t.TempDir(), "a.db")
	for free, want := range map[uint64]string{0: failed.Error() + ": the disk of " + filepath.Dir(path) + " is full", leastRoom: failed.Error()} {
		if got := explained(failed, path, func(string) uint64 { return free }); got.Error() != want || !errors.Is(got, failed) {
			t.Errorf("with %d bytes free: %v, want %s", free, got, want)
		}
	}
	if room(filepath.Dir(path)) == 0 || room(filepath.Join(path, "gone")) != leastRoom {
		t.Error("the room on this disk is not known")
	}
}
