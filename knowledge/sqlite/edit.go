package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// visible is the condition that picks what w shows at a time, of the table called e.
func visible(w knowledge.Shown, now time.Time) (string, []any) {
	cond := `e.base = ? AND e.state = 'published' AND e.from_ms <= ? AND e.until_ms > ?
		AND (coalesce(json_array_length(e.status, '$.queues'), 0) = 0 OR EXISTS (SELECT 1 FROM json_each(e.status, '$.queues') WHERE value = ?))`
	if !w.View.Desk {
		cond += ` AND e.audience = 'bot'`
	}
	ms := now.UnixMilli()
	return cond, []any{w.Base, ms, ms, w.View.Queue}
}

// nextChange is when an entry of base comes into force or ends next.
func (s *Store) nextChange(ctx context.Context, base string, now time.Time) (time.Time, error) {
	ms := now.UnixMilli()
	var next int64
	err := s.db.QueryRowContext(ctx, `SELECT min(
		coalesce((SELECT min(from_ms) FROM entries WHERE base = ?1 AND from_ms > ?2), ?3),
		coalesce((SELECT min(until_ms) FROM entries WHERE base = ?1 AND until_ms > ?2), ?3))`, base, ms, int64(math.MaxInt64)).Scan(&next)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for the next change of base %s: %w", base, err)
	}
	if next == math.MaxInt64 {
		return now.AddDate(100, 0, 0), nil
	}
	return time.UnixMilli(next), nil
}

func millis(t *time.Time, none int64) int64 {
	if t == nil {
		return none
	}
	return t.UnixMilli()
}

func keepVersion(ctx context.Context, tx *sql.Tx, e knowledge.Entry) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("keep version of entry %s: %w", e.ID, err)
	}
	const q = `INSERT OR REPLACE INTO versions (base, id, version, body) VALUES (?, ?, ?, ?)`
	if _, err := tx.ExecContext(ctx, q, e.Base, e.ID, e.Version, string(body)); err != nil {
		return fmt.Errorf("keep version of entry %s: %w", e.ID, err)
	}
	return nil
}

func partnerOf(ctx context.Context, q querier, e knowledge.Entry) (*knowledge.Entry, error) {
	if e.Pair == "" || e.Pair == e.ID {
		return nil, nil
	}
	found, _, err := readEntries(ctx, q, `WHERE base = ? AND id = ?`, e.Base, e.Pair)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Save stores e and returns it as stored; see knowledge.Editor. A question that another entry of the base asks is
// knowledge.ErrInvalid.
func (s *Store) Save(ctx context.Context, e knowledge.Entry, by string) (knowledge.Entry, error) {
	if e.ID == "" {
		e.ID = knowledge.NewID(e.Base, e.Question)
	}
	if err := e.Check(); err != nil {
		return e, err
	}
	parts, err := s.vectorsFor(ctx, e)
	if err != nil {
		return e, err
	}
	return s.change(ctx, e.Base, e.ID, by, func(tx *sql.Tx, old *knowledge.Entry) (knowledge.Entry, []part, error) {
		if old != nil && e.Version > 0 && e.Version != old.Version || old == nil && e.Version > 0 {
			return e, nil, knowledge.ErrStale
		}
		clash, _, err := readEntries(ctx, tx, `WHERE base = ? AND question_key = ? AND id <> ?`, e.Base, knowledge.QuestionKey(e.Question), e.ID)
		if err != nil {
			return e, nil, err
		}
		if len(clash) > 0 {
			return e, nil, knowledge.Clash(clash[0])
		}
		return e.Settled(old), parts, nil
	})
}

// change replaces one entry with what f makes of it (nil = there is none), and keeps the vectors of unchanged texts.
func (s *Store) change(ctx context.Context, base, id, by string, f func(tx *sql.Tx, old *knowledge.Entry) (knowledge.Entry, []part, error)) (e knowledge.Entry, err error) {
	err = s.inTx(ctx, "change entry "+id, func(tx *sql.Tx) error {
		old, ns, err := readEntries(ctx, tx, `WHERE base = ? AND id = ?`, base, id)
		if err != nil {
			return err
		}
		var was *knowledge.Entry
		var parts, made []part
		if len(old) > 0 {
			was = &old[0]
			if parts, err = readParts(ctx, tx, ns[0]); err != nil {
				return err
			}
		}
		if e, made, err = f(tx, was); err != nil {
			return err
		}
		if was == nil || knowledge.VectorKey(*was) != knowledge.VectorKey(e) {
			parts = made
		}
		if e, err = s.replace(ctx, tx, e, old, ns, by, parts); err != nil {
			return err
		}
		return touch(ctx, tx, base)
	})
	return e, err
}

func readParts(ctx context.Context, q querier, n int64) ([]part, error) {
	rows, err := q.QueryContext(ctx, `SELECT embedder, part, vec FROM vectors WHERE n = ?`, n)
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return scanParts(rows)
}

// scanParts reads rows of embedder, part and vector, and closes them.
func scanParts(rows *sql.Rows) (out []part, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p part
		var blob []byte
		if err := rows.Scan(&p.Embedder, &p.Part, &blob); err != nil {
			return nil, fmt.Errorf("read vectors: %w", err)
		}
		p.Vec = unpack(blob)
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return out, nil
}

// SetState moves an entry to another state.
func (s *Store) SetState(ctx context.Context, base, id string, state knowledge.State, by string) (knowledge.Entry, error) {
	return s.change(ctx, base, id, by, func(_ *sql.Tx, old *knowledge.Entry) (knowledge.Entry, []part, error) {
		e, err := knowledge.Move(old, state)
		return e, nil, err
	})
}

// Versions returns all versions of an entry, newest first.
func (s *Store) Versions(ctx context.Context, base, id string) ([]knowledge.Entry, error) {
	e, ok, err := s.Entry(ctx, base, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, knowledge.ErrUnknown
	}
	earlier, err := earlierVersions(ctx, s.db, base, id)
	return append([]knowledge.Entry{e}, earlier...), err
}

func earlierVersions(ctx context.Context, q querier, base, id string) (out []knowledge.Entry, err error) {
	rows, err := q.QueryContext(ctx, `SELECT body FROM versions WHERE base = ? AND id = ? ORDER BY version DESC`, base, id)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read versions: %w", err)
		}
		var e knowledge.Entry
		if err := json.Unmarshal(body, &e); err != nil {
			return nil, fmt.Errorf("read versions: %w", err)
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// Rollback stores an earlier version again, as a new one; the state stays as it is.
func (s *Store) Rollback(ctx context.Context, base, id string, version int, by string) (knowledge.Entry, error) {
	versions, err := s.Versions(ctx, base, id)
	if err != nil {
		return knowledge.Entry{}, err
	}
	e, err := knowledge.Earlier(versions, version)
	if err != nil {
		return e, err
	}
	return s.Save(ctx, e, by)
}

// Delete forgets an entry and its versions; see knowledge.Editor.
func (s *Store) Delete(ctx context.Context, base, id string, version int) error {
	return s.inTx(ctx, "delete entry "+id, func(tx *sql.Tx) error {
		if err := forget(ctx, tx, base, id, version); err != nil {
			return err
		}
		return touch(ctx, tx, base)
	})
}

// forget is Delete within a transaction.
func forget(ctx context.Context, tx *sql.Tx, base, id string, version int) error {
	old, ns, err := readEntries(ctx, tx, `WHERE base = ? AND id = ?`, base, id)
	switch {
	case err != nil:
		return err
	case len(old) == 0:
		return knowledge.ErrUnknown
	case version > 0 && version != old[0].Version:
		return knowledge.ErrStale
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM versions WHERE base = ? AND id = ?`, base, id); err != nil {
		return fmt.Errorf("delete entry %s: %w", id, err)
	}
	return drop(ctx, tx, ns[0])
}
