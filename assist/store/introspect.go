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
	"time"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/knowledge/sqlitefile"
)

// What only SQLite does, in one place: which tables there are, what is on the disk, copies of a file in use.

// table is a table as the database describes it.
type table struct {
	name  string
	call  string   // column with the ID of a call, "" = none
	texts []string // columns with text
}

// ofCalls reports whether every row belongs to one call and goes with it.
func (t table) ofCalls() bool { return t.call != "" && !slices.Contains(stay(), t.name) }

// stay are the tables with rows that name a call and outlive it.
func stay() []string { return []string{"tickets", "people_audit"} }

// tablesQuery lists the tables with their columns and the types of these. In PostgreSQL it is postgresTablesQuery.
const tablesQuery = `SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c
	WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`

// tables lists the tables of a database; those of the knowledge, where they are in the same one, are not among them.
func tables(ctx context.Context, db querier) ([]table, error) { return tablesBy(ctx, db, tablesQuery) }

func tablesBy(ctx context.Context, db querier, query string) ([]table, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer rows.Close()
	var out []table
	for rows.Next() {
		var name, column, kind string
		if err := rows.Scan(&name, &column, &kind); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, table{name: name})
		}
		t := &out[len(out)-1]
		if column == "call" || column == "call_id" {
			t.call = column
		}
		if strings.EqualFold(kind, "text") || kind == "" {
			t.texts = append(t.texts, column)
		}
	}
	return out, rows.Err()
}

// tidyPatience is how long a reader may keep the disk from being tidied.
const tidyPatience = 20 * time.Second

// tidy writes the log of changes back into the file and empties it, so that pages as they were before are not on the disk
// any more. hard also rewrites the whole file, which clears what older programs left in the gaps between rows.
func tidy(ctx context.Context, db *sql.DB, hard bool) error {
	if hard {
		if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
			return fmt.Errorf("rewrite the database: %w", err)
		}
	}
	for began := time.Now(); ; {
		var busy, log, done int
		if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
			return fmt.Errorf("write the log back: %w", err)
		}
		if busy == 0 {
			return nil
		}
		if time.Since(began) > tidyPatience {
			return errors.New("write the log back: another program keeps reading; try again")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// SnapshotFile writes a whole copy of a SQLite file to a new file, also while it is in use; what is written meanwhile is
// in the copy or not, transaction by transaction.
func SnapshotFile(ctx context.Context, from, to string) error {
	db, err := openFile(from)
	if err != nil {
		return err
	}
	if err = sqlitefile.Copy(ctx, execOn(db), to); err != nil {
		err = fmt.Errorf("copy %s: %w", from, err)
	}
	return errors.Join(err, db.Close())
}

// execOn runs statements whose results nobody wants.
func execOn(db *sql.DB) func(context.Context, string, ...any) error {
	return func(ctx context.Context, statement string, args ...any) error {
		_, err := db.ExecContext(ctx, statement, args...)
		return err
	}
}

// CheckFile reads a whole SQLite file and says what is wrong with it.
func CheckFile(ctx context.Context, path string) error {
	db, err := openFile(path)
	if err != nil {
		return err
	}
	var word string
	err = db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&word)
	if err == nil && word != "ok" {
		err = errors.New(word)
	}
	if err != nil {
		err = fmt.Errorf("%s is damaged: %w", path, err)
	}
	return errors.Join(err, db.Close())
}

// openFile opens a SQLite file that exists.
func openFile(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db, err := sql.Open("sqlite", fileDSN(path, "_pragma=busy_timeout(10000)&_pragma=secure_delete(1)"))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// EraseFile removes the rows of calls from a copy of the record that an upgrade kept, and rewrites it.
func EraseFile(ctx context.Context, path string, t retain.Traces) ([]retain.Count, error) {
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	out, err := eraseRows(ctx, db, t)
	if err == nil && len(out) > 0 {
		_, err = db.ExecContext(ctx, "VACUUM")
	}
	for i := range out {
		out[i].Place = filepath.Base(path)
	}
	return out, errors.Join(err, db.Close())
}

// LookFile searches such a copy.
func LookFile(ctx context.Context, path string, t retain.Traces) ([]retain.Look, error) {
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	out, err := lookRows(ctx, db, filepath.Base(path), t)
	return out, errors.Join(err, db.Close())
}
