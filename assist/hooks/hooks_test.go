package hooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/reach"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	secret = "whsec"
	events = 600 // posted by the process that is killed
)

func TestMain(m *testing.M) {
	if home := os.Getenv("HOOKS_TEST_HOME"); home != "" {
		child(home, os.Getenv("HOOKS_TEST_URL"))
		return
	}
	goleak.VerifyTestMain(m)
}

// receiver remembers what it was sent and took.
type receiver struct {
	*httptest.Server

	mu    sync.Mutex
	ids   []string
	tries map[string]int
	down  bool
	flaky float64
}

// newReceiver is a receiver that is down or flaky from the first.
func newReceiver(t *testing.T, down bool, flaky float64) *receiver {
	t.Helper()
	r := &receiver{tries: map[string]int{}, down: down, flaky: flaky}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the sender was killed
		}
		if err := hooks.Check(secret, req.Header.Get(hooks.HeaderSignature), body, time.Now(), time.Minute); err != nil {
			t.Error("signature:", err)
		}
		var e hooks.Event
		if err := json.Unmarshal(body, &e); err != nil || e.ID != req.Header.Get(hooks.HeaderID) {
			t.Errorf("%s: %v", body, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tries[e.ID]++
		if r.down || rand.Float64() < r.flaky {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if !slices.Contains(r.ids, e.ID) { // as receivers are told to do
			r.ids = append(r.ids, e.ID)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) taken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ids)
}

func client() *http.Client {
	return reach.Client(reach.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 5 * time.Second})
}

func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// run runs a courier until the test ends.
func run(t *testing.T, o hooks.Options) *hooks.Courier {
	t.Helper()
	o.Client = client()
	c := hooks.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }() // ends with cancel below
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		o.Client.CloseIdleConnections()
	})
	return c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in vain:", what)
		}
	}
}

func TestInOrderThroughFailures(t *testing.T) {
	r := newReceiver(t, true, 0)
	s := open(t)
	c := run(t, hooks.Options{Outbox: s.Outbox(), First: time.Millisecond, Targets: []hooks.Target{
		{Name: "crm", URL: r.URL, Secret: secret, Kinds: []hooks.Kind{hooks.TicketCreated}},
		{Name: "forbidden", URL: "http://[::1]:1/", Secret: secret}, // refused by the guard, and in nobody's way
	}})
	var want []string
	for i := range 20 {
		id := fmt.Sprint("t", i)
		want = append(want, id)
		for range 2 { // posted twice, as after a crash
			if err := c.Post(t.Context(), hooks.Event{ID: id, Kind: hooks.TicketCreated, Data: json.RawMessage(`{"n":1}`)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Post(t.Context(), hooks.Event{Kind: hooks.CardShown, Data: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "tries while down", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.tries["t0"] > 3 })
	if got := r.taken(); len(got) != 0 {
		t.Errorf("taken while down: %v", got)
	}
	r.mu.Lock()
	if r.tries["t1"] != 0 {
		t.Errorf("the second was sent before the first was taken: %v", r.tries)
	}
	r.down, r.flaky = false, 0.3
	r.mu.Unlock()
	eventually(t, "all delivered", func() bool { return len(r.taken()) == 20 })
	if got := r.taken(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestGivenUpAndReplayed(t *testing.T) {
	r := newReceiver(t, true, 0)
	s := open(t)
	c := run(t, hooks.Options{Outbox: s.Outbox(), First: time.Millisecond, MaxAge: time.Nanosecond, Targets: []hooks.Target{{Name: "crm", URL: r.URL, Secret: secret}}})
	for i := range 3 {
		if err := c.Post(t.Context(), hooks.Event{ID: fmt.Sprint(i), Kind: hooks.RuleAlert, Data: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	state := func(st hooks.State) int {
		all, err := s.Outbox().Deliveries(t.Context(), hooks.Query{Target: "crm", State: st})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	eventually(t, "given up", func() bool { return state(hooks.GivenUp) == 3 })
	r.mu.Lock()
	r.down = false
	r.mu.Unlock()
	if n, err := s.Outbox().Replay(t.Context(), hooks.Query{Target: "crm", State: hooks.GivenUp}); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	eventually(t, "delivered", func() bool { return state(hooks.Delivered) == 3 })
	if got := r.taken(); !slices.Equal(got, []string{"0", "1", "2"}) {
		t.Error(got)
	}
}

// TestHeaderInjection posts events whose ID or kind breaks out of its header: they are not sent, and in nobody's way.
func TestHeaderInjection(t *testing.T) {
	r := newReceiver(t, false, 0)
	s := open(t)
	c := run(t, hooks.Options{Outbox: s.Outbox(), First: time.Millisecond, MaxAge: time.Nanosecond, Targets: []hooks.Target{{Name: "crm", URL: r.URL, Secret: secret}}})
	evil := []string{"a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\x00"}
	for _, text := range evil {
		for _, e := range []hooks.Event{{ID: text, Kind: hooks.RuleAlert}, {ID: "k" + text[1:], Kind: hooks.Kind(text)}} {
			e.Data = json.RawMessage(`{}`)
			if err := s.Outbox().Enqueue(t.Context(), []hooks.Target{{Name: "crm"}}, []hooks.Event{e}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Post(t.Context(), hooks.Event{ID: "good", Kind: hooks.RuleAlert, Data: json.RawMessage(`{}`)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the last one delivered", func() bool { return slices.Contains(r.taken(), "good") })
	if got := r.taken(); !slices.Equal(got, []string{"good"}) {
		t.Errorf("sent: %q", got)
	}
	if all, err := s.Outbox().Deliveries(t.Context(), hooks.Query{Target: "crm", State: hooks.GivenUp}); err != nil || len(all) != 2*len(evil) {
		t.Errorf("given up: %+v, %v", all, err)
	}
}

// child posts the events, again from the first, and delivers them until it is killed or all are delivered.
func child(home, url string) {
	ctx := context.Background()
	s, err := store.Open(ctx, home, nil)
	if err != nil {
		panic(err)
	}
	c := hooks.New(hooks.Options{Outbox: s.Outbox(), Client: client(), First: time.Millisecond, Targets: []hooks.Target{{Name: "crm", URL: url, Secret: secret}}})
	go func() { _ = c.Run(ctx) }() // ends with the process
	for i := range events {
		if err := c.Post(ctx, hooks.Event{ID: fmt.Sprintf("e%04d", i), Kind: hooks.TicketCreated, Data: json.RawMessage(`{}`)}); err != nil {
			panic(err)
		}
	}
	for {
		_, waiting, err := s.Outbox().Oldest(ctx, "crm")
		if err != nil {
			panic(err)
		}
		if !waiting {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestKilledAgainAndAgain(t *testing.T) {
	r := newReceiver(t, false, 0.1)
	home := t.TempDir()
	kills := 0
	for end := false; !end; {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(40+rand.IntN(80))*time.Millisecond)
		if kills >= 8 {
			cancel()
			ctx, cancel = context.WithTimeout(t.Context(), 2*time.Minute)
		}
		cmd := exec.CommandContext(ctx, os.Args[0]) // killed with SIGKILL
		cmd.Env = append(os.Environ(), "HOOKS_TEST_HOME="+home, "HOOKS_TEST_URL="+r.URL)
		out, err := cmd.CombinedOutput()
		if end = err == nil; !end {
			if ctx.Err() == nil || kills >= 8 {
				t.Fatalf("%v: %s", err, out)
			}
			kills++
		}
		cancel()
	}
	var want []string
	for i := range events {
		want = append(want, fmt.Sprintf("e%04d", i))
	}
	if got := r.taken(); !slices.Equal(got, want) {
		t.Errorf("after %d kills got %d events: %v", kills, len(got), got)
	}
	t.Logf("%d kills", kills)
}

func TestSignature(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	body := []byte(`{"id":"1"}`)
	sig := hooks.Sign("key", at, body)
	// Made with: printf '1700000000.{"id":"1"}' | openssl dgst -sha256 -hmac key
	if sig != "t=1700000000,v1=9e040cb90cefc5a04ab9a9848a74e2ff0489b4d8837b38d54555cb67e4f8e76e" || hooks.Check("key", sig, body, at, time.Minute) != nil {
		t.Error(sig)
	}
	for name, err := range map[string]error{
		"body": hooks.Check("key", sig, []byte(`{"id":"2"}`), at, time.Minute), "key": hooks.Check("other", sig, body, at, time.Minute),
		"late": hooks.Check("key", sig, body, at.Add(2*time.Minute), time.Minute), "early": hooks.Check("key", sig, body, at.Add(-2*time.Minute), time.Minute),
		"empty": hooks.Check("key", "", body, at, time.Minute), "junk": hooks.Check("key", "t=,v1=", body, at, time.Minute),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestCallEvents(t *testing.T) {
	s := open(t)
	targets := []hooks.Target{{Name: "all"}, {Name: "ends", Kinds: []hooks.Kind{hooks.CallEnded}}}
	c := hooks.New(hooks.Options{Outbox: s.Outbox(), Targets: targets})
	body := func(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
	evs := []call.Event{
		{Call: "c", Seq: 1, Kind: call.KindStarted, Body: body(call.Started{From: "a", At: time.Unix(100, 0)}), Pos: 5},
		{Call: "c", Seq: 2, At: call.Offset(time.Second), Kind: call.KindTurn, Body: body(call.Turn{N: 1}), Pos: 6},
		{Call: "c", Seq: 3, Kind: call.KindUnderstood, Pos: 7},
		{Call: "c", Seq: 4, Kind: call.KindTransfer, Body: body(call.Transfer{State: "asked"}), Pos: 8},
		{Call: "c", Seq: 5, Kind: call.KindParty, Body: body(call.Part{Action: "joined", Role: "agent"}), Pos: 9},
		{Call: "c", Seq: 6, Kind: call.KindParty, Body: body(call.Part{Action: "joined", Role: "supervisor"}), Pos: 10},
		{Call: "c", Seq: 7, Kind: call.KindCard, Body: body(map[string]string{"id": "1"}), Pos: 11},
		{Call: "c", Seq: 8, Kind: call.KindCard, Body: body(map[string]string{"id": "1", "state": "used"}), Pos: 12},
		{Call: "c", Seq: 9, Kind: call.KindCard, Body: body(map[string]string{"id": "1", "state": "muted"}), Pos: 13},
		{Call: "c", Seq: 10, Kind: call.KindAlert, Body: body(map[string]string{"id": "2"}), Pos: 14},
		{Call: "c", Seq: 11, Kind: call.KindEnded, Body: body(call.Ended{Why: "cut"}), Pos: 15}, // its node was silent for a while
		{Call: "c", Seq: 11, Kind: call.KindUnderstood, Pos: 16},
		{Call: "c", Seq: 12, Kind: call.KindEnded, Body: body(call.Ended{Why: "cut"}), Pos: 17},
		{Call: "c", Seq: 13, Kind: call.KindEnded, Body: body(call.Ended{}), Pos: 18},
	}
	src := replay(evs)
	if err := s.Outbox().Enqueue(t.Context(), nil, nil, new(uint64)); err != nil { // not the first run
		t.Fatal(err)
	}
	for range 2 { // the second time as after a bus that was made anew
		if err := c.Follow(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		if pos, ok, err := s.Outbox().Position(t.Context()); err != nil || !ok || pos != 18 {
			t.Fatal(pos, ok, err)
		}
		if err := s.Outbox().Enqueue(t.Context(), nil, nil, new(uint64)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Outbox().Deliveries(t.Context(), hooks.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, d := range slices.Backward(all) {
		kinds = append(kinds, d.Target+" "+string(d.Event.Kind))
	}
	want := []string{"all call.started", "all call.answered", "all transcript.final", "all call.handoff", "all call.answered", "all card.shown", "all card.used", "all rule.alert",
		"all call.ended", "ends call.ended"}
	if !slices.Equal(kinds, want) {
		t.Errorf("got %v", kinds)
	}
	if at := all[len(all)-3].Event.At; !at.Equal(time.Unix(101, 0)) {
		t.Error(at)
	}
}

// replay is a bus with events on it.
type replay []call.Event

func (r replay) Last(context.Context) (uint64, error) { return r[len(r)-1].Pos, nil }

func (r replay) Consume(ctx context.Context, after uint64, handle func(context.Context, []call.Event) error) error {
	return handle(ctx, slices.DeleteFunc(slices.Clone([]call.Event(r)), func(e call.Event) bool { return e.Pos <= after }))
}
