package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/parley-voice/parley/knowledge/sqlitefile"
)

// migrations bring an older file up to date; their number is the version of the file.
var migrations = []string{ //nolint:gochecknoglobals // a constant list
	`CREATE TABLE bases (
	name TEXT PRIMARY KEY,
	generation INTEGER NOT NULL -- grows with every change, so that other processes notice it
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
	n INTEGER PRIMARY KEY,
	base TEXT NOT NULL,
	id TEXT NOT NULL,
	question TEXT NOT NULL,
	question_key TEXT NOT NULL, -- the question as it is compared
	answer TEXT NOT NULL,
	similar TEXT NOT NULL, -- JSON list
	category TEXT NOT NULL,
	lang TEXT NOT NULL,
	UNIQUE (base, id),
	UNIQUE (base, question_key)
) STRICT;
CREATE TABLE vectors (
	n INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
	embedder TEXT NOT NULL, -- hash of weights and method
	part INTEGER NOT NULL, -- -1 the answer, 0 the question, 1.. the similar questions
	vec BLOB NOT NULL, -- float32, little endian
	PRIMARY KEY (n, embedder, part)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE entries_fts USING fts5 (base UNINDEXED, question, answer, pinyin, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'");`,
	`ALTER TABLE entries ADD COLUMN state TEXT NOT NULL DEFAULT 'published';
ALTER TABLE entries ADD COLUMN audience TEXT NOT NULL DEFAULT 'bot';
ALTER TABLE entries ADD COLUMN from_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE entries ADD COLUMN status TEXT NOT NULL DEFAULT '{"state":"published","audience":"bot","version":1,"text_version":1}';
CREATE TABLE versions (
	base TEXT NOT NULL,
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	body TEXT NOT NULL, -- JSON of the entry as it was; the present version is not here
	PRIMARY KEY (base, id, version)
) STRICT, WITHOUT ROWID;`,
	`CREATE TABLE staged (
	key BLOB NOT NULL, -- of the texts, knowledge.VectorKey
	embedder TEXT NOT NULL,
	part INTEGER NOT NULL,
	vec BLOB NOT NULL,
	made_ms INTEGER NOT NULL,
	PRIMARY KEY (key, embedder, part)
) STRICT, WITHOUT ROWID; -- vectors of an import that has not ended: it goes on from here after a crash`,
}

// migrate creates the tables or brings them up to date; an older file is copied to PATH.v<version>.bak before. It refuses a file
// made by a newer version.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	var version int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		if why := sqlitefile.Explained(err, path); why != err { //nolint:errorlint // it says more
			return why
		}
		return fmt.Errorf("read its version: %w; if the file is damaged, move it away and import again", err)
	}
	if version == len(migrations) {
		return nil
	}
	if version > len(migrations) {
		return fmt.Errorf("the file has version %d, this program knows up to %d: update Parley", version, len(migrations))
	}
	if version > 0 {
		exec := func(ctx context.Context, statement string, args ...any) error {
			_, err := db.ExecContext(ctx, statement, args...)
			return err
		}
		if err := sqlitefile.Copy(ctx, exec, fmt.Sprintf("%s.v%d.bak", path, version)); err != nil {
			return fmt.Errorf("back up before the upgrade: %w", err)
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin migration: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo
	// Another process may have migrated while this one waited for the lock.
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return fmt.Errorf("read its version: %w", err)
	}
	for ; version < len(migrations); version++ {
		if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
			return fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, version)); err != nil {
		return fmt.Errorf("write its version: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("finish migration: %w", err)
	}
	return nil
}
