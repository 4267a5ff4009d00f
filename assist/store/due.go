package store

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// dueMarks say of each call whether it was judged and counted, so that those that were not are found without reading past
// all others. Of calls of before, checkMarks finds out.
const dueMarks = `
ALTER TABLE calls ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX calls_unjudged ON calls (started_ms DESC) WHERE judged = 0;
CREATE INDEX calls_uncounted ON calls (started_ms DESC) WHERE counted = 0;
`

// markEvery is how often marks are compared with what there is: nodes of an older version judge and count without marking.
const markEvery = time.Hour

// dueMark is one of dueMarks.
type dueMark struct {
	column string
	due    string // when it is to be 0
	args   []any
}

// judgedMark is that of calls that were looked at.
func judgedMark() dueMark {
	return dueMark{"judged", "NOT EXISTS (SELECT 1 FROM scores_seen v WHERE v.call = calls.id)", nil}
}

// countedMark is that of calls that have facts of a version at least, since which no person wrote a summary.
func countedMark(v int) dueMark {
	return dueMark{"counted", `NOT EXISTS (SELECT 1 FROM insights_facts f WHERE f.call = calls.id AND f.made >= ?
		AND NOT EXISTS (SELECT 1 FROM wrapups w WHERE w.call = f.call AND w.person <> '' AND w.at_ms > f.made_ms))`, []any{v}}
}

// looks reports whether it is this node's turn to look for calls that are due by a mark, which then says what there is. last is when
// that was checked; another node, whose turn it was meanwhile, may be of an older version.
func (s *Store) looks(ctx context.Context, lease string, m dueMark, last *atomic.Int64) (bool, error) {
	mine, err := s.lease(ctx, lease, scoreLease)
	if err != nil || !mine {
		last.Store(0)
		return false, err
	}
	return true, s.checkMarks(ctx, m, last)
}

// checkMarks brings the marks of ended calls to what there is, once in a while: last is when this was done. In PostgreSQL too, other
// transactions wait for a few hundred rows at most.
func (s *Store) checkMarks(ctx context.Context, m dueMark, last *atomic.Int64) error {
	const what = "look for calls of older nodes"
	now := time.Now()
	if at := last.Load(); at > 0 && now.Sub(time.UnixMilli(at)).Abs() < markEvery {
		return nil
	}
	for _, x := range []struct {
		value int
		when  string
	}{{0, m.due}, {1, "NOT " + m.due}} {
		when := m.column + " = ? AND state <> ? AND " + x.when
		args := append([]any{1 - x.value, record.Running}, m.args...)
		ids, err := s.callIDs(ctx, what, "SELECT id FROM calls WHERE "+when, args...)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(ids, 500) {
			in, these := among(some)
			q := "UPDATE calls SET " + m.column + " = ? WHERE id IN " + in + " AND " + when
			if _, err := s.write.ExecContext(ctx, q, slices.Concat([]any{x.value}, these, args)...); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
	}
	last.Store(now.UnixMilli())
	return nil
}

// Queries for calls that are due: their arguments are the state of running calls and how many.
const (
	unjudged = `SELECT id FROM calls WHERE judged = 0 AND state <> ?
		AND NOT EXISTS (SELECT 1 FROM scores_failed f WHERE f.call = calls.id AND f.form = '') ORDER BY started_ms DESC LIMIT ?`
	uncounted = `SELECT id FROM calls WHERE counted = 0 AND state <> ?
		AND NOT EXISTS (SELECT 1 FROM insights_failed f WHERE f.call = calls.id) ORDER BY started_ms DESC LIMIT ?`
)

// callIDs reads the calls that a query selects.
func (s *Store) callIDs(ctx context.Context, what, query string, args ...any) ([]call.ID, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(r scanner) (id call.ID, err error) { err = r.Scan(&id); return id, err })
}
