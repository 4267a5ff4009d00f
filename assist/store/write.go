package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Position returns the place on the event bus up to which events have been recorded.
func (s *Store) Position(ctx context.Context) (uint64, error) { return position(ctx, s.read, s.source) }

func position(ctx context.Context, q rowQuerier, source string) (uint64, error) {
	var pos int64
	if err := q.QueryRowContext(ctx, "SELECT coalesce((SELECT pos FROM positions WHERE source = ?), 0)", source).Scan(&pos); err != nil {
		return 0, fmt.Errorf("read position: %w", err)
	}
	return uint64(pos), nil
}

// Record writes events and the place of the last one, all or nothing. An event that is there already, by (Call, Seq),
// changes nothing; one that is not kept (Seq 0) is passed over. What another node has recorded from the same bus is not
// looked at again. It returns the ended calls whose record changed, of several nodes only the own ones.
func (s *Store) Record(ctx context.Context, evs []call.Event) ([]call.ID, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := s.alone(ctx, tx, recording); err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	known, err := position(ctx, tx, s.source)
	if err != nil {
		return nil, err
	}
	pos := known
	touched, marks := make(map[call.ID]bool), make(map[call.ID]uint64)
	for _, e := range evs {
		pos = max(pos, e.Pos)
		if e.Seq == 0 || !plainID(e.Call) {
			continue
		}
		if s.shared && e.Pos > 0 && e.Pos <= known { // by another node; the files of the call are still to be written
			touched[e.Call] = touched[e.Call] || e.Kind == call.KindEnded
			continue
		}
		fresh, err := s.take(ctx, tx, e, marks)
		if err != nil {
			return nil, err
		}
		touched[e.Call] = touched[e.Call] || fresh
	}
	ended, err := s.endedOf(ctx, tx, touched)
	if err != nil {
		return nil, err
	}
	if pos != known {
		if err := s.setPosition(ctx, tx, pos); err != nil {
			return nil, err
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("record events: %w: check free disk space", err)
	}
	return ended, nil
}

func (s *Store) setPosition(ctx context.Context, db execer, pos uint64) error {
	const q = "INSERT INTO positions (source, pos) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET pos = excluded.pos"
	if _, err := db.ExecContext(ctx, q, s.source, int64(pos)); err != nil {
		return fmt.Errorf("record position: %w", err)
	}
	return nil
}

// take writes one event and what it means. It reports false for a repetition.
func (s *Store) take(ctx context.Context, tx *sql.Tx, e call.Event, marks map[call.ID]uint64) (bool, error) {
	if err := revive(ctx, tx, e, marks); err != nil {
		return false, fmt.Errorf("record call: %w", err)
	}
	fresh, err := s.insert(ctx, tx, e)
	if err != nil || !fresh {
		return false, err
	}
	return true, s.apply(ctx, tx, e)
}

// revive takes back the mark of a call that was taken for cut and goes on: its node had only been silent. marks holds
// what is known of the calls of one transaction.
func revive(ctx context.Context, tx *sql.Tx, e call.Event, marks map[call.ID]uint64) error {
	mark, known := marks[e.Call]
	if !known {
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT coalesce((SELECT marked FROM calls WHERE id = ?), 0)", e.Call).Scan(&n); err != nil {
			return err
		}
		mark = uint64(n)
		marks[e.Call] = mark
	}
	if mark == 0 || e.Seq < mark || e.Seq == mark && isMark(e) {
		return nil
	}
	marks[e.Call] = 0
	if _, err := tx.ExecContext(ctx, "DELETE FROM events WHERE call = ? AND seq = ?", e.Call, int64(mark)); err != nil {
		return err
	}
	for _, again := range []string{"DELETE FROM scores_seen WHERE call = ?", "UPDATE insights_facts SET made = 0 WHERE call = ?"} {
		if _, err := tx.ExecContext(ctx, again, e.Call); err != nil { // it is judged and counted when it has ended
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "UPDATE calls SET state = ?, marked = 0, ended_by = '', why = '', judged = 0, counted = 0 WHERE id = ?", record.Running, e.Call)
	return err
}

// isMark reports whether e is the end that a mark makes.
func isMark(e call.Event) bool {
	var b call.Ended
	return e.Kind == call.KindEnded && json.Unmarshal(e.Body, &b) == nil && b.Why == string(record.Cut)
}

// insert writes the event and makes sure its call exists. It reports false for a repetition.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, e call.Event) (bool, error) {
	if gone, err := erased(ctx, tx, e.Call); err != nil || gone {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO calls (id, state, started_ms) VALUES (?, 'running', ?) ON CONFLICT DO NOTHING", e.Call, idTime(e.Call).UnixMilli()); err != nil {
		return false, fmt.Errorf("record call: %w", err)
	}
	body := e.Body
	if len(body) == 0 {
		body = []byte("{}")
	}
	r, err := tx.ExecContext(ctx, "INSERT INTO events (call, seq, at_ms, kind, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", e.Call, int64(e.Seq), ms(e.At), e.Kind, s.hide("events.body", string(body), e.Call, int64(e.Seq)))
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
		err = with(e, func(b call.Started) error { return s.started(ctx, tx, e.Call, b) })
	case call.KindTurn:
		err = with(e, func(b call.Turn) error { return s.turn(ctx, tx, e.Call, b) })
	case call.KindWaterfall:
		err = with(e, func(b call.Waterfall) error { return waterfall(ctx, tx, e.Call, b) })
	case call.KindConsent:
		_, err = tx.ExecContext(ctx, "UPDATE calls SET recorded = 0 WHERE id = ?", e.Call)
	case call.KindEnded:
		err = with(e, func(b call.Ended) error { return ended(ctx, tx, e, b) })
	}
	if bad, ok := err.(*badBody); ok { //nolint:errorlint // made in with, never wrapped
		s.log.Warn("event recorded without effect", "call", e.Call, "seq", e.Seq, "kind", e.Kind, "err", bad.err)
		err = nil
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE calls SET duration_ms = ? WHERE id = ? AND state = 'running' AND duration_ms < ?", ms(e.At), e.Call, ms(e.At))
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

func (s *Store) started(ctx context.Context, tx *sql.Tx, id call.ID, b call.Started) error {
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
	_, err = tx.ExecContext(ctx, `UPDATE calls SET caller = ?, caller_sealed = ?, dialled = ?, route = ?, base = ?, langs = ?,
		lang = CASE lang WHEN '' THEN ? ELSE lang END, codec = ?, remote = ?, sip_call = ?, recorded = ?, started_ms = ?, node = ?, continues = ? WHERE id = ?`,
		s.mark("calls.caller", b.From), s.aside("calls.caller_sealed", b.From, id), b.To, b.Route, b.Base, string(langs), lang, b.Codec,
		s.hide("calls.remote", b.Remote, id), s.hide("calls.sip_call", b.SIPCall, id), b.Recorded, at.UnixMilli(), b.Node, b.Continues, id)
	if err != nil {
		return err
	}
	return made(ctx, tx, id, b.Back)
}

func (s *Store) turn(ctx context.Context, tx *sql.Tx, id call.ID, b call.Turn) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	const q = `INSERT INTO turns (call, n, who, text, start_ms, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (call, n) DO UPDATE SET who = excluded.who, text = excluded.text, start_ms = excluded.start_ms, body = excluded.body`
	if _, err := tx.ExecContext(ctx, q, id, b.N, b.Who, s.hide("turns.text", b.Text, id, b.N), ms(b.Start), s.hide("turns.body", string(body), id, b.N)); err != nil {
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
	const q = `INSERT INTO waterfalls (call, turn, gap_ms, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (call, turn) DO UPDATE SET gap_ms = excluded.gap_ms, body = excluded.body`
	_, err = tx.ExecContext(ctx, q, id, b.Turn, b.Gap().Milliseconds(), string(body))
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

// endedOf returns those of ids whose calls have ended, of several nodes those that this one carried.
func (s *Store) endedOf(ctx context.Context, tx *sql.Tx, ids map[call.ID]bool) ([]call.ID, error) {
	var out []call.ID
	for id, changed := range ids {
		if !changed {
			continue
		}
		var state record.State
		var node string
		err := tx.QueryRowContext(ctx, "SELECT state, node FROM calls WHERE id = ?", id).Scan(&state, &node)
		if errors.Is(err, sql.ErrNoRows) { // it was removed meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read state: %w", err)
		}
		if state != record.Running && (!s.shared || node == s.node) {
			out = append(out, id)
		}
	}
	return out, nil
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
