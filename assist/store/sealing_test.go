package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

// plainly is onBoth without sealing: these tests begin it themselves.
func plainly(t *testing.T, test func(t *testing.T, o store.Options)) {
	t.Parallel()
	on(t, "", nil, func(t *testing.T, at place) { test(t, at(t, t.TempDir())) }) //nolint:thelper // not one
}

// TestSealing seals a record that was written in the clear, opens it again, and seals it once more: each time everything
// is read as it was, and while it is sealed nobody is recognised in the database.
func TestSealing(t *testing.T) { plainly(t, testSealing) }

func testSealing(t *testing.T, o store.Options) {
	t.Helper()
	ctx := t.Context()
	s := openAt(t, o)
	id := everything(t, s)
	want, before := told(t, s, id), raw(t, o)
	if len(inClear(before)) < 20 {
		t.Fatalf("the words stand only in %v", inClear(before))
	}
	if err := s.SealRecord(ctx, nil, true); !errors.Is(err, seal.ErrLocked) {
		t.Errorf("sealed without a key: %v", err)
	}
	keys := ring(t, 'a')
	for i, on := range []bool{true, false, true} {
		if err := s.SealRecord(ctx, keys, on); err != nil {
			t.Fatal(err)
		}
		if got := told(t, s, id); got != want {
			t.Errorf("%d: before the rows are sealed:\n%s\nwant\n%s", i, got, want)
		}
		if n, err := s.SealRows(ctx, false, 0); err != nil || n == 0 {
			t.Errorf("%d rows, %v", n, err)
		}
		if n, err := s.SealRows(ctx, true, 0); err != nil || n != 0 {
			t.Errorf("again: %d rows, %v", n, err)
		}
		if got := told(t, s, id); got != want {
			t.Errorf("%d: after the rows are sealed:\n%s\nwant\n%s", i, got, want)
		}
		if clear := inClear(raw(t, o)); on && len(clear) > 0 {
			t.Errorf("sealed, and in the clear are %v", clear)
		}
	}
	fresh := o
	fresh.Home, fresh.URL = t.TempDir(), ""
	x := openAt(t, fresh)
	if err := x.SealRecord(ctx, keys, true); err != nil {
		t.Fatal(err)
	}
	everything(t, x)
	if clear := inClear(raw(t, fresh)); len(clear) > 0 {
		t.Errorf("written sealed, and in the clear are %v", clear)
	}
}

// namesKey reports whether err says which key is missing, and how it is given.
func namesKey(err error, r *seal.Ring) bool {
	text := err.Error()
	return strings.Contains(text, r.Current()) && strings.Contains(text, "--config") && strings.Contains(text, "PARLEY_KEY_FILE")
}

// TestSealedWithoutKey opens a sealed record without its key: what is sealed is neither read nor added to.
func TestSealedWithoutKey(t *testing.T) { plainly(t, testSealedWithoutKey) }

func testSealedWithoutKey(t *testing.T, o store.Options) {
	t.Helper()
	ctx, s := t.Context(), openAt(t, o)
	if err := s.SealRecord(ctx, ring(t, 'a'), true); err != nil {
		t.Fatal(err)
	}
	id := everything(t, s)
	blind := openAt(t, o)
	if _, err := blind.Get(ctx, id); !errors.Is(err, seal.ErrKey) || !namesKey(err, ring(t, 'a')) {
		t.Errorf("read without a key: %v", err)
	}
	if _, err := blind.Record(ctx, script(call.NewID(), telephone, "en", heliotrope, true)); !errors.Is(err, seal.ErrLocked) || !namesKey(err, ring(t, 'a')) {
		t.Errorf("written without a key: %v", err)
	}
	if err := blind.People().AddAccount(ctx, account("1", "root")); err != nil {
		t.Errorf("what is not sealed needs no key: %v", err)
	}
	if err := blind.SealRecord(ctx, ring(t, 'b'), true); !errors.Is(err, seal.ErrKey) {
		t.Errorf("taken over with another key: %v", err)
	}
	wrong := o
	wrong.Keys = func(context.Context) (*seal.Ring, error) { return ring(t, 'b'), nil }
	if _, err := store.OpenAt(ctx, wrong); !errors.Is(err, seal.ErrKey) {
		t.Errorf("opened with another key: %v", err)
	}
	wrong.Keys = func(context.Context) (*seal.Ring, error) { return ring(t, 'a'), nil }
	if d, err := openAt(t, wrong).Get(ctx, id); err != nil || d.From != telephone {
		t.Errorf("opened with its key: %+v, %v", d.Call, err)
	}
}

// TestSealedElsewhere moves sealed texts to other rows and columns, and changes one: none is read.
func TestSealedElsewhere(t *testing.T) { plainly(t, testSealedElsewhere) }

func testSealedElsewhere(t *testing.T, o store.Options) {
	t.Helper()
	ctx, s := t.Context(), openAt(t, o)
	if err := s.SealRecord(ctx, ring(t, 'a'), true); err != nil {
		t.Fatal(err)
	}
	id := everything(t, s)
	db := beside(t, o)
	for _, q := range []string{
		"UPDATE turns SET body = (SELECT o.body FROM turns o WHERE o.n = 2 ORDER BY o.call LIMIT 1) WHERE n = 1",
		"UPDATE turns SET body = text",
		"UPDATE turns SET body = substr(body, 1, 40) || 'A' || substr(body, 42)",
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, id); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("%s: %v", q, err)
		}
	}
	// Nobody can write what passes for a sealed text.
	forged := "\x02AAAAAAAAforged"
	for _, on := range []bool{true, false} {
		if err := s.SealRecord(ctx, ring(t, 'a'), on); err != nil {
			t.Fatal(err)
		}
		one := call.NewID()
		mustRecord(t, s, script(one, "\x03"+forged, "en", forged, false))
		if d, err := s.Get(ctx, one); err != nil || len(d.Turns) != 2 {
			t.Errorf("sealed %v: %+v, %v", on, d, err)
		}
	}
}

// TestRotateSealing changes the master key while another process reads and writes, and drops the old one.
func TestRotateSealing(t *testing.T) { plainly(t, testRotateSealing) }

func testRotateSealing(t *testing.T, o store.Options) {
	t.Helper()
	ctx, s := t.Context(), openAt(t, o)
	old, both, only := ring(t, 'a'), ring(t, 'b', 'a'), ring(t, 'b')
	if err := s.SealRecord(ctx, old, true); err != nil {
		t.Fatal(err)
	}
	id := everything(t, s)
	want, before := told(t, s, id), raw(t, o)
	o2 := o
	o2.Keys = func(context.Context) (*seal.Ring, error) { return both, nil }
	console := openAt(t, o2)
	from, err := console.Rotate(ctx, both, time.Hour)
	if err != nil || time.Until(from) < 30*time.Minute {
		t.Fatalf("from %v, %v", from, err)
	}
	if n, err := console.SealRows(ctx, true, 0); err != nil || n != 0 {
		t.Errorf("sealed anew before all nodes know the key: %d, %v", n, err)
	}
	if got := told(t, s, id); got != want {
		t.Error("a node that was not told reads something else")
	}
	if from, err = console.Rotate(ctx, both, 0); err != nil || !from.IsZero() {
		t.Errorf("rotated twice: %v, %v", from, err)
	}
	third := ring(t, 'c', 'b', 'a')
	if from, err = console.Rotate(ctx, third, 0); err != nil || from.IsZero() {
		t.Fatalf("from %v, %v", from, err)
	}
	if err := errors.Join(console.LoadSealing(ctx, third), s.LoadSealing(ctx, third)); err != nil {
		t.Fatal(err)
	}
	if n, err := console.SealRows(ctx, true, 0); err != nil || n == 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	after := raw(t, o)
	for _, column := range []string{"turns.body", "events.body", "tickets.fields", "calls.caller", "calls.caller_sealed", "customers_handles.value", "customers.name", "hooks_outbox.body"} {
		if slices.ContainsFunc(after[column], func(text string) bool { return text != "" && slices.Contains(before[column], text) }) {
			t.Errorf("%s was not sealed again", column)
		}
	}
	last := openAt(t, o)
	for i, r := range []*seal.Ring{ring(t, 'c'), third} {
		if err := last.LoadSealing(ctx, r); err != nil {
			t.Fatal(i, err)
		}
		if got := told(t, last, id); got != want {
			t.Errorf("%d: after the rotation\n%s\nwant\n%s", i, got, want)
		}
	}
	if err := openAt(t, o).LoadSealing(ctx, only); !errors.Is(err, seal.ErrKey) {
		t.Errorf("opened with a key that was dropped: %v", err)
	}
}

// TestSealRowsGoesOn stops in the middle and goes on in another process, while calls come in.
func TestSealRowsGoesOn(t *testing.T) { plainly(t, testSealRowsGoesOn) }

func testSealRowsGoesOn(t *testing.T, o store.Options) {
	t.Helper()
	ctx, s := t.Context(), openAt(t, o)
	var ids []call.ID
	for i := range 120 {
		ids = append(ids, call.NewID())
		mustRecord(t, s, script(ids[i], telephone, "en", fmt.Sprint(heliotrope, i), false))
	}
	keys := ring(t, 'a')
	if err := s.SealRecord(ctx, keys, true); err != nil {
		t.Fatal(err)
	}
	some, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { // ends with the first pause
		n, err := s.SealRows(some, false, time.Hour)
		if n == 0 || err == nil {
			err = fmt.Errorf("%d rows, %w", n, err)
		} else {
			err = nil
		}
		done <- err
	}()
	for db := beside(t, o); len(query(t, db, "SELECT name FROM sealing_passes WHERE done = 0", 1)) == 0; {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	mustRecord(t, s, script(call.NewID(), telephone, "en", heliotrope, false))
	o2 := o
	o2.Keys = func(context.Context) (*seal.Ring, error) { return keys, nil }
	second, err := openAt(t, o2).SealRows(ctx, false, 0)
	if err != nil || second == 0 {
		t.Fatalf("%d rows, %v", second, err)
	}
	if clear := inClear(raw(t, o)); len(clear) > 0 {
		t.Errorf("in the clear are %v", clear)
	}
	if p, err := s.List(ctx, record.Query{Text: "wheelbarrow 紫色119"}); err != nil || len(p.Calls) != 1 || p.Calls[0].ID != ids[119] {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := s.List(ctx, record.Query{Text: telephone, Limit: 50}); err != nil || len(p.Calls) != 50 || p.Next == "" {
		t.Errorf("%d calls, %v", len(p.Calls), err)
	}
}

// TestEraseSealed erases a caller of a sealed record, proves it, and finds what is left when something is.
func TestEraseSealed(t *testing.T) { plainly(t, testEraseSealed) }

func testEraseSealed(t *testing.T, o store.Options) {
	t.Helper()
	ctx, s := t.Context(), openAt(t, o)
	if err := s.SealRecord(ctx, ring(t, 'a'), true); err != nil {
		t.Fatal(err)
	}
	id := everything(t, s)
	k := s.Keeping(func(a, b string) bool { return strings.TrimPrefix(a, "+44") == strings.TrimPrefix(b, "0") })
	traces, _, err := k.Traces(ctx, retain.Subject{Caller: "02079460123", Customer: true})
	if err != nil || len(traces.Calls) != 1 || traces.Calls[0] != id || !slices.Contains(traces.Numbers, telephone) || !slices.Equal(traces.Customers, []string{"1"}) || len(traces.Words) == 0 {
		t.Fatalf("%+v, %v", traces, err)
	}
	left := func() (out []string) {
		t.Helper()
		looks, err := k.Look(ctx, traces)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range looks {
			if l.Found > 0 {
				out = append(out, l.What)
			}
		}
		return out
	}
	for _, table := range []string{"turns", "events", "tickets", "wrapups", "callbacks", "hooks_outbox", "scores_sheets", "insights_questions"} {
		if !slices.Contains(left(), "table "+table) {
			t.Errorf("nothing is found in %s before", table)
		}
	}
	if _, err := k.Erase(ctx, traces); err != nil {
		t.Fatal(err)
	}
	if all := left(); len(all) > 0 {
		t.Errorf("left in %v", all)
	}
	// A ticket of another call that names this one.
	now := moment()
	if _, _, err := s.Tickets().AddTicket(ctx, "later", ticket.Ticket{ID: "u", Form: "f", Fields: map[string]string{"what": "see " + string(id)}, Status: ticket.Open, Call: "c", Created: now, Updated: now, Due: now, Version: 1}); err != nil {
		t.Fatal(err)
	}
	if all := left(); !slices.Equal(all, []string{"table tickets"}) {
		t.Errorf("left in %v", all)
	}
}
