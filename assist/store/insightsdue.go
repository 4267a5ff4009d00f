package store

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// insightsFailed holds calls that could not be counted, and when they are tried again.
const insightsFailed = `
CREATE TABLE insights_failed (call TEXT PRIMARY KEY, tries INTEGER NOT NULL, next_ms INTEGER NOT NULL);
`

// dueFresh are the calls that nothing is known of, whose facts are of an older version, and whose summary a person wrote since,
// but for those that could not be counted.
func dueFresh(v int) []dueQuery {
	const not = " AND NOT EXISTS (SELECT 1 FROM insights_failed x WHERE x.call = "
	return []dueQuery{
		{`SELECT id FROM calls WHERE state <> ? AND NOT EXISTS (SELECT 1 FROM insights_facts f WHERE f.call = calls.id)` + not + `calls.id)
		ORDER BY started_ms DESC LIMIT ?`, record.Running},
		{`SELECT f.call FROM insights_facts f WHERE f.made < ?` + not + `f.call) ORDER BY f.at_ms DESC LIMIT ?`, v},
		{`SELECT w.call FROM wrapups w JOIN insights_facts f ON f.call = w.call WHERE w.person <> ? AND w.at_ms > f.made_ms` + not + `w.call)
		ORDER BY w.at_ms LIMIT ?`, ""},
	}
}

// dueQuery finds calls; its arguments are arg and how many.
type dueQuery struct {
	sql string
	arg any
}

// Due are the calls to draw facts of, the newest first, and where there are none those that could not be counted and have waited,
// which were tried least first; of several nodes one alone is given any.
func (i *Insights) Due(ctx context.Context, v int, at time.Time, limit int) (ids []call.ID, again bool, err error) {
	if mine, err := i.s.lease(ctx, "insights", scoreLease); err != nil || !mine {
		return nil, false, err
	}
	const what = "find calls to count"
	for _, q := range dueFresh(v) {
		if len(ids) >= limit {
			break
		}
		some, err := i.s.callIDs(ctx, what, q.sql, q.arg, limit-len(ids))
		if err != nil {
			return nil, false, err
		}
		ids = append(ids, some...)
	}
	if len(ids) > 0 {
		return ids, false, nil
	}
	const failed = `SELECT x.call FROM insights_failed x JOIN calls c ON c.id = x.call WHERE x.next_ms <= ? ORDER BY x.tries, c.started_ms DESC LIMIT ?`
	ids, err = i.s.callIDs(ctx, what, failed, at.UnixMilli(), limit)
	return ids, true, err
}

// Failed remembers that a call could not be counted. Due does not give it out before its time.
func (i *Insights) Failed(ctx context.Context, id call.ID, at time.Time) error {
	tries := 1
	if err := i.s.read.QueryRowContext(ctx, "SELECT coalesce(max(tries), 0) + 1 FROM insights_failed WHERE call = ?", id).Scan(&tries); err != nil {
		return fmt.Errorf("remember a call that could not be counted: %w", err)
	}
	const q = "INSERT INTO insights_failed (call, tries, next_ms) VALUES (?, ?, ?) ON CONFLICT (call) DO UPDATE SET tries = excluded.tries, next_ms = excluded.next_ms"
	if _, err := i.s.write.ExecContext(ctx, q, id, tries, at.Add(insight.RetryIn(tries)).UnixMilli()); err != nil {
		return fmt.Errorf("remember a call that could not be counted: %w", err)
	}
	return nil
}
