package pgvector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"

	"github.com/parley-voice/parley/knowledge"
)

// SearchAs returns the k entries of base that fit query best among what v shows now; see knowledge.Searcher.
func (s *Store) SearchAs(ctx context.Context, v knowledge.View, base, query, lang string, k int) ([]knowledge.Hit, error) {
	if strings.TrimSpace(query) == "" || k <= 0 {
		return nil, nil
	}
	if lang == "" {
		lang = knowledge.Language(query)
	}
	clean := knowledge.Clean(query, lang)
	if base != "" {
		return s.searchBase(ctx, shown{base, v}, clean, lang, k)
	}
	bases, err := s.Bases(ctx)
	if err != nil {
		return nil, err
	}
	var all []knowledge.Hit
	for _, b := range bases {
		hits, err := s.searchBase(ctx, shown{b.Name, v}, clean, lang, k)
		if err != nil {
			return nil, err
		}
		all = append(all, hits...)
	}
	// Scores of different bases cannot be compared, probabilities can.
	slices.SortStableFunc(all, func(a, b knowledge.Hit) int { return cmp.Compare(b.PRight, a.PRight) })
	return all[:min(k, len(all))], nil
}

// Search is SearchAs for the bot.
func (s *Store) Search(ctx context.Context, base, query, lang string, k int) ([]knowledge.Hit, error) {
	return s.SearchAs(ctx, knowledge.View{}, base, query, lang, k)
}

func (s *Store) searchBase(ctx context.Context, w shown, clean, lang string, k int) ([]knowledge.Hit, error) {
	indexes, err := s.current(ctx, w, clean, lang)
	if err != nil {
		return nil, err
	}
	return s.searchIn(ctx, indexes, w.base, clean, lang, k)
}

// searchIn searches the index of a language.
func (s *Store) searchIn(ctx context.Context, indexes map[string]*knowledge.Index, base, clean, lang string, k int) ([]knowledge.Hit, error) {
	return s.seeker().Search(ctx, indexes, base, clean, lang, k)
}

func (s *Store) seeker() knowledge.Seeker {
	return knowledge.Seeker{Embedders: s.opt.Embedders, Log: s.log}
}

const (
	askTime  = 1500 * time.Millisecond // for whether a base has changed; it is one row
	awayTime = 5 * time.Second         // without asking again, after the database did not answer
)

// meanwhile is what is in memory of w while the database is away, nil when it is not or nothing is. With away it has just
// not answered.
func (s *Store) meanwhile(w shown, away bool) map[string]*knowledge.Index {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if a, ok := s.aims[w.base]; ok {
		w.view = w.view.Among(a.Aims)
	}
	if away {
		s.away = now.Add(awayTime)
	}
	if l := s.cached[w]; l != nil && now.Before(s.away) && now.Before(l.until) {
		return l.byLang
	}
	return nil
}

// current returns the indexes of what w shows now, by language.
func (s *Store) current(ctx context.Context, w shown, clean, lang string) (map[string]*knowledge.Index, error) {
	if byLang := s.meanwhile(w, false); byLang != nil {
		return byLang, nil
	}
	var generation int64
	asked, cancel := context.WithTimeout(ctx, askTime)
	err := s.pool.QueryRow(asked, `SELECT generation FROM knowledge_bases WHERE name = $1`, w.base).Scan(&generation)
	cancel()
	if err != nil && !errors.Is(err, pgx.ErrNoRows) && ctx.Err() == nil {
		if byLang := s.meanwhile(w, true); byLang != nil {
			s.log.Warn("the database is away: searching what is in memory", "base", w.base, "err", err)
			return byLang, nil
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("knowledge base %q does not exist; import a file first: parley knowledge import FILE", w.base)
	}
	if err != nil {
		return nil, fmt.Errorf("look up base %s: %w", w.base, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if w.view, err = s.plainest(ctx, w, generation); err != nil {
		return nil, err
	}
	if l := s.cached[w]; l != nil && l.generation >= generation && now.Before(l.until) {
		return l.byLang, nil
	}
	var count int
	var next int64
	err = s.pool.QueryRow(ctx, `SELECT count(*), least(
		coalesce(min(from_ms) FILTER (WHERE from_ms > $2), $3), coalesce(min(until_ms) FILTER (WHERE until_ms > $2), $3))
		FROM knowledge_entries WHERE base = $1`, w.base, now.UnixMilli(), int64(math.MaxInt64)).Scan(&count, &next)
	if err != nil {
		return nil, fmt.Errorf("count entries of base %s: %w", w.base, err)
	}
	cond, args := visible(w, now)
	if count > s.inMemory {
		return s.candidates(ctx, w, clean, lang, cond, args)
	}
	byLang, err := s.build(ctx, cond+` ORDER BY e.n`, args...)
	if err != nil {
		return nil, err
	}
	until := now.AddDate(100, 0, 0)
	if next < math.MaxInt64 {
		until = time.UnixMilli(next)
	}
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
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT e.audience, coalesce(q, '') FROM knowledge_entries e LEFT JOIN unnest(e.queues) q ON true WHERE e.base = $1`, w.base)
	if err != nil {
		return knowledge.View{}, fmt.Errorf("read whom base %s is for: %w", w.base, err)
	}
	a := aims{generation: generation}
	var audience, queue string
	if _, err := pgx.ForEachRow(rows, []any{&audience, &queue}, func() error {
		a.Add(knowledge.Audience(audience), queue)
		return nil
	}); err != nil {
		return knowledge.View{}, fmt.Errorf("read whom base %s is for: %w", w.base, err)
	}
	s.aims[w.base] = a
	return w.view.Among(a.Aims), nil
}

// visible is the condition that picks what w shows at a time, of the table called e. It takes three arguments.
func visible(w shown, now time.Time) (string, []any) {
	cond := `e.base = $1 AND e.state = 'published' AND e.from_ms <= $2 AND e.until_ms > $2 AND (cardinality(e.queues) = 0 OR $3 = ANY(e.queues))`
	if !w.view.Desk {
		cond += ` AND e.audience = 'bot'`
	}
	return cond, []any{w.base, now.UnixMilli(), w.view.Queue}
}

// build indexes the entries that cond selects, by language.
func (s *Store) build(ctx context.Context, cond string, args ...any) (map[string]*knowledge.Index, error) {
	entries, ns, err := read(ctx, s.pool, cond, args...)
	if err != nil {
		return nil, err
	}
	vectors, err := s.readVectors(ctx, ns)
	if err != nil {
		return nil, err
	}
	if err := s.complete(ctx, entries, ns, vectors); err != nil {
		return nil, err
	}
	return knowledge.NewIndexes(entries, func(i int) map[int][]float32 { return vectors[ns[i]] }), nil
}

const most = 200 // candidates of each index

// candidates serves bases too big for memory: the indexes of the database pick entries by meaning and by words and
// sounds, among what may be shown, and those are ranked like a small base.
func (s *Store) candidates(ctx context.Context, w shown, clean, lang, cond string, args []any) (map[string]*knowledge.Index, error) {
	var picks []string
	if words := terms(knowledge.Entry{Question: clean, Lang: lang}); len(words) > 0 {
		for i, t := range words {
			words[i] = `'` + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(t) + `'`
		}
		args = append(args, strings.Join(words, " | "))
		picks = append(picks, fmt.Sprintf(`(SELECT e.n FROM knowledge_entries e WHERE e.words @@ $%d::tsquery AND %s ORDER BY ts_rank(e.words, $%d::tsquery) DESC LIMIT %d)`, len(args), cond, len(args), most))
	}
	q, err := s.seeker().Query(ctx, w.base, clean, lang)
	if err != nil {
		return nil, err
	}
	if vec := q.Vector; vec != nil {
		args = append(args, pgv.NewHalfVector(vec))
		hash := strings.ReplaceAll(s.opt.Embedders[lang].Hash(), "'", "''")
		picks = append(picks, fmt.Sprintf(`(SELECT e.n FROM knowledge_vectors v JOIN knowledge_entries e ON e.n = v.n
			WHERE v.embedder = '%s' AND %s ORDER BY (v.vec::halfvec(%d)) <#> $%d LIMIT %d)`, hash, cond, len(vec), len(args), most))
	}
	if len(picks) == 0 {
		return nil, nil
	}
	var ns []int64
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// The index goes on looking until enough of what it finds may be shown.
		if _, err := tx.Exec(ctx, `SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.ef_search = 200`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, strings.Join(picks, " UNION "), args...)
		if err != nil {
			return err
		}
		ns, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search base %s: %w", w.base, err)
	}
	byLang, err := s.build(ctx, `e.n = ANY($1) ORDER BY e.n`, ns)
	for _, ix := range byLang {
		ix.Once()
	}
	return byLang, err
}
