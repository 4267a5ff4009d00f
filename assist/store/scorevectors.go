package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// scoresVectors is what the sentences of a call mean to an embedding model. They go with the call, and are sealed with it:
// something of what was said can be read out of them.
const scoresVectors = `
CREATE TABLE scores_vectors (
	call  TEXT PRIMARY KEY,
	model TEXT NOT NULL,
	body  TEXT NOT NULL
);
`

var _ scoring.Vectors = (*Scores)(nil)

// Vectors reads the vectors of a call that were made with v.Model into v. What cannot be read, for want of the keys or
// because it is damaged, counts as not there: it can be made again.
func (c *Scores) Vectors(ctx context.Context, id call.ID, v *quality.Vectors) error {
	var body string
	err := c.s.read.QueryRowContext(ctx, "SELECT body FROM scores_vectors WHERE call = ? AND model = ?", id, v.Model).Scan(c.s.opened(&body, "scores_vectors.body", id))
	switch {
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, seal.ErrLocked), errors.Is(err, seal.ErrKey), errors.Is(err, seal.ErrDamaged):
		return nil
	case err != nil:
		return fmt.Errorf("read vectors: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(body)
	if err == nil {
		_ = v.UnmarshalBinary(raw) // v is empty then
	}
	return nil
}

// SaveVectors stores the vectors of a call.
func (c *Scores) SaveVectors(ctx context.Context, id call.ID, v *quality.Vectors) error {
	raw, err := v.MarshalBinary()
	if err != nil {
		return fmt.Errorf("store vectors: %w", err)
	}
	return c.s.inTx(ctx, "store vectors", func(tx *sql.Tx) error {
		const q = `INSERT INTO scores_vectors (call, model, body) SELECT id, ?, ? FROM calls WHERE id = ?
			ON CONFLICT (call) DO UPDATE SET model = excluded.model, body = excluded.body`
		body := c.s.hide("scores_vectors.body", base64.StdEncoding.EncodeToString(raw), id)
		if _, err := tx.ExecContext(ctx, q, v.Model, body, id); err != nil {
			return fmt.Errorf("store vectors: %w", err)
		}
		return nil
	})
}
