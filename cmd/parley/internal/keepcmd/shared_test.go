package keepcmd_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// restoredShared is what "restore" tells about a database.
type restoredShared struct {
	Node, Replaced, Schema string
	Erased                 []call.ID
	Again                  *retain.Report
}

func (h house) restore(args ...string) restoredShared {
	h.t.Helper()
	out, err := h.run(keepcmd.NewRestore, true, args...)
	if err != nil {
		h.t.Fatal(out, err)
	}
	var r restoredShared
	h.must(json.Unmarshal([]byte(out), &r))
	return r
}

// has checks which calls a house has, and that its knowledge and audit trail are whole and grow.
func (h house) has(a, b bool) {
	h.t.Helper()
	s := h.record()
	for id, want := range map[call.ID]bool{h.a: a, h.b: b} {
		d, err := s.Get(h.t.Context(), id)
		if err != nil && !errors.Is(err, record.ErrUnknown) {
			h.t.Fatal(err)
		}
		if there := err == nil && d.Audio && len(d.Turns) > 1; there != want {
			h.t.Errorf("call %s is there: %t, %+v", id, there, d)
		}
	}
	gate, err := peoplecmd.Gate(s, &cli.Env{Home: h.home}, access.Options{})
	h.must(err)
	if _, err := gate.Verify(h.t.Context()); err != nil {
		h.t.Error(err)
	}
	lib := h.library()
	k, err := lib.Save(h.t.Context(), knowledge.Entry{Base: "bank", Question: "Where are you, " + h.home + "?", Answer: "Here.", Lang: "en"}, "somebody")
	h.must(err)
	if _, there, err := lib.Entry(h.t.Context(), "bank", "p1"); err != nil || !there || k.ID == "" {
		h.t.Errorf("knowledge: %t, %v", there, err)
	}
	h.must(errors.Join(lib.Close(), s.Close()))
}

func TestBackupAndRestoreShared(t *testing.T) {
	t.Parallel()
	h := fillIn(t, pgtest.Database(t))
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	stop := h.serve()
	out, err := h.run(keepcmd.NewBackup, true, file)
	if err != nil || !strings.Contains(out, `"settled":true`) || !strings.Contains(out, h.node()) {
		t.Fatal(out, err)
	}
	if _, err := h.run(keepcmd.NewRestore, true, file, "--force"); err == nil {
		t.Error("restored under a running server")
	}
	stop()
	if out, err := h.run(keepcmd.NewBackup, false, "--list"); err != nil || !strings.Contains(out, file) {
		t.Errorf("the list: %s, %v", out, err)
	}
	out, err = h.run(keepcmd.NewErase, true, string(h.a))
	if err != nil || !strings.Contains(out, file) { // names the backup that has the call
		t.Fatal(out, err)
	}
	if _, err := h.run(keepcmd.NewRestore, true, file); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("without --force: %v", err)
	}
	elsewhere := house{t: t, home: filepath.Join(t.TempDir(), "new"), db: h.db, a: h.a, b: h.b}
	if _, err := elsewhere.run(keepcmd.NewRestore, true, file); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("a new folder, and a database that holds tables: %v", err)
	}
	if out, err := h.run(keepcmd.NewRestore, false, file, "--check"); err != nil || !strings.Contains(out, "is whole") || !strings.Contains(out, "loaded") {
		t.Errorf("check: %s, %v", out, err)
	}
	h.has(false, true)
	r := h.restore(file, "--force")
	if len(r.Erased) != 1 || r.Erased[0] != h.a || r.Replaced == "" || r.Schema == "" || r.Node != h.node() {
		t.Errorf("%+v", r)
	}
	if backup.Interrupted(h.home) {
		t.Error("it says it was interrupted")
	}
	h.has(false, true)
	h.must(os.RemoveAll(r.Replaced))
	h.reachesReplaced()

	elsewhere.db = pgtest.Database(t)
	if r := elsewhere.restore(file); r.Replaced != "" || r.Schema != "" || len(r.Erased) != 0 {
		t.Errorf("on a new machine: %+v", r)
	}
	elsewhere.has(true, true)
	stop = elsewhere.serve() // a server starts on it
	stop()
}

// everywhere lists the files, and the tables of the database, with text in them.
func (h house) everywhere(text string) []string {
	h.t.Helper()
	out := h.holding(text)
	if h.db != "" {
		rows := house{t: h.t, home: h.t.TempDir()}
		h.must(store.CopyOut(h.t.Context(), h.db, rows.home))
		out = append(out, rows.holding(text)...)
	}
	return out
}

// TestErasedStaysErasedShared erases a caller and a customer again, also drafts, by the tables that are replaced, and by a
// list where there are none.
func TestErasedStaysErasedShared(t *testing.T) {
	t.Parallel()
	h := fillIn(t, pgtest.Database(t))
	file := filepath.Join(t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file); err != nil {
		t.Fatal(out, err)
	}
	if out, err := h.run(keepcmd.NewErase, true, "--caller", number, "--customer"); err != nil {
		t.Fatal(out, err)
	}
	list := h.listOfErased()
	for range 2 { // also when it is done once more
		r := h.restore(file, "--force")
		if len(r.Erased) != 1 || r.Again == nil || !r.Again.Proved || r.Again.Words != 2 {
			t.Errorf("%+v", r)
		}
		h.must(os.RemoveAll(r.Replaced))
	}
	for _, args := range [][]string{nil, {"--erased", list}} {
		elsewhere := house{t: t, home: filepath.Join(t.TempDir(), "new"), db: pgtest.Database(t), a: h.a, b: h.b}
		elsewhere.restore(append(args, file)...)
		if args != nil {
			elsewhere.staysErased()
		} else if len(elsewhere.everywhere("heliotrope wheelbarrow")) < 4 || len(elsewhere.everywhere("Ada Heliotrope")) == 0 {
			t.Error("not all of it is back without the list: this test could not fail")
		}
	}
}

// reachesReplaced erases the other call, which is also in the tables that the restore put aside.
func (h house) reachesReplaced() {
	h.t.Helper()
	out, err := h.run(keepcmd.NewErase, true, string(h.b))
	var r retain.Report
	h.must(json.Unmarshal([]byte(out), &r))
	if cli.Code(err) != cli.ExitCheck || r.Proved || !strings.Contains(out, store.ReplacedSchema) {
		h.t.Errorf("a call that is in tables put aside: %s, %v", out, err)
	}
}

// TestRestoreOneNodesFolder brings back the files of one of two nodes while the database stays and the other node runs.
func TestRestoreOneNodesFolder(t *testing.T) {
	t.Parallel()
	h := fillIn(t, pgtest.Database(t))
	file := filepath.Join(t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file); err != nil {
		t.Fatal(out, err)
	}
	if _, err := h.run(keepcmd.NewErase, true, string(h.a)); err != nil {
		t.Fatal(err)
	}
	lost := h
	lost.home = filepath.Join(t.TempDir(), "lost")
	if r := lost.restore(file, "--folder"); len(r.Erased) != 1 || r.Schema != "" || r.Again == nil || !r.Again.Proved {
		t.Errorf("%+v", r)
	}
	lost.has(false, true)
	if dir, err := store.Folder(lost.home, h.a); err != nil || exists(dir) {
		t.Errorf("the files of an erased call are back: %v", err)
	}
	if lost.node() != h.node() {
		t.Error("it is another node now")
	}
}

// TestRestoreSharedSealed needs no key to bring a sealed record back, and reads it with the key only.
func TestRestoreSharedSealed(t *testing.T) {
	t.Parallel()
	h := sealHouse(t, fillIn(t, pgtest.Database(t)))
	file := filepath.Join(t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file, "--config", h.conf); err != nil {
		t.Fatal(out, err)
	}
	elsewhere := h
	elsewhere.home, elsewhere.db = filepath.Join(t.TempDir(), "new"), pgtest.Database(t)
	elsewhere.restore(file)
	elsewhere.with(elsewhere.home, func(s *store.Store) {
		if d, err := s.Get(t.Context(), h.a); err != nil || len(d.Turns) != 3 || d.Turns[0].Text != secret {
			t.Errorf("with the key: %+v, %v", d, err)
		}
	})
	s := elsewhere.record()
	if d, err := s.Get(t.Context(), h.a); !errors.Is(err, seal.ErrKey) {
		t.Errorf("without the key: %+v, %v", d, err)
	}
	h.must(s.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestRestoreOfTheOtherKind refuses before anything is changed.
func TestRestoreOfTheOtherKind(t *testing.T) {
	t.Parallel()
	db, file := fillIn(t, pgtest.Database(t)), fill(t)
	inDB, inFile := filepath.Join(t.TempDir(), "db.tar"), filepath.Join(t.TempDir(), "file.tar")
	for _, c := range []struct {
		h    house
		path string
	}{{db, inDB}, {file, inFile}} {
		if out, err := c.h.run(keepcmd.NewBackup, true, c.path); err != nil {
			t.Fatal(out, err)
		}
	}
	for _, c := range []struct {
		h    house
		args []string
		want string
	}{
		{file, []string{inDB, "--force"}, "--config"},
		{db, []string{inFile, "--force"}, "without PostgreSQL"},
		{file, []string{inFile, "--force", "--folder"}, "--folder"},
	} {
		if _, err := c.h.run(keepcmd.NewRestore, true, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
		c.h.has(true, true)
	}
	if out, err := file.run(keepcmd.NewRestore, false, inDB, "--check"); err != nil || !strings.Contains(out, "no database was named") {
		t.Errorf("check without a database: %s, %v", out, err)
	}
}
