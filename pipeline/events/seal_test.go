package events_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// keys seals with the newest of some keys and opens with all: a sign, the number of the key, nonce and text.
type keys struct {
	all []cipher.AEAD
	off bool // what is written is not sealed
}

var errNoKey = errors.New("no such key")

func newKeys(t *testing.T, n int) keys {
	t.Helper()
	var k keys
	for i := range n {
		b, err := aes.NewCipher([]byte(fmt.Sprintf("%032d", i)))
		if err != nil {
			t.Fatal(err)
		}
		a, err := cipher.NewGCMWithRandomNonce(b)
		if err != nil {
			t.Fatal(err)
		}
		k.all = append(k.all, a)
	}
	return k
}

func (k keys) Seal(data []byte, place string) ([]byte, error) {
	switch {
	case k.off:
		return data, nil
	case len(k.all) == 0:
		return nil, errNoKey
	}
	n := len(k.all) - 1
	return k.all[n].Seal([]byte{2, byte(n)}, nil, data, []byte(place)), nil
}

func (k keys) Open(data []byte, place string) ([]byte, error) {
	if len(data) < 2 || int(data[1]) >= len(k.all) {
		return nil, errNoKey
	}
	out, err := k.all[data[1]].Open(nil, nil, data[2:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", events.ErrDamaged, err)
	}
	return out, nil
}

func openSealed(t *testing.T, dir string, s events.Sealer) *events.Bus {
	t.Helper()
	b, err := events.Open(t.Context(), events.Options{Dir: dir, Seal: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // again does no harm
	return b
}

func say(t *testing.T, l *events.Log, text string, n int) {
	t.Helper()
	for i := range n {
		if err := l.Emit(soon(t), 0, call.KindTurn, call.Turn{N: i + 1, Who: call.Caller, Text: text}, true); err != nil {
			t.Fatal(err)
		}
	}
}

// texts reads everything that is kept, in order.
func texts(t *testing.T, b *events.Bus) (out []string) {
	t.Helper()
	last, err := b.Last(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	s := subscribe(t, b, events.Filter{})
	for last > 0 {
		e := next(t, s)
		out = append(out, string(e.Body))
		if e.Pos >= last {
			break
		}
	}
	return out
}

// TestSealed keeps sealed events in a store that has some in the clear, changes the key, and looks at the files all the
// while: nothing is lost, and nobody reads them without the key.
func TestSealed(t *testing.T) {
	t.Parallel()
	dir, secret := t.TempDir(), "heliotrope wheelbarrow"
	bus := openSealed(t, dir, nil)
	old := events.NewLog(bus, call.NewID(), time.Now())
	say(t, old, secret, 20)
	if holds(t, dir, secret) == 0 {
		t.Fatal("the words are not on the disk before: this test could not fail")
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}

	bus = openSealed(t, dir, newKeys(t, 1))
	if got := texts(t, bus); len(got) != 20 {
		t.Errorf("%d events of before can be read, want 20", len(got))
	}
	fresh := events.NewLog(bus, call.NewID(), time.Now())
	say(t, fresh, "periwinkle "+secret, 20)
	if holds(t, dir, "periwinkle") != 0 {
		t.Error("what is said now is in the clear on the disk")
	}
	over := func(_ context.Context, id call.ID) (bool, error) { return id != old.ID(), nil }
	if n, at, err := bus.DropClear(t.Context(), 0, 1000, 0, over); n != 0 || at != 1 || err != nil {
		t.Errorf("of a call that goes on %d events were removed, then from %d, %v", n, at, err)
	}
	over = func(context.Context, call.ID) (bool, error) { return true, nil }
	if n, at, err := bus.DropClear(t.Context(), 0, 15, 0, over); n != 15 || at != 16 || err != nil {
		t.Errorf("of what is recorded %d events were removed, then from %d, %v", n, at, err)
	}
	if n, at, err := bus.DropClear(t.Context(), 16, 1000, 0, over); n != 5 || at != 41 || err != nil {
		t.Errorf("of the rest %d events were removed, then from %d, %v", n, at, err)
	}
	if n, at, err := bus.DropClear(t.Context(), 41, 1000, 0, over); n != 0 || at != 41 || err != nil {
		t.Errorf("of nothing %d events were removed, then from %d, %v", n, at, err)
	}
	if n := holds(t, dir, secret); n != 0 {
		t.Errorf("%d files hold the words", n)
	}
	if got := texts(t, bus); len(got) != 20 {
		t.Errorf("%d sealed events are left, want 20", len(got))
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	if n := holds(t, dir, secret); n != 0 {
		t.Errorf("%d files hold the words after the end", n)
	}

	for name, s := range map[string]events.Sealer{"no": nil, "another": newKeys(t, 0)} {
		if _, err := events.Open(t.Context(), events.Options{Dir: dir, Seal: s}); !errors.Is(err, events.ErrSealed) {
			t.Errorf("opened with %s key: %v", name, err)
		}
	}
	bus = openSealed(t, dir, newKeys(t, 2))
	say(t, events.NewLog(bus, call.NewID(), time.Now()), secret, 3)
	if got := texts(t, bus); len(got) != 23 {
		t.Errorf("with a fresh key %d events can be read, want 23", len(got))
	}
	if n, err := bus.Erase(t.Context(), fresh.ID()); n != 20 || err != nil {
		t.Errorf("erased %d sealed events, %v", n, err)
	}
	if got := texts(t, bus); len(got) != 3 {
		t.Errorf("%d events are left, want 3", len(got))
	}
}

// TestPurgeClear empties a store that has something in the clear, and no other; places go on.
func TestPurgeClear(t *testing.T) {
	t.Parallel()
	dir, secret := t.TempDir(), "heliotrope wheelbarrow"
	bus := openSealed(t, dir, newKeys(t, 1))
	sealed := events.NewLog(bus, call.NewID(), time.Now())
	say(t, sealed, secret, 2)
	if n, err := bus.PurgeClear(t.Context()); n != 0 || err != nil {
		t.Errorf("%d sealed events were removed, %v", n, err)
	}
	if n, err := bus.Erase(t.Context(), sealed.ID()); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	bus = openSealed(t, dir, nil)
	say(t, events.NewLog(bus, call.NewID(), time.Now()), secret, 3)
	if holds(t, dir, secret) == 0 {
		t.Fatal("the words are not on the disk before: this test could not fail")
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	bus = openSealed(t, dir, newKeys(t, 1))
	if n, err := bus.PurgeClear(t.Context()); n != 3 || err != nil {
		t.Errorf("%d events in the clear were removed, %v", n, err)
	}
	if n := holds(t, dir, secret); n != 0 {
		t.Errorf("%d files hold the words", n)
	}
	say(t, events.NewLog(bus, call.NewID(), time.Now()), secret, 1)
	if e := next(t, subscribe(t, bus, events.Filter{})); e.Pos != 6 {
		t.Errorf("the next event is at %d, want 6", e.Pos)
	}
}

// TestSealedReaderWaits takes the key away from a reader: it does not pass over what it cannot open, and goes on there when
// the key is back. A damaged event holds nobody up.
func TestSealedReaderWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &changing{}
	s.set(newKeys(t, 1))
	bus := openSealed(t, dir, s)
	l := events.NewLog(bus, call.NewID(), time.Now())
	say(t, l, "one", 3)
	s.set(newKeys(t, 0))
	reader := subscribe(t, bus, events.Filter{})
	if _, err := reader.Next(soon(t)); !errors.Is(err, events.ErrSealed) {
		t.Errorf("without a key: %v", err)
	}
	if err := l.Emit(soon(t), 0, call.KindTurn, call.Turn{Text: "two"}, true); !errors.Is(err, events.ErrUnkept) {
		t.Errorf("kept without a key: %v", err)
	}
	s.set(damaging{newKeys(t, 1)})
	say(t, l, "broken", 1)
	s.set(newKeys(t, 0))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got, ended := make(chan call.Event, 16), make(chan error, 1)
	go func() { // ends with cancel
		ended <- bus.Consume(ctx, 0, func(_ context.Context, evs []call.Event) error {
			for _, e := range evs {
				got <- e
			}
			return nil
		})
	}()
	s.set(newKeys(t, 1))
	say(t, l, "three", 1)
	for i, want := range []uint64{1, 2, 3, 5} {
		select {
		case e := <-got:
			if e.Seq != want || e.Pos != want {
				t.Errorf("event %d has number %d at %d, want %d", i, e.Seq, e.Pos, want)
			}
		case <-soon(t).Done():
			t.Fatalf("event %d does not come", i)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// changing is a Sealer that is exchanged while the bus runs.
type changing struct {
	mu  sync.Mutex
	now events.Sealer
}

func (c *changing) set(s events.Sealer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = s
}

func (c *changing) get() events.Sealer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *changing) Seal(data []byte, place string) ([]byte, error) { return c.get().Seal(data, place) }
func (c *changing) Open(data []byte, place string) ([]byte, error) { return c.get().Open(data, place) }

// damaging seals what nobody can open.
type damaging struct{ keys }

func (d damaging) Seal(data []byte, place string) ([]byte, error) {
	return d.keys.Seal(data, place+" elsewhere")
}
