package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestGrants(t *testing.T) { onBoth(t, testGrants) }

func testGrants(t *testing.T, at place) {
	t.Helper()
	g, ctx, now := openAt(t, at(t, t.TempDir())).Grants(), t.Context(), moment()
	for i, amount := range []float64{12.34, 0.66} {
		x := allow.Grant{ID: string(rune('a' + i)), Call: "c", Customer: "7", Amount: amount, State: allow.Asked, Day: "2026-03-01", At: now}
		if err := g.PutGrant(ctx, x); err != nil {
			t.Fatal(err)
		}
		if asked := must[[]allow.Grant](t)(g.AskedGrants(ctx)); len(asked) != 1 {
			t.Errorf("%+v", asked)
		}
		x.State = allow.Granted
		if err := g.PutGrant(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	if sum := must[float64](t)(g.Spent(ctx, "2026-03-01")); sum != 13 {
		t.Errorf("spent %v", sum)
	}
	if none := must[float64](t)(g.Spent(ctx, "2026-03-02")); none != 0 {
		t.Errorf("spent %v on another day", none)
	}
	if claims := must[[]float64](t)(g.Claims(ctx, "7", now.Add(-time.Hour))); len(claims) != 2 || claims[0] != 12.34 {
		t.Errorf("%v", claims)
	}
	if of := must[[]allow.Grant](t)(g.GrantsOf(ctx, "c")); len(of) != 2 {
		t.Errorf("%+v", of)
	}
}

func TestCallbacks(t *testing.T) { onBoth(t, testCallbacks) }

func testCallbacks(t *testing.T, at place) {
	t.Helper()
	c, ctx := openAt(t, at(t, t.TempDir())).Callbacks(), t.Context()
	w := callback.Wish{ID: "1", Number: "+4420", State: callback.Waiting, Since: moment()}
	for range 2 {
		if err := c.Put(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	if open := must[[]callback.Wish](t)(c.Open(ctx)); len(open) != 1 || open[0].Number != "+4420" {
		t.Errorf("%+v", open)
	}
}

// TestOneNodeCallsBack keeps a wish with the node it was made on.
func TestOneNodeCallsBack(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a := openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: "n1"}).Callbacks()
	b := openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: "n2"}).Callbacks()
	if err := a.Put(t.Context(), callback.Wish{ID: "1", State: callback.Waiting, Since: moment()}); err != nil {
		t.Fatal(err)
	}
	if mine, theirs := must[[]callback.Wish](t)(a.Open(t.Context())), must[[]callback.Wish](t)(b.Open(t.Context())); len(mine) != 1 || len(theirs) != 0 {
		t.Errorf("%d on its node, %d on the other", len(mine), len(theirs))
	}
}

func TestLearning(t *testing.T) { onBoth(t, testLearning) }

func testLearning(t *testing.T, at place) {
	t.Helper()
	s, ctx, now := openAt(t, at(t, t.TempDir())), t.Context(), moment()
	l, id := s.Learning(), call.NewID()
	mustRecord(t, s, script(id, "alice", "en", "I lost my card", false))
	for base, want := range map[string]int{"": 1, "bank": 1, "shop": 0} {
		if steps := must[[]gaps.Step](t)(l.Steps(ctx, base, now.Add(-2*time.Hour), 10)); len(steps) != want {
			t.Errorf("base %q: %+v", base, steps)
		}
	}
	if spoken := must[[]gaps.Spoken](t)(l.Spoken(ctx, id)); len(spoken) != 2 || spoken[0].Text != "I lost my card" {
		t.Errorf("%+v", spoken)
	}
	no := gaps.Dismissal{Base: "bank", Question: "Q?", Reason: "not our business", By: "kim", At: now}
	again := no
	again.At = now.Add(time.Second)
	if err := errors.Join(l.Dismiss(ctx, no, []string{"q"}), l.Dismiss(ctx, again, []string{"q", "q2"}),
		l.SetGolden(ctx, "bank", []gaps.Golden{{}}, "kim", now), l.AddRun(ctx, gaps.Run{Base: "bank", At: now})); err != nil {
		t.Fatal(err)
	}
	if gone := must[map[[2]string]time.Time](t)(l.Dismissed(ctx, "")); !gone[[2]string{"bank", "q"}].Equal(now.Add(time.Second)) {
		t.Errorf("%v", gone)
	}
	again.Wordings = 2
	if all := must[[]gaps.Dismissal](t)(l.Dismissals(ctx, "bank")); len(all) != 1 || all[0] != again {
		t.Errorf("%+v", all)
	}
	for _, want := range []bool{true, false} {
		if ok := must[bool](t)(l.Reopen(ctx, "bank", "Q?")); ok != want {
			t.Errorf("reopened: %v, want %v", ok, want)
		}
	}
	o := gaps.Origin{Base: "bank", Entry: "e", Count: 3, Calls: []gaps.CallTurn{{Call: id, Turn: 1, At: now}}, By: "kim", At: now}
	if err := l.SetOrigin(ctx, o); err != nil {
		t.Fatal(err)
	}
	if all := must[map[[2]string]gaps.Origin](t)(l.Origins(ctx, "")); !reflect.DeepEqual(all, map[[2]string]gaps.Origin{{"bank", "e"}: o}) {
		t.Errorf("%+v", all)
	}
	if got, ok, err := l.Origin(ctx, "bank", "e"); err != nil || !ok || !reflect.DeepEqual(got, o) {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	if items := must[[]gaps.Golden](t)(l.Golden(ctx, "bank")); len(items) != 1 {
		t.Errorf("%+v", items)
	}
	if runs := must[[]gaps.Run](t)(l.Runs(ctx, "bank", 5)); len(runs) != 1 || !runs[0].At.Equal(now) {
		t.Errorf("%+v", runs)
	}
}
