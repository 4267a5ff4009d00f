package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// stage makes the vectors that an import of entries needs and keeps them, batch by batch, beside the entries: nobody
// finds them there, and the import finds them again when it is started anew.
func (s *Store) stage(ctx context.Context, entries []knowledge.Entry, progress func(done, total int)) error {
	if progress == nil {
		progress = s.opt.Progress
	}
	todo, err := s.lacking(ctx, entries)
	if err != nil {
		return err
	}
	return knowledge.StageVectors(ctx, s.opt.Embedders, entries, todo, progress, func(made map[string][]part) error { return s.keepStaged(ctx, made) })
}

// lacking are the entries whose texts have no vectors, neither in the store nor from an import that was cut.
func (s *Store) lacking(ctx context.Context, entries []knowledge.Entry) ([]knowledge.Entry, error) {
	return knowledge.LackVectors(s.opt.Embedders, entries, func(e knowledge.Entry, key, hash string) (int, error) {
		old, ns, err := readEntries(ctx, s.db, `WHERE base = ? AND question_key = ?`, e.Base, knowledge.QuestionKey(e.Question))
		if err != nil {
			return 0, err
		}
		have := s.count(ctx, `SELECT count(*) FROM staged WHERE key = ? AND embedder = ?`, []byte(key), hash)
		if len(old) == 1 && knowledge.VectorKey(old[0]) == key {
			have = max(have, s.count(ctx, `SELECT count(*) FROM vectors WHERE n = ? AND embedder = ?`, ns[0], hash))
		}
		return have, nil
	})
}

// count is what query counts, 0 when it cannot be read: then the vectors are made again.
func (s *Store) count(ctx context.Context, query string, args ...any) (n int) {
	if s.db.QueryRowContext(ctx, query, args...).Scan(&n) != nil {
		return 0
	}
	return n
}

func (s *Store) keepStaged(ctx context.Context, made map[string][]part) error {
	return s.inTx(ctx, "keep vectors", func(tx *sql.Tx) error {
		now := time.Now().UnixMilli()
		for key, parts := range made {
			for _, p := range parts {
				const q = `INSERT OR REPLACE INTO staged (key, embedder, part, vec, made_ms) VALUES (?, ?, ?, ?, ?)`
				if _, err := tx.ExecContext(ctx, q, []byte(key), p.Embedder, p.Part, pack(p.Vec), now); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// staged are the vectors that were made for the texts of e.
func (s *Store) staged(ctx context.Context, q querier, e knowledge.Entry) ([]part, error) {
	em := s.opt.Embedders[e.Lang]
	if em == nil {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT embedder, part, vec FROM staged WHERE key = ? AND embedder = ?`, []byte(knowledge.VectorKey(e)), em.Hash())
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return scanParts(rows)
}

// unstage forgets the vectors of entries that have been imported, and what an import that never ended left long ago.
func unstage(ctx context.Context, tx *sql.Tx, entries []knowledge.Entry) error {
	for _, e := range entries {
		if _, err := tx.ExecContext(ctx, `DELETE FROM staged WHERE key = ?`, []byte(knowledge.VectorKey(e))); err != nil {
			return fmt.Errorf("finish import: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM staged WHERE made_ms < ?`, time.Now().Add(-knowledge.StagedFor).UnixMilli()); err != nil {
		return fmt.Errorf("finish import: %w", err)
	}
	return nil
}
