package pgvector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"

	"github.com/parley-voice/parley/knowledge"
)

// part is one vector of an entry.
type part = knowledge.PartVector

// vectorsFor makes the vectors of e, and the indexes they need, unless the store has them.
func (s *Store) vectorsFor(ctx context.Context, e knowledge.Entry) ([]part, error) {
	old, _, err := read(ctx, s.pool, `e.base = $1 AND e.question_key = $2`, e.Base, knowledge.QuestionKey(e.Question))
	if err != nil || len(old) == 1 && knowledge.VectorKey(old[0]) == knowledge.VectorKey(e) {
		return nil, err
	}
	made, err := knowledge.MakeVectors(ctx, s.opt.Embedders, []knowledge.Entry{e}, s.opt.Progress)
	if err != nil {
		return nil, err
	}
	return made[knowledge.VectorKey(e)], s.ensureIndexes(ctx, made)
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

// Vectors implements knowledge.Shelf.
func (s shelf) Vectors(ctx context.Context, ns []int64) (map[int64]map[int][]float32, error) {
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

// Keep implements knowledge.Shelf.
func (s shelf) Keep(ctx context.Context, entries []knowledge.Entry, ns []int64, made map[string][]part) error {
	if err := s.ensureIndexes(ctx, made); err != nil {
		return err
	}
	return s.inTx(ctx, "keep vectors", func(tx pgx.Tx) error {
		for i, e := range entries {
			now, _, err := read(ctx, tx, `e.n = $1`, ns[i])
			if err != nil {
				return err
			}
			if len(now) == 0 || knowledge.VectorKey(now[0]) != knowledge.VectorKey(e) {
				continue // it was changed meanwhile, and got vectors then
			}
			if err := writeParts(ctx, tx, ns[i], made[knowledge.VectorKey(e)]); err != nil {
				return err
			}
		}
		return nil
	})
}

const renewLock = 0x5061726d // one node renews at a time

// Renew implements knowledge.Shelf.
func (s shelf) Renew(ctx context.Context, bases []string, f func(ctx context.Context) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("make vectors: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, renewLock); err != nil {
		return fmt.Errorf("wait for a node that makes vectors: %w", err)
	}
	defer func() { // the lock belongs to the connection, which goes on to others
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, err := conn.Exec(end, `SELECT pg_advisory_unlock($1)`, renewLock); err != nil {
			_ = conn.Conn().Close(end) // which gives it back
		}
	}()
	if err := f(ctx); err != nil {
		return err
	}
	return s.inTx(ctx, "finish vectors", func(tx pgx.Tx) error {
		for _, base := range bases {
			if err := touch(ctx, tx, base); err != nil {
				return err
			}
		}
		return nil
	})
}
