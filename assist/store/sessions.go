package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/access"
)

var _ access.Store = (*People)(nil)

func hexed(hash []byte) string { return hex.EncodeToString(hash) }

// AddSession stores a session and drops the expired ones.
func (p *People) AddSession(ctx context.Context, hash []byte, s access.Session) error {
	return p.s.inTx(ctx, "start session", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM people_sessions WHERE expires_ms < ?", s.Created.UnixMilli()); err != nil {
			return fmt.Errorf("start session: %w", err)
		}
		const q = "INSERT INTO people_sessions (hash, person, created_ms, seen_ms, expires_ms) VALUES (?, ?, ?, ?, ?)"
		if _, err := tx.ExecContext(ctx, q, hexed(hash), s.Person, s.Created.UnixMilli(), s.Seen.UnixMilli(), s.Expires.UnixMilli()); err != nil {
			return fmt.Errorf("start session: %w", err)
		}
		return nil
	})
}

// Session returns a session with its person as they are now.
func (p *People) Session(ctx context.Context, hash []byte) (access.Session, access.Account, error) {
	var s access.Session
	var created, seen, expires int64
	row := p.s.read.QueryRowContext(ctx, "SELECT "+personColumns+", s.person, s.created_ms, s.seen_ms, s.expires_ms FROM people_sessions s JOIN people p ON p.id = s.person WHERE s.hash = ?", hexed(hash))
	a, err := scanAccount(row, &s.Person, &created, &seen, &expires)
	s.Created, s.Seen, s.Expires = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC(), time.UnixMilli(expires).UTC()
	return s, a, err
}

// SeenSession notes the use of a session.
func (p *People) SeenSession(ctx context.Context, hash []byte, at time.Time) error {
	if _, err := p.s.write.ExecContext(ctx, "UPDATE people_sessions SET seen_ms = ? WHERE hash = ?", at.UnixMilli(), hexed(hash)); err != nil {
		return fmt.Errorf("note use of session: %w", err)
	}
	return nil
}

// EndSessions ends one session, or all of a person.
func (p *People) EndSessions(ctx context.Context, hash []byte, person string) error {
	query, arg := "DELETE FROM people_sessions WHERE hash = ?", hexed(hash)
	if hash == nil {
		query, arg = "DELETE FROM people_sessions WHERE person = ?", person
	}
	if _, err := p.s.write.ExecContext(ctx, query, arg); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

const (
	auditColumns  = "n, at_ms, who, name, what, call, detail, source, hash"
	auditLimit    = 100
	maxAuditLimit = 500
)

func scanEntry(r scanner) (access.Entry, error) {
	var e access.Entry
	var at int64
	if err := r.Scan(&e.N, &at, &e.Who, &e.Name, &e.What, &e.Call, &e.Detail, &e.From, &e.Hash); err != nil {
		return e, err
	}
	e.At = time.UnixMilli(at).UTC()
	return e, nil
}

// AppendEntry adds a line to the audit trail.
func (p *People) AppendEntry(ctx context.Context, next func(access.Entry) access.Entry) error {
	return p.s.inTx(ctx, "write audit trail", func(tx *sql.Tx) error {
		last, err := scanEntry(tx.QueryRowContext(ctx, "SELECT "+auditColumns+" FROM people_audit ORDER BY n DESC LIMIT 1"))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read audit trail: %w", err)
		}
		e := next(last)
		const q = "INSERT INTO people_audit (" + auditColumns + ") VALUES (?,?,?,?,?,?,?,?,?)"
		if _, err := tx.ExecContext(ctx, q, e.N, e.At.UnixMilli(), e.Who, e.Name, e.What, e.Call, e.Detail, e.From, e.Hash); err != nil {
			return fmt.Errorf("write audit trail: %w", err)
		}
		return nil
	})
}

// Entries reads the audit trail, newest first.
func (p *People) Entries(ctx context.Context, q access.TrailQuery) ([]access.Entry, error) {
	if q.Limit <= 0 {
		q.Limit = auditLimit
	}
	w := &clause{}
	if q.Who != "" {
		w.add("who = ?", q.Who)
	}
	if q.What != "" {
		w.add("what = ?", q.What)
	}
	if q.Call != "" {
		w.add("call = ?", q.Call)
	}
	if q.Before > 0 {
		w.add("n < ?", q.Before)
	}
	query := "SELECT " + auditColumns + " FROM people_audit" + w.where() + " ORDER BY n DESC LIMIT ?"
	all := []access.Entry{}
	err := p.entries(ctx, query, append(w.args, min(q.Limit, maxAuditLimit)), func(e access.Entry) error { all = append(all, e); return nil })
	return all, err
}

// WalkEntries reads the whole trail, oldest first.
func (p *People) WalkEntries(ctx context.Context, f func(access.Entry) error) error {
	return p.entries(ctx, "SELECT "+auditColumns+" FROM people_audit ORDER BY n", nil, f)
}

func (p *People) entries(ctx context.Context, query string, args []any, f func(access.Entry) error) error {
	rows, err := p.s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read audit trail: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return fmt.Errorf("read audit trail: %w", err)
		}
		if err := f(e); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read audit trail: %w", err)
	}
	return nil
}

// KeySum returns what the key of the audit trail hashes to; sum, unless "", becomes it where there is none yet. "" = none.
func (p *People) KeySum(ctx context.Context, sum string) (string, error) {
	if sum != "" {
		if _, err := p.s.write.ExecContext(ctx, "INSERT INTO people_key (one, sum) VALUES (1, ?) ON CONFLICT (one) DO NOTHING", sum); err != nil {
			return "", fmt.Errorf("note the key of the audit trail: %w", err)
		}
	}
	var have string
	err := p.s.write.QueryRowContext(ctx, "SELECT sum FROM people_key").Scan(&have)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the key of the audit trail: %w", err)
	}
	return have, nil
}
