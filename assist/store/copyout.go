package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A copy of a database in PostgreSQL is a folder with one file of rows for each table, in the text format of COPY, and an
// index. It holds no statements: the tables are made by the numbered steps of this program, up to the version the copy
// has, so that a copy can be brought back by a newer program, into a newer PostgreSQL, and does nothing but hold rows.

const copyIndexName = "tables.json"

// knowledgePart stands for the tables of the knowledge, which is in the same database and has numbered steps of its own.
const knowledgePart = "knowledge"

// copyIndex says what is in a copy.
type copyIndex struct {
	Versions map[string]int `json:"versions"` // of the parts that have tables
	Tables   []copiedTable  `json:"tables"`   // a table comes after those it refers to
}

type copiedTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
}

func (t copiedTable) file(dir string) string { return filepath.Join(dir, t.Name+".copy") }

// columns are the columns as COPY wants them.
func (t copiedTable) columns() string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, pgx.Identifier{c}.Sanitize())
	}
	return pgx.Identifier{t.Name}.Sanitize() + " (" + strings.Join(names, ", ") + ")"
}

// ownTablesQuery lists the tables in the schema whose names match, with their columns, after those they refer to.
const ownTablesQuery = `WITH RECURSIVE own AS (
	SELECT c.oid, c.relname::text AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ ?
), deep AS (
	SELECT oid, 0 AS n FROM own
	UNION SELECT f.conrelid, d.n + 1 FROM pg_constraint f JOIN deep d ON f.confrelid = d.oid WHERE f.contype = 'f' AND f.conrelid <> f.confrelid
)
SELECT o.name, a.attname::text FROM own o JOIN (SELECT oid, max(n) AS n FROM deep GROUP BY oid) d USING (oid)
	JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
	ORDER BY d.n, o.name, a.attnum`

// ownTables are the tables of Parley, also those that a newer program made: tables are named after their part.
func ownTables(ctx context.Context, tx *sql.Tx) ([]copiedTable, map[string]int, error) {
	versions, err := partVersions(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	names := []string{"parts", "turns", "waterfalls", "events", "positions?", knowledgePart}
	for _, p := range allParts() {
		names = append(names, p.name)
	}
	for name := range versions {
		names = append(names, regexp.QuoteMeta(name))
	}
	rows, err := tx.QueryContext(ctx, ownTablesQuery, "^("+strings.Join(names, "|")+")(_|$)")
	if err != nil {
		return nil, nil, fmt.Errorf("list tables: %w", err)
	}
	defer rows.Close()
	var out []copiedTable
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, nil, fmt.Errorf("list tables: %w", err)
		}
		if len(out) == 0 || out[len(out)-1].Name != table {
			out = append(out, copiedTable{Name: table})
		}
		t := &out[len(out)-1]
		t.Columns = append(t.Columns, column)
	}
	return out, versions, rows.Err()
}

// partVersions are the versions of the parts that have tables.
func partVersions(ctx context.Context, tx *sql.Tx) (map[string]int, error) {
	out := map[string]int{}
	for _, from := range []struct{ table, query string }{
		{"parts", "SELECT name, version FROM parts"},
		{"knowledge_version", "SELECT '" + knowledgePart + "', coalesce(max(version), 0) FROM knowledge_version"},
	} {
		var there bool
		if err := tx.QueryRowContext(ctx, "SELECT to_regclass(current_schema() || '.' || CAST(? AS TEXT)) IS NOT NULL", from.table).Scan(&there); err != nil {
			return nil, fmt.Errorf("look for tables: %w", err)
		}
		if !there {
			continue
		}
		rows, err := tx.QueryContext(ctx, from.query)
		if err != nil {
			return nil, fmt.Errorf("read versions: %w", err)
		}
		_, err = collect(rows, "read versions", func(r scanner) (name string, err error) {
			var v int
			err = r.Scan(&name, &v)
			out[name] = v
			return name, err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// onPostgres hands a transaction on a connection of its own, and what copies rows over it, to do, and commits it when do
// says so.
func onPostgres(ctx context.Context, url string, o *sql.TxOptions, do func(tx *sql.Tx, rows copier) (commit bool, err error)) (err error) {
	pool, err := postgresAt(url)
	if err != nil {
		return err
	}
	db := pool(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w: check database.url", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("connect: %w: check database.url", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	// A node that holds a table for long is told of, not waited for; rows may take as long as they take.
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	commit, err := do(tx, copier{conn})
	if err != nil || !commit {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("finish: %w", err)
	}
	return nil
}

// copier moves rows by COPY, in the transaction that is open on its connection. It returns how many.
type copier struct{ conn *sql.Conn }

func (c copier) out(ctx context.Context, to io.Writer, t copiedTable) (int64, error) {
	return c.do(func(conn *pgx.Conn) (int64, error) {
		tag, err := conn.PgConn().CopyTo(ctx, to, "COPY "+t.columns()+" TO STDOUT")
		return tag.RowsAffected(), err
	})
}

func (c copier) in(ctx context.Context, from io.Reader, t copiedTable) (int64, error) {
	return c.do(func(conn *pgx.Conn) (int64, error) {
		tag, err := conn.PgConn().CopyFrom(ctx, from, "COPY "+t.columns()+" FROM STDIN")
		return tag.RowsAffected(), err
	})
}

func (c copier) do(move func(*pgx.Conn) (int64, error)) (n int64, err error) {
	err = c.conn.Raw(func(driven any) error {
		p, ok := driven.(portable)
		if !ok {
			return fmt.Errorf("a connection to PostgreSQL is a %T", driven)
		}
		n, err = move(p.Conn.Conn())
		return err
	})
	return n, err
}

// CopyOut writes all rows of a database in PostgreSQL, as they are at one moment, into files in the empty folder dir, while
// nodes go on writing. It needs no program beside the database.
func CopyOut(ctx context.Context, url, dir string) error {
	o := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	err := onPostgres(ctx, url, o, func(tx *sql.Tx, rows copier) (bool, error) {
		tables, versions, err := ownTables(ctx, tx)
		if err != nil {
			return false, err
		}
		for i := range tables {
			if err := copyTable(ctx, rows, &tables[i], dir); err != nil {
				return false, fmt.Errorf("table %s: %w", tables[i].Name, err)
			}
		}
		b, err := json.MarshalIndent(copyIndex{versions, tables}, "", " ")
		if err != nil {
			return false, err
		}
		return false, os.WriteFile(filepath.Join(dir, copyIndexName), b, fileMode)
	})
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

func copyTable(ctx context.Context, rows copier, t *copiedTable, dir string) error {
	f, err := os.OpenFile(t.file(dir), os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	t.Rows, err = rows.out(ctx, f, *t)
	return errors.Join(err, f.Close())
}
