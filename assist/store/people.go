package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/pipeline/call"
)

// peoplePart holds people, their sessions and one-time links (by the hash of their token), who took which call, and the
// audit trail.
func peoplePart() part {
	return part{"people", []string{`
CREATE TABLE people (
	id         TEXT PRIMARY KEY,
	login      TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL,
	roles      TEXT NOT NULL,
	queues     TEXT NOT NULL,
	langs      TEXT NOT NULL,
	skills     TEXT NOT NULL,
	hash       TEXT NOT NULL,
	subject    TEXT UNIQUE,
	disabled   INTEGER NOT NULL,
	created_ms INTEGER NOT NULL
);
CREATE TABLE people_sessions (
	hash       TEXT PRIMARY KEY,
	person     TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	seen_ms    INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL
);
CREATE INDEX people_sessions_of ON people_sessions (person);
CREATE TABLE people_links (
	hash       TEXT PRIMARY KEY,
	person     TEXT NOT NULL,
	expires_ms INTEGER NOT NULL
);
CREATE TABLE people_calls (
	call   TEXT NOT NULL,
	person TEXT NOT NULL,
	at_ms  INTEGER NOT NULL,
	PRIMARY KEY (call, person)
);
CREATE INDEX people_calls_of ON people_calls (person, at_ms);
CREATE TABLE people_audit (
	n      INTEGER PRIMARY KEY,
	at_ms  INTEGER NOT NULL,
	who    TEXT NOT NULL,
	name   TEXT NOT NULL,
	what   TEXT NOT NULL,
	call   TEXT NOT NULL,
	detail TEXT NOT NULL,
	source TEXT NOT NULL,
	hash   TEXT NOT NULL
);
CREATE INDEX people_audit_call ON people_audit (call, n);
CREATE INDEX people_audit_who ON people_audit (who, n);
`, `
CREATE TABLE people_key (one INTEGER PRIMARY KEY CHECK (one = 1), sum TEXT NOT NULL);
`}}
}

// People keeps people, sessions and the audit trail in a Store. It is an access.Store.
type People struct{ s *Store }

// People returns the part of the store that keeps people. It lives as long as s.
func (s *Store) People() *People { return &People{s} }

const personColumns = "p.id, p.login, p.name, p.roles, p.queues, p.langs, p.skills, p.hash, coalesce(p.subject, ''), p.disabled, p.created_ms"

func scanAccount(r scanner, more ...any) (access.Account, error) {
	var a access.Account
	var roles, queues, langs, skills string
	var created int64
	err := r.Scan(append([]any{&a.ID, &a.Login, &a.Name, &roles, &queues, &langs, &skills, &a.Hash, &a.Subject, &a.Disabled, &created}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return a, access.ErrUnknown
	}
	if err != nil {
		return a, fmt.Errorf("read person: %w", err)
	}
	a.Created = time.UnixMilli(created).UTC()
	err = errors.Join(json.Unmarshal([]byte(roles), &a.Roles), json.Unmarshal([]byte(queues), &a.Queues), json.Unmarshal([]byte(langs), &a.Langs), json.Unmarshal([]byte(skills), &a.Skills))
	if err != nil {
		return a, fmt.Errorf("read person: %w", err)
	}
	return a, nil
}

// Account returns the account with a value in a field.
func (p *People) Account(ctx context.Context, by access.Key, value string) (access.Account, error) {
	column := map[access.Key]string{access.ByID: "id", access.ByLogin: "login", access.BySubject: "subject"}[by]
	if column == "" || value == "" {
		return access.Account{}, access.ErrUnknown
	}
	return scanAccount(p.s.read.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people p WHERE p."+column+" = ?", value))
}

// Accounts lists everybody by login.
func (p *People) Accounts(ctx context.Context) ([]access.Account, error) {
	rows, err := p.s.read.QueryContext(ctx, "SELECT "+personColumns+" FROM people p ORDER BY p.login")
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return collect(rows, "list people", func(r scanner) (access.Account, error) { return scanAccount(r) })
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// putAccount inserts an account, or replaces the one with its ID.
func putAccount(ctx context.Context, db execer, a access.Account, fresh bool) error {
	j := func(v any) string { b, _ := json.Marshal(v); return string(b) } // lists of strings always marshal
	var subject any
	if a.Subject != "" {
		subject = a.Subject
	}
	args := []any{a.Login, a.Name, j(a.Roles), j(a.Queues), j(a.Langs), j(a.Skills), a.Hash, subject, a.Disabled, a.Created.UnixMilli(), a.ID}
	query := "UPDATE people SET login = ?, name = ?, roles = ?, queues = ?, langs = ?, skills = ?, hash = ?, subject = ?, disabled = ?, created_ms = ? WHERE id = ?"
	if fresh {
		query = "INSERT INTO people (login, name, roles, queues, langs, skills, hash, subject, disabled, created_ms, id) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
	}
	res, err := db.ExecContext(ctx, query, args...)
	if err != nil && strings.Contains(strings.ToLower(err.Error()), "unique") {
		return access.ErrTaken
	}
	if err != nil {
		return fmt.Errorf("store person: %w", err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return access.ErrUnknown
	}
	return nil
}

// AddAccount adds an account.
func (p *People) AddAccount(ctx context.Context, a access.Account) error {
	return putAccount(ctx, p.s.write, a, true)
}

// SetAccount replaces an account.
func (p *People) SetAccount(ctx context.Context, a access.Account) error {
	return p.s.inTx(ctx, "change person", func(tx *sql.Tx) error {
		had, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		if err := putAccount(ctx, tx, a, false); err != nil {
			return err
		}
		return keepAdmin(ctx, tx, had)
	})
}

// RemoveAccount removes an account with its sessions and links.
func (p *People) RemoveAccount(ctx context.Context, id string) error {
	return p.s.inTx(ctx, "remove person", func(tx *sql.Tx) error {
		had, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		for _, q := range []string{"DELETE FROM people_sessions WHERE person = ?", "DELETE FROM people_links WHERE person = ?", "DELETE FROM people WHERE id = ?"} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return fmt.Errorf("remove person: %w", err)
			}
		}
		return keepAdmin(ctx, tx, had)
	})
}

func admins(ctx context.Context, tx *sql.Tx) (int, error) {
	rows, err := tx.QueryContext(ctx, "SELECT roles FROM people WHERE disabled = 0")
	if err != nil {
		return 0, fmt.Errorf("count admins: %w", err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var text string
		var roles []access.Role
		if err := rows.Scan(&text); err != nil {
			return 0, fmt.Errorf("count admins: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &roles); err != nil {
			return 0, fmt.Errorf("count admins: %w", err)
		}
		if slices.Contains(roles, access.Admin) {
			n++
		}
	}
	return n, rows.Err()
}

func keepAdmin(ctx context.Context, tx *sql.Tx, had int) error {
	has, err := admins(ctx, tx)
	if err == nil && had > 0 && has == 0 {
		return access.ErrLastAdmin
	}
	return err
}

// inTx runs do in a transaction that is kept when do succeeds. No two of them run at the same time, on any node, so that
// do may act on what it reads.
func (s *Store) inTx(ctx context.Context, what string, do func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := s.alone(ctx, tx, editing); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// AddLink stores a one-time link in place of the earlier ones of the same person.
func (p *People) AddLink(ctx context.Context, hash []byte, l access.Link) error {
	return p.s.inTx(ctx, "add link", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM people_links WHERE person = ?", l.Person); err != nil {
			return fmt.Errorf("add link: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO people_links (hash, person, expires_ms) VALUES (?, ?, ?)", hexed(hash), l.Person, l.Expires.UnixMilli()); err != nil {
			return fmt.Errorf("add link: %w", err)
		}
		return nil
	})
}

// Link returns an unused link.
func (p *People) Link(ctx context.Context, hash []byte) (access.Link, error) {
	return readLink(ctx, p.s.read, hash)
}

func readLink(ctx context.Context, q rowQuerier, hash []byte) (access.Link, error) {
	var l access.Link
	var expires int64
	err := q.QueryRowContext(ctx, "SELECT person, expires_ms FROM people_links WHERE hash = ?", hexed(hash)).Scan(&l.Person, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return l, access.ErrUnknown
	}
	if err != nil {
		return l, fmt.Errorf("read link: %w", err)
	}
	l.Expires = time.UnixMilli(expires).UTC()
	return l, nil
}

// UseLink removes a link and stores the account.
func (p *People) UseLink(ctx context.Context, hash []byte, a access.Account) error {
	return p.s.inTx(ctx, "use link", func(tx *sql.Tx) error {
		l, err := readLink(ctx, tx, hash)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM people_links WHERE hash = ?", hexed(hash)); err != nil {
			return fmt.Errorf("use link: %w", err)
		}
		if l.Person != "" {
			return putAccount(ctx, tx, a, false)
		}
		if n, err := admins(ctx, tx); err != nil || n > 0 {
			return errors.Join(err, access.ErrUnknown)
		}
		return putAccount(ctx, tx, a, true)
	})
}

// AddTaken remembers that a person took part in a call.
func (p *People) AddTaken(ctx context.Context, id call.ID, person string, at time.Time) error {
	const q = "INSERT INTO people_calls (call, person, at_ms) VALUES (?, ?, ?) ON CONFLICT (call, person) DO NOTHING"
	if _, err := p.s.write.ExecContext(ctx, q, id, person, at.UnixMilli()); err != nil {
		return fmt.Errorf("note who took the call: %w", err)
	}
	return nil
}

// Taken reports whether a person took part in a call.
func (p *People) Taken(ctx context.Context, id call.ID, person string) (bool, error) {
	var n int
	err := p.s.read.QueryRowContext(ctx, "SELECT count(*) FROM people_calls WHERE call = ? AND person = ?", id, person).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read who took the call: %w", err)
	}
	return n > 0, nil
}
