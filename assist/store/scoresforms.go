package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/scoring"
)

const formColumns = "f.id, f.version, f.yaml, f.person, f.at_ms, f.retired"

func formOf(r scanner) (f scoring.Form, err error) {
	var at int64
	var retired int
	err = r.Scan(&f.ID, &f.Version, &f.YAML, &f.By, &at, &retired)
	f.At, f.Retired = time.UnixMilli(at).UTC(), retired != 0
	return f, err
}

// Forms are the newest versions, by id, those out of use among them.
func (c *Scores) Forms(ctx context.Context) ([]scoring.Form, error) {
	const q = "SELECT " + formColumns + ` FROM scores_forms f
		WHERE f.version = (SELECT max(o.version) FROM scores_forms o WHERE o.id = f.id) ORDER BY f.id`
	rows, err := c.s.read.QueryContext(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read forms: %w", err)
	}
	return collect(rows, "read forms", formOf)
}

// Form is a version of a form, the newest for version 0. The error is scoring.ErrUnknown when there is none.
func (c *Scores) Form(ctx context.Context, id string, version int) (scoring.Form, error) {
	const q = "SELECT " + formColumns + " FROM scores_forms f WHERE f.id = ? AND (? = 0 OR f.version = ?) ORDER BY f.version DESC LIMIT 1"
	f, err := formOf(c.s.read.QueryRowContext(ctx, q, id, version, version))
	if errors.Is(err, sql.ErrNoRows) {
		return f, scoring.ErrUnknown
	}
	if err != nil {
		return f, fmt.Errorf("read form: %w", err)
	}
	return f, nil
}

// SaveForm stores the next version of a form, which is in use then, and returns its number. expect is the version it was made from,
// 0 for a new form; scoring.ErrStale when another one was stored since.
func (c *Scores) SaveForm(ctx context.Context, id, yaml, by string, expect int) (int, error) {
	err := c.changeForm(ctx, id, expect, func(tx *sql.Tx) error {
		const q = "INSERT INTO scores_forms (id, version, yaml, person, at_ms) VALUES (?, ?, ?, ?, ?)"
		_, err := tx.ExecContext(ctx, q, id, expect+1, yaml, by, time.Now().UnixMilli())
		return err
	})
	return expect + 1, err
}

// UseForm takes a form out of use or puts it back, whose newest version is expect; the errors are those of SaveForm, and
// scoring.ErrUnknown where there is none.
func (c *Scores) UseForm(ctx context.Context, id string, use bool, expect int) error {
	return c.changeForm(ctx, id, expect, func(tx *sql.Tx) error {
		return alterOne(ctx, tx, scoring.ErrUnknown, "mark use", "UPDATE scores_forms SET retired = ? WHERE id = ? AND version = ?", !use, id, expect)
	})
}

// changeForm changes a form whose newest version is expect. A call that could not be judged by it waits no longer.
func (c *Scores) changeForm(ctx context.Context, id string, expect int, change func(tx *sql.Tx) error) error {
	return c.s.inTx(ctx, "store form", func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM scores_forms WHERE id = ?", id).Scan(&have); err != nil {
			return fmt.Errorf("store form: %w", err)
		}
		if have != expect {
			return scoring.ErrStale
		}
		if err := change(tx); err != nil {
			return fmt.Errorf("store form: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE scores_failed SET next_ms = ? WHERE form = ?", time.Now().UnixMilli(), id); err != nil {
			return fmt.Errorf("store form: %w", err)
		}
		return nil
	})
}
