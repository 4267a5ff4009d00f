package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// MarkCut closes the calls that started before the given time and have no end: the process that carried them died. Their
// duration is the offset of their last event. Of several nodes it closes the own calls alone. It returns their IDs.
func (s *Store) MarkCut(ctx context.Context, before time.Time) ([]call.ID, error) {
	if s.shared && s.node == "" { // whose would they be?
		return nil, nil
	}
	ends, err := s.markCut(ctx, "c.started_ms < ? AND (? = '' OR c.node = ?)", before.UnixMilli(), s.node, s.node)
	if err != nil {
		return nil, err
	}
	ids := make([]call.ID, 0, len(ends))
	for _, e := range ends {
		ids = append(ids, e.Call)
	}
	return ids, nil
}

// markCut closes the running calls that cond selects and returns the events of their ends. A call that goes on all the
// same is opened again by its next event.
func (s *Store) markCut(ctx context.Context, cond string, args ...any) ([]call.Event, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := s.alone(ctx, tx, recording); err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	open, err := lastEvents(ctx, tx, cond, args)
	if err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	for i := range open {
		e := &open[i]
		b := call.Ended{Why: string(record.Cut), Duration: e.At.Seconds()}
		if e.Body, err = json.Marshal(b); err != nil {
			return nil, fmt.Errorf("mark cut calls: %w", err)
		}
		e.Seq, e.Kind = e.Seq+1, call.KindEnded
		if _, err := s.insert(ctx, tx, *e); err != nil {
			return nil, err
		}
		if err := ended(ctx, tx, *e, b); err != nil {
			return nil, fmt.Errorf("mark cut calls: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE calls SET marked = ? WHERE id = ?", int64(e.Seq), e.Call); err != nil {
			return nil, fmt.Errorf("mark cut calls: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	return open, nil
}

// owedEvents names the kind itself, so that the index of those events alone (events_owed) is used: there are few.
const owedEvents = `SELECT e.call, e.seq, e.at_ms, e.kind, e.body FROM events e JOIN calls c ON c.id = e.call
	WHERE c.started_ms >= ? AND e.kind = '` + string(call.KindOwed) + `' ORDER BY c.started_ms, e.call, e.seq`

// Owed returns, in order, what rules want done in the calls that began since a moment (call.KindOwed), done or not.
func (s *Store) Owed(ctx context.Context, since time.Time) ([]call.Event, error) {
	rows, err := s.read.QueryContext(ctx, owedEvents, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("look for what rules want: %w", err)
	}
	return collect(rows, "look for what rules want", func(r scanner) (call.Event, error) {
		var seq, at int64
		var body string
		e := call.Event{V: call.Version}
		err := r.Scan(&e.Call, &seq, &at, &e.Kind, s.opened(&body, "events.body", &e.Call, &seq))
		e.Seq, e.At, e.Body = uint64(seq), offset(at), json.RawMessage(body)
		return e, err
	})
}

// lastEvents returns the last event's number and offset of every running call that cond selects.
func lastEvents(ctx context.Context, tx *sql.Tx, cond string, args []any) ([]call.Event, error) {
	rows, err := tx.QueryContext(ctx, `SELECT c.id, coalesce(max(e.seq), 0), coalesce(max(e.at_ms), 0)
		FROM calls c LEFT JOIN events e ON e.call = c.id WHERE c.state = 'running' AND `+cond+" GROUP BY c.id", args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, "read last events", func(r scanner) (call.Event, error) {
		var seq, at int64
		e := call.Event{V: call.Version}
		err := r.Scan(&e.Call, &seq, &at)
		e.Seq, e.At = uint64(seq), offset(at)
		return e, err
	})
}

// Broken returns the newest call of a caller on a route that was cut and whose last sign of life is not older than since;
// false when there is none.
func (s *Store) Broken(ctx context.Context, caller, route string, since time.Time) (record.Call, bool, error) {
	in, args := s.marks("calls.caller", caller)
	q := "SELECT " + columns + " FROM calls c WHERE c.caller IN " + in + ` AND c.route = ? AND c.state = ? AND c.started_ms + c.duration_ms >= ?
		ORDER BY c.started_ms DESC, c.id DESC LIMIT 1`
	rows, err := s.read.QueryContext(ctx, q, append(args, route, record.Cut, since.UnixMilli())...)
	if err != nil {
		return record.Call{}, false, fmt.Errorf("look for a cut call: %w", err)
	}
	all, err := collect(rows, "look for a cut call", s.scan)
	if err != nil || len(all) == 0 {
		return record.Call{}, false, err
	}
	return all[0], true, nil
}
