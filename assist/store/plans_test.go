package store

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
)

// TestOwedPlans: what is owed is found through an index in both databases, however much else there is.
func TestOwedPlans(t *testing.T) {
	t.Parallel()
	rows := []string{
		`INSERT INTO calls (id, state, started_ms) SELECT 'c' || n, 'ended', n * 1000 FROM numbers`,
		`INSERT INTO events (call, seq, at_ms, kind, body) SELECT 'c' || n, 1, 0, CASE WHEN n % 500 = 0 THEN 'assist.owed' ELSE 'call.turn' END, '{}' FROM numbers`,
		`INSERT INTO scores_owed (call, form, started_ms) SELECT 'c' || n, 'f', n * 1000 FROM numbers`, "ANALYZE",
	}
	queries := []struct {
		name, sql, index string
		args             []any
	}{
		{"what rules want", owedEvents, "events_owed", []any{time.Now().UnixMilli()}},
		{"calls to score", owedFresh, "scores_owed_newest", []any{32}},
	}
	for name, d := range map[string]struct{ url, explain, numbers, scan string }{
		"sqlite":   {"", "EXPLAIN QUERY PLAN ", "(WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 5000) SELECT n FROM x)", "USE TEMP B-TREE FOR ORDER BY"},
		"postgres": {pgtest.Database(t), "EXPLAIN ", "(SELECT n FROM generate_series(1, 5000) n) AS x", "Seq Scan on scores_owed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := OpenAt(t.Context(), Options{Home: t.TempDir(), URL: d.url, Node: "n1", Source: "bus"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			for _, q := range rows {
				if _, err := s.write.ExecContext(t.Context(), strings.ReplaceAll(q, "numbers", d.numbers)); err != nil {
					t.Fatal(q, err)
				}
			}
			for _, q := range queries {
				plan := planOf(t, s, d.explain+q.sql, q.args...)
				if !strings.Contains(plan, q.index) || strings.Contains(plan, "Seq Scan on events") || q.index == "scores_owed_newest" && strings.Contains(plan, d.scan) {
					t.Errorf("%s are not found through %s:\n%s", q.name, q.index, plan)
				}
			}
		})
	}
}

// planOf is what a database says about how it would answer a query: the last column of each row.
func planOf(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(string)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(*cells[len(cells)-1].(*string) + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
