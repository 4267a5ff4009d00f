package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// Search returns the k entries of base that fit query best, best first. lang ("en", "zh", or "" to tell it from the
// text) picks the entries in that language; when the base has none, those it has are searched. An empty base name
// searches all bases. It is an error when the base does not exist. A base that has changed is indexed anew first.
//
// It sees what the bot may say.
func (s *Store) Search(ctx context.Context, base, query, lang string, k int) ([]knowledge.Hit, error) {
	return s.SearchAs(ctx, knowledge.View{}, base, query, lang, k)
}

// SearchAs is Search among what v shows now. What it does not show takes no part in the ranking.
func (s *Store) SearchAs(ctx context.Context, v knowledge.View, base, query, lang string, k int) ([]knowledge.Hit, error) {
	if strings.TrimSpace(query) == "" || k <= 0 {
		return nil, nil
	}
	if lang == "" {
		lang = knowledge.Language(query)
	}
	clean := knowledge.Clean(query, lang)
	if base != "" {
		return s.searchBase(ctx, v, base, clean, lang, k)
	}
	bases, err := s.Bases(ctx)
	if err != nil {
		return nil, err
	}
	var all []knowledge.Hit
	for _, b := range bases {
		hits, err := s.searchBase(ctx, v, b.Name, clean, lang, k)
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
	}
	// Scores of different bases cannot be compared, probabilities can.
	slices.SortStableFunc(all, func(a, b knowledge.Hit) int { return cmp.Compare(b.PRight, a.PRight) })
	return all[:min(k, len(all))], nil
}

func (s *Store) searchBase(ctx context.Context, v knowledge.View, base, clean, lang string, k int) ([]knowledge.Hit, error) {
	indexes, err := s.current(ctx, shown{base, v}, clean, lang)
	if err != nil {
		return nil, err
	}
	return s.searchIn(ctx, indexes, base, clean, lang, k)
}

// searchIn searches the index of a language.
func (s *Store) searchIn(ctx context.Context, indexes map[string]*knowledge.Index, base, clean, lang string, k int) ([]knowledge.Hit, error) {
	return s.seeker().Search(ctx, indexes, base, clean, lang, k)
}

func (s *Store) seeker() knowledge.Seeker {
	return knowledge.Seeker{Embedders: s.opt.Embedders, Log: s.log}
}

// current returns the indexes of base as it is now, by language.
func (s *Store) current(ctx context.Context, w shown, clean, lang string) (map[string]*knowledge.Index, error) {
	generation, err := s.generation(ctx, w.base)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.view, err = s.plainest(ctx, w, generation); err != nil {
		return nil, err
	}
	if l := s.cached[w]; l != nil && l.generation >= generation && time.Now().Before(l.until) {
		return l.byLang, nil
	}
	var count int
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM entries WHERE base = ?`, w.base).Scan(&count); err != nil {
		return nil, fmt.Errorf("count entries of base %s: %w", w.base, err)
	}
	if count > s.inMemory {
		return s.candidates(ctx, w, clean, lang)
	}
	now := time.Now()
	until, err := s.nextChange(ctx, w.base, now)
	if err != nil {
		return nil, err
	}
	cond, args := visible(w, now)
	byLang, err := s.build(ctx, cond, args...)
	if err != nil {
		return nil, err
	}
	// The generation was read before the entries: should the base have changed in between, the next search builds again.
	if len(s.cached) >= maxViews {
		clear(s.cached)
	}
	s.cached[w] = &loaded{generation, until, byLang}
	s.seeker().WarmBehind(s.closing, &s.jobs, byLang)
	return byLang, nil
}

// plainest is the view that shows the same as that of w; the lock is held.
func (s *Store) plainest(ctx context.Context, w shown, generation int64) (knowledge.View, error) {
	if a, ok := s.aims[w.base]; ok && a.generation >= generation || w.view == (knowledge.View{}) {
		return w.view.Among(a.Aims), nil
	}
	a := aims{generation: generation}
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT e.audience, coalesce(q.value, '') FROM entries e LEFT JOIN json_each(e.status, '$.queues') q WHERE e.base = ?`, w.base)
	if err != nil {
		return knowledge.View{}, fmt.Errorf("read whom base %s is for: %w", w.base, err)
	}
	defer rows.Close() //nolint:errcheck // only read
	for rows.Next() {
		var audience, queue string
		if err := rows.Scan(&audience, &queue); err != nil {
			return knowledge.View{}, fmt.Errorf("read whom base %s is for: %w", w.base, err)
		}
		a.Add(knowledge.Audience(audience), queue)
	}
	if err := rows.Err(); err != nil {
		return knowledge.View{}, fmt.Errorf("read whom base %s is for: %w", w.base, err)
	}
	s.aims[w.base] = a
	return w.view.Among(a.Aims), nil
}

// generation looks base up. The error names the bases there are.
func (s *Store) generation(ctx context.Context, base string) (int64, error) {
	var generation int64
	err := s.db.QueryRowContext(ctx, `SELECT generation FROM bases WHERE name = ?`, base).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		bases, err := s.Bases(ctx)
		if err != nil {
			return 0, err
		}
		return 0, fmt.Errorf("knowledge base %q does not exist%s", base, names(bases))
	}
	if err != nil {
		return 0, fmt.Errorf("look up base %s: %w", base, err)
	}
	return generation, nil
}

func names(bases []Base) string {
	if len(bases) == 0 {
		return "; import a file first: parley knowledge import FILE"
	}
	list := make([]string, len(bases))
	for i, b := range bases {
		list[i] = b.Name
	}
	return ": " + strings.Join(list, ", ")
}

// build reads the entries that where selects (the table is called e) and indexes them by language. Vectors that the
// present embedders have not made yet are made, and kept.
func (s *Store) build(ctx context.Context, where string, args ...any) (map[string]*knowledge.Index, error) {
	entries, ns, err := readEntries(ctx, s.db, `e WHERE `+where+` ORDER BY n`, args...)
	if err != nil {
		return nil, err
	}
	var hashes []string
	for _, em := range s.opt.Embedders {
		hashes = append(hashes, em.Hash())
	}
	vectors, err := s.readVectors(ctx, hashes, where, args...)
	if err != nil {
		return nil, err
	}
	if err := s.complete(ctx, entries, ns, vectors); err != nil {
		return nil, err
	}
	return knowledge.NewIndexes(entries, func(i int) map[int][]float32 { return vectors[ns[i]] }), nil
}

// complete makes the vectors that are missing because the entry was imported without an embedder or with another one.
func (s *Store) complete(ctx context.Context, entries []knowledge.Entry, ns []int64, vectors map[int64]map[int][]float32) error {
	todo, rows := knowledge.WithoutVectors(s.opt.Embedders, entries, ns, vectors)
	if len(todo) == 0 {
		return nil
	}
	if s.behind != nil && len(todo) > renewAtOnce {
		s.renew(todo, rows)
		knowledge.DropUneven(todo, entries, ns, vectors)
		return nil
	}
	s.log.Info("making vectors of entries that have none yet", "entries", len(todo))
	made, err := s.embed(ctx, todo)
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("keep vectors: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo
	for i, e := range todo {
		parts := made[knowledge.VectorKey(e)]
		vectors[rows[i]] = map[int][]float32{}
		for _, p := range parts {
			vectors[rows[i]][p.Part] = p.Vec
		}
		if err := writeParts(ctx, tx, rows[i], parts); err != nil {
			// The row may have been replaced in the meantime; the vectors in memory serve, the file gets them later.
			s.log.Warn("vectors not kept", "err", err)
			return nil
		}
	}
	if err := tx.Commit(); err != nil {
		s.log.Warn("vectors not kept", "err", err)
	}
	return nil
}

// candidates serves bases too big for memory: the full-text index picks entries by words and by sounds, and those are
// ranked like a small base.
func (s *Store) candidates(ctx context.Context, w shown, text, lang string) (map[string]*knowledge.Index, error) {
	terms := match(knowledge.Terms(text, lang), "{question answer}")
	if p := match(sounds(text, lang), "{pinyin}"); p != "" {
		terms = strings.TrimPrefix(terms+" OR "+p, " OR ")
	}
	if terms == "" {
		return nil, nil
	}
	cond, args := visible(w, time.Now())
	byLang, err := s.build(ctx, `e.n IN (SELECT f.rowid FROM entries_fts f JOIN entries e ON e.n = f.rowid
		WHERE f.entries_fts MATCH ? AND `+cond+` ORDER BY f.rank LIMIT 400)`, append([]any{terms}, args...)...)
	for _, ix := range byLang {
		ix.Once()
	}
	return byLang, err
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
