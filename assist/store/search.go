package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// Find lists scored calls, the riskiest first: automatic fails, then low scores, then newest.
func (c *Scores) Find(ctx context.Context, f scoring.Filter) ([]scoring.Item, error) {
	conds, args := []string{"1 = 1"}, []any{}
	add := func(cond string, vals ...any) { conds, args = append(conds, cond), append(args, vals...) }
	for _, w := range f.Words {
		add("p.call IN (SELECT call FROM scores_words WHERE word = ?)", w)
	}
	if f.Queue != "" {
		add("c.route = ?", f.Queue)
	}
	if f.State != "" {
		add("v.state = ?", f.State)
	}
	if f.ScoreMin != nil {
		add("p.score >= ?", *f.ScoreMin)
	}
	if f.ScoreMax != nil {
		add("p.score <= ?", *f.ScoreMax)
	}
	if !f.From.IsZero() {
		add("c.started_ms >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add("c.started_ms < ?", f.To.UnixMilli())
	}
	if f.MinS > 0 {
		add("c.duration_ms >= ?", int64(f.MinS*1000))
	}
	if f.MaxS > 0 {
		add("c.duration_ms <= ?", int64(f.MaxS*1000))
	}
	if f.Limited {
		cond, vals := "EXISTS (SELECT 1 FROM people_calls pc WHERE pc.call = c.id AND pc.person = ?)", []any{f.Person}
		for _, r := range f.Routes {
			cond, vals = cond+" OR c.route = ?", append(vals, r)
		}
		add("("+cond+")", vals...)
	}
	q := `SELECT c.id, c.started_ms, c.route, c.lang, c.duration_ms, p.form, p.version, p.person, p.body, v.state
		FROM scores_sheets p JOIN calls c ON c.id = p.call JOIN scores_seen v ON v.call = p.call
		WHERE ` + strings.Join(conds, " AND ") + ` ORDER BY p.fail DESC, p.score, c.started_ms DESC, c.id LIMIT ? OFFSET ?`
	rows, err := c.s.read.QueryContext(ctx, q, append(args, f.Limit, f.Offset)...)
	if err != nil {
		return nil, fmt.Errorf("find scored calls: %w", err)
	}
	defer rows.Close()
	out := []scoring.Item{}
	for rows.Next() {
		var i scoring.Item
		var at, length int64
		var body string
		if err := rows.Scan(&i.Call, &at, &i.Queue, &i.Lang, &length, &i.Form, &i.Version, &i.By, &body, &i.State); err != nil {
			return nil, fmt.Errorf("find scored calls: %w", err)
		}
		var card quality.Card
		if err := json.Unmarshal([]byte(body), &card); err != nil {
			return nil, fmt.Errorf("find scored calls: %w", err)
		}
		i.At, i.Duration = time.UnixMilli(at).UTC(), float64(length)/1000
		i.Score, i.Band, i.Fails, i.Open = card.Score, card.Band, card.Fails, card.Open
		out = append(out, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find scored calls: %w", err)
	}
	return out, nil
}

// AddNote adds what a person did and moves the state of the call. The errors are scoring.ErrUnknown for a call that was
// not scored and scoring.ErrState where the state does not allow it.
func (c *Scores) AddNote(ctx context.Context, id call.ID, n scoring.Note) error {
	return c.s.inTx(ctx, "add note", func(tx *sql.Tx) error {
		var state string
		err := tx.QueryRowContext(ctx, "SELECT state FROM scores_seen WHERE call = ?", id).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) {
			return scoring.ErrUnknown
		}
		if err != nil {
			return fmt.Errorf("add note: %w", err)
		}
		next, ok := scoring.Next(state, n.Kind)
		if !ok {
			return fmt.Errorf("%w: the call is %s", scoring.ErrState, state)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE scores_seen SET state = ? WHERE call = ?", next, id); err != nil {
			return fmt.Errorf("add note: %w", err)
		}
		return addNote(ctx, tx, id, n)
	})
}

func addNote(ctx context.Context, tx *sql.Tx, id call.ID, n scoring.Note) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("add note: %w", err)
	}
	const q = `INSERT INTO scores_notes (call, n, kind, person, at_ms, body)
		SELECT ?, coalesce(max(n), 0) + 1, ?, ?, ?, ? FROM scores_notes WHERE call = ?`
	if _, err := tx.ExecContext(ctx, q, id, n.Kind, n.By, n.At.UnixMilli(), string(body), id); err != nil {
		return fmt.Errorf("add note: %w", err)
	}
	return nil
}

// Notes are what people did with a call, in order, and its state.
func (c *Scores) Notes(ctx context.Context, id call.ID) ([]scoring.Note, string, error) {
	var state string
	err := c.s.read.QueryRowContext(ctx, "SELECT state FROM scores_seen WHERE call = ?", id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", scoring.ErrUnknown
	}
	if err != nil {
		return nil, "", fmt.Errorf("read notes: %w", err)
	}
	rows, err := c.s.read.QueryContext(ctx, "SELECT n, body FROM scores_notes WHERE call = ? ORDER BY n", id)
	if err != nil {
		return nil, "", fmt.Errorf("read notes: %w", err)
	}
	defer rows.Close()
	out := []scoring.Note{}
	for rows.Next() {
		var n scoring.Note
		var number int
		var body string
		if err := rows.Scan(&number, &body); err != nil {
			return nil, "", fmt.Errorf("read notes: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			return nil, "", fmt.Errorf("read notes: %w", err)
		}
		n.N = number
		out = append(out, n)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("read notes: %w", err)
	}
	return out, state, nil
}
