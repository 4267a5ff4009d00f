package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/retain"
)

// Ask puts a request into the tray.
func (k *Keeping) Ask(ctx context.Context, w retain.Work, body any) (string, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("keep request: %w", err)
	}
	id := uuid.NewString()
	const q = `INSERT INTO keeping_requests (n, id, work, body, state, at_ms) VALUES ((SELECT coalesce(max(n), 0) + 1 FROM keeping_requests), ?, ?, ?, ?, ?)`
	return id, k.s.inTx(ctx, "keep request", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, q, id, w, string(b), retain.Wanted, time.Now().UnixMilli()); err != nil {
			return fmt.Errorf("keep request: %w", err)
		}
		return nil
	})
}

const requestColumns = "id, work, body, state, result, why, at_ms"

func scanRequest(r scanner) (retain.Request, error) {
	var q retain.Request
	var body, result string
	var at int64
	if err := r.Scan(&q.ID, &q.Work, &body, &q.State, &result, &q.Why, &at); err != nil {
		return q, fmt.Errorf("read request: %w", err)
	}
	q.Body, q.At = json.RawMessage(body), time.UnixMilli(at).UTC()
	if result != "" {
		q.Result = json.RawMessage(result)
	}
	return q, nil
}

// Request is a request by its ID.
func (k *Keeping) Request(ctx context.Context, id string) (retain.Request, error) {
	r, err := scanRequest(k.s.read.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM keeping_requests WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, retain.ErrUnknown
	}
	return r, err
}

// Take gives the oldest request that nobody does.
func (k *Keeping) Take(ctx context.Context, stale time.Duration) (retain.Request, bool, error) {
	now := time.Now()
	const open = "(state = 'wanted' OR state = 'doing' AND at_ms < ?)"
	r, err := scanRequest(k.s.read.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM keeping_requests WHERE "+open+" ORDER BY n LIMIT 1", now.Add(-stale).UnixMilli()))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	n, err := alter(ctx, k.s.write, "take request", "UPDATE keeping_requests SET state = 'doing', at_ms = ? WHERE id = ? AND "+open, now.UnixMilli(), r.ID, now.Add(-stale).UnixMilli())
	return r, n == 1, err
}

// Finish stores what came of a request. What it was about is not kept: it may name a caller.
func (k *Keeping) Finish(ctx context.Context, id string, result any, why error) error {
	state, text, body := retain.Done, "", ""
	if why != nil {
		state, text = retain.Failed, why.Error()
	} else {
		b, err := json.Marshal(result)
		if err != nil {
			return fmt.Errorf("finish request: %w", err)
		}
		body = string(b)
	}
	const q = "UPDATE keeping_requests SET state = ?, result = ?, why = ?, body = '{}', at_ms = ? WHERE id = ?"
	if _, err := k.s.write.ExecContext(ctx, q, state, body, text, time.Now().UnixMilli(), id); err != nil {
		return fmt.Errorf("finish request: %w", err)
	}
	// Of erasures the report stays, which names calls by their IDs and quotes nobody. Why one failed may quote somebody.
	const old = "DELETE FROM keeping_requests WHERE state IN ('done', 'failed') AND NOT (work = 'erase' AND state = 'done') AND at_ms < ?"
	if _, err := k.s.write.ExecContext(ctx, old, time.Now().AddDate(0, 0, -1).UnixMilli()); err != nil {
		return fmt.Errorf("clear requests: %w", err)
	}
	return k.Tidy(ctx, false)
}

const filedColumns = "n, id, result"

func scanFiled(r scanner) (retain.Filed, error) {
	var f retain.Filed
	var report string
	if err := r.Scan(&f.N, &f.ID, &report); err != nil {
		return f, fmt.Errorf("read report: %w", err)
	}
	if err := json.Unmarshal([]byte(report), &f.Report); err != nil {
		return f, fmt.Errorf("read report: %w", err)
	}
	return f, nil
}

// Reports are those of erasures, newest first: at most limit, with a number below before, or from the newest with 0.
func (k *Keeping) Reports(ctx context.Context, before int64, limit int) ([]retain.Filed, error) {
	return reports(ctx, k.s.read, before, limit)
}

func reports(ctx context.Context, db querier, before int64, limit int) ([]retain.Filed, error) {
	const q = "SELECT " + filedColumns + " FROM keeping_requests WHERE work = 'erase' AND state = 'done' AND (? = 0 OR n < ?) ORDER BY n DESC LIMIT ?"
	rows, err := db.QueryContext(ctx, q, before, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	return collect(rows, "list reports", scanFiled)
}

// Report is that of one erasure, by the ID of its request; retain.ErrUnknown when there is none.
func (k *Keeping) Report(ctx context.Context, id string) (retain.Filed, error) {
	const q = "SELECT " + filedColumns + " FROM keeping_requests WHERE work = 'erase' AND state = 'done' AND id = ?"
	f, err := scanFiled(k.s.read.QueryRowContext(ctx, q, id))
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("%w: no report %s", retain.ErrUnknown, id)
	}
	return f, err
}

// File puts reports of another record into this one, in their order; those it has stay as they are.
func (k *Keeping) File(ctx context.Context, reports []retain.Filed) error {
	return k.s.inTx(ctx, "file reports", func(tx *sql.Tx) error { return file(ctx, tx, reports) })
}

func file(ctx context.Context, db execer, reports []retain.Filed) error {
	for _, f := range reports {
		b, err := json.Marshal(f.Report)
		if err != nil {
			return fmt.Errorf("file report: %w", err)
		}
		const q = `INSERT INTO keeping_requests (n, id, work, body, state, result, at_ms)
			VALUES ((SELECT coalesce(max(n), 0) + 1 FROM keeping_requests), ?, 'erase', '{}', 'done', ?, ?) ON CONFLICT (id) DO NOTHING`
		if _, err := db.ExecContext(ctx, q, f.ID, string(b), f.Report.At.UnixMilli()); err != nil {
			return fmt.Errorf("file report: %w", err)
		}
	}
	return nil
}
