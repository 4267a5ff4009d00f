package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestForgetByDays has more calls than are forgotten in one step, of which some are held.
func TestForgetByDays(t *testing.T) { onBoth(t, testForgetByDays) }

func testForgetByDays(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	k := s.Keeping(func(a, b string) bool { return a == "+"+b })
	var ids []call.ID
	for i := range 50 {
		id := call.NewID()
		ids = append(ids, id)
		mustRecord(t, s, script(id, fmt.Sprint("10", i%25), "en", fmt.Sprint("what was said in call ", i), false))
	}
	running := call.NewID()
	mustRecord(t, s, script(running, "200", "en", "still talking about it", true))
	if _, err := k.Hold(t.Context(), retain.Hold{Call: ids[0], Reason: "court", By: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Hold(t.Context(), retain.Hold{Caller: "+101", Reason: "court", By: "a"}); err != nil { // calls 1 and 26
		t.Fatal(err)
	}
	files := map[call.ID]int{}
	keeper := retain.Keeper{
		Shelf: k, Days: func() retain.Days { return retain.Days{Audio: 10, Text: 20, Events: 0} }, Pause: time.Microsecond,
		Files: func(id call.ID) error { files[id]++; return nil }, Notes: func(call.ID) error { return nil },
		Same: func(a, b string) bool { return a == "+"+b },
	}
	for _, c := range []struct{ days, want int }{{9, 0}, {11, 47}, {11, 0}} {
		keeper.Now = func() time.Time { return time.Now().AddDate(0, 0, c.days) }
		clear(files)
		if n, err := keeper.Round(t.Context()); err != nil || n != c.want || len(files) != c.want {
			t.Errorf("after %d days: %d, %d files, %v", c.days, n, len(files), err)
		}
	}
	keeper.Now = func() time.Time { return time.Now().AddDate(0, 0, 21) }
	if n, err := keeper.Round(t.Context()); err != nil || n != 47 {
		t.Errorf("after 21 days: %d, %v", n, err)
	}
	if n, err := keeper.Round(t.Context()); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
	for i, want := range map[int]int{0: 2, 1: 2, 26: 2, 2: 0, 49: 0} {
		d, err := s.Get(t.Context(), ids[i])
		if err != nil || len(d.Turns) != want || d.State != record.Ended || want == 0 && d.From != "" {
			t.Errorf("call %d: %+v, %v", i, d, err)
		}
	}
	if d, err := s.Get(t.Context(), running); err != nil || len(d.Turns) != 2 {
		t.Errorf("a running call: %+v, %v", d, err)
	}
}

func TestHolds(t *testing.T) { onBoth(t, testHolds) }

func testHolds(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	k := s.Keeping(nil)
	if _, err := k.Hold(t.Context(), retain.Hold{Call: "nobody", Reason: "r"}); !errors.Is(err, retain.ErrUnknown) {
		t.Errorf("unknown call: %v", err)
	}
	for _, h := range []retain.Hold{{Reason: "r"}, {Call: "a", Caller: "b", Reason: "r"}, {Caller: "b"}} {
		if _, err := k.Hold(t.Context(), h); !errors.Is(err, retain.ErrInvalid) {
			t.Errorf("%+v: %v", h, err)
		}
	}
	h, err := k.Hold(t.Context(), retain.Hold{Caller: "100", Reason: "r", By: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if l, err := k.Lift(t.Context(), h.ID, "q"); err != nil || l.Lifted == nil || l.LiftedBy != "q" || l.Reason != "r" {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := k.Lift(t.Context(), h.ID, "q"); !errors.Is(err, retain.ErrUnknown) {
		t.Errorf("lifted twice: %v", err)
	}
	stand, err := k.Holds(t.Context(), false)
	all, err2 := k.Holds(t.Context(), true)
	if err != nil || err2 != nil || len(stand) != 0 || len(all) != 1 {
		t.Errorf("%v, %v; %v, %v", stand, all, err, err2)
	}
}

// TestTrayIsDoneOnce has two processes at the tray, of which one dies over its work.
func TestTrayIsDoneOnce(t *testing.T) { onBoth(t, testTrayIsDoneOnce) }

func testTrayIsDoneOnce(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	one, two := openAt(t, at(t, home)).Keeping(nil), openAt(t, at(t, home)).Keeping(nil)
	id, err := one.Ask(t.Context(), retain.ToSettle, map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	r, ok, err := two.Take(t.Context(), time.Hour)
	if err != nil || !ok || r.ID != id || string(r.Body) != `{"a":1}` {
		t.Fatalf("%+v, %v, %v", r, ok, err)
	}
	if _, ok, err := one.Take(t.Context(), time.Hour); ok || err != nil {
		t.Errorf("taken twice: %v", err)
	}
	if _, ok, err := one.Take(t.Context(), -time.Second); !ok || err != nil {
		t.Errorf("left lying: %v", err)
	}
	if err := one.Finish(t.Context(), id, retain.Settled{Last: 7}, nil); err != nil {
		t.Fatal(err)
	}
	var s retain.Settled
	if err := retain.Await(t.Context(), two, id, 0, &s); err != nil || s.Last != 7 {
		t.Errorf("%+v, %v", s, err)
	}
	if id, err = one.Ask(t.Context(), retain.ToErase, retain.Subject{}); err != nil {
		t.Fatal(err)
	}
	if err := retain.Await(t.Context(), two, id, 0, &s); !errors.Is(err, retain.ErrNobody) {
		t.Errorf("nobody there: %v", err)
	}
}

// TestReportsStay has the report of an erasure on record when the tray has long been cleared, also in another record.
func TestReportsStay(t *testing.T) { onBoth(t, testReportsStay) }

func testReportsStay(t *testing.T, at place) {
	t.Helper()
	k := openAt(t, at(t, t.TempDir())).Keeping(nil)
	var ids []string
	for i, w := range []retain.Work{retain.ToErase, retain.ToErase, retain.ToSettle, retain.ToErase} {
		id, err := k.Ask(t.Context(), w, retain.Subject{Call: "a", Name: "Ada"})
		if err != nil {
			t.Fatal(err)
		}
		var why error
		if i == 3 {
			why = retain.ErrUnknown
		}
		if err := k.Finish(t.Context(), id, retain.Report{At: time.Now(), Words: i + 1, Proved: true}, why); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := k.AgeRequests(t.Context(), 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := k.Finish(t.Context(), ids[2], retain.Settled{}, nil); err != nil { // clears the tray
		t.Fatal(err)
	}
	all, err := k.Reports(t.Context(), 0, 10)
	if err != nil || len(all) != 2 || all[0].ID != ids[1] || all[0].Report.Words != 2 || !all[0].Report.Proved {
		t.Fatalf("%+v, %v", all, err)
	}
	if older, err := k.Reports(t.Context(), all[0].N, 10); err != nil || len(older) != 1 || older[0].ID != ids[0] {
		t.Errorf("%+v, %v", older, err)
	}
	if _, err := k.Request(t.Context(), ids[3]); !errors.Is(err, retain.ErrUnknown) {
		t.Errorf("one that failed stays: %v", err)
	}
	if _, err := k.Report(t.Context(), ids[2]); !errors.Is(err, retain.ErrUnknown) {
		t.Errorf("another request is no report: %v", err)
	}
	other := openAt(t, at(t, t.TempDir())).Keeping(nil)
	for range 2 {
		if err := other.File(t.Context(), all); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := other.Report(t.Context(), ids[0]); err != nil || got.Report.Words != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestGone lists what was erased, calls and customers.
func TestGone(t *testing.T) { onBoth(t, testGone) }

func testGone(t *testing.T, at place) {
	t.Helper()
	k := openAt(t, at(t, t.TempDir())).Keeping(nil)
	began := time.Now().Add(-time.Second)
	if err := k.Erased(t.Context(), retain.Traces{Calls: []call.ID{"a"}, Started: []time.Time{began}, Customers: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	got, err := k.Gone(t.Context(), began)
	if err != nil || len(got) != 2 || got[0].At.Before(began) {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].What+got[0].ID+got[1].What+got[1].ID != "callacustomerc" {
		t.Errorf("%+v", got)
	}
	if got, err := k.Gone(t.Context(), time.Now().Add(time.Minute)); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSnapshotIsWhole(t *testing.T) {
	t.Parallel()
	home, to := t.TempDir(), t.TempDir()
	s := open(t, home)
	id := call.NewID()
	mustRecord(t, s, script(id, "a", "en", "hello there everybody", false))
	if err := store.SnapshotFile(t.Context(), store.Path(home), store.Path(to)); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckFile(t.Context(), store.Path(to)); err != nil {
		t.Fatal(err)
	}
	if d, err := open(t, to).Get(t.Context(), id); err != nil || len(d.Turns) != 2 {
		t.Errorf("%+v, %v", d, err)
	}
}
