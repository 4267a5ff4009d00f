package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// wrapupsPart holds the summaries of calls: what was made of a call, and what the agent made of that.
func wrapupsPart() part {
	return part{"wrapups", []string{`
CREATE TABLE wrapups (
	call     TEXT PRIMARY KEY,
	original TEXT NOT NULL DEFAULT '{}',
	edited   TEXT NOT NULL DEFAULT '',
	ticket   TEXT NOT NULL DEFAULT '',
	person   TEXT NOT NULL DEFAULT '',
	at_ms    INTEGER NOT NULL,
	done     INTEGER NOT NULL DEFAULT 0
);
`}}
}

// Wrapups keeps wrap-ups in a Store. It is a wrapup.Store.
type Wrapups struct{ s *Store }

var _ wrapup.Store = (*Wrapups)(nil)

// Wrapups returns the part of the store that keeps wrap-ups.
func (s *Store) Wrapups() *Wrapups { return &Wrapups{s} }

// SaveOriginal stores what was made of a call.
func (w *Wrapups) SaveOriginal(ctx context.Context, id call.ID, s wrapup.Summary, at time.Time) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("store wrap-up: %w", err)
	}
	const q = "INSERT INTO wrapups (call, original, at_ms) VALUES (?, ?, ?) ON CONFLICT (call) DO UPDATE SET original = excluded.original"
	if _, err := w.s.write.ExecContext(ctx, q, id, w.s.hide("wrapups.original", string(body), id), at.UnixMilli()); err != nil {
		return fmt.Errorf("store wrap-up: %w", err)
	}
	return nil
}

// SaveEdit stores the agent's version.
func (w *Wrapups) SaveEdit(ctx context.Context, id call.ID, edited wrapup.Summary, ticket, by string, at time.Time) error {
	body, err := json.Marshal(edited)
	if err != nil {
		return fmt.Errorf("store wrap-up: %w", err)
	}
	const q = `INSERT INTO wrapups (call, edited, ticket, person, at_ms) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (call) DO UPDATE SET edited = excluded.edited, ticket = excluded.ticket, person = excluded.person, at_ms = excluded.at_ms`
	if _, err := w.s.write.ExecContext(ctx, q, id, w.s.hide("wrapups.edited", string(body), id), ticket, by, at.UnixMilli()); err != nil {
		return fmt.Errorf("store wrap-up: %w", err)
	}
	return nil
}

// Finish marks a wrap-up as done.
func (w *Wrapups) Finish(ctx context.Context, id call.ID) error {
	res, err := w.s.write.ExecContext(ctx, "UPDATE wrapups SET done = 1 WHERE call = ?", id)
	if err != nil {
		return fmt.Errorf("finish wrap-up: %w", err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return wrapup.ErrUnknown
	}
	return nil
}

// Wrapup returns a wrap-up.
func (w *Wrapups) Wrapup(ctx context.Context, id call.ID) (wrapup.Saved, error) {
	out := wrapup.Saved{Call: id}
	var original, edited string
	var at int64
	err := w.s.read.QueryRowContext(ctx, "SELECT original, edited, ticket, person, at_ms, done FROM wrapups WHERE call = ?", id).Scan(w.s.opened(&original, "wrapups.original", id), w.s.opened(&edited, "wrapups.edited", id), &out.Ticket, &out.By, &at, &out.Done)
	if errors.Is(err, sql.ErrNoRows) {
		return out, wrapup.ErrUnknown
	}
	if err != nil {
		return out, fmt.Errorf("read wrap-up: %w", err)
	}
	out.At = time.UnixMilli(at).UTC()
	err = json.Unmarshal([]byte(original), &out.Original)
	if edited != "" {
		out.Edited = &wrapup.Summary{}
		err = errors.Join(err, json.Unmarshal([]byte(edited), out.Edited))
	}
	if err != nil {
		return out, fmt.Errorf("read wrap-up: %w", err)
	}
	return out, nil
}
