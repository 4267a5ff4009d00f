package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// member is a node of a test: its store, and what stops its signs of life as a death would.
type member struct {
	*store.Store

	kill func()
	cuts chan call.Event
}

func join(t *testing.T, url, name string) *member {
	t.Helper()
	m := &member{Store: openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: name, Source: "bus"}), cuts: make(chan call.Event, 10)}
	n := m.Nodes()
	if err := n.Join(t.Context(), record.Node{Name: name, Version: "1.2.3", SIP: name + ":5060", Limit: 9}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { // ends with kill
		defer close(done)
		n.Run(ctx, func() int { return 3 }, func(_ context.Context, ends []call.Event) {
			for _, e := range ends {
				m.cuts <- e
			}
		})
	}()
	m.kill = func() { cancel(); <-done }
	t.Cleanup(m.kill)
	return m
}

func state(t *testing.T, s *store.Store, id call.ID) record.Detail {
	t.Helper()
	return must[record.Detail](t)(s.Get(t.Context(), id))
}

// living has a caller talk on a, for long enough for a living node to be taken for dead by mistake. A machine that has no
// time for it for more than a second makes that no mistake, so there is more than one try.
func living(t *testing.T, a, b *member) (caller string, evs []call.Event) {
	t.Helper()
	for try := range 4 {
		caller = fmt.Sprint("alice", try)
		evs = script(call.NewID(), caller, "en", "I lost my card", true) // on n1
		mustRecord(t, a.Store, evs)
		time.Sleep(2500 * time.Millisecond)
		d := state(t, b.Store, evs[0].Call)
		if d.State == record.Running && d.Node == "n1" {
			return caller, evs
		}
		t.Logf("while its node lives the call is %s, on %q", d.State, d.Node)
		for len(b.cuts) > 0 {
			<-b.cuts
		}
	}
	t.Fatal("a living node is taken for dead each time")
	return "", nil
}

func TestCallsOfADeadNodeAreMarked(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := join(t, url, "n1"), join(t, url, "n2")
	nodes := must[[]record.Node](t)(b.Nodes().List(t.Context()))
	if len(nodes) != 2 || !nodes[0].Alive || nodes[0].SIP != "n1:5060" || nodes[0].Version != "1.2.3" || !nodes[1].Self || nodes[0].Limit != 9 {
		t.Fatalf("%+v", nodes)
	}
	alice, evs := living(t, a, b)
	died := time.Now()
	a.kill()
	select {
	case e := <-b.cuts:
		t.Logf("marked after %d ms", time.Since(died).Milliseconds())
		if e.Call != evs[0].Call || e.Kind != call.KindEnded || e.Seq != 6 {
			t.Errorf("%+v", e)
		}
		mustRecord(t, b.Store, []call.Event{e}) // it comes back over the bus
	case <-time.After(20 * time.Second):
		t.Fatal("nobody marked the call")
	}
	d := state(t, b.Store, evs[0].Call)
	if d.State != record.Cut || d.Duration != 5 || len(d.Turns) != 2 {
		t.Errorf("%+v", d)
	}
	broken, ok, err := b.Broken(t.Context(), alice, "bank-en", time.Now().Add(-2*time.Hour))
	if err != nil || !ok || broken.ID != d.ID {
		t.Errorf("%+v %v %v", broken, ok, err)
	}
	if _, ok, err := b.Broken(t.Context(), alice, "bank-en", time.Now()); ok || err != nil {
		t.Error("a call that was cut an hour ago goes on", err)
	}
	// The node was only silent: its call goes on, and nothing of it is lost.
	said := call.Event{Call: d.ID, Seq: 6, At: sec(9), Kind: call.KindTurn, Body: []byte(`{"n":3,"who":"caller","text":"Hello?","lang":"en","start_s":8,"end_s":9}`)}
	mustRecord(t, b.Store, []call.Event{said})
	if d = state(t, b.Store, d.ID); d.State != record.Running || len(d.Turns) != 3 || d.Duration != 9 || d.Why != "" {
		t.Errorf("after a sign of life: %+v", d)
	}
	mustRecord(t, b.Store, []call.Event{{Call: d.ID, Seq: 7, At: sec(10), Kind: call.KindEnded, Body: []byte(`{"by":"caller","why":"bye","duration_s":10}`)}})
	mustRecord(t, b.Store, evs) // and again
	if d = state(t, b.Store, d.ID); d.State != record.Ended || d.Why != "bye" || len(d.Turns) != 3 {
		t.Errorf("in the end: %+v", d)
	}
}

func TestOneNodeOfAName(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a := join(t, url, "n1")
	twin := openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: "n1", Source: "bus"})
	if err := twin.Nodes().Join(t.Context(), record.Node{Name: "twin"}); !errors.Is(err, store.ErrTwice) {
		t.Errorf("a second node of a name: %v", err)
	}
	a.kill()
	if err := twin.Nodes().Join(t.Context(), record.Node{Name: "again"}); err != nil {
		t.Errorf("after the first one died: %v", err)
	}
	if err := twin.Nodes().Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := must[[]record.Node](t)(twin.Nodes().List(t.Context())); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestOneNodeDelivers hands deliveries to one node until it dies.
func TestOneNodeDelivers(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := join(t, url, "n1"), join(t, url, "n2")
	ctx := t.Context()
	if err := a.Outbox().Enqueue(ctx, []hooks.Target{{Name: "crm"}}, []hooks.Event{{ID: "1", Kind: hooks.CallEnded, Data: []byte("{}")}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := a.Outbox().Oldest(ctx, "crm"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := b.Outbox().Oldest(ctx, "crm"); ok || err != nil {
		t.Errorf("both nodes deliver: %v", err)
	}
	a.kill()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, ok, err := b.Outbox().Oldest(ctx, "crm")
		if err != nil || time.Now().After(deadline) {
			t.Fatal("nobody goes on delivering", err)
		}
		if ok {
			break
		}
	}
}

// TestTwoRecordersOfOneBus records one bus from two nodes: everything is there once, and each node writes the files of
// its own calls.
func TestTwoRecordersOfOneBus(t *testing.T) {
	t.Parallel()
	url, homes := pgtest.Database(t), []string{t.TempDir(), t.TempDir()}
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(t.TempDir(), "events")})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	var stores []*store.Store
	for i, home := range homes {
		s := openAt(t, store.Options{Home: home, URL: url, Node: []string{"n1", "n2"}[i], Source: "bus"})
		stores = append(stores, s)
		r := store.NewRecorder(s, nil)
		go func() { done <- r.Run(ctx, bus) }() // ends with cancel
		<-r.Ready()
	}
	var ids []call.ID
	for range 30 {
		evs := script(call.NewID(), "alice", "en", "hello", false)
		publish(t, bus, evs)
		ids = append(ids, evs[0].Call)
	}
	cancel()
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if d := state(t, stores[1], id); d.State != record.Ended || len(d.Turns) != 2 || len(d.Answers) != 1 {
			t.Fatalf("%+v", d)
		}
		for i, home := range homes {
			_, err := os.Stat(filepath.Join(home, "calls", string(id), "transcript.json"))
			if (err == nil) != (i == 0) {
				t.Errorf("transcript of a call of n1 on n%d: %v", i+1, err)
			}
		}
	}
	last := must[uint64](t)(bus.Last(t.Context()))
	if pos := must[uint64](t)(stores[0].Position(t.Context())); pos != last {
		t.Errorf("position %d of %d", pos, last)
	}
}

func TestPostgresRefusals(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := openAt(t, store.Options{Home: t.TempDir(), URL: url})
	if p := must[record.Page](t)(s.List(t.Context(), record.Query{})); len(p.Calls) != 0 {
		t.Error(p)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "UPDATE parts SET version = 99 WHERE name = 'tickets'"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenAt(t.Context(), store.Options{Home: t.TempDir(), URL: url}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("tables of a newer program: %v", err)
	}
	for _, bad := range []string{"postgres://u:hunter2@127.0.0.1:1/x?sslmode=disable", "postgres://u:hunter2@[::bad/x", "host=127.0.0.1 port=1 password=hunter2 sslmode=bad"} {
		_, err := store.OpenAt(t.Context(), store.Options{Home: t.TempDir(), URL: bad})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
	if !slices.Contains(must[[]string](t)(tables(t, conn)), "scores_words") {
		t.Error("tables are missing")
	}
}

func tables(t *testing.T, conn *pgx.Conn) ([]string, error) {
	t.Helper()
	rows, err := conn.Query(t.Context(), "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// BenchmarkRecordShared is the time to record an event in PostgreSQL, in batches of 64 of one call after another.
func BenchmarkRecordShared(b *testing.B) {
	s, err := store.OpenAt(b.Context(), store.Options{Home: b.TempDir(), URL: pgtest.Database(b), Node: "n", Source: "bus"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	body, err := json.Marshal(call.Turn{N: 1, Who: call.Caller, Lang: "en", Text: "I would like to know what a transfer abroad costs."})
	if err != nil {
		b.Fatal(err)
	}
	const batch = 64
	id, seq, pos := call.NewID(), uint64(0), uint64(0)
	for b.Loop() {
		evs := make([]call.Event, 0, batch)
		for range batch {
			seq++
			pos++
			e := call.Event{V: call.Version, Call: id, Seq: seq, Pos: pos, Kind: call.KindUnderstood, Body: body}
			if seq == 1 {
				e.Kind = call.KindStarted
				if e.Body, err = json.Marshal(call.Started{From: "+441632960000", Route: "bank", At: time.Now(), Node: "n"}); err != nil {
					b.Fatal(err)
				}
			}
			evs = append(evs, e)
		}
		if seq >= 4*batch {
			id, seq = call.NewID(), 0
		}
		if _, err := s.Record(b.Context(), evs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkBeat is a sign of life in PostgreSQL, as each node gives two a second.
func BenchmarkBeat(b *testing.B) {
	conn, err := pgx.Connect(b.Context(), pgtest.Database(b))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(b.Context()) }()
	if _, err := conn.Exec(b.Context(), "CREATE TABLE beats (id TEXT PRIMARY KEY, beat_ms BIGINT NOT NULL, calls INTEGER NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), "INSERT INTO beats SELECT 'n' || i, 0, 0 FROM generate_series(1, 1000) i"); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		n++
		if _, err := conn.Exec(b.Context(), "UPDATE beats SET beat_ms = CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT), calls = 3 WHERE id = $1", fmt.Sprint("n", n%1000+1)); err != nil {
			b.Fatal(err)
		}
	}
}
