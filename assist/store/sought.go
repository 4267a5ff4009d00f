package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	soughtAtOnce = 200    // calls
	mostSought   = 10_000 // for one page
)

// sought is List with a text where what was said is sealed, so that the database cannot look for it: the calls are opened
// and looked through, newest first. A page ends after mostSought calls; it may be short then, and the next one goes on.
func (s *Store) sought(ctx context.Context, q record.Query) (record.Page, error) {
	text := folded(strings.TrimSpace(q.Text))
	q.Text = ""
	tx, p, err := s.page(ctx)
	if err != nil {
		return record.Page{}, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	for looked := 0; looked < mostSought; looked += soughtAtOnce {
		some, err := s.calls(ctx, tx, q, soughtAtOnce)
		if err != nil || len(some) == 0 {
			p.Next = ""
			return p, err
		}
		said, err := s.saying(ctx, tx, some, text)
		if err != nil {
			return record.Page{}, err
		}
		for _, c := range some {
			if len(p.Calls) == q.Limit {
				return p, nil
			}
			if said[c.ID] || strings.Contains(folded(c.From), text) || strings.Contains(folded(c.To), text) {
				p.Calls = append(p.Calls, c)
			}
			p.Next = after(c)
		}
		if len(some) < soughtAtOnce {
			p.Next = ""
			return p, nil
		}
		q.After = p.Next
	}
	return p, nil
}

// saying are those of the calls in which a text was said.
func (s *Store) saying(ctx context.Context, db querier, calls []record.Call, text string) (map[call.ID]bool, error) {
	ids := make([]call.ID, 0, len(calls))
	for _, c := range calls {
		ids = append(ids, c.ID)
	}
	in, args := among(ids)
	rows, err := db.QueryContext(ctx, "SELECT call, n, text FROM turns WHERE call IN "+in, args...)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	out := map[call.ID]bool{}
	_, err = collect(rows, "list calls", func(r scanner) (struct{}, error) {
		var id call.ID
		var n int64
		var said string
		err := r.Scan(&id, &n, s.opened(&said, "turns.text", &id, &n))
		if err == nil && strings.Contains(folded(said), text) {
			out[id] = true
		}
		return struct{}{}, err
	})
	return out, err
}

func folded(s string) string { return strings.ToLower(s) }

// numbers reads numbers that may stand beside their marks, each once. query gives mark, text and what names the row.
func (s *Store) numbers(ctx context.Context, column, query string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	defer rows.Close()
	seen, out := map[string]bool{}, []string{}
	for rows.Next() {
		var mark, text, one, two, number string
		if err := rows.Scan(&mark, &text, &one, &two); err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
		if seen[mark] {
			continue
		}
		seen[mark] = true
		row := []any{one, two}
		if two == "" {
			row = row[:1]
		}
		if err := s.besideMark(&number, column, mark, text, row...); err != nil {
			return nil, err
		}
		out = append(out, number)
	}
	return out, rows.Err()
}

// spoken are texts of turns, each once. query gives call, number and text.
func (s *Store) spoken(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	defer rows.Close()
	seen, out := map[string]bool{}, []string{}
	for rows.Next() {
		var id call.ID
		var n int64
		var text string
		if err := rows.Scan(&id, &n, s.opened(&text, "turns.text", &id, &n)); err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
		if !seen[text] {
			seen[text], out = true, append(out, text)
		}
	}
	return out, rows.Err()
}
