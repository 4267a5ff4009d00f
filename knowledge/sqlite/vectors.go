package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/parley-voice/parley/knowledge"
)

// part is one vector of an entry.
type part = knowledge.PartVector

// vectorsFor makes the vectors of those entries that are not in the store as they are.
func (s *Store) vectorsFor(ctx context.Context, entries []knowledge.Entry) (map[string][]part, error) {
	var todo []knowledge.Entry
	for _, e := range entries {
		old, _, err := readEntries(ctx, s.db, `WHERE base = ? AND question_key = ?`, e.Base, knowledge.QuestionKey(e.Question))
		if err != nil {
			return nil, err
		}
		if len(old) != 1 || knowledge.VectorKey(old[0]) != knowledge.VectorKey(e) {
			todo = append(todo, e)
		}
	}
	return s.embed(ctx, todo)
}

// embed makes the vectors of entries, a few entries at a time so that progress can be told.
func (s *Store) embed(ctx context.Context, entries []knowledge.Entry) (map[string][]part, error) {
	return knowledge.MakeVectors(ctx, s.opt.Embedders, entries, s.opt.Progress)
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

// readVectors returns the vectors of the rows selected by where, by row and part.
func (s *Store) readVectors(ctx context.Context, hashes []string, where string, args ...any) (map[int64]map[int][]float32, error) {
	out := map[int64]map[int][]float32{}
	for _, h := range hashes {
		rows, err := s.db.QueryContext(ctx, `SELECT v.n, v.part, v.vec FROM vectors v JOIN entries e ON e.n = v.n
			WHERE v.embedder = ? AND `+where, append([]any{h}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("read vectors: %w", err)
		}
		if err := scanVectors(rows, out); err != nil {
			return nil, err
		}
	}
	return out, nil
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
