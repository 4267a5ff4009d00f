package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Position returns the place on the event bus up to which events have been recorded.
func (s *Store) Position(ctx context.Context) (uint64, error) { return position(ctx, s.read) }

func position(ctx context.Context, q rowQuerier) (uint64, error) {
	var pos int64
	if err := q.QueryRowContext(ctx, "SELECT pos FROM position").Scan(&pos); err != nil {
		return 0, fmt.Errorf("read position: %w", err)
	}
	return uint64(pos), nil
}

// Record writes events and the place of the last one, all or nothing. An event that is there already, by (Call, Seq),
// changes nothing; one that is not kept (Seq 0) is passed over. It returns the ended calls whose record changed.
func (s *Store) Record(ctx context.Context, evs []call.Event) ([]call.ID, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	var pos uint64
	touched := make(map[call.ID]bool)
	for _, e := range evs {
		pos = max(pos, e.Pos)
		if e.Seq == 0 || !plainID(e.Call) {
			continue
		}
		fresh, err := insert(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		if !fresh {
			continue
		}
		touched[e.Call] = true
		if err := s.apply(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	ended, err := endedOf(ctx, tx, touched)
	if err != nil {
		return nil, err
	}
	if pos > 0 {
		if _, err := tx.ExecContext(ctx, "UPDATE position SET pos = ?", int64(pos)); err != nil {
			return nil, fmt.Errorf("record position: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("record events: %w: check free disk space", err)
	}
	return ended, nil
}

// insert writes the event and makes sure its call exists. It reports false for a repetition.
func insert(ctx context.Context, tx *sql.Tx, e call.Event) (bool, error) {
	if gone, err := erased(ctx, tx, e.Call); err != nil || gone {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO calls (id, state, started_ms) VALUES (?, 'running', ?)", e.Call, idTime(e.Call).UnixMilli()); err != nil {
		return false, fmt.Errorf("record call: %w", err)
	}
	body := e.Body
	if len(body) == 0 {
		body = []byte("{}")
	}
	r, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO events (call, seq, at_ms, kind, body) VALUES (?, ?, ?, ?, ?)", e.Call, int64(e.Seq), ms(e.At), e.Kind, string(body))
	if err != nil {
		return false, fmt.Errorf("record event: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("record event: %w", err)
	}
	return n > 0, nil
}

// apply writes what the event means for the call's tables. A body that cannot be read is kept as an event and otherwise
// passed over: one bad event must not hold up the record.
func (s *Store) apply(ctx context.Context, tx *sql.Tx, e call.Event) error {
	var err error
	switch e.Kind {
	case call.KindStarted:
		err = with(e, func(b call.Started) error { return started(ctx, tx, e.Call, b) })
	case call.KindTurn:
		err = with(e, func(b call.Turn) error { return turn(ctx, tx, e.Call, b) })
	case call.KindWaterfall:
		err = with(e, func(b call.Waterfall) error { return waterfall(ctx, tx, e.Call, b) })
	case call.KindConsent:
		_, err = tx.ExecContext(ctx, "UPDATE calls SET recorded = 0 WHERE id = ?", e.Call)
	case call.KindEnded:
		err = with(e, func(b call.Ended) error { return ended(ctx, tx, e, b) })
	}
	if bad, ok := err.(*badBody); ok { //nolint:errorlint // made in with, never wrapped
		s.log.Warn("event recorded without effect", "call", e.Call, "seq", e.Seq, "kind", e.Kind, "error", bad.err)
		err = nil
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE calls SET duration_ms = max(duration_ms, ?) WHERE id = ? AND state = 'running'", ms(e.At), e.Call)
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	return nil
}

type badBody struct{ err error }

func (b *badBody) Error() string { return b.err.Error() }

// with reads the body of e and hands it to do.
func with[T any](e call.Event, do func(T) error) error {
	var b T
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return &badBody{err}
	}
	return do(b)
}

func started(ctx context.Context, tx *sql.Tx, id call.ID, b call.Started) error {
	langs, err := json.Marshal(append([]string{}, b.Langs...))
	if err != nil {
		return err
	}
	lang := ""
	if len(b.Langs) > 0 {
		lang = b.Langs[0]
	}
	at := b.At
	if at.IsZero() {
		at = idTime(id)
	}
	_, err = tx.ExecContext(ctx, `UPDATE calls SET caller = ?, dialled = ?, route = ?, base = ?, langs = ?,
		lang = CASE lang WHEN '' THEN ? ELSE lang END, codec = ?, remote = ?, sip_call = ?, recorded = ?, started_ms = ? WHERE id = ?`,
		b.From, b.To, b.Route, b.Base, string(langs), lang, b.Codec, b.Remote, b.SIPCall, b.Recorded, at.UnixMilli(), id)
	return err
}

func turn(ctx context.Context, tx *sql.Tx, id call.ID, b call.Turn) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO turns (call, n, who, text, start_ms, body) VALUES (?, ?, ?, ?, ?, ?)", id, b.N, b.Who, b.Text, ms(b.Start), string(body)); err != nil {
		return err
	}
	if b.Who != call.Caller || b.Lang == "" {
		return nil
	}
	_, err = tx.ExecContext(ctx, "UPDATE calls SET lang = ? WHERE id = ?", b.Lang, id)
	return err
}

func waterfall(ctx context.Context, tx *sql.Tx, id call.ID, b call.Waterfall) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO waterfalls (call, turn, gap_ms, body) VALUES (?, ?, ?, ?)", id, b.Turn, b.Gap().Milliseconds(), string(body))
	return err
}

func ended(ctx context.Context, tx *sql.Tx, e call.Event, b call.Ended) error {
	d := int64(b.Duration * 1000)
	if d <= 0 {
		d = ms(e.At)
	}
	state := record.Ended
	if b.Why == string(record.Cut) {
		state = record.Cut
	}
	_, err := tx.ExecContext(ctx, "UPDATE calls SET state = ?, duration_ms = ?, ended_by = ?, why = ? WHERE id = ?", state, d, b.By, b.Why, e.Call)
	return err
}

// endedOf returns those of ids whose calls have ended.
func endedOf(ctx context.Context, tx *sql.Tx, ids map[call.ID]bool) ([]call.ID, error) {
	var out []call.ID
	for id := range ids {
		var state record.State
		if err := tx.QueryRowContext(ctx, "SELECT state FROM calls WHERE id = ?", id).Scan(&state); err != nil {
			return nil, fmt.Errorf("read state: %w", err)
		}
		if state != record.Running {
			out = append(out, id)
		}
	}
	return out, nil
}

// MarkCut closes the calls that started before the given time and have no end: the process that carried them died. Their
// duration is the offset of their last event. It returns their IDs.
func (s *Store) MarkCut(ctx context.Context, before time.Time) ([]call.ID, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	open, err := lastEvents(ctx, tx, before)
	if err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	ids := make([]call.ID, 0, len(open))
	for _, e := range open {
		b := call.Ended{Why: string(record.Cut), Duration: e.At.Seconds()}
		body, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("mark cut calls: %w", err)
		}
		e.Seq, e.Kind, e.Body = e.Seq+1, call.KindEnded, body
		if _, err := insert(ctx, tx, e); err != nil {
			return nil, err
		}
		if err := ended(ctx, tx, e, b); err != nil {
			return nil, fmt.Errorf("mark cut calls: %w", err)
		}
		ids = append(ids, e.Call)
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("mark cut calls: %w", err)
	}
	return ids, nil
}

// lastEvents returns the last event's number and offset of every running call that started before the given time.
func lastEvents(ctx context.Context, tx *sql.Tx, before time.Time) ([]call.Event, error) {
	rows, err := tx.QueryContext(ctx, `SELECT c.id, coalesce(max(e.seq), 0), coalesce(max(e.at_ms), 0)
		FROM calls c LEFT JOIN events e ON e.call = c.id WHERE c.state = 'running' AND c.started_ms < ? GROUP BY c.id`, before.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []call.Event
	for rows.Next() {
		var seq, at int64
		e := call.Event{V: call.Version}
		if err := rows.Scan(&e.Call, &seq, &at); err != nil {
			return nil, err
		}
		e.Seq, e.At = uint64(seq), offset(at)
		out = append(out, e)
	}
	return out, rows.Err()
}

// idTime is the start time a UUIDv7 carries, the present for other IDs.
func idTime(id call.ID) time.Time {
	u, err := uuid.Parse(string(id))
	if err != nil || u.Version() != 7 {
		return time.Now()
	}
	return time.Unix(u.Time().UnixTime())
}

func ms(o call.Offset) int64          { return time.Duration(o).Milliseconds() }
func offset(millis int64) call.Offset { return call.Offset(time.Duration(millis) * time.Millisecond) }
