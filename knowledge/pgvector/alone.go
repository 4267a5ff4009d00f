package pgvector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"
)

// efSearch is how many candidates an index looks at for one search.
const efSearch = 200

// Alone are vectors without entries in a table of their own, with the index that a base beyond memory has: for measuring what
// the index alone takes. The table goes with the connection. It is not safe for concurrent use.
type Alone struct {
	conn *pgx.Conn
	dim  int
}

// OpenAlone puts vectors, dim numbers each and at most 4,000, into the database at url and makes their index, which takes minutes
// for 100,000. It keeps nothing of vectors. Close it.
func OpenAlone(ctx context.Context, url string, vectors []float32, dim int) (*Alone, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	a := &Alone{conn, dim}
	if err := a.fill(ctx, vectors); err != nil {
		return nil, errors.Join(fmt.Errorf("put vectors into PostgreSQL: %w", err), a.Close())
	}
	return a, nil
}

func (a *Alone) fill(ctx context.Context, vectors []float32) error {
	if _, err := a.conn.Exec(ctx, `CREATE EXTENSION IF NOT EXISTS vector`); err != nil {
		return err
	}
	if err := prepare(ctx, a.conn); err != nil {
		return err
	}
	if _, err := a.conn.Exec(ctx, fmt.Sprintf(`CREATE TEMPORARY TABLE alone (n integer, vec halfvec(%d))`, a.dim)); err != nil {
		return err
	}
	rows := pgx.CopyFromSlice(len(vectors)/a.dim, func(i int) ([]any, error) {
		return []any{int32(i), pgv.NewHalfVector(vectors[i*a.dim:][:a.dim])}, nil
	})
	if _, err := a.conn.CopyFrom(ctx, pgx.Identifier{"alone"}, []string{"n", "vec"}, rows); err != nil {
		return err
	}
	for _, q := range []string{
		`CREATE INDEX ON alone USING hnsw (vec halfvec_ip_ops)`,
		fmt.Sprintf(`SET hnsw.ef_search = %d`, efSearch),
		`ANALYZE alone`,
	} {
		if _, err := a.conn.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Nearest are the places, in what Alone was opened with, of the k vectors with the greatest inner product with q, as far as the
// index finds them, the nearest first.
func (a *Alone) Nearest(ctx context.Context, q []float32, k int) ([]int32, error) {
	rows, err := a.conn.Query(ctx, `SELECT n FROM alone ORDER BY vec <#> $1 LIMIT $2`, pgv.NewHalfVector(q), k)
	if err != nil {
		return nil, fmt.Errorf("search vectors in PostgreSQL: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return nil, fmt.Errorf("search vectors in PostgreSQL: %w", err)
	}
	return out, nil
}

// Close ends the connection, and with it the table. It blocks for five seconds at most.
func (a *Alone) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return a.conn.Close(ctx)
}
