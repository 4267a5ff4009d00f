package pgvector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"

	"github.com/parley-voice/parley/knowledge"
)

// part is one vector of an entry.
type part = knowledge.PartVector

// vectorsFor makes the vectors of those entries that are not in the store as they are, and the indexes they need.
func (s *Store) vectorsFor(ctx context.Context, entries []knowledge.Entry, progress func(done, total int)) (map[string][]part, error) {
	var todo []knowledge.Entry
	for _, e := range entries {
		if s.opt.Embedders[e.Lang] == nil {
			continue
		}
		old, _, err := read(ctx, s.pool, `e.base = $1 AND e.question_key = $2`, e.Base, knowledge.QuestionKey(e.Question))
		if err != nil {
			return nil, err
		}
		if len(old) != 1 || knowledge.VectorKey(old[0]) != knowledge.VectorKey(e) {
			todo = append(todo, e)
		}
	}
	return s.embed(ctx, todo, progress)
}

// embed makes the vectors of entries, and the indexes they need.
func (s *Store) embed(ctx context.Context, entries []knowledge.Entry, progress func(done, total int)) (map[string][]part, error) {
	if progress == nil {
		progress = s.opt.Progress
	}
	out, err := knowledge.MakeVectors(ctx, s.opt.Embedders, entries, progress)
	if err != nil {
		return nil, err
	}
	return out, s.ensureIndexes(ctx, out)
}

// ensureIndexes makes the indexes that vectors need.
func (s *Store) ensureIndexes(ctx context.Context, made map[string][]part) error {
	dims := map[string]int{}
	for _, parts := range made {
		for _, p := range parts {
			dims[p.Embedder] = len(p.Vec)
		}
	}
	for hash, dim := range dims {
		if err := s.ensureIndex(ctx, hash, dim); err != nil {
			return err
		}
	}
	return nil
}

// ensureIndex makes the HNSW index of one embedder: vectors of different ones cannot be compared, nor have they one length.
func (s *Store) ensureIndex(ctx context.Context, hash string, dim int) error {
	if dim > halfMax {
		return nil
	}
	sum := sha256.Sum256([]byte(hash))
	return s.inTx(ctx, "make vector index", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`CREATE INDEX IF NOT EXISTS knowledge_hnsw_%s ON knowledge_vectors
			USING hnsw ((vec::halfvec(%d)) halfvec_ip_ops) WHERE embedder = '%s'`,
			hex.EncodeToString(sum[:6]), dim, strings.ReplaceAll(hash, "'", "''")))
		return err
	})
}

func writeParts(ctx context.Context, tx pgx.Tx, n int64, parts []part) error {
	if len(parts) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	for _, p := range parts {
		b.Queue(`INSERT INTO knowledge_vectors (n, embedder, part, vec) VALUES ($1, $2, $3, $4)
			ON CONFLICT (n, embedder, part) DO UPDATE SET vec = excluded.vec`, n, p.Embedder, p.Part, pgv.NewHalfVector(p.Vec))
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write vectors: %w", err)
	}
	return nil
}

func readParts(ctx context.Context, q querier, n int64) ([]part, error) {
	return scanParts(q.Query(ctx, `SELECT embedder, part, vec FROM knowledge_vectors WHERE n = $1`, n))
}

// scanParts reads the rows of a query for vectors.
func scanParts(rows pgx.Rows, err error) (out []part, _ error) {
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	var p part
	var vec pgv.HalfVector
	_, err = pgx.ForEachRow(rows, []any{&p.Embedder, &p.Part, &vec}, func() error {
		p.Vec = vec.Slice()
		out = append(out, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return out, nil
}

// readVectors returns the present embedders' vectors of the rows ns, by row and part.
func (s *Store) readVectors(ctx context.Context, ns []int64) (map[int64]map[int][]float32, error) {
	hashes := []string{}
	for _, em := range s.opt.Embedders {
		hashes = append(hashes, em.Hash())
	}
	rows, err := s.pool.Query(ctx, `SELECT n, part, vec FROM knowledge_vectors WHERE n = ANY($1) AND embedder = ANY($2)`, ns, hashes)
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	out := map[int64]map[int][]float32{}
	var n int64
	var p int
	var vec pgv.HalfVector
	_, err = pgx.ForEachRow(rows, []any{&n, &p, &vec}, func() error {
		if out[n] == nil {
			out[n] = map[int][]float32{}
		}
		out[n][p] = vec.Slice()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return out, nil
}

// complete makes the vectors that are missing because the entry was stored without an embedder or with another one.
func (s *Store) complete(ctx context.Context, entries []knowledge.Entry, ns []int64, vectors map[int64]map[int][]float32) error {
	todo, rows := knowledge.WithoutVectors(s.opt.Embedders, entries, ns, vectors)
	if len(todo) == 0 {
		return nil
	}
	if s.behind != nil && len(todo) > s.atOnce {
		s.renew(todo, rows)
		knowledge.DropUneven(todo, entries, ns, vectors)
		return nil
	}
	s.log.Info("making vectors of entries that have none yet", "entries", len(todo))
	made, err := s.embed(ctx, todo, nil)
	if err != nil {
		return err
	}
	for i, e := range todo {
		vectors[rows[i]] = map[int][]float32{}
		for _, p := range made[knowledge.VectorKey(e)] {
			vectors[rows[i]][p.Part] = p.Vec
		}
	}
	err = s.inTx(ctx, "keep vectors", func(tx pgx.Tx) error {
		for i, e := range todo {
			// A row that was replaced meanwhile gets its vectors when it is searched next.
			var body string
			err := tx.QueryRow(ctx, `SELECT body FROM knowledge_entries WHERE n = $1 AND base = $2 AND id = $3`, rows[i], e.Base, e.ID).Scan(&body)
			if err != nil {
				continue
			}
			if err := writeParts(ctx, tx, rows[i], made[knowledge.VectorKey(e)]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.Warn("vectors not kept", "err", err)
	}
	return nil
}
