package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
)

// TestBesideANewerNode works on tables that a newer node has upgraded meanwhile: each has a column more, and there are tables
// that this program does not know.
func TestBesideANewerNode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, place){
		"record": testRecordIsIdempotent, "list": testList, "recorder": testRecorderGoesOnAfterADeath, "people": testPeople, "trail": testTrailIsOneChain,
		"outbox": testOutbox, "tickets": testTickets, "customers": testCustomers, "wrap-ups": testWrapups, "unanswered": testUnanswered,
		"scores": testScores, "calibrations": testCalibrations, "grants": testGrants, "callbacks": testCallbacks, "learning": testLearning,
		"forget": testForgetByDays, "tray": testTrayIsDoneOnce, "erase": testErase, "insights": testInsights, "vectors": testVectors,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			urls := map[string]string{}
			test(t, func(t *testing.T, home string) store.Options {
				t.Helper()
				if urls[home] == "" {
					urls[home] = widened(t)
				}
				return store.Options{Home: home, URL: urls[home], Node: "n1", Source: "bus"}
			})
		})
	}
}

// widened is a database whose tables a newer program has upgraded, but for the numbers of their versions: with those, this
// program does not start any more.
func widened(t *testing.T) string {
	t.Helper()
	url := pgtest.Database(t)
	if err := openAt(t, store.Options{Home: t.TempDir(), URL: url}).Close(); err != nil {
		t.Fatal(err)
	}
	conn := must[*pgx.Conn](t)(pgx.Connect(t.Context(), url))
	defer conn.Close(t.Context())
	for _, name := range must[[]string](t)(tables(t, conn)) {
		if _, err := conn.Exec(t.Context(), "ALTER TABLE "+pgx.Identifier{name}.Sanitize()+" ADD COLUMN lane TEXT NOT NULL DEFAULT 'fast'"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE calls_lanes (call TEXT PRIMARY KEY, lane TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	return url
}
