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

// Due are the calls to draw facts of, the newest first, and where there are none those that could not be counted and have waited,
// which were tried least first; of several nodes one alone is given any.
func (i *Insights) Due(ctx context.Context, v int, at time.Time, limit int) (ids []call.ID, again bool, err error) {
	if mine, err := i.s.looks(ctx, "insights", countedMark(v), &i.s.countedAt); err != nil || !mine {
		return nil, false, err
	}
	const what = "find calls to count"
	if ids, err = i.s.callIDs(ctx, what, uncounted, record.Running, limit); err != nil || len(ids) > 0 {
		return ids, false, err
	}
	// CROSS JOIN has SQLite begin with the few that failed.
	const failed = `SELECT x.call FROM insights_failed x CROSS JOIN calls c WHERE c.id = x.call AND x.next_ms <= ? ORDER BY x.tries, c.started_ms DESC LIMIT ?`
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
