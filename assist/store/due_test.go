package store

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// bothWays are the databases for tests inside of the package: how the numbers up to most are written there, how a plan is asked for,
// and what says in it that all rows are read.
func bothWays(t testing.TB) map[string]struct{ url, explain, numbers, scan string } {
	t.Helper()
	return map[string]struct{ url, explain, numbers, scan string }{
		"sqlite":   {"", "EXPLAIN QUERY PLAN ", "(WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < most) SELECT n FROM x)", "USE TEMP B-TREE FOR ORDER BY"},
		"postgres": {pgtest.Database(t), "EXPLAIN ", "(SELECT n FROM generate_series(1, most) n) AS x", "Seq Scan on scores_owed"},
	}
}

// past opens a record with so many calls that ended, were judged, counted, and written down by a person.
func past(t testing.TB, url, numbers string, calls int) *Store {
	t.Helper()
	s, err := OpenAt(t.Context(), Options{Home: t.TempDir(), URL: url, Node: "n1", Source: "bus"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	with := strings.NewReplacer("numbers", strings.Replace(numbers, "most", strconv.Itoa(calls), 1), "version", strconv.Itoa(insight.Version))
	for _, q := range []string{
		`INSERT INTO calls (id, state, route, started_ms) SELECT 'c' || n, 'ended', 'bank', n * 1000 FROM numbers`,
		`INSERT INTO scores_seen (call) SELECT 'c' || n FROM numbers`,
		`INSERT INTO insights_facts (call, made, made_ms, at_ms, queue, lang, channel, who, agent, name, intent, topic, outcome, judged, handed, wait, wait_ms,
			handle_ms, length_ms, timed, caller_ms, company_ms, silence_ms, base_ms, cut_in, barge_in, felt, mood, worst, alert, asked, lacking, turn, turn_ms,
			turn_lang, reason, words) SELECT 'c' || n, version, n * 1000 + 600000, n * 1000, 'bank', 'en', '', '', '', '', '', '', '', 0, 0, '', 0,
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '' FROM numbers`,
		`INSERT INTO wrapups (call, person, at_ms) SELECT 'c' || n, 'ann', n * 1000 + 300000 FROM numbers`, "ANALYZE",
	} {
		if _, err := s.write.ExecContext(t.Context(), with.Replace(q)); err != nil {
			t.Fatal(q, err)
		}
	}
	return s
}

// BenchmarkDue100000 looks for calls to judge and to count where there are none among 100,000, as a node does every few seconds.
func BenchmarkDue100000(b *testing.B) {
	for name, d := range bothWays(b) {
		b.Run(name, func(b *testing.B) {
			s := past(b, d.url, d.numbers, 100_000)
			for what, look := range map[string]func() (int, error){
				"judge": func() (int, error) {
					ids, _, err := s.Scores().Unscored(b.Context(), 32)
					return len(ids), err
				},
				"count": func() (int, error) {
					ids, _, err := s.Insights().Due(b.Context(), insight.Version, time.Now(), 32)
					return len(ids), err
				},
			} {
				if n, err := look(); n != 0 || err != nil { // what is looked at once in a while is looked at here
					b.Fatal(n, err)
				}
				b.Run(what, func(b *testing.B) {
					for b.Loop() {
						if n, err := look(); n != 0 || err != nil {
							b.Fatal(n, err)
						}
					}
				})
			}
		})
	}
}

// TestDueMarks: what is marked is not looked at again; what a node of an older version did without marking, before this one was
// started, is noticed.
func TestDueMarks(t *testing.T) {
	t.Parallel()
	for name, d := range bothWays(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := past(t, d.url, d.numbers, 20), t.Context()
			due := func(when string, judge, count int) {
				t.Helper()
				for what, want := range map[string]int{"judged": judge, "counted": count} {
					var ids []call.ID
					var err error
					if what == "judged" {
						ids, _, err = s.Scores().Unscored(ctx, 32)
					} else {
						ids, _, err = s.Insights().Due(ctx, insight.Version, time.Now(), 32)
					}
					var marked int
					if err == nil {
						err = s.read.QueryRowContext(ctx, "SELECT count(*) FROM calls WHERE "+what+" = 1").Scan(&marked)
					}
					if err != nil || len(ids) != want || marked != 20-want {
						t.Errorf("%s: %d to be %s, %d are, want %d of 20: %v", when, len(ids), what, marked, want, err)
					}
				}
			}
			due("at the start", 0, 0)
			for _, q := range []string{
				"DELETE FROM scores_seen WHERE call IN ('c3', 'c4')", "DELETE FROM insights_facts WHERE call = 'c5'",
				"UPDATE insights_facts SET made = 0 WHERE call = 'c6'", "UPDATE wrapups SET at_ms = 60000000 WHERE call = 'c7'",
			} {
				if _, err := s.write.ExecContext(ctx, q); err != nil {
					t.Fatal(q, err)
				}
			}
			due("soon", 0, 0)
			s.judgedAt.Store(0)
			s.countedAt.Store(time.Now().Add(-markEvery).UnixMilli())
			due("later", 2, 3)
			if err := s.Wrapups().SaveEdit(ctx, "c8", wrapup.Summary{}, "", "ann", time.Now()); err != nil {
				t.Fatal(err)
			}
			due("after a person wrote", 2, 4)
			for _, id := range []call.ID{"c5", "c6", "c7", "c8"} {
				before := time.Now().Add(-time.Hour) // the one of c8 was written since
				if err := s.Insights().SaveDrawn(ctx, insight.Version, before, []insight.Drawn{{Fact: insight.Fact{Call: id}}}); err != nil {
					t.Fatal(err)
				}
			}
			due("counted", 2, 1)
			if err := s.Keeping(nil).Forget(ctx, retain.Text, []call.ID{"c9"}); err != nil {
				t.Fatal(err)
			}
			due("forgotten", 2, 2) // what remains of it is counted
		})
	}
}

// TestDueOfOlderNodes: what a node of an older version judged and counted in its turn, without marking, is not done again.
func TestDueOfOlderNodes(t *testing.T) {
	t.Parallel()
	d, ctx := bothWays(t)["postgres"], t.Context()
	s := past(t, d.url, d.numbers, 20)
	due := func(when string, want int) {
		t.Helper()
		judge, _, err := s.Scores().Unscored(ctx, 32)
		count, _, failed := s.Insights().Due(ctx, insight.Version, time.Now(), 32)
		if len(judge) != want || len(count) != want || err != nil || failed != nil {
			t.Errorf("%s: %d to be judged, %d to be counted, want %d: %v, %v", when, len(judge), len(count), want, err, failed)
		}
	}
	change := func(q string) {
		t.Helper()
		if _, err := s.write.ExecContext(ctx, q); err != nil {
			t.Fatal(q, err)
		}
	}
	due("at the start", 0)
	change("INSERT INTO nodes (id, boot, name, sip, http, started_ms, beat_ms, calls, most) VALUES ('old', '', '', '', '', 0, 9000000000000, 0, 0)")
	change("UPDATE nodes_leases SET node = 'old', until_ms = 9000000000000")
	change("UPDATE calls SET judged = 0, counted = 0 WHERE id = 'c3'") // a call that ended since
	due("in the turn of the older one", 0)
	change("UPDATE nodes_leases SET until_ms = 0")
	due("after its turn", 0)
}
