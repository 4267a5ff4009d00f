package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

const (
	stageBatch = 64                 // entries of which the vectors are made before they are kept
	stageKept  = 7 * 24 * time.Hour // vectors of an import that was never finished are forgotten after this
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
	total := knowledge.VectorCount(entries...)
	done := total - knowledge.VectorCount(todo...)
	for batch := range slices.Chunk(todo, stageBatch) {
		made, err := knowledge.MakeVectors(ctx, s.opt.Embedders, batch, nil)
		if err != nil {
			return err
		}
		if err := s.keepStaged(ctx, made); err != nil {
			return err
		}
		done += knowledge.VectorCount(batch...)
		if progress != nil {
			progress(done, total)
		}
	}
	return nil
}

// lacking are the entries whose texts have no vectors, neither in the store nor from an import that was cut.
func (s *Store) lacking(ctx context.Context, entries []knowledge.Entry) ([]knowledge.Entry, error) {
	var out []knowledge.Entry
	seen := map[string]bool{}
	for _, e := range entries {
		em := s.opt.Embedders[e.Lang]
		key := knowledge.VectorKey(e)
		if em == nil || seen[key] {
			continue
		}
		seen[key] = true
		old, ns, err := readEntries(ctx, s.db, `WHERE base = ? AND question_key = ?`, e.Base, knowledge.QuestionKey(e.Question))
		if err != nil {
			return nil, err
		}
		if len(old) == 1 && knowledge.VectorKey(old[0]) == key && s.has(ctx, `SELECT count(*) FROM vectors WHERE n = ? AND embedder = ?`, knowledge.VectorCount(e), ns[0], em.Hash()) ||
			s.has(ctx, `SELECT count(*) FROM staged WHERE key = ? AND embedder = ?`, knowledge.VectorCount(e), []byte(key), em.Hash()) {
			continue
		}
		out = append(out, e)
	}
	return out, nil
}

// has reports whether a count is at least n; when it cannot be read, the vectors are made again.
func (s *Store) has(ctx context.Context, query string, n int, args ...any) bool {
	var have int
	return s.db.QueryRowContext(ctx, query, args...).Scan(&have) == nil && have >= n
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
	if _, err := tx.ExecContext(ctx, `DELETE FROM staged WHERE made_ms < ?`, time.Now().Add(-stageKept).UnixMilli()); err != nil {
		return fmt.Errorf("finish import: %w", err)
	}
	return nil
}
