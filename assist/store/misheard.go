package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// mostRead is how many turns are read for one figure, the newest calls first.
const mostRead = 200_000

// Misheard are the words that people corrected in calls since a moment, in the order in which they did, and the recognised
// turns of these calls and of those that somebody marked as reviewed.
func (c *Scores) Misheard(ctx context.Context, since time.Time) ([]scoring.Read, []scoring.Misheard, error) {
	wrong, err := c.misheard(ctx, since)
	if err != nil {
		return nil, nil, err
	}
	const q = `SELECT t.call, c.route, t.n, t.text FROM turns t JOIN calls c ON c.id = t.call WHERE c.started_ms >= ? AND t.who <> ?
		AND EXISTS (SELECT 1 FROM scores_notes n WHERE n.call = c.id AND n.kind IN (?, ?))
		ORDER BY c.started_ms DESC, t.call, t.n LIMIT ?`
	rows, err := c.s.read.QueryContext(ctx, q, since.UnixMilli(), call.Bot, scoring.NoteWord, scoring.NoteReviewed, mostRead)
	if err != nil {
		return nil, nil, fmt.Errorf("read corrected turns: %w", err)
	}
	defer rows.Close()
	var turns []scoring.Read
	for rows.Next() {
		var t scoring.Read
		if err := rows.Scan(&t.Call, &t.Route, &t.Turn, c.s.opened(&t.Text, "turns.text", &t.Call, &t.Turn)); err != nil {
			return nil, nil, fmt.Errorf("read corrected turns: %w", err)
		}
		turns = append(turns, t)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read corrected turns: %w", err)
	}
	return turns, wrong, nil
}

func (c *Scores) misheard(ctx context.Context, since time.Time) ([]scoring.Misheard, error) {
	const q = `SELECT n.call, n.kind, n.person, n.at_ms, n.body FROM scores_notes n JOIN calls c ON c.id = n.call WHERE n.kind = ? AND c.started_ms >= ?
		ORDER BY c.started_ms DESC, n.call, n.n LIMIT ?`
	rows, err := c.s.read.QueryContext(ctx, q, scoring.NoteWord, since.UnixMilli(), mostRead)
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", err)
	}
	defer rows.Close()
	var out []scoring.Misheard
	for rows.Next() {
		var m scoring.Misheard
		var body, kind, person string
		var at int64
		if err := rows.Scan(&m.Call, &kind, &person, &at, c.s.opened(&body, "scores_notes.body", &m.Call, &kind, &person, &at)); err != nil {
			return nil, fmt.Errorf("read corrections: %w", err)
		}
		var n scoring.Note
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			return nil, fmt.Errorf("read corrections: %w", err)
		}
		m.Turn, m.Word, m.Meant = n.Turn, n.Word, n.Text
		out = append(out, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read corrections: %w", err)
	}
	return out, nil
}
