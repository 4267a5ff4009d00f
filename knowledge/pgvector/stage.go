package pgvector

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"

	"github.com/parley-voice/parley/knowledge"
)

// stage makes the vectors that an import of entries needs and keeps them, batch by batch, beside the entries: nobody
// finds them there, and the import finds them again when it is started anew, on this node or another.
func (s *Store) stage(ctx context.Context, entries []knowledge.Entry, progress func(done, total int)) error {
	if progress == nil {
		progress = s.opt.Progress
	}
	todo, err := s.lacking(ctx, entries)
	if err != nil {
		return err
	}
	return knowledge.StageVectors(ctx, s.opt.Embedders, entries, todo, progress, func(made map[string][]part) error {
		if err := s.ensureIndexes(ctx, made); err != nil {
			return err
		}
		return s.keepStaged(ctx, made)
	})
}

// lacking are the entries whose texts have no vectors, neither in the store nor from an import that was cut.
func (s *Store) lacking(ctx context.Context, entries []knowledge.Entry) ([]knowledge.Entry, error) {
	return knowledge.LackVectors(s.opt.Embedders, entries, func(e knowledge.Entry, key, hash string) (have int, err error) {
		old, ns, err := read(ctx, s.pool, `e.base = $1 AND e.question_key = $2`, e.Base, knowledge.QuestionKey(e.Question))
		if err != nil {
			return 0, err
		}
		if len(old) == 1 && knowledge.VectorKey(old[0]) == key {
			err = s.pool.QueryRow(ctx, `SELECT count(*) FROM knowledge_vectors WHERE n = $1 AND embedder = $2`, ns[0], hash).Scan(&have)
		} else {
			err = s.pool.QueryRow(ctx, `SELECT count(*) FROM knowledge_staged WHERE key = $1 AND embedder = $2`, []byte(key), hash).Scan(&have)
		}
		if err != nil {
			return 0, fmt.Errorf("look for vectors: %w", err)
		}
		return have, nil
	})
}

func (s *Store) keepStaged(ctx context.Context, made map[string][]part) error {
	return s.inTx(ctx, "keep vectors", func(tx pgx.Tx) error {
		b, now := &pgx.Batch{}, time.Now().UnixMilli()
		for key, parts := range made {
			for _, p := range parts {
				b.Queue(`INSERT INTO knowledge_staged (key, embedder, part, vec, made_ms) VALUES ($1, $2, $3, $4, $5)
					ON CONFLICT (key, embedder, part) DO UPDATE SET vec = excluded.vec, made_ms = excluded.made_ms`,
					[]byte(key), p.Embedder, p.Part, pgv.NewHalfVector(p.Vec), now)
			}
		}
		return tx.SendBatch(ctx, b).Close()
	})
}

// staged are the vectors that were made for the texts of e.
func (s *Store) staged(ctx context.Context, q querier, e knowledge.Entry) ([]part, error) {
	em := s.opt.Embedders[e.Lang]
	if em == nil {
		return nil, nil
	}
	return scanParts(q.Query(ctx, `SELECT embedder, part, vec FROM knowledge_staged WHERE key = $1 AND embedder = $2`, []byte(knowledge.VectorKey(e)), em.Hash()))
}

// unstage forgets the vectors of entries that have been imported, and what an import that never ended left long ago.
func unstage(ctx context.Context, tx pgx.Tx, entries []knowledge.Entry) error {
	keys := make([][]byte, len(entries))
	for i, e := range entries {
		keys[i] = []byte(knowledge.VectorKey(e))
	}
	_, err := tx.Exec(ctx, `DELETE FROM knowledge_staged WHERE key = ANY($1) OR made_ms < $2`, keys, time.Now().Add(-knowledge.StagedFor).UnixMilli())
	if err != nil {
		return fmt.Errorf("forget vectors that were kept for the import: %w", err)
	}
	return nil
}
