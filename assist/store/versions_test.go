package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/store/nexttest"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

const (
	nextDatabase = "PARLEY_TEST_DATABASE"
	nextEvents   = "PARLEY_TEST_EVENTS"
	nextCall     = "PARLEY_TEST_CALL" // that the other node has recorded
)

// greeting is what the nodes tell each other here.
type greeting struct{ From, Call string }

// talk has a call on a node: through the bus, into the record.
func talk(t *testing.T, bus *events.Bus, node, said string) call.ID {
	t.Helper()
	l := events.NewLog(bus, call.NewID(), time.Now())
	for _, e := range []struct {
		kind call.Kind
		body any
	}{
		{call.KindStarted, call.Started{From: "alice", To: "bank", Route: "bank", Langs: []string{"en"}, At: time.Now().UTC(), Node: node}},
		{call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: said, Lang: "en", End: sec(1)}},
		{call.KindEnded, call.Ended{By: call.Caller, Why: "bye", Duration: 2}},
	} {
		if err := l.Emit(t.Context(), sec(1), e.kind, e.body, true); err != nil {
			t.Fatal(err)
		}
	}
	return l.ID()
}

// recorded waits until a call has ended on record, and returns it.
func recorded(t *testing.T, s *store.Store, id call.ID) record.Detail {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		d, err := s.Get(t.Context(), id)
		if err == nil && d.State == record.Ended {
			return d
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %+v, %v", id, d, err)
		}
	}
}

// node is a store that records what is on the bus, until the end of the test.
func node(t *testing.T, url, bus, name string) (*store.Store, *events.Bus) {
	t.Helper()
	b := must[*events.Bus](t)(events.Open(t.Context(), events.Options{URL: bus}))
	s := openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: name, Source: "bus"})
	r := store.NewRecorder(s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, b) }() // ends with cancel
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, b.Close()); err != nil {
			t.Error(err)
		}
	})
	<-r.Ready()
	return s, b
}

// TestNextVersionChild is the newer node of TestTwoVersions, in a process of its own: it upgrades the tables, reads what the older
// one has recorded, asks it, and has a call of its own.
func TestNextVersionChild(t *testing.T) {
	url := os.Getenv(nextDatabase)
	if url == "" {
		t.Skip("started by TestTwoVersions")
	}
	s, b := node(t, url, os.Getenv(nextEvents), "n2")
	if d := recorded(t, s, call.ID(os.Getenv(nextCall))); len(d.Turns) != 1 || d.Turns[0].Text != "I lost my card" {
		t.Errorf("what the older node recorded: %+v", d)
	}
	id := talk(t, b, "n2", "I found my card")
	recorded(t, s, id)
	out, err := b.Ask(t.Context(), "greeting", must[[]byte](t)(json.Marshal(greeting{"n2", string(id)})))
	var g greeting
	if err != nil || json.Unmarshal(out, &g) != nil || g.From != "n1" {
		t.Errorf("the older node answers %s, %v", out, err)
	}
}

// TestTwoVersions runs a node of this version and one of a next version, built from this source with additions, side by side on one
// database and one event server: each reads what the other writes, and this one does not start any more on the newer tables.
func TestTwoVersions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds another program")
	}
	t.Parallel()
	program := nexttest.Build(t)
	url := pgtest.Database(t)
	srv := must[*server.Server](t)(server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true}))
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(time.Minute) {
		t.Fatal("the event server does not start")
	}
	s, b := node(t, url, srv.ClientURL(), "n1")
	asked := make(chan greeting, 1)
	stop, err := b.Hear("greeting", func(_ context.Context, data []byte) ([]byte, error) {
		var g greeting
		if err := json.Unmarshal(data, &g); err != nil {
			return nil, err
		}
		asked <- g
		return json.Marshal(greeting{From: "n1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	first := talk(t, b, "n1", "I lost my card")
	recorded(t, s, first)

	next := exec.CommandContext(t.Context(), program, "-test.run", "^TestNextVersionChild$", "-test.v")
	next.Env = append(os.Environ(), nextDatabase+"="+url, nextEvents+"="+srv.ClientURL(), nextCall+"="+string(first))
	if out, err := next.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestNextVersionChild") {
		t.Fatalf("the newer node: %s, %v", out, err)
	}
	g := <-asked
	d := recorded(t, s, call.ID(g.Call))
	if len(d.Turns) != 1 || d.Turns[0].Text != "I found my card" || d.From != "alice" {
		t.Errorf("what the newer node recorded: %+v", d)
	}
	if got := recorded(t, s, talk(t, b, "n1", "I lost it again")); got.Turns[0].Text != "I lost it again" {
		t.Errorf("a call on newer tables: %+v", got)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error("what was only added is taken for what cannot be read:", err)
	}
	if _, err := store.OpenAt(t.Context(), store.Options{Home: t.TempDir(), URL: url, Node: "n3"}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("a node of this version starts on newer tables: %v", err)
	}
}
