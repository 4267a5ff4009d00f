package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// raw is a connection that writes what another version would.
func raw(t *testing.T, url string) *nats.Conn {
	t.Helper()
	c, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// write puts an event into the store as JSON of another version.
func write(t *testing.T, c *nats.Conn, id call.ID, kind, event string) {
	t.Helper()
	if _, err := c.Request("parley.calls."+string(id)+"."+kind, []byte(event), 10*time.Second); err != nil { // answered once it is kept
		t.Fatal(err)
	}
}

// TestAddedFieldsAndKindsAreRead has a newer version add a field and a kind of event without a new number of the version: this
// one reads the event, and leaves out what it does not know.
func TestAddedFieldsAndKindsAreRead(t *testing.T) {
	t.Parallel()
	url := shared(t)
	b, c, id := join(t, url), raw(t, url), call.NewID()
	write(t, c, id, "call.key", `{"v":1,"call":"`+string(id)+`","seq":1,"at":5,"kind":"call.key","lane":{"n":1},"body":{"digit":"7","lane":"fast"}}`)
	write(t, c, id, "call.lane", `{"v":1,"call":"`+string(id)+`","seq":2,"at":6,"kind":"call.lane","body":{"to":"fast"}}`)
	s, err := b.Subscribe(soon(t), events.Filter{Call: id})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var k call.Key
	if e := next(t, s); e.Kind != call.KindKey || json.Unmarshal(e.Body, &k) != nil || k.Digit != "7" {
		t.Errorf("%+v %+v", e, k)
	}
	if e := next(t, s); e.Kind != "call.lane" || e.Seq != 2 {
		t.Errorf("%+v", e)
	}
}

// TestNewerEventsAreNotPassedOver has a newer version write events that this one cannot read. What comes after them is not read
// either, so that nothing is missing in the record of whoever can; this node is not ready any more, and does not start again.
func TestNewerEventsAreNotPassedOver(t *testing.T) {
	t.Parallel()
	url := shared(t)
	b, c, id := join(t, url), raw(t, url), call.NewID()
	for n, v := range []string{"1", "2", "1"} {
		seq := string(rune('1' + n))
		write(t, c, id, "call.key", `{"v":`+v+`,"call":"`+string(id)+`","seq":`+seq+`,"kind":"call.key","body":{"digit":"`+seq+`"}}`)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var seen []uint64
	go func() { // ends with ctx
		ended <- b.Consume(ctx, 0, func(_ context.Context, evs []call.Event) error {
			for _, e := range evs {
				seen = append(seen, e.Seq)
			}
			return nil
		})
	}()
	checked(t, b, events.ErrNewer)
	stop()
	if err := <-ended; err != nil || !slices.Equal(seen, []uint64{1}) {
		t.Errorf("read %v, %v", seen, err)
	}
	if err := b.Check(soon(t)); !strings.Contains(err.Error(), "upgrade this node") {
		t.Error(err)
	}
	write(t, c, id, "call.key", `{"v":2,"call":"`+string(id)+`","seq":4,"kind":"call.key","body":{"digit":"4"}}`)
	if _, err := events.Open(t.Context(), events.Options{URL: url}); !errors.Is(err, events.ErrNewer) || !strings.Contains(err.Error(), "upgrade this node") {
		t.Errorf("a node starts that cannot read what is there: %v", err)
	}
}

// TestNewerIsForgotten takes away what a newer version wrote, as when it is not to run after all: the node that could not read it
// is ready again without a restart, and goes on reading. While it is there it is not forgotten.
func TestNewerIsForgotten(t *testing.T) {
	t.Parallel()
	url := shared(t)
	b, c, id := join(t, url), raw(t, url), call.NewID()
	const memory = 4 * time.Second // it is met again twice a second
	b.ForgetNewerAfter(memory)
	write(t, c, id, "call.key", `{"v":2,"call":"`+string(id)+`","seq":1,"kind":"call.key","body":{"digit":"1"}}`)
	ctx, stop := context.WithCancel(t.Context())
	ended, seen := make(chan error, 1), make(chan uint64, 8)
	go func() { // ends with ctx
		ended <- b.Consume(ctx, 0, func(_ context.Context, evs []call.Event) error {
			for _, e := range evs {
				seen <- e.Seq
			}
			return nil
		})
	}()
	checked(t, b, events.ErrNewer)
	time.Sleep(memory) // longer than that after it was met first
	if err := b.Check(soon(t)); !errors.Is(err, events.ErrNewer) {
		t.Error("it was forgotten while it was there: ", err)
	}
	if _, err := c.Request("$JS.API.STREAM.PURGE.PARLEY_CALLS", nil, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	checked(t, b, nil)
	write(t, c, id, "call.key", `{"v":1,"call":"`+string(id)+`","seq":2,"kind":"call.key","body":{"digit":"2"}}`)
	if n := <-seen; n != 2 {
		t.Errorf("event %d was read", n)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// checked waits until Check returns an error, or nil.
func checked(t *testing.T, b *events.Bus, want error) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !errors.Is(b.Check(soon(t)), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %v, got %v", want, b.Check(soon(t)))
		}
	}
}

// TestPeersOfOtherVersions has messages between nodes of older, equal and newer versions: what cannot be read is refused, to who
// asked too.
func TestPeersOfOtherVersions(t *testing.T) {
	t.Parallel()
	url := shared(t)
	b, c := join(t, url), raw(t, url)
	stop, err := b.Hear("desk", func(_ context.Context, data []byte) ([]byte, error) { return data, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for version, want := range map[string]string{"": "hello", "1": "hello", "2": "", "x": ""} {
		m := nats.NewMsg("parley.peers.desk")
		m.Data = []byte("hello")
		if version != "" {
			m.Header.Set("Parley-Version", version)
		}
		got, err := c.RequestMsg(m, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if why := got.Header.Get("Parley-Error"); string(got.Data) != want || (want == "") != strings.Contains(why, "upgrade this node") {
			t.Errorf("version %q: %q, %q", version, got.Data, why)
		}
	}
	if err := b.Check(soon(t)); !errors.Is(err, events.ErrNewer) {
		t.Errorf("it is ready beside a node it cannot read: %v", err)
	}
	if out, err := join(t, shared(t)).Ask(soon(t), "desk", nil); !errors.Is(err, events.ErrNobody) {
		t.Errorf("%s, %v", out, err)
	}
}
