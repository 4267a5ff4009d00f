package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestSealingWaitsForNodes begins to seal a record beside a node that has no key yet, as when the nodes are given the key and
// the setting one after the other: what is written can be read by both, and is sealed once all have the key.
func TestSealingWaitsForNodes(t *testing.T) {
	t.Parallel()
	ctx, url, keys := t.Context(), pgtest.Database(t), ring(t, 'a')
	at := func(name string) *store.Store {
		return openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: name, Source: name})
	}
	old, fresh := at("n1"), at("n2")
	nodes := old.Nodes()
	if err := errors.Join(old.SealRecord(ctx, nil, false), nodes.Join(ctx, record.Node{Name: "n1"})); err != nil {
		t.Fatal(err)
	}
	fresh.UseKeys(keys)
	if err := errors.Join(fresh.SealRecord(ctx, keys, true), fresh.Nodes().Join(ctx, record.Node{Name: "n2"})); err != nil {
		t.Fatal(err)
	}
	id := everything(t, fresh)
	want := told(t, fresh, id)
	as := func(s *store.Store) string {
		return string(must[[]byte](t)(json.Marshal(must[record.Detail](t)(s.Get(ctx, id)))))
	}
	if err := old.LoadSealing(ctx, nil); err != nil && !errors.Is(err, seal.ErrKey) {
		t.Fatal(err)
	}
	if got, want := as(old), as(fresh); got != want {
		t.Errorf("the node without the key reads\n%s\nwant\n%s", got, want)
	}
	if err := nodes.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	if err := at("n3").Nodes().Join(ctx, record.Node{Name: "n3"}); !errors.Is(err, seal.ErrLocked) {
		t.Errorf("a node without the key joins once the record is to be sealed: %v", err)
	}
	change(t, url, "UPDATE sealing_keys SET from_ms = 0") // the time for running nodes to read the key is over
	if err := fresh.LoadSealing(ctx, keys); err != nil {
		t.Fatal(err)
	}
	if n, err := fresh.SealRows(ctx, false, 0); err != nil || n == 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	if got := told(t, fresh, id); got != want {
		t.Errorf("sealed, it is read as\n%s\nwant\n%s", got, want)
	}
	if clear := inClear(raw(t, store.Options{URL: url})); len(clear) > 0 {
		t.Errorf("all nodes have the key, and in the clear are %v", clear)
	}
}

// TestSealingWaitsForTheDead has a node that has no key die without a word: it is waited for while it may only be frozen.
func TestSealingWaitsForTheDead(t *testing.T) {
	t.Parallel()
	ctx, url, keys := t.Context(), pgtest.Database(t), ring(t, 'a')
	join(t, url, "n1").kill()
	n2 := join(t, url, "n2")
	s := n2.Store
	s.UseKeys(keys)
	if err := s.SealRecord(ctx, keys, true); err != nil {
		t.Fatal(err)
	}
	change(t, url, "UPDATE sealing_keys SET from_ms = 0") // the time for running nodes to read the key is over
	if err := s.LoadSealing(ctx, keys); err != nil || s.Sealed() {
		t.Error("sealed before anybody knows that n1 is gone:", err)
	}
	change(t, url, "UPDATE nodes SET beat_ms = beat_ms - 600000 WHERE id = 'n1'")
	for deadline := time.Now().Add(time.Minute); !s.Sealed(); time.Sleep(20 * time.Millisecond) { // until n2 has given some signs of life
		if err := s.LoadSealing(ctx, keys); err != nil || time.Now().After(deadline) {
			t.Fatal("not sealed though n1 has been silent for ten minutes:", err)
		}
	}
	// From then on nobody writes in the clear: neither who has not seen for long enough who lives, nor commands.
	if _, err := s.SealRows(ctx, false, 0); err != nil {
		t.Fatal(err)
	}
	// Nor is it opened again for n1, which comes back without the key, as after it was frozen, or when a clock is set back.
	change(t, url, "UPDATE nodes SET beat_ms = (SELECT beat_ms FROM nodes WHERE id = 'n2') WHERE id = 'n1'")
	if err := s.LoadSealing(ctx, keys); err != nil || !s.Sealed() {
		t.Errorf("a sealed record is opened for a node without the key: %v", err)
	}
	n2.kill() // it gives no signs of life, as while the database is away
	command := must[*store.Store](t)(store.OpenAt(ctx, store.Options{Home: t.TempDir(), URL: url, Keys: func(context.Context) (*seal.Ring, error) { return keys, nil }}))
	if err := s.LoadSealing(ctx, keys); err != nil || !s.Sealed() || !command.Sealed() {
		t.Errorf("a sealed record is written in the clear: by the node %t, by a command %t, %v", !s.Sealed(), !command.Sealed(), err)
	}
	if err := command.Close(); err != nil {
		t.Error(err)
	}
}

// TestUpgradedWhileStarting has the tables upgraded by a newer node between the moments in which this one looked at them and
// joined the others: it does not join.
func TestUpgradedWhileStarting(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: "n1"})
	change(t, url, "UPDATE parts SET version = 1000 WHERE name = 'nodes'")
	nodes := s.Nodes()
	if err := nodes.Join(t.Context(), record.Node{Name: "n1"}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("joined newer tables: %v", err)
	}
	if all := must[[]record.Node](t)(nodes.List(t.Context())); len(all) != 0 {
		t.Errorf("a node that did not start is among %+v", all)
	}
}

// TestLackingNodes tells which nodes have not read a fresh key, until their next sign of life after they have.
func TestLackingNodes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := openAt(t, store.Options{Home: t.TempDir(), URL: pgtest.Database(t), Node: "n1"})
	s.UseKeys(ring(t, 'a'))
	nodes := s.Nodes()
	if err := nodes.Join(ctx, record.Node{Name: "one"}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends with cancel
		defer close(done)
		nodes.Run(ctx, func() int { return 0 }, func(context.Context, []call.Event) {})
	}()
	defer func() { cancel(); <-done }()
	for keys, want := range map[*seal.Ring]string{ring(t, 'a'): "", ring(t, 'b', 'a'): "one (n1)"} {
		if lack := must[[]string](t)(s.Lacking(ctx, keys)); strings.Join(lack, " ") != want {
			t.Errorf("lacking: %q, want %q", lack, want)
		}
	}
	fresh := ring(t, 'b', 'a')
	s.UseKeys(fresh)
	for deadline := time.Now().Add(time.Minute); len(must[[]string](t)(s.Lacking(ctx, fresh))) > 0; time.Sleep(20 * time.Millisecond) { // polling
		if time.Now().After(deadline) {
			t.Fatal("the node does not tell that it has the key")
		}
	}
}

// change changes a database as another program would.
func change(t *testing.T, url, statement string) {
	t.Helper()
	if _, err := beside(t, store.Options{URL: url}).ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
