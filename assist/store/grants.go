package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/pipeline/call"
)

// grantsPart holds what was offered to customers to make good. Amounts are kept in hundredths, so that sums are exact.
func grantsPart() part {
	return part{"grants", []string{`
CREATE TABLE grants (
	id       TEXT PRIMARY KEY,
	call     TEXT NOT NULL,
	customer TEXT NOT NULL,
	day      TEXT NOT NULL,
	state    TEXT NOT NULL,
	cents    INTEGER NOT NULL,
	at_ms    INTEGER NOT NULL,
	body     TEXT NOT NULL
);
CREATE INDEX grants_day ON grants (day, state);
CREATE INDEX grants_customer ON grants (customer, state, at_ms);
CREATE INDEX grants_call ON grants (call, at_ms);
`}}
}

// Grants keeps offers in a Store. It is an allow.Book.
type Grants struct{ s *Store }

var _ allow.Book = (*Grants)(nil)

// Grants returns the part of the store that keeps what was offered to customers.
func (s *Store) Grants() *Grants { return &Grants{s} }

// PutGrant stores a grant in the place of the one with its ID.
func (g *Grants) PutGrant(ctx context.Context, x allow.Grant) error {
	body, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("store grant: %w", err)
	}
	const q = `INSERT INTO grants (id, call, customer, day, state, cents, at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET day = excluded.day, state = excluded.state, body = excluded.body`
	if _, err := g.s.write.ExecContext(ctx, q, x.ID, x.Call, x.Customer, x.Day, x.State, int64(x.Amount*100+0.5), x.At.UnixMilli(), g.s.hide("grants.body", string(body), x.ID)); err != nil {
		return fmt.Errorf("store grant: %w", err)
	}
	return nil
}

// Spent is the sum granted on a day of the budget.
func (g *Grants) Spent(ctx context.Context, day string) (float64, error) {
	var cents int64
	err := g.s.read.QueryRowContext(ctx, "SELECT coalesce(sum(cents), 0) FROM grants WHERE day = ? AND state = ?", day, allow.Granted).Scan(&cents)
	if err != nil {
		return 0, fmt.Errorf("read grants: %w", err)
	}
	return float64(cents) / 100, nil
}

// Claims are the amounts granted to a customer since a time, oldest first.
func (g *Grants) Claims(ctx context.Context, customer string, since time.Time) ([]float64, error) {
	rows, err := g.s.read.QueryContext(ctx, "SELECT cents FROM grants WHERE customer = ? AND state = ? AND at_ms >= ? ORDER BY at_ms", customer, allow.Granted, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	return collect(rows, "read grants", func(r scanner) (float64, error) {
		var cents int64
		err := r.Scan(&cents)
		return float64(cents) / 100, err
	})
}

// GrantsOf are those of a call, oldest first.
func (g *Grants) GrantsOf(ctx context.Context, id call.ID) ([]allow.Grant, error) {
	return g.list(ctx, "SELECT id, body FROM grants WHERE call = ? ORDER BY at_ms, id", id)
}

// AskedGrants are those that wait for a decision, oldest first.
func (g *Grants) AskedGrants(ctx context.Context) ([]allow.Grant, error) {
	return g.list(ctx, "SELECT id, body FROM grants WHERE state = ? ORDER BY at_ms, id", allow.Asked)
}

func (g *Grants) list(ctx context.Context, query string, args ...any) ([]allow.Grant, error) {
	rows, err := g.s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	return collect(rows, "read grants", func(r scanner) (allow.Grant, error) {
		var id, body string
		var x allow.Grant
		if err := r.Scan(&id, g.s.opened(&body, "grants.body", &id)); err != nil {
			return x, err
		}
		return x, json.Unmarshal([]byte(body), &x)
	})
}
