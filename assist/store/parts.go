package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// part is a group of tables of one feature with a version of its own, so that features grow without waiting for each
// other. Its SQL is portable: ? for arguments, INTEGER milliseconds UTC for times, TEXT for JSON, INTEGER 0/1 for yes and
// no, ON CONFLICT for upserts, NULLS FIRST or LAST where it matters. What differs in PostgreSQL is in dialect.go. Tables
// are named after the part.
type part struct {
	name  string
	steps []string // step i makes version i+1; one that was released is never changed
}

const partsTable = "CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, version INTEGER NOT NULL)"

// parts lists the tables beside those of the calls. A feature adds one line here and keeps the rest in a file of its own.
func parts() []part {
	return []part{
		peoplePart(),
		hooksPart(),
		ticketsPart(),
		wrapupsPart(),
		customersPart(),
		scoresPart(),
		keepingPart(),
		importsPart(),
		calibrationsPart(),
		insightsPart(),
		callbacksPart(),
		grantsPart(),
		learningPart(),
		nodesPart(),
		sealingPart(),
	}
}

// upgradeParts brings the tables of every part to their newest version, each part as a whole or not at all. The caller
// has made the backup.
func upgradeParts(ctx context.Context, db *sql.DB, all []part) error {
	if _, err := db.ExecContext(ctx, partsTable); err != nil {
		return fmt.Errorf("make the table of parts: %w", err)
	}
	for _, p := range all {
		if err := upgradePart(ctx, db, p); err != nil {
			return fmt.Errorf("upgrade %s: %w", p.name, err)
		}
	}
	return nil
}

func upgradePart(ctx context.Context, db *sql.DB, p part) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := upgradeIn(ctx, tx, p, func(step string) string { return step }); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("finish: %w", err)
	}
	return nil
}

// upgradeIn does the upgrade in a transaction; dialect writes a step for the database.
func upgradeIn(ctx context.Context, tx *sql.Tx, p part, dialect func(string) string) error {
	have, err := partVersion(ctx, tx, p.name)
	if err != nil {
		return err
	}
	if have > len(p.steps) {
		return fmt.Errorf("%w (its %s have version %d, this program knows %d)", ErrNewer, p.name, have, len(p.steps))
	}
	for i := have; i < len(p.steps); i++ {
		if _, err := tx.ExecContext(ctx, dialect(p.steps[i])); err != nil {
			return fmt.Errorf("to version %d: %w", i+1, err)
		}
	}
	const set = "INSERT INTO parts (name, version) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version"
	if _, err := tx.ExecContext(ctx, set, p.name, len(p.steps)); err != nil {
		return fmt.Errorf("write version: %w", err)
	}
	return nil
}

// behind reports whether a part that has tables is older than this program, so that a backup is due, and whether one has none.
func behind(ctx context.Context, db *sql.DB, all []part) (old, missing bool, err error) {
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'parts'").Scan(&n); err != nil {
		return false, false, fmt.Errorf("look for parts: %w", err)
	}
	if n == 0 {
		return false, true, nil
	}
	for _, p := range all {
		have, err := partVersion(ctx, db, p.name)
		if err != nil {
			return false, false, err
		}
		if have > len(p.steps) {
			return false, false, fmt.Errorf("%w (its %s have version %d, this program knows %d)", ErrNewer, p.name, have, len(p.steps))
		}
		old, missing = old || have > 0 && have < len(p.steps), missing || have == 0
	}
	return old, missing, nil
}

func partVersion(ctx context.Context, q rowQuerier, name string) (int, error) {
	var v int
	err := q.QueryRowContext(ctx, "SELECT version FROM parts WHERE name = ?", name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read version: %w", err)
	}
	return v, nil
}

// alter runs a statement and says how many rows it changed. what names it in errors.
func alter(ctx context.Context, db execer, what, query string, args ...any) (int, error) {
	res, err := db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return int(n), nil
}

// alterOne is alter for a statement that must change a row: the error is none when it did not.
func alterOne(ctx context.Context, db execer, none error, what, query string, args ...any) error {
	n, err := alter(ctx, db, what, query, args...)
	if err == nil && n == 0 {
		err = none
	}
	return err
}

// collect reads all rows with scan and closes them. what names the reading in the error of the database.
func collect[T any](rows *sql.Rows, what string, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return all, nil
}
