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

// scoresFailed holds calls that could not be judged, and when they are tried again.
const scoresFailed = `
CREATE TABLE scores_failed (
	call    TEXT NOT NULL,
	form    TEXT NOT NULL,
	tries   INTEGER NOT NULL,
	last_ms INTEGER NOT NULL,
	next_ms INTEGER NOT NULL,
	why     TEXT NOT NULL,
	PRIMARY KEY (call, form)
);
`

// scoresFailedCodes says by a code why calls could not be judged, so that pages say it in their language.
const scoresFailedCodes = `
ALTER TABLE scores_failed ADD COLUMN code TEXT NOT NULL DEFAULT '';
`

// Failed remembers that a call could not be judged, by a form that it is owed or, with no form, by any. It is not given out before
// its time.
func (c *Scores) Failed(ctx context.Context, o scoring.Owed, code, why string) error {
	return c.s.inTx(ctx, "remember a call that could not be scored", func(tx *sql.Tx) error {
		tries, now := 1, time.Now()
		const seen = "SELECT coalesce(max(tries), 0) + 1 FROM scores_failed WHERE call = ? AND form = ?"
		if err := tx.QueryRowContext(ctx, seen, o.Call, o.Form).Scan(&tries); err != nil {
			return fmt.Errorf("remember a call that could not be scored: %w", err)
		}
		const q = `INSERT INTO scores_failed (call, form, tries, last_ms, next_ms, code, why) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (call, form) DO UPDATE SET tries = excluded.tries, last_ms = excluded.last_ms, next_ms = excluded.next_ms, code = excluded.code, why = excluded.why`
		if _, err := tx.ExecContext(ctx, q, o.Call, o.Form, tries, now.UnixMilli(), now.Add(scoring.Wait(tries)).UnixMilli(), code, c.s.hide("scores_failed.why", why, o.Call, o.Form)); err != nil {
			return fmt.Errorf("remember a call that could not be scored: %w", err)
		}
		return nil
	})
}

// Retry has the calls that could not be judged given out again now.
func (c *Scores) Retry(ctx context.Context) error {
	now := time.Now().UnixMilli()
	if _, err := c.s.write.ExecContext(ctx, "UPDATE scores_failed SET next_ms = ? WHERE next_ms > ?", now, now); err != nil {
		return fmt.Errorf("have calls scored that could not be: %w", err)
	}
	return nil
}

// judgedAfterAll forgets that a call could not be judged.
func judgedAfterAll(ctx context.Context, tx *sql.Tx, o scoring.Owed) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM scores_failed WHERE call = ? AND form = ?", o.Call, o.Form); err != nil {
		return fmt.Errorf("store score: %w", err)
	}
	return nil
}

// Failures are the calls of a scope (nil: all) that could not be judged, those of the newest calls first, up to limit, and how many
// there are.
func (c *Scores) Failures(ctx context.Context, scope *record.Scope, limit int) (some []scoring.Failure, all int, err error) {
	w := &clause{}
	if scope != nil {
		in, args := within(*scope)
		w.add(in, args...)
	}
	from := " FROM scores_failed f JOIN calls c ON c.id = f.call" + w.where()
	if err := c.s.read.QueryRowContext(ctx, "SELECT count(*)"+from, w.args...).Scan(&all); err != nil {
		return nil, 0, fmt.Errorf("read calls that could not be scored: %w", err)
	}
	some, err = c.failures(ctx, from+" ORDER BY c.started_ms DESC, f.call, f.form LIMIT ?", append(w.args, limit)...)
	return some, all, err
}

// FailuresOf are those of one call, by form.
func (c *Scores) FailuresOf(ctx context.Context, id call.ID) ([]scoring.Failure, error) {
	return c.failures(ctx, " FROM scores_failed f WHERE f.call = ? ORDER BY f.form", id)
}

// failures reads those that the rest of a query, in which they are f, selects.
func (c *Scores) failures(ctx context.Context, from string, args ...any) ([]scoring.Failure, error) {
	rows, err := c.s.read.QueryContext(ctx, "SELECT f.call, f.form, f.tries, f.last_ms, f.next_ms, f.code, f.why"+from, args...)
	if err != nil {
		return nil, fmt.Errorf("read calls that could not be scored: %w", err)
	}
	return collect(rows, "read calls that could not be scored", func(r scanner) (f scoring.Failure, err error) {
		var last, next int64
		err = r.Scan(&f.Call, &f.Form, &f.Tries, &last, &next, &f.Code, c.s.opened(&f.Why, "scores_failed.why", &f.Call, &f.Form))
		f.Last, f.Next = time.UnixMilli(last).UTC(), time.UnixMilli(next).UTC()
		return f, err
	})
}
