package store

import (
	"database/sql"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestPartsUpgradeOneByOne(t *testing.T) {
	ctx := t.Context()
	home := t.TempDir()
	db, err := sql.Open("sqlite", dsn(home, "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	first := part{"tea", []string{"CREATE TABLE tea_cups (id INTEGER PRIMARY KEY)"}}
	if err := upgradeParts(ctx, db, []part{first}); err != nil {
		t.Fatal(err)
	}
	second := part{"tea", append(first.steps, "ALTER TABLE tea_cups ADD COLUMN colour TEXT NOT NULL DEFAULT ''")}
	if old, missing, err := behind(ctx, db, []part{second}); err != nil || !old || missing {
		t.Errorf("behind = %v, %v, want true before the upgrade", old, err)
	}
	for range 2 { // the second time there is nothing to do
		if err := upgradeParts(ctx, db, []part{second}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO tea_cups (colour) VALUES ('blue')"); err != nil {
		t.Error(err)
	}
	if err := upgradeParts(ctx, db, []part{first}); !errors.Is(err, ErrNewer) {
		t.Errorf("an older program got %v, want ErrNewer", err)
	}
	broken := part{"tea", append(second.steps, "CREATE TABLE tea_pots (id INTEGER); NOT SQL")}
	if err := upgradeParts(ctx, db, []part{broken}); err == nil {
		t.Error("a broken step was taken")
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'tea_pots'").Scan(&n); err != nil || n != 0 {
		t.Errorf("a broken step left %d tables, %v", n, err)
	}
}

// TestOpeningWritesNothing: a record that is up to date can be opened, and read, though the disk has no room for a byte.
func TestOpeningWritesNothing(t *testing.T) {
	t.Parallel()
	home, seen := t.TempDir(), []int{}
	var watch *sql.DB
	for range 3 {
		s, err := Open(t.Context(), home, nil)
		if err == nil {
			err = s.Close()
		}
		if err == nil && watch == nil {
			watch, err = sql.Open("sqlite", dsn(home, ""))
		}
		if err != nil {
			t.Fatal(err)
		}
		watch.SetMaxOpenConns(1)
		var changes int
		if err := watch.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&changes); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, changes)
	}
	if err := watch.Close(); err != nil || seen[1] != seen[0] || seen[2] != seen[0] {
		t.Errorf("something was written: %v, %v", seen, err)
	}
}

// TestUpgradeKeepsWhatIsThere opens a folder as the first version left it.
func TestUpgradeKeepsWhatIsThere(t *testing.T) {
	ctx, home := t.Context(), t.TempDir()
	db, err := sql.Open("sqlite", dsn(home, "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		steps()[0], "PRAGMA user_version = 1", "INSERT INTO calls (id, state, caller, started_ms) VALUES ('c', 'running', 'alice', 5)", "UPDATE position SET pos = 17",
		partsTable, hooksPart().steps[0], "INSERT INTO parts VALUES ('hooks', 1)", "INSERT INTO hooks_position VALUES (1, 23)",
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			t.Fatal(q, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if pos, err := s.Position(ctx); pos != 17 || err != nil {
		t.Errorf("recorded up to %d, %v", pos, err)
	}
	if pos, begun, err := s.Outbox().Position(ctx); pos != 23 || !begun || err != nil {
		t.Errorf("delivered up to %d, %v", pos, err)
	}
	if d, err := s.Get(ctx, "c"); err != nil || d.From != "alice" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := os.Stat(Path(home) + ".v1.bak"); err != nil {
		t.Errorf("no backup was made: %v", err)
	}
}

func TestNoBackupWithoutUpgrade(t *testing.T) {
	home := t.TempDir()
	for range 2 {
		s, err := Open(t.Context(), home, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(Path(home) + ".v1.bak"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a backup was made with nothing to upgrade: %v", err)
	}
}

// before is how many steps each part had when versions began to run side by side, the knowledge's aside. A part that is not in
// it is newer.
var before = map[string]int{ //nolint:gochecknoglobals // a constant
	"calls": 3, "people": 2, "hooks": 3, "tickets": 1, "wrapups": 1, "customers": 3, "scores": 4, "keeping": 2, "imports": 1, "calibrations": 1,
	"insights": 1, "callbacks": 3, "grants": 1, "learning": 2, "nodes": 1, "sealing": 1,
}

// adds are the statements that a program which does not know them can run beside: it names the columns that it reads and
// writes, and what is added has a default.
var adds = regexp.MustCompile(`^(CREATE TABLE |CREATE INDEX |INSERT INTO |ALTER TABLE \w+ ADD COLUMN \w+ \w+ NOT NULL DEFAULT ('[^']*'|[\w-]+)$)`)

// onlyAdds names the first statement of a step that is another one, "" for none.
func onlyAdds(step string) string {
	for s := range strings.SplitSeq(step, ";") {
		if s = strings.Join(strings.Fields(s), " "); s != "" && !adds.MatchString(s) {
			return s
		}
	}
	return ""
}

// TestStepsOnlyAdd holds what operations.md promises: while one node after the other is upgraded, those that still run the
// version before read and write tables that the new one has upgraded already.
func TestStepsOnlyAdd(t *testing.T) {
	for step, want := range map[string]bool{
		"ALTER TABLE calls ADD COLUMN lane TEXT NOT NULL DEFAULT '';\nCREATE TABLE calls_lanes (id TEXT PRIMARY KEY)": true,
		"CREATE INDEX calls_by_lane ON calls (lane);":                                                                 true,
		"ALTER TABLE calls ADD COLUMN lane TEXT NOT NULL":                                                             false,
		"ALTER TABLE calls RENAME COLUMN route TO line":                                                               false,
		"CREATE TABLE x (id TEXT); DROP TABLE positions":                                                              false,
		"CREATE UNIQUE INDEX calls_once ON calls (caller)":                                                            false,
		"UPDATE calls SET state = 'over' WHERE state = 'ended'":                                                       false,
		"ALTER TABLE calls DROP COLUMN route":                                                                         false,
	} {
		if left := onlyAdds(step); (left == "") != want {
			t.Errorf("%q: %q", step, left)
		}
	}
	for _, p := range allParts() {
		if len(p.steps) < before[p.name] {
			t.Errorf("%s has lost a step", p.name)
			continue
		}
		for i, step := range p.steps[before[p.name]:] {
			if left := onlyAdds(step); left != "" {
				t.Errorf("step %d of %s is not for running beside older nodes: %s", before[p.name]+i+1, p.name, left)
			}
		}
	}
}
