package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	pgv "github.com/pgvector/pgvector-go"
	pgvec "github.com/pgvector/pgvector-go/pgx"

	"github.com/parley-voice/parley/knowledge/vector"
)

const (
	pgPeer   = "pgvector"
	pgSearch = 200 // hnsw.ef_search, as knowledge/pgvector has it
)

// measurePGVector searches the vectors of c in the database at url, by an HNSW index over half precision such as
// knowledge/pgvector makes, in a table that goes with the connection. The figures have no size in their names.
func measurePGVector(ctx context.Context, url string, c *corpus) (_ figures, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("bench knowledge: connect to --database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	began := time.Now()
	if err := fillPGVector(ctx, conn, c); err != nil {
		return nil, fmt.Errorf("bench knowledge: fill pgvector: %w", err)
	}
	out := figures{"made_s": time.Since(began).Seconds()}
	var took []time.Duration
	for i := range c.queries {
		began := time.Now()
		near, err := nearestPGVector(ctx, conn, c, c.query(i))
		if err != nil {
			return nil, fmt.Errorf("bench knowledge: search pgvector: %w", err)
		}
		took = append(took, time.Since(began))
		out["recall_at_10"] += c.recall(i, near) / float64(len(c.queries))
	}
	out["dense_p50_ms"], out["dense_p99_ms"] = fine(percentile(took, 0.5)), fine(percentile(took, 0.99))
	return out, nil
}

func fillPGVector(ctx context.Context, conn *pgx.Conn, c *corpus) error {
	if _, err := conn.Exec(ctx, `CREATE EXTENSION IF NOT EXISTS vector`); err != nil {
		return err
	}
	if err := pgvec.RegisterTypes(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf(`CREATE TEMPORARY TABLE bench_vectors (n integer, vec halfvec(%d))`, c.dim)); err != nil {
		return err
	}
	rows := pgx.CopyFromSlice(len(c.texts), func(i int) ([]any, error) {
		return []any{int32(i), pgv.NewHalfVector(c.vectors[i*c.dim:][:c.dim])}, nil
	})
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"bench_vectors"}, []string{"n", "vec"}, rows); err != nil {
		return err
	}
	for _, q := range []string{
		`CREATE INDEX ON bench_vectors USING hnsw (vec halfvec_ip_ops)`,
		fmt.Sprintf(`SET hnsw.ef_search = %d`, pgSearch),
		`ANALYZE bench_vectors`,
	} {
		if _, err := conn.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func nearestPGVector(ctx context.Context, conn *pgx.Conn, c *corpus, q []float32) ([]vector.Hit, error) {
	rows, err := conn.Query(ctx, `SELECT n FROM bench_vectors ORDER BY vec <#> $1 LIMIT 10`, pgv.NewHalfVector(q))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (vector.Hit, error) {
		var n int
		err := r.Scan(&n)
		return vector.Hit{Row: int32(n), Score: vector.Dot(q, c.vectors[n*c.dim:][:c.dim])}, err
	})
}
