package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/knowledge/pgvector"
	"github.com/parley-voice/parley/knowledge/vector"
)

const pgPeer = "pgvector"

// measurePGVector searches the vectors of c in the database at url. The figures have no size in their names.
func measurePGVector(ctx context.Context, url string, c *corpus) (_ figures, err error) {
	began := time.Now()
	db, err := pgvector.OpenAlone(ctx, url, c.vectors, c.dim)
	if err != nil {
		return nil, fmt.Errorf("bench knowledge: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	out := figures{"made_s": time.Since(began).Seconds()}
	var took []time.Duration
	for i := range c.queries {
		q, began := c.query(i), time.Now()
		near, err := db.Nearest(ctx, q, 10)
		if err != nil {
			return nil, fmt.Errorf("bench knowledge: %w", err)
		}
		took = append(took, time.Since(began))
		hits := make([]vector.Hit, len(near))
		for k, n := range near {
			hits[k] = vector.Hit{Row: n, Score: vector.Dot(q, c.vectors[int(n)*c.dim:][:c.dim])}
		}
		out["recall_at_10"] += c.recall(i, hits) / float64(len(c.queries))
	}
	out["dense_p50_ms"], out["dense_p99_ms"] = fine(percentile(took, 0.5)), fine(percentile(took, 0.99))
	return out, nil
}
