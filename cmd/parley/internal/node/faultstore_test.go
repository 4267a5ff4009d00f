package node

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
)

// TestFaultsPostgres freezes the database in the middle of a call, thaws it, and kills it: the caller is answered from what
// is in memory, and the record is whole in the end.
func TestFaultsPostgres(t *testing.T) {
	faulty(t)
	_ = environment(t)
	url := pgtest.Database(t)
	r := start(t, sharing(url))
	r.ready("en", stolen, abroad, bye)
	thaw := func() {}
	res := r.under("english", map[int]func(){
		1: func() {
			thaw = pgtest.Freeze(t)
			r.says("record", true)
			if parts, ready := r.missing(); ready {
				t.Errorf("ready for calls without %v", parts)
			}
		},
		2: func() { thaw(); r.says("record", false) },
		3: func() { pgtest.Crash(t) },
	}, r.line(stolen), r.line(abroad), r.line(abroad), r.line(stolen), r.line(bye))
	thaw()
	d := r.whole(res.CallID)
	t.Logf("%d turns; troubles %v", len(d.Turns), r.troubles(d.ID))
	r.sound(d)
	if heard(d, blocks) != 2 || heard(d, costs) != 2 {
		t.Errorf("turns %+v", d.Turns)
	}
	again := r.under("english", nil, r.line(stolen), r.line(bye))
	if d := r.whole(again.CallID); heard(d, blocks) != 1 {
		t.Errorf("the next call: %+v", d.Turns)
	}
	r.says("record", false)
}

// TestFaultsLockedFile locks the files of the record and of the knowledge for longer than anybody waits for a lock.
func TestFaultsLockedFile(t *testing.T) {
	faulty(t)
	r := start(t, settings(""))
	r.ready("en", stolen, abroad, bye)
	var locks []*sql.Tx
	lock := func() {
		files, err := filepath.Glob(r.home("*.db"))
		if err != nil || len(files) < 2 {
			t.Errorf("files %v, %v", files, err)
		}
		for _, f := range files {
			db, err := sql.Open("sqlite", "file:"+f+"?_txlock=exclusive&_pragma=busy_timeout(5000)")
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = db.Close() })
			tx, err := db.Begin() //nolint:noctx // BEGIN EXCLUSIVE
			if err != nil {
				t.Error(f, err)
				return
			}
			locks = append(locks, tx)
		}
	}
	var locked time.Time
	res := r.under("english", map[int]func(){
		1: func() { lock(); locked = time.Now() },
		3: func() {
			time.Sleep(max(0, 13*time.Second-time.Since(locked))) // the lock outlasts the ten seconds that writers wait
			for _, tx := range locks {
				_ = tx.Rollback()
			}
		},
	}, r.line(stolen), r.line(abroad), r.line(stolen), r.line(bye))
	d := r.whole(res.CallID)
	r.sound(d)
	if heard(d, blocks) != 2 || heard(d, costs) != 1 {
		t.Errorf("turns %+v", d.Turns)
	}
}

// TestFaultsFullDisk fills the disk of the data folder in the middle of a call and makes room again: the call goes on, what
// was said is on record in the end, and nothing has to be started again.
func TestFaultsFullDisk(t *testing.T) {
	faulty(t)
	env := environment(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=96m"); err != nil {
		t.Skip("a small disk cannot be made here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	if err := os.Symlink(shared, filepath.Join(disk, "cache")); err != nil {
		t.Fatal(err)
	}
	env.Home = disk
	r := startIn(t, env, settings(""))
	r.ready("en", stolen, abroad, bye)
	ballast := filepath.Join(disk, "ballast")
	res := r.under("english", map[int]func(){
		1: func() {
			if err := fill(ballast); err != nil {
				t.Error(err)
			}
		},
		3: func() {
			r.says("events", true)
			if err := os.Remove(ballast); err != nil {
				t.Error(err)
			}
			r.says("events", false)
		},
	}, r.line(stolen), r.line(abroad), r.line(stolen), r.line(bye))
	d := r.whole(res.CallID)
	t.Logf("%d turns; troubles %v; lost events %d", len(d.Turns), r.troubles(d.ID), r.bus.Stats().Lost)
	r.sound(d)
	if heard(d, blocks) != 2 || heard(d, costs) != 1 || r.bus.Stats().Lost > 0 {
		t.Errorf("turns %+v", d.Turns)
	}
	if !slices.Contains(r.troubles(d.ID), "recording") {
		t.Error("nobody was told that the call is not recorded any more")
	}
	dir, err := store.Folder(disk, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, store.AudioName)); err != nil {
		t.Errorf("what was recorded before is gone: %v", err)
	}
	next := r.under("english", nil, r.line(stolen), r.line(bye))
	if d := r.whole(next.CallID); heard(d, blocks) != 1 || !d.Audio {
		t.Errorf("the next call is recorded: %v; %+v", d.Audio, d.Turns)
	}
}

// fill writes to path until nothing more fits.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for size := 1 << 20; size >= 1; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return f.Close()
}
