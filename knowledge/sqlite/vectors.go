package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/parley-voice/parley/knowledge"
)

// part is one vector of an entry.
type part = knowledge.PartVector

// vectorsFor makes the vectors of e unless the store has them.
func (s *Store) vectorsFor(ctx context.Context, e knowledge.Entry) ([]part, error) {
	old, _, err := readEntries(ctx, s.db, `WHERE base = ? AND question_key = ?`, e.Base, knowledge.QuestionKey(e.Question))
	if err != nil || len(old) == 1 && knowledge.VectorKey(old[0]) == knowledge.VectorKey(e) {
		return nil, err
	}
	made, err := knowledge.MakeVectors(ctx, s.opt.Embedders, []knowledge.Entry{e}, s.opt.Progress)
	return made[knowledge.VectorKey(e)], err
}

// writer is a database or a transaction.
type writer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func writeParts(ctx context.Context, w writer, n int64, parts []part) error {
	for _, p := range parts {
		_, err := w.ExecContext(ctx, `INSERT OR REPLACE INTO vectors (n, embedder, part, vec) VALUES (?, ?, ?, ?)`,
			n, p.Embedder, p.Part, pack(p.Vec))
		if err != nil {
			return fmt.Errorf("write vector: %w", err)
		}
	}
	return nil
}

// Vectors implements knowledge.Shelf.
func (s shelf) Vectors(ctx context.Context, rows []int64) (map[int64]map[int][]float32, error) {
	list, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	out := map[int64]map[int][]float32{}
	for _, em := range s.opt.Embedders {
		found, err := s.db.QueryContext(ctx, `SELECT n, part, vec FROM vectors WHERE embedder = ? AND n IN (SELECT value FROM json_each(?))`, em.Hash(), string(list))
		if err != nil {
			return nil, fmt.Errorf("read vectors: %w", err)
		}
		if err := scanVectors(found, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Keep implements knowledge.Shelf.
func (s shelf) Keep(ctx context.Context, entries []knowledge.Entry, rows []int64, made map[string][]part) error {
	return s.inTx(ctx, "keep vectors", func(tx *sql.Tx) error {
		for i, e := range entries {
			now, _, err := readEntries(ctx, tx, `WHERE n = ?`, rows[i])
			if err != nil {
				return err
			}
			if len(now) == 0 || knowledge.VectorKey(now[0]) != knowledge.VectorKey(e) {
				continue // it was changed meanwhile, and got vectors then
			}
			if err := writeParts(ctx, tx, rows[i], made[knowledge.VectorKey(e)]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Renew implements knowledge.Shelf. Processes that share the file do not wait for each other: the worst is work done twice.
func (s shelf) Renew(ctx context.Context, bases []string, f func(ctx context.Context) error) error {
	if err := f(ctx); err != nil {
		return err
	}
	return s.inTx(ctx, "finish vectors", func(tx *sql.Tx) error {
		for _, base := range bases {
			if err := touch(ctx, tx, base); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanVectors(rows *sql.Rows, out map[int64]map[int][]float32) error {
	defer rows.Close()
	for rows.Next() {
		var n int64
		var part int
		var blob sql.RawBytes
		if err := rows.Scan(&n, &part, &blob); err != nil {
			return fmt.Errorf("read vectors: %w", err)
		}
		if out[n] == nil {
			out[n] = map[int][]float32{}
		}
		out[n][part] = unpack(blob)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read vectors: %w", err)
	}
	return nil
}

func pack(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func unpack(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
