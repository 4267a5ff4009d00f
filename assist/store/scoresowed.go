package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// scoresOwed holds calls that ended before a form was there and are to be judged by it.
const scoresOwed = `
CREATE TABLE scores_owed (call TEXT NOT NULL, form TEXT NOT NULL, PRIMARY KEY (call, form));
`

// scoresOwedOrder has the newest of those calls found without looking at all of them. Of those that were owed before, and by nodes
// of before, it is not known when they began: they come last, in the order of their ids, which begin with the time.
const scoresOwedOrder = `
ALTER TABLE scores_owed ADD COLUMN started_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX scores_owed_newest ON scores_owed (started_ms DESC, call DESC, form);
`

// Unjudged are the ended calls since a moment that were looked at and have no sheet of a form, newest first, up to limit
// after the first skip of them. Calls whose words are forgotten are not among them.
func (c *Scores) Unjudged(ctx context.Context, form string, since time.Time, skip, limit int) ([]scoring.Past, error) {
	const q = `SELECT c.id, c.route, c.lang FROM calls c JOIN scores_seen v ON v.call = c.id WHERE c.state <> ? AND c.started_ms >= ?
		AND NOT EXISTS (SELECT 1 FROM scores_sheets p WHERE p.call = c.id AND p.form = ?)
		AND EXISTS (SELECT 1 FROM turns t WHERE t.call = c.id) ORDER BY c.started_ms DESC, c.id LIMIT ? OFFSET ?`
	rows, err := c.s.read.QueryContext(ctx, q, record.Running, since.UnixMilli(), form, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("look for calls of before a form: %w", err)
	}
	return collect(rows, "look for calls of before a form", func(r scanner) (scoring.Past, error) {
		var p scoring.Past
		err := r.Scan(&p.Call, &p.Queue, &p.Lang)
		return p, err
	})
}

// Owe has the calls judged by a form that was not there when they ended.
func (c *Scores) Owe(ctx context.Context, form string, ids []call.ID) error {
	return c.s.inTx(ctx, "have calls scored", func(tx *sql.Tx) error {
		for _, id := range ids {
			const q = `INSERT INTO scores_owed (call, form, started_ms) VALUES (?, ?, coalesce((SELECT started_ms FROM calls WHERE id = ?), 0))
				ON CONFLICT (call, form) DO NOTHING`
			if _, err := tx.ExecContext(ctx, q, id, form, id); err != nil {
				return fmt.Errorf("have calls scored: %w", err)
			}
		}
		return nil
	})
}

// Queries of Owed: those that are owed and were not tried, and those that could not be judged and have waited for long enough.
const (
	owedFresh = `SELECT o.call, o.form FROM scores_owed o
		WHERE NOT EXISTS (SELECT 1 FROM scores_failed f WHERE f.call = o.call AND f.form = o.form) ORDER BY o.started_ms DESC, o.call DESC, o.form LIMIT ?`
	owedAgain = `SELECT o.call, o.form FROM scores_failed f JOIN scores_owed o ON o.call = f.call AND o.form = f.form
		WHERE f.next_ms <= ? ORDER BY f.tries, o.started_ms DESC, o.call DESC, o.form LIMIT ?`
)

// Owed are those that are still to be judged so, newest first, up to limit. Those that could not be come where there are no
// others, and once they have waited; of several nodes one alone is given any.
func (c *Scores) Owed(ctx context.Context, limit int) ([]scoring.Owed, error) {
	if mine, err := c.s.lease(ctx, "scores", scoreLease); err != nil || !mine {
		return nil, err
	}
	if all, err := c.owed(ctx, owedFresh, limit); err != nil || len(all) > 0 {
		return all, err
	}
	return c.owed(ctx, owedAgain, time.Now().UnixMilli(), limit)
}

func (c *Scores) owed(ctx context.Context, query string, args ...any) ([]scoring.Owed, error) {
	rows, err := c.s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for calls to score: %w", err)
	}
	return collect(rows, "look for calls to score", func(r scanner) (scoring.Owed, error) {
		var o scoring.Owed
		err := r.Scan(&o.Call, &o.Form)
		return o, err
	})
}

// SaveOwed stores the sheet that was made, if any; the call is owed no longer.
func (c *Scores) SaveOwed(ctx context.Context, o scoring.Owed, made []scoring.Sheet) error {
	return c.s.inTx(ctx, "store score", func(tx *sql.Tx) error {
		if err := c.s.saveSheets(ctx, tx, o.Call, made); err != nil {
			return err
		}
		if err := judgedAfterAll(ctx, tx, o); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM scores_owed WHERE call = ? AND form = ?", o.Call, o.Form); err != nil {
			return fmt.Errorf("store score: %w", err)
		}
		return nil
	})
}
