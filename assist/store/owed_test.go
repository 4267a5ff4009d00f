package store_test

import (
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

func TestOwed(t *testing.T) { onBoth(t, testOwed) }

// testOwed looks for what rules want done: of recent calls, in order.
func testOwed(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	begin := func(id call.ID, began string, owed ...string) {
		evs := []call.Event{{Call: id, Seq: 1, Kind: call.KindStarted, Body: []byte(`{"started_at":"` + began + `"}`)}}
		for _, body := range owed {
			evs = append(evs, call.Event{Call: id, Seq: uint64(len(evs) + 1), At: sec(float64(len(evs))), Kind: call.KindOwed, Body: []byte(body)})
		}
		if _, err := s.Record(t.Context(), evs); err != nil {
			t.Fatal(err)
		}
	}
	begin("late", "2026-03-02T12:00:00Z", `{"n":2}`, `{"n":3}`)
	begin("early", "2026-03-02T10:00:00Z", `{"n":1}`)
	begin("before", "2026-03-01T10:00:00Z", `{"n":0}`)
	begin("none", "2026-03-02T11:00:00Z")
	evs, err := s.Owed(t.Context(), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, e := range evs {
		got += string(e.Call) + " " + string(e.Body) + " " + time.Duration(e.At).String() + "\n"
	}
	if want := "early {\"n\":1} 1s\nlate {\"n\":2} 1s\nlate {\"n\":3} 2s\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
