package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// importsPart holds which recordings made elsewhere were stored as calls, so that none is stored twice.
func importsPart() part {
	return part{"imports", []string{`
CREATE TABLE imports (
	sound  TEXT PRIMARY KEY,
	call   TEXT NOT NULL,
	path   TEXT NOT NULL,
	at_ms  INTEGER NOT NULL,
	voices TEXT NOT NULL,
	body   TEXT NOT NULL
);
CREATE INDEX imports_of ON imports (call);
`}}
}

// Imports keeps imported recordings in a Store.
type Imports struct{ s *Store }

// Imports returns the part of the store that keeps imported recordings.
func (s *Store) Imports() *Imports { return &Imports{s} }

// Save stores an import, in place of an earlier one of the same recording.
func (c *Imports) Save(ctx context.Context, i record.Import) error {
	voices, err := json.Marshal(i.Voices)
	if err != nil {
		return fmt.Errorf("store import: %w", err)
	}
	const q = `INSERT INTO imports (sound, call, path, at_ms, voices, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (sound) DO UPDATE SET call = excluded.call, path = excluded.path, at_ms = excluded.at_ms,
		voices = excluded.voices, body = excluded.body`
	if _, err := c.s.write.ExecContext(ctx, q, i.Sound, i.Call, i.Path, i.At.UnixMilli(), string(voices), c.s.hide("imports.body", string(i.Body), i.Sound)); err != nil {
		return fmt.Errorf("store import: %w", err)
	}
	return nil
}

// Sound finds the import of a recording whose call is still there; record.ErrUnknown when there is none.
func (c *Imports) Sound(ctx context.Context, hash string) (record.Import, error) {
	return c.one(ctx, "i.sound = ?", hash)
}

// Of finds the import that a call came from; record.ErrUnknown for other calls.
func (c *Imports) Of(ctx context.Context, id call.ID) (record.Import, error) {
	return c.one(ctx, "i.call = ?", string(id))
}

func (c *Imports) one(ctx context.Context, cond, arg string) (record.Import, error) {
	var i record.Import
	var at int64
	var voices, body string
	q := "SELECT i.sound, i.call, i.path, i.at_ms, i.voices, i.body FROM imports i JOIN calls c ON c.id = i.call WHERE " + cond + " LIMIT 1"
	err := c.s.read.QueryRowContext(ctx, q, arg).Scan(&i.Sound, &i.Call, &i.Path, &at, &voices, c.s.opened(&body, "imports.body", &i.Sound))
	if errors.Is(err, sql.ErrNoRows) {
		return i, record.ErrUnknown
	}
	if err != nil {
		return i, fmt.Errorf("find import: %w", err)
	}
	i.At, i.Body = time.UnixMilli(at).UTC(), json.RawMessage(body)
	if err := json.Unmarshal([]byte(voices), &i.Voices); err != nil {
		return i, fmt.Errorf("find import: %w", err)
	}
	return i, nil
}
