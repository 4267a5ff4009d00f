package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// Search returns the entries that a asks for, best first; see knowledge.Searcher.
func (s *Store) Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	return s.views.Search(ctx, a)
}

// shelf is the Store as its views read it.
type shelf struct{ *Store }

// Generation implements knowledge.Shelf.
func (s shelf) Generation(ctx context.Context, base string) (n int64, ok bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT generation FROM bases WHERE name = ?`, base).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return n, err == nil, err
}

// Aims implements knowledge.Shelf.
func (s shelf) Aims(ctx context.Context, base string) (aims knowledge.Aims, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT e.audience, coalesce(q.value, '') FROM entries e LEFT JOIN json_each(e.status, '$.queues') q WHERE e.base = ?`, base)
	if err != nil {
		return aims, err
	}
	defer rows.Close() //nolint:errcheck // only read
	for rows.Next() {
		var audience, queue string
		if err := rows.Scan(&audience, &queue); err != nil {
			return aims, err
		}
		aims.Add(knowledge.Audience(audience), queue)
	}
	return aims, rows.Err()
}

// Load implements knowledge.Shelf.
func (s shelf) Load(ctx context.Context, w knowledge.Shown, clean, lang string) (byLang map[string]*knowledge.Index, until time.Time, err error) {
	var count int
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM entries WHERE base = ?`, w.Base).Scan(&count); err != nil {
		return nil, until, fmt.Errorf("count entries of base %s: %w", w.Base, err)
	}
	now := time.Now()
	cond, args := visible(w, now)
	if count > s.inMemory {
		byLang, err = s.candidates(ctx, clean, lang, cond, args)
		return byLang, until, err
	}
	if until, err = s.nextChange(ctx, w.Base, now); err != nil {
		return nil, until, err
	}
	byLang, err = s.build(ctx, cond, args...)
	return byLang, until, err
}

// build reads the entries that where selects (the table is called e) and indexes them by language.
func (s shelf) build(ctx context.Context, where string, args ...any) (map[string]*knowledge.Index, error) {
	entries, ns, err := readEntries(ctx, s.db, `e WHERE `+where+` ORDER BY n`, args...)
	if err != nil {
		return nil, err
	}
	return s.views.Index(ctx, entries, ns)
}

// candidates serves bases too big for memory: the full-text index picks entries by words and by sounds among those that cond
// selects, and they are ranked like a small base.
func (s shelf) candidates(ctx context.Context, text, lang, cond string, args []any) (map[string]*knowledge.Index, error) {
	terms := match(knowledge.Terms(text, lang), "{question answer}")
	if p := match(sounds(text, lang), "{pinyin}"); p != "" {
		terms = strings.TrimPrefix(terms+" OR "+p, " OR ")
	}
	if terms == "" {
		return nil, nil
	}
	return s.build(ctx, `e.n IN (SELECT f.rowid FROM entries_fts f JOIN entries e ON e.n = f.rowid
		WHERE f.entries_fts MATCH ? AND `+cond+` ORDER BY f.rank LIMIT 400)`, append([]any{terms}, args...)...)
}

// match writes terms as a full-text query over columns.
func match(terms []string, columns string) string {
	if len(terms) == 0 {
		return ""
	}
	quoted := make([]string, len(terms))
	for i, t := range terms {
		quoted[i] = `"` + strings.ReplaceAll(t, `"`, `""`) + `"`
	}
	return columns + " : (" + strings.Join(quoted, " OR ") + ")"
}
