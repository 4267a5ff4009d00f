package store

import (
	"strings"
	"testing"
	"time"
)

// TestOwedPlans: what is owed is found through an index in both databases, however much else there is.
func TestOwedPlans(t *testing.T) {
	t.Parallel()
	rows := []string{
		`INSERT INTO calls (id, state, started_ms, judged, counted) SELECT 'c' || n, 'ended', n * 1000, CASE WHEN n % 500 = 0 THEN 0 ELSE 1 END, 1 FROM numbers`,
		`INSERT INTO events (call, seq, at_ms, kind, body) SELECT 'c' || n, 1, 0, CASE WHEN n % 500 = 0 THEN 'assist.owed' ELSE 'call.turn' END, '{}' FROM numbers`,
		`INSERT INTO scores_owed (call, form, started_ms) SELECT 'c' || n, 'f', n * 1000 FROM numbers`, "ANALYZE",
	}
	queries := []struct {
		name, sql, index string
		args             []any
	}{
		{"what rules want", owedEvents, "events_owed", []any{time.Now().UnixMilli()}},
		{"calls that ended and were not judged", unjudged, "calls_unjudged", []any{"running", 32}},
		{"calls that ended and were not counted", uncounted, "calls_uncounted", []any{"running", 32}},
		{"calls to score", owedFresh, "scores_owed_newest", []any{32}},
	}
	for name, d := range bothWays(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := OpenAt(t.Context(), Options{Home: t.TempDir(), URL: d.url, Node: "n1", Source: "bus"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			for _, q := range rows {
				if _, err := s.write.ExecContext(t.Context(), strings.ReplaceAll(q, "numbers", strings.Replace(d.numbers, "most", "5000", 1))); err != nil {
					t.Fatal(q, err)
				}
			}
			for _, q := range queries {
				plan := planOf(t, s, d.explain+q.sql, q.args...)
				if !strings.Contains(plan, q.index) || strings.Contains(plan, "Seq Scan on events") || q.index != "events_owed" && strings.Contains(plan, d.scan) {
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
