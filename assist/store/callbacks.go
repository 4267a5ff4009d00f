package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/pipeline/call"
)

// callbacksPart holds who is to be called back, and what came of it.
func callbacksPart() part {
	return part{"callbacks", []string{`
CREATE TABLE callbacks (
	id       TEXT PRIMARY KEY,
	number   TEXT NOT NULL,
	state    TEXT NOT NULL,
	since_ms INTEGER NOT NULL,
	body     TEXT NOT NULL
);
CREATE INDEX callbacks_open ON callbacks (state, since_ms);
`, `
ALTER TABLE callbacks ADD COLUMN node TEXT NOT NULL DEFAULT '';
`, `
CREATE TABLE callbacks_made (
	call TEXT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
	back TEXT NOT NULL
);
CREATE INDEX callbacks_made_back ON callbacks_made (back);
`}}
}

// Callbacks keeps wishes in a Store. It is a callback.Store.
type Callbacks struct{ s *Store }

var _ callback.Store = (*Callbacks)(nil)

// Callbacks returns the part of the store that keeps who is to be called back.
func (s *Store) Callbacks() *Callbacks { return &Callbacks{s} }

// Put stores a wish in the place of the one with its ID.
func (c *Callbacks) Put(ctx context.Context, w callback.Wish) error {
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("store call back: %w", err)
	}
	const q = `INSERT INTO callbacks (id, number, state, since_ms, body, node) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, state = excluded.state, body = excluded.body`
	if _, err := c.s.write.ExecContext(ctx, q, w.ID, c.s.hide("callbacks.number", w.Number, w.ID), w.State, w.Since.UnixMilli(), c.s.hide("callbacks.body", string(body), w.ID), c.s.node); err != nil {
		return fmt.Errorf("store call back: %w", err)
	}
	return nil
}

// made keeps that a call is one back to the caller of another.
func made(ctx context.Context, tx *sql.Tx, id call.ID, back string) error {
	if back == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO callbacks_made (call, back) VALUES (?, ?) ON CONFLICT (call) DO NOTHING", id, back)
	return err
}

// Open lists the wishes that are not over, oldest first; of several nodes, those of this one, so that nobody is rung twice.
func (c *Callbacks) Open(ctx context.Context) ([]callback.Wish, error) {
	rows, err := c.s.read.QueryContext(ctx, "SELECT id, body FROM callbacks WHERE state IN (?, ?, ?) AND node = ? ORDER BY since_ms, id", callback.Waiting, callback.Dialling, callback.Talking, c.s.node)
	if err != nil {
		return nil, fmt.Errorf("read call backs: %w", err)
	}
	return collect(rows, "call backs", func(r scanner) (callback.Wish, error) {
		var id, body string
		var w callback.Wish
		if err := r.Scan(&id, c.s.opened(&body, "callbacks.body", &id)); err != nil {
			return w, err
		}
		return w, json.Unmarshal([]byte(body), &w)
	})
}
