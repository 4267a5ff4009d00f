package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/parley-voice/parley/knowledge/sqlitefile"
)

// steps returns the statements that lead from one version of the calls' tables to the next; step i makes version i+1. A
// step that was released is never changed. They are portable as those of a part are. marked is the number of the end that
// MarkCut wrote, 0 when the call ended by itself or runs.
func steps() []string {
	return []string{`
CREATE TABLE calls (
	id          TEXT PRIMARY KEY,
	state       TEXT NOT NULL,
	caller      TEXT NOT NULL DEFAULT '',
	dialled     TEXT NOT NULL DEFAULT '',
	route       TEXT NOT NULL DEFAULT '',
	base        TEXT NOT NULL DEFAULT '',
	langs       TEXT NOT NULL DEFAULT '[]',
	lang        TEXT NOT NULL DEFAULT '',
	codec       TEXT NOT NULL DEFAULT '',
	remote      TEXT NOT NULL DEFAULT '',
	sip_call    TEXT NOT NULL DEFAULT '',
	recorded    INTEGER NOT NULL DEFAULT 0,
	started_ms  INTEGER NOT NULL,
	duration_ms INTEGER NOT NULL DEFAULT 0,
	ended_by    TEXT NOT NULL DEFAULT '',
	why         TEXT NOT NULL DEFAULT ''
);
CREATE INDEX calls_by_start ON calls (started_ms DESC, id DESC);
CREATE INDEX calls_running ON calls (state) WHERE state = 'running';
CREATE TABLE turns (
	call       TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
	n          INTEGER NOT NULL,
	who        TEXT NOT NULL,
	text       TEXT NOT NULL,
	start_ms   INTEGER NOT NULL,
	body       TEXT NOT NULL,
	PRIMARY KEY (call, n)
) WITHOUT ROWID;
CREATE TABLE waterfalls (
	call   TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
	turn   INTEGER NOT NULL,
	gap_ms INTEGER NOT NULL,
	body   TEXT NOT NULL,
	PRIMARY KEY (call, turn)
) WITHOUT ROWID;
CREATE TABLE events (
	call  TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
	seq   INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	kind  TEXT NOT NULL,
	body  TEXT NOT NULL,
	PRIMARY KEY (call, seq)
) WITHOUT ROWID;
CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), pos INTEGER NOT NULL);
INSERT INTO position VALUES (1, 0);
`, `
ALTER TABLE calls ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN continues TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX calls_by_caller ON calls (caller, started_ms);
CREATE TABLE positions (source TEXT PRIMARY KEY, pos INTEGER NOT NULL);
INSERT INTO positions SELECT '', pos FROM position;
DROP TABLE position;
`, `
ALTER TABLE calls ADD COLUMN caller_sealed TEXT NOT NULL DEFAULT '';
`, `
CREATE INDEX events_owed ON events (call, seq) WHERE kind = 'assist.owed';
`, dueMarks}
}

// migrate brings the file to the newest version.
func migrate(ctx context.Context, db *sql.DB, home string) error {
	all := steps()
	have, err := version(ctx, db)
	if err != nil {
		return err
	}
	if have > len(all) {
		return fmt.Errorf("%w (its version is %d, this program knows %d)", ErrNewer, have, len(all))
	}
	old, missing, err := behind(ctx, db, parts())
	if err != nil {
		return err
	}
	if have == len(all) && !old && !missing {
		return nil // nothing is written: what is there can be read though the disk is full
	}
	if have > 0 && (old || have < len(all)) {
		if err := sqlitefile.Copy(ctx, execOn(db), fmt.Sprintf("%s.v%d.bak", Path(home), have)); err != nil {
			return fmt.Errorf("back up before the upgrade: %w", err)
		}
	}
	tx, err := db.BeginTx(ctx, nil) // immediate: a second process that opens the file waits here
	if err != nil {
		return fmt.Errorf("begin upgrade: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if have, err = version(ctx, tx); err != nil {
		return err
	}
	for i := have; i < len(all); i++ {
		if _, err := tx.ExecContext(ctx, all[i]); err != nil {
			return fmt.Errorf("upgrade to version %d: %w", i+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(all))); err != nil {
		return fmt.Errorf("write version: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("finish upgrade: %w", err)
	}
	return upgradeParts(ctx, db, parts())
}

type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func version(ctx context.Context, q rowQuerier) (int, error) {
	var v int
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read version: %w", err)
	}
	return v, nil
}
