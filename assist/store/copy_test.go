package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// shared opens a record in a database; it is closed with the test.
func shared(t *testing.T, url string) *Store {
	t.Helper()
	s, err := OpenAt(t.Context(), Options{Home: t.TempDir(), URL: url, Node: "n1", Source: "bus"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func exec(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	if _, err := s.write.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func value[T any](t *testing.T, s *Store, query string) T {
	t.Helper()
	var v T
	if err := s.read.QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatal(query, err)
	}
	return v
}

func copied(t *testing.T, url string) string {
	t.Helper()
	dir := t.TempDir()
	if err := CopyOut(t.Context(), url, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func readCopy(t *testing.T, dir string) *Copy {
	t.Helper()
	c, err := ReadCopy(dir, noKnowledge)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func noKnowledge(v int) ([]string, error) { return nil, fmt.Errorf("knowledge %d", v) }

func nothing() error { return nil }

// putBack loads a copy and puts it into place.
func putBack(t *testing.T, c *Copy, url string, ready func() error) (aside string, err error) {
	t.Helper()
	staged, err := c.Stage(t.Context(), url)
	if err != nil {
		return "", err
	}
	aside, err = staged.Place(t.Context(), time.Now(), 0, ready)
	if err := staged.Drop(t.Context()); err != nil {
		t.Error(err)
	}
	return aside, err
}

// tidySchemas checks that no schema is left that a copy was loaded into.
func tidySchemas(t *testing.T, s *Store) {
	t.Helper()
	if n := value[int](t, s, "SELECT count(*) FROM pg_namespace WHERE nspname IN ('parley_trial') OR nspname LIKE '"+stagedSchema+"%'"); n != 0 {
		t.Errorf("%d schemas are left", n)
	}
}

const addCall = "INSERT INTO calls (id, state, started_ms, caller) VALUES (?, 'ended', 1, ?)"

// TestOwnTables finds every table of the record, and none of somebody else.
func TestOwnTables(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := shared(t, url)
	exec(t, s, "CREATE TABLE customersatisfaction (of_others TEXT)")
	var own []string
	err := s.inTx(t.Context(), "list", func(tx *sql.Tx) error {
		all, versions, err := ownTables(t.Context(), tx)
		for _, o := range all {
			own = append(own, o.Name)
		}
		if len(versions) != len(allParts()) {
			t.Errorf("versions %v", versions)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Index(own, "calls") > slices.Index(own, "turns") {
		t.Errorf("turns refer to calls: %v", own)
	}
	all, err := strs(t.Context(), s.read, "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'customersatisfaction' ORDER BY 1")
	slices.Sort(own)
	if err != nil || !slices.Equal(own, all) {
		t.Errorf("own tables\n%v, there are\n%v, %v", own, all, err)
	}
}

// TestCopyThereAndBack keeps every byte of a text, and what was there.
func TestCopyThereAndBack(t *testing.T) {
	t.Parallel()
	odd := "tab\there, new\nline, back\\slash, \\N, \\., 昨天, \x01 and 'quotes' \"\""
	url := pgtest.Database(t)
	s := shared(t, url)
	exec(t, s, addCall, "c1", odd)
	exec(t, s, "INSERT INTO turns (call, n, who, text, start_ms, body) VALUES ('c1', 1, 'caller', ?, 0, '')", odd)
	dir := copied(t, url)
	exec(t, s, addCall, "c2", "later")
	if err := readCopy(t, dir).Try(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, s, "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'parley%'"); n != 0 {
		t.Error("the trial left a schema behind")
	}
	aside, err := putBack(t, readCopy(t, dir), url, nothing)
	if err != nil || !strings.HasPrefix(aside, ReplacedSchema) {
		t.Fatal(aside, err)
	}
	tidySchemas(t, s)
	if ids, err := strs(t.Context(), s.read, "SELECT id || caller FROM calls"); err != nil || !slices.Equal(ids, []string{"c1" + odd}) {
		t.Errorf("calls %q, %v", ids, err)
	}
	if text := value[string](t, s, "SELECT text FROM turns"); text != odd {
		t.Errorf("%q", text)
	}
	if n := value[int](t, s, "SELECT count(*) FROM "+aside+".calls"); n != 2 {
		t.Errorf("%d calls are kept", n)
	}
	if _, err := s.write.ExecContext(t.Context(), addCall, "c1", ""); err == nil {
		t.Error("the primary key is gone")
	}
	elsewhere := pgtest.Database(t)
	if some, err := Holds(t.Context(), elsewhere); some || err != nil {
		t.Errorf("an empty database holds tables: %v", err)
	}
	if aside, err := putBack(t, readCopy(t, dir), elsewhere, nothing); err != nil || aside != "" {
		t.Fatal(aside, err)
	}
	if n := value[int](t, shared(t, elsewhere), "SELECT count(*) FROM calls"); n != 1 {
		t.Errorf("%d calls elsewhere", n)
	}
}

// TestCopyIsOfOneMoment copies while a writer puts rows into two tables, both or none.
func TestCopyIsOfOneMoment(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := shared(t, url)
	ctx, cancel := context.WithCancel(t.Context())
	// Wrote has a row of each table for who waits for one.
	wrote, done := make(chan int), make(chan error, 1)
	go func() { // ends with cancel
		for n := 0; ; n++ {
			err := s.inTx(ctx, "write", func(tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, addCall, fmt.Sprint("c", n), ""); err != nil {
					return err
				}
				_, err := tx.ExecContext(ctx, "INSERT INTO wrapups (call, original, at_ms) VALUES (?, '', 0)", fmt.Sprint("c", n))
				return err
			})
			if err != nil {
				done <- err
				return
			}
			select {
			case wrote <- n:
			default:
			}
		}
	}()
	var dirs []string
	for range 3 {
		for n := 0; n < 20; { // the writer is busy, and further than at the copy before
			select {
			case n = <-wrote:
			case err := <-done:
				t.Fatal(err)
			}
		}
		dirs = append(dirs, copied(t, url))
	}
	cancel()
	<-done
	last := int64(0)
	for _, dir := range dirs {
		rows := map[string]int64{}
		for _, c := range readCopy(t, dir).index.Tables {
			rows[c.Name] = c.Rows
		}
		if rows["calls"] <= max(last, 20) || rows["calls"] != rows["wrapups"] {
			t.Errorf("%d calls after %d, %d wrap-ups", rows["calls"], last, rows["wrapups"])
		}
		last = rows["calls"]
	}
}

// TestCopyAllOrNothing breaks a copy in its last table, and refuses under running nodes and at the last moment.
func TestCopyAllOrNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := shared(t, url)
	exec(t, s, addCall, "c1", "first")
	dir := copied(t, url)
	exec(t, s, "UPDATE calls SET caller = 'second'")
	load := func(ready func() error) error {
		_, err := putBack(t, readCopy(t, dir), url, ready)
		tidySchemas(t, s)
		if err != nil && value[string](t, s, "SELECT caller FROM calls") != "second" {
			t.Error("something was changed")
		}
		return err
	}
	stop := errors.New("no room")
	if err := load(func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("at the last moment: %v", err)
	}
	exec(t, s, "INSERT INTO nodes (id, boot, name, sip, http, started_ms, beat_ms) VALUES ('n', 'b', '', '', '', 0, "+dbNow+" + 60000)")
	if err := load(nothing); !errors.Is(err, ErrNodesRun) {
		t.Errorf("while a node runs: %v", err)
	}
	if _, err := Holds(t.Context(), url); !errors.Is(err, ErrNodesRun) {
		t.Errorf("looking while a node runs: %v", err)
	}
	exec(t, s, "DELETE FROM nodes")
	whole := readCopy(t, dir).index
	for name, bad := range map[string]copiedTable{
		"pg_authid": {Name: "pg_authid", Columns: []string{"rolname"}}, "climbs": {Name: "../../turns"},
		"statement": {Name: "turns", Columns: []string{"call) FROM PROGRAM 'true' --"}},
	} {
		c := readCopy(t, dir)
		c.index.Tables = append(slices.Clone(whole.Tables), bad)
		if _, err := putBack(t, c, url, nothing); err == nil || value[string](t, s, "SELECT caller FROM calls") != "second" {
			t.Errorf("%s: %v", name, err)
		}
	}
	turns := filepath.Join(dir, "turns.copy")
	if err := os.WriteFile(turns, []byte("c9\t1\tcaller\tof no call\t0\t{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := load(nothing); err == nil || !strings.Contains(err.Error(), "turns") {
		t.Errorf("a turn of no call: %v", err)
	}
	if err := os.WriteFile(turns, []byte("c1\t1\tcaller\tone more\t0\t{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := load(nothing); err == nil || !strings.Contains(err.Error(), "1 rows") {
		t.Errorf("a row too many: %v", err)
	}
}

// TestCopyOfAnotherVersion brings an older copy up to date, and refuses a newer one.
func TestCopyOfAnotherVersion(t *testing.T) {
	t.Parallel()
	old := pgtest.Database(t)
	err := onPostgres(t.Context(), old, nil, func(tx *sql.Tx, _ copier) (bool, error) {
		for _, q := range []string{postgresTables(partsTable), postgresTables(steps()[0]), "INSERT INTO parts VALUES ('calls', 1)",
			"INSERT INTO calls (id, state, started_ms) VALUES ('c1', 'ended', 1)", "UPDATE position SET pos = 7"} {
			if _, err := tx.ExecContext(t.Context(), q); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.Database(t)
	dir := copied(t, old)
	if _, err := putBack(t, readCopy(t, dir), url, nothing); err != nil {
		t.Fatal(err)
	}
	s := shared(t, url)
	if pos := value[int](t, s, "SELECT pos FROM positions"); pos != 7 {
		t.Errorf("position %d", pos)
	}
	if d, err := s.Get(t.Context(), call.ID("c1")); err != nil || d.ID != "c1" {
		t.Errorf("%+v, %v", d, err)
	}
	exec(t, s, "UPDATE parts SET version = 99 WHERE name = 'tickets'")
	if _, err := ReadCopy(copied(t, url), noKnowledge); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer part: %v", err)
	}
	exec(t, s, "UPDATE parts SET name = 'dreams', version = 1 WHERE name = 'tickets'")
	exec(t, s, "CREATE TABLE dreams_seen (id TEXT)")
	newer := copied(t, url)
	if _, err := ReadCopy(newer, noKnowledge); !errors.Is(err, ErrNewer) {
		t.Errorf("an unknown part: %v", err)
	}
	// The way back from an upgrade: what the newer program made does not stay in the way.
	if aside, err := putBack(t, readCopy(t, dir), url, nothing); err != nil || value[int](t, s, "SELECT count(*) FROM "+aside+".dreams_seen") != 0 {
		t.Error(err)
	}
	if n := value[int](t, s, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'dreams_seen'"); n != 0 {
		t.Error("a table of the newer program is left")
	}
}

// TestSince reads what was erased since from tables of this version and of an older one, and from a file.
func TestSince(t *testing.T) {
	t.Parallel()
	url, made := pgtest.Database(t), time.Now().Add(-time.Minute)
	empty := Options{URL: pgtest.Database(t)}
	if was, err := SinceAt(t.Context(), empty, made); err != nil || len(was.Gone) != 0 {
		t.Errorf("where nothing is: %+v, %v", was, err)
	}
	file, err := Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for _, r := range []struct {
		at Options
		s  *Store
	}{{Options{URL: url}, shared(t, url)}, {Options{Home: file.home}, file}} {
		at, s := r.at, r.s
		exec(t, s, "INSERT INTO keeping_erased (id, started_ms, at_ms) VALUES ('c1', 1, ?), ('early', 1, 1)", made.UnixMilli()+2)
		exec(t, s, "INSERT INTO keeping_erased_customers (id, at_ms) VALUES ('p1', ?)", made.UnixMilli()+1)
		exec(t, s, "INSERT INTO keeping_backups (path, at_ms) VALUES ('/b', 5)")
		filed := []retain.Filed{{ID: "r1"}, {ID: "r2"}}
		if err := s.Keeping(nil).File(t.Context(), filed); err != nil {
			t.Fatal(err)
		}
		was, err := SinceAt(t.Context(), at, made)
		if err != nil || len(was.Gone) != 2 || was.Gone[0].ID != "p1" || was.Gone[1].ID != "c1" || len(was.Backups) != 1 || len(was.Reports) != 2 || was.Reports[0].ID != "r1" {
			t.Errorf("%+v, %v", was, err)
		}
		exec(t, s, "DROP TABLE keeping_erased_customers")
		if was, err := SinceAt(t.Context(), at, made); err != nil || len(was.Gone) != 1 {
			t.Errorf("an older record: %+v, %v", was, err)
		}
	}
}

// TestPlaceErasedMeanwhile does not replace tables that say more was erased than was erased again, and removes what a
// restore left that did not finish.
func TestPlaceErasedMeanwhile(t *testing.T) {
	t.Parallel()
	url, made := pgtest.Database(t), time.Now().Add(-time.Minute)
	s := shared(t, url)
	exec(t, s, addCall, "c1", "a")
	c := readCopy(t, copied(t, url))
	left, err := c.Stage(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	staged, err := c.Stage(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := left.Place(t.Context(), made, 0, nothing); err == nil {
		t.Error("what was removed took its place")
	}
	exec(t, s, "INSERT INTO keeping_erased (id, started_ms, at_ms) VALUES ('c1', 1, ?)", time.Now().UnixMilli())
	exec(t, s, "DELETE FROM calls")
	if _, err := staged.Place(t.Context(), made, 0, nothing); !errors.Is(err, ErrErasedMeanwhile) || value[int](t, s, "SELECT count(*) FROM calls") != 0 {
		t.Errorf("an erasure in between: %v", err)
	}
	if _, err := staged.Place(t.Context(), made, 1, nothing); err != nil || value[int](t, s, "SELECT count(*) FROM calls") != 1 {
		t.Errorf("an erasure that is known: %v", err)
	}
	tidySchemas(t, s)
}
