package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/pipeline/call"
)

// learningPart holds what people decided about gaps, and the golden sets with their runs.
func learningPart() part {
	return part{"learning", []string{`
CREATE TABLE learning_dismissed (
	base   TEXT NOT NULL,
	asked  TEXT NOT NULL,
	person TEXT NOT NULL,
	at_ms  INTEGER NOT NULL,
	PRIMARY KEY (base, asked)
);
CREATE TABLE learning_golden (base TEXT PRIMARY KEY, items TEXT NOT NULL, person TEXT NOT NULL, at_ms INTEGER NOT NULL);
CREATE TABLE learning_runs (
	base  TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	body  TEXT NOT NULL,
	PRIMARY KEY (base, at_ms)
);
`, `
ALTER TABLE learning_dismissed ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE learning_dismissed ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE TABLE learning_drafts (
	base  TEXT NOT NULL,
	entry TEXT NOT NULL,
	body  TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	PRIMARY KEY (base, entry)
);
`}}
}

// Learning keeps what is learnt from calls. It is part of a Store.
type Learning struct{ s *Store }

// Learning returns the part of the store that keeps what is learnt from calls.
func (s *Store) Learning() *Learning { return &Learning{s} }

// Steps returns what happened with the knowledge since a time, call by call in the order of each, the newest calls first;
// at most limit steps. base "" means every base.
func (l *Learning) Steps(ctx context.Context, base string, since time.Time, limit int) ([]gaps.Step, error) {
	rows, err := l.s.read.QueryContext(ctx, `SELECT c.id, c.base, c.lang, c.started_ms, e.seq, e.kind, e.body FROM events e JOIN calls c ON c.id = e.call
		WHERE e.kind IN (?, ?) AND c.started_ms >= ? AND (? = '' OR c.base = ?) ORDER BY c.started_ms DESC, c.id, e.seq LIMIT ?`,
		string(call.KindAnswered), string(call.KindCard), since.UnixMilli(), base, base, limit)
	if err != nil {
		return nil, fmt.Errorf("read what happened with the knowledge: %w", err)
	}
	return collect(rows, "read what happened with the knowledge", l.scanStep)
}

func (l *Learning) scanStep(r scanner) (gaps.Step, error) {
	var s gaps.Step
	var at, seq int64
	var kind, text string
	if err := r.Scan(&s.Call, &s.Base, &s.Lang, &at, &seq, &kind, l.s.opened(&text, "events.body", &s.Call, &seq)); err != nil {
		return s, fmt.Errorf("read what happened with the knowledge: %w", err)
	}
	s.At = time.UnixMilli(at).UTC()
	body := []byte(text)
	if kind == string(call.KindCard) {
		var c struct {
			ID     string `json:"id"`
			State  string `json:"state"`
			Source *struct {
				Base  string `json:"base"`
				Entry string `json:"entry"`
			} `json:"source"`
		}
		if err := json.Unmarshal(body, &c); err != nil {
			return s, fmt.Errorf("read card of call %s: %w", s.Call, err)
		}
		s.Kind, s.ID, s.Action = gaps.Card, c.ID, c.State
		if c.Source != nil {
			s.Base, s.Entry = c.Source.Base, c.Source.Entry
		}
		return s, nil
	}
	var d struct {
		Query    string `json:"query"`
		Decision string `json:"decision"`
		Entry    string `json:"entry"`
		Command  string `json:"command"`
		Lang     string `json:"lang"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return s, fmt.Errorf("read answer of call %s: %w", s.Call, err)
	}
	s.Kind, s.Query, s.Decision, s.Entry, s.Command = gaps.Said, d.Query, d.Decision, d.Entry, d.Command
	if d.Lang != "" {
		s.Lang = d.Lang
	}
	return s, nil
}

// Spoken returns the turns of a call.
func (l *Learning) Spoken(ctx context.Context, id call.ID) ([]gaps.Spoken, error) {
	rows, err := l.s.read.QueryContext(ctx, "SELECT n, who, text FROM turns WHERE call = ? ORDER BY n", id)
	if err != nil {
		return nil, fmt.Errorf("read turns: %w", err)
	}
	return collect(rows, "read turns", func(r scanner) (gaps.Spoken, error) {
		var t gaps.Spoken
		return t, r.Scan(&t.N, &t.Who, l.s.opened(&t.Text, "turns.text", id, &t.N))
	})
}

// Dismissed returns when each question of a base ("" = all) was dismissed, by base and question.
func (l *Learning) Dismissed(ctx context.Context, base string) (map[[2]string]time.Time, error) {
	rows, err := l.s.read.QueryContext(ctx, "SELECT base, asked, at_ms FROM learning_dismissed WHERE ? = '' OR base = ?", base, base)
	if err != nil {
		return nil, fmt.Errorf("read dismissed gaps: %w", err)
	}
	defer rows.Close()
	out := map[[2]string]time.Time{}
	for rows.Next() {
		var b, asked string
		var at int64
		if err := rows.Scan(&b, &asked, &at); err != nil {
			return nil, fmt.Errorf("read dismissed gaps: %w", err)
		}
		out[[2]string{b, asked}] = time.UnixMilli(at).UTC()
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read dismissed gaps: %w", err)
	}
	return out, nil
}

// Golden returns the golden set of a base; none is empty.
func (l *Learning) Golden(ctx context.Context, base string) ([]gaps.Golden, error) {
	var body []byte
	err := l.s.read.QueryRowContext(ctx, "SELECT items FROM learning_golden WHERE base = ?", base).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return []gaps.Golden{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read golden set: %w", err)
	}
	out := []gaps.Golden{}
	if err := json.Unmarshal(body, &out); err != nil {
		return nil, fmt.Errorf("read golden set: %w", err)
	}
	return out, nil
}

// SetGolden keeps the golden set of a base in place of the one before.
func (l *Learning) SetGolden(ctx context.Context, base string, items []gaps.Golden, person string, at time.Time) error {
	body, err := json.Marshal(items)
	if err != nil {
		return fmt.Errorf("keep golden set: %w", err)
	}
	const q = `INSERT INTO learning_golden (base, items, person, at_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (base) DO UPDATE SET items = excluded.items, person = excluded.person, at_ms = excluded.at_ms`
	if _, err := l.s.write.ExecContext(ctx, q, base, string(body), person, at.UnixMilli()); err != nil {
		return fmt.Errorf("keep golden set: %w", err)
	}
	return nil
}

// AddRun keeps a run of a golden set.
func (l *Learning) AddRun(ctx context.Context, r gaps.Run) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep run: %w", err)
	}
	const q = `INSERT INTO learning_runs (base, at_ms, body) VALUES (?, ?, ?) ON CONFLICT (base, at_ms) DO UPDATE SET body = excluded.body`
	if _, err := l.s.write.ExecContext(ctx, q, r.Base, r.At.UnixMilli(), string(body)); err != nil {
		return fmt.Errorf("keep run: %w", err)
	}
	return nil
}

// Runs returns the last runs of a base ("" = all), newest first.
func (l *Learning) Runs(ctx context.Context, base string, limit int) ([]gaps.Run, error) {
	rows, err := l.s.read.QueryContext(ctx, "SELECT body FROM learning_runs WHERE ? = '' OR base = ? ORDER BY at_ms DESC, base LIMIT ?", base, base, limit)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return collect(rows, "read runs", func(r scanner) (gaps.Run, error) {
		var run gaps.Run
		var body []byte
		if err := r.Scan(&body); err != nil {
			return run, fmt.Errorf("read runs: %w", err)
		}
		if err := json.Unmarshal(body, &run); err != nil {
			return run, fmt.Errorf("read runs: %w", err)
		}
		return run, nil
	})
}
