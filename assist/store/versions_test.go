package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
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

// codec is what the next version seals and this one does not.
const codec = "PCMU"

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
		{call.KindStarted, call.Started{From: "alice", To: "bank", Route: "bank", Langs: []string{"en"}, Codec: codec, At: time.Now().UTC(), Node: node}},
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

// node is a store that seals and records what is on the bus, until it leaves, at the latest at the end of the test.
func node(t *testing.T, url, bus, name string) (s *store.Store, b *events.Bus, leave func()) {
	t.Helper()
	b = must[*events.Bus](t)(events.Open(t.Context(), events.Options{URL: bus}))
	s = openAt(t, store.Options{Home: t.TempDir(), URL: url, Node: name, Source: "bus"})
	keys := ring(t, 'a')
	s.UseKeys(keys)
	if err := s.SealRecord(t.Context(), keys, true); err != nil {
		t.Fatal(err)
	}
	nodes := s.Nodes()
	if err := nodes.Join(t.Context(), record.Node{Name: name}); err != nil {
		t.Fatal(err)
	}
	r := store.NewRecorder(s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, b) }() // ends with cancel
	leave = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, nodes.Leave(context.WithoutCancel(t.Context()))); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		leave()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	<-r.Ready()
	return s, b, leave
}

// TestNextVersionChild is the newer node of TestTwoVersions, in a process of its own: it upgrades the tables, reads what the older
// one has recorded, asks it, and has a call of its own. When the older one has left, it seals what that one could not read sealed.
func TestNextVersionChild(t *testing.T) {
	url := os.Getenv(nextDatabase)
	if url == "" {
		t.Skip("started by TestTwoVersions")
	}
	s, b, _ := node(t, url, os.Getenv(nextEvents), "n2")
	if d := recorded(t, s, call.ID(os.Getenv(nextCall))); len(d.Turns) != 1 || d.Turns[0].Text != "I lost my card" {
		t.Errorf("what the older node recorded: %+v", d)
	}
	id := talk(t, b, "n2", "I found my card")
	recorded(t, s, id)
	if n, err := s.SealRows(t.Context(), false, 0); err != nil || n != 0 {
		t.Errorf("%d rows are sealed while an older node reads them, %v", n, err)
	}
	out, err := b.Ask(t.Context(), "greeting", must[[]byte](t)(json.Marshal(greeting{"n2", string(id)})))
	var g greeting
	if err != nil || json.Unmarshal(out, &g) != nil || g.From != "n1" {
		t.Errorf("the older node answers %s, %v", out, err)
	}
	if _, err := b.Ask(t.Context(), "farewell", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.LoadSealing(t.Context(), ring(t, 'a')); err != nil {
		t.Fatal(err)
	}
	if n, err := s.SealRows(t.Context(), false, 0); err != nil || n != 3 {
		t.Errorf("%d rows of three calls are sealed once nobody reads them in the clear, %v", n, err)
	}
	last := talk(t, b, "n2", "I lost my card for good")
	for _, id := range []call.ID{id, last} {
		if d := recorded(t, s, id); d.Codec != codec {
			t.Errorf("a sealed codec is read as %q", d.Codec)
		}
	}
	for _, text := range codecs(t, url) {
		if seal.SealedBy(text) == "" {
			t.Errorf("a codec is still in the clear: %q", text)
		}
	}
}

// codecs are all codecs on record as they are in the database.
func codecs(t *testing.T, url string) []string {
	t.Helper()
	return raw(t, store.Options{URL: url})["calls.codec"]
}

// TestTwoVersions runs a node of this version and one of a next version, built from this source with additions, side by side on one
// database and one event server: each reads what the other writes, also in a column that the newer one seals and this one does not,
// and this one does not start any more on the newer tables.
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
	s, b, leave := node(t, url, srv.ClientURL(), "n1")
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

	over := make(chan error, 1)
	if stop, err = b.Hear("farewell", func(context.Context, []byte) ([]byte, error) { return []byte("{}"), <-over }); err != nil {
		t.Fatal(err)
	}
	defer stop()

	next := exec.CommandContext(t.Context(), program, "-test.run", "^TestNextVersionChild$", "-test.v")
	next.Env = append(os.Environ(), nextDatabase+"="+url, nextEvents+"="+srv.ClientURL(), nextCall+"="+string(first))
	ended := make(chan struct{})
	var out []byte
	go func() { // ends with the newer node
		defer close(ended)
		out, err = next.CombinedOutput()
	}()
	var g greeting
	select {
	case g = <-asked:
	case <-ended:
		t.Fatalf("the newer node: %s, %v", out, err)
	}
	if d := recorded(t, s, first); d.Codec != codec {
		t.Errorf("a codec is read as %q", d.Codec)
	}
	besideNewer(t, s, b, url, call.ID(g.Call))
	leave()
	over <- nil
	<-ended
	if err != nil || !strings.Contains(string(out), "--- PASS: TestNextVersionChild") {
		t.Fatalf("the newer node: %s, %v", out, err)
	}
}

// besideNewer looks at the record and the events from the older node while the newer one runs.
func besideNewer(t *testing.T, s *store.Store, b *events.Bus, url string, newer call.ID) {
	t.Helper()
	d := recorded(t, s, newer)
	if len(d.Turns) != 1 || d.Turns[0].Text != "I found my card" || d.From != "alice" || d.Codec != codec {
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
