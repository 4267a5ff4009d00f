package pgvector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"

	"github.com/parley-voice/parley/knowledge"
)

// Search returns the entries that a asks for, best first; see knowledge.Searcher.
func (s *Store) Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	return s.views.Search(ctx, a)
}

// shelf is the Store as its views read it.
type shelf struct{ *Store }

const askTime = 1500 * time.Millisecond // for whether a base has changed; it is one row

// Generation implements knowledge.Shelf.
func (s shelf) Generation(ctx context.Context, base string) (n int64, ok bool, err error) {
	asked, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	err = s.pool.QueryRow(asked, `SELECT generation FROM knowledge_bases WHERE name = $1`, base).Scan(&n)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, false, nil
	case err != nil && ctx.Err() == nil:
		return 0, false, fmt.Errorf("%w: %w", knowledge.ErrAway, err)
	}
	return n, err == nil, err
}

// Aims implements knowledge.Shelf.
func (s shelf) Aims(ctx context.Context, base string) (aims knowledge.Aims, err error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT e.audience, coalesce(q, '') FROM knowledge_entries e LEFT JOIN unnest(e.queues) q ON true WHERE e.base = $1`, base)
	if err != nil {
		return aims, err
	}
	var audience, queue string
	_, err = pgx.ForEachRow(rows, []any{&audience, &queue}, func() error {
		aims.Add(knowledge.Audience(audience), queue)
		return nil
	})
	return aims, err
}

// Load implements knowledge.Shelf.
func (s shelf) Load(ctx context.Context, w knowledge.Shown, clean, lang string) (byLang map[string]*knowledge.Index, until time.Time, err error) {
	var count int
	var next int64
	now := time.Now()
	err = s.pool.QueryRow(ctx, `SELECT count(*), least(
		coalesce(min(from_ms) FILTER (WHERE from_ms > $2), $3), coalesce(min(until_ms) FILTER (WHERE until_ms > $2), $3))
		FROM knowledge_entries WHERE base = $1`, w.Base, now.UnixMilli(), int64(math.MaxInt64)).Scan(&count, &next)
	if err != nil {
		return nil, until, fmt.Errorf("count entries of base %s: %w", w.Base, err)
	}
	cond, args := visible(w, now)
	if count > s.inMemory {
		byLang, err = s.candidates(ctx, w.Base, clean, lang, cond, args)
		return byLang, until, err
	}
	if until = now.AddDate(100, 0, 0); next < math.MaxInt64 {
		until = time.UnixMilli(next)
	}
	byLang, err = s.build(ctx, cond+` ORDER BY e.n`, args...)
	return byLang, until, err
}

// visible is the condition that picks what w shows at a time, of the table called e. It takes three arguments.
func visible(w knowledge.Shown, now time.Time) (string, []any) {
	cond := `e.base = $1 AND e.state = 'published' AND e.from_ms <= $2 AND e.until_ms > $2 AND (cardinality(e.queues) = 0 OR $3 = ANY(e.queues))`
	if !w.View.Desk {
		cond += ` AND e.audience = 'bot'`
	}
	return cond, []any{w.Base, now.UnixMilli(), w.View.Queue}
}

// build indexes the entries that cond selects, by language.
func (s shelf) build(ctx context.Context, cond string, args ...any) (map[string]*knowledge.Index, error) {
	entries, ns, err := read(ctx, s.pool, cond, args...)
	if err != nil {
		return nil, err
	}
	return s.views.Index(ctx, entries, ns)
}

const most = 200 // candidates of each index

// candidates serves bases too big for memory: the indexes of the database pick entries by meaning and by words and
// sounds, among what may be shown, and those are ranked like a small base.
func (s shelf) candidates(ctx context.Context, base, clean, lang, cond string, args []any) (map[string]*knowledge.Index, error) {
	var picks []string
	if words := terms(knowledge.Entry{Question: clean, Lang: lang}); len(words) > 0 {
		for i, t := range words {
			words[i] = `'` + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(t) + `'`
		}
		args = append(args, strings.Join(words, " | "))
		picks = append(picks, fmt.Sprintf(`(SELECT e.n FROM knowledge_entries e WHERE e.words @@ $%d::tsquery AND %s ORDER BY ts_rank(e.words, $%d::tsquery) DESC LIMIT %d)`, len(args), cond, len(args), most))
	}
	vec, err := s.views.Vector(ctx, base, clean, lang)
	if err != nil {
		return nil, err
	}
	if vec != nil {
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
		if _, err := tx.Exec(ctx, `SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.ef_search = `+strconv.Itoa(efSearch)); err != nil {
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
		return nil, fmt.Errorf("search base %s: %w", base, err)
	}
	return s.build(ctx, `e.n = ANY($1) ORDER BY e.n`, ns)
}
