package store

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestRiskOfBefore has calls that were scored before their risk was stored, or by an older node, stand in its order once a node scores calls.
func TestRiskOfBefore(t *testing.T) {
	t.Parallel()
	for name, d := range bothWays(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, o := t.Context(), Options{Home: t.TempDir(), URL: d.url, Node: "n1", Source: "bus"}
			s, err := OpenAt(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			zero, fine := 0.0, 90.0
			want := []call.ID{"failed", "low", "fine", "none"}
			for id, card := range map[call.ID]quality.Card{"failed": {Score: &zero, Fail: true, Fails: []string{"rude"}}, "low": {Score: &zero}, "fine": {Score: &fine}, "none": {}} {
				if _, err := s.write.ExecContext(ctx, "INSERT INTO calls (id, state, route, started_ms) VALUES (?, 'ended', 'bank', 1)", id); err != nil {
					t.Fatal(err)
				}
				if err := s.Scores().SaveScored(ctx, id, []scoring.Sheet{{Call: id, Form: "f", Version: 1, By: scoring.Machine, At: time.UnixMilli(1), Card: card}}, nil); err != nil {
					t.Fatal(err)
				}
			}
			for _, q := range []string{
				"UPDATE scores_facts SET critical = 1, alerts = 1 WHERE call = 'fine'", "UPDATE scores_facts SET mood = -0.7 WHERE call = 'low'",
				"DROP INDEX scores_sheets_risk", "ALTER TABLE scores_sheets DROP COLUMN risk",
				"UPDATE parts SET version = version - 1 WHERE name = 'scores'",
			} {
				if _, err := s.write.ExecContext(ctx, q); err != nil {
					t.Fatal(q, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = OpenAt(ctx, o); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			if _, err := (&scoring.Keeper{Calls: s, Store: s.Scores()}).Pass(ctx); err != nil {
				t.Fatal(err)
			}
			items, err := s.Scores().Find(ctx, scoring.Filter{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			var got []call.ID
			for _, i := range items {
				got = append(got, i.Call)
			}
			if !slices.Equal(got, want) {
				t.Errorf("the order is %v, want %v", got, want)
			}
		})
	}
}
