package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const leaseBucket = "PARLEY_LEASES"

// The parts of a lease's life. Who holds it renews it four times and stops to trust in it before anybody else may take it.
const (
	renewPart = 0.22
	trustPart = 0.85
	lookPart  = 0.1
	askPart   = 0.4 // an answer of the store is waited for; a slow one still renews in time
)

// Lease is held by one of the nodes that share an event server. It needs no clocks that agree: a holder trusts in it for a
// part of its life, counted from before it asked for the renewal; another one takes it only when it has seen no renewal
// for a whole life, and only if there was none in between (the store compares revisions). Each holder gets a greater
// Term than all before, so that what an older one still sends can be told and refused.
type Lease struct {
	bus  *Bus
	key  string
	self string
	life time.Duration
	log  *slog.Logger
	kv   jetstream.KeyValue

	mu     sync.Mutex
	term   uint64    // 0: not held
	until  time.Time // held until then
	holder string    // who was seen to hold it, "" nobody
	rev    uint64    // of the entry as it was seen last
	seen   time.Time // when it was first seen like that
}

// entry is what the store has of a lease.
type entry struct {
	Holder string `json:"holder"` // "" given back
}

// Lease opens a lease; several processes name the same key, each with its own self. Run makes it work. A life under a
// second is for tests.
func (b *Bus) Lease(ctx context.Context, key, self string, life time.Duration) (*Lease, error) {
	kv, err := b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: leaseBucket, History: 1, Storage: jetstream.FileStorage, MaxBytes: 8 << 20})
	if err != nil {
		return nil, fmt.Errorf("open the lease %s: %w", key, err)
	}
	return &Lease{bus: b, key: key, self: self, life: life, log: b.log, kv: kv}, nil
}

// Held reports whether this node holds the lease now, and the term of it.
func (l *Lease) Held() (term uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.term, l.term != 0 && time.Now().Before(l.until)
}

// Holder is who was seen to hold the lease, "" when nobody was.
func (l *Lease) Holder() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holder
}

// Run takes the lease when it is free and keeps it, until ctx ends; then it is given back. changed is called in Run's
// goroutine with the new term when it was taken, 0 when it was lost, and whenever another holder was seen.
func (l *Lease) Run(ctx context.Context, changed func(term uint64, holder string)) {
	var term uint64
	holder := ""
	tell := func() {
		t, ok := l.Held()
		if !ok {
			t = 0
			l.drop()
		}
		if h := l.Holder(); t != term || h != holder {
			term, holder = t, h
			changed(t, h)
		}
	}
	for {
		began := time.Now()
		l.step(ctx)
		tell()
		wait := time.Duration(float64(l.life) * lookPart)
		if term != 0 {
			wait = time.Duration(float64(l.life) * renewPart)
		}
		select {
		case <-time.After(max(wait-time.Since(began), 10*time.Millisecond)): // the slower the store, the sooner again
			tell() // it may have run out while this process was not running
		case <-ctx.Done():
			l.giveBack(context.WithoutCancel(ctx))
			if tell(); term != 0 {
				changed(0, "")
			}
			return
		}
	}
}

// drop ends a lease whose time is over.
func (l *Lease) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.term != 0 {
		l.term = 0
		if l.holder == l.self {
			l.holder = ""
		}
	}
}

// step renews, looks, or takes.
func (l *Lease) step(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(float64(l.life)*askPart))
	defer cancel()
	l.mu.Lock()
	held, rev := l.term != 0, l.rev
	l.mu.Unlock()
	asked := time.Now()
	if held {
		got, err := l.put(ctx, rev, l.self)
		if err == nil {
			l.renewed(got, asked)
			return
		}
		if !errors.Is(err, jetstream.ErrKeyExists) { // not answered: it is held as long as it is trusted in
			return
		}
	}
	l.look(ctx, asked)
}

// look reads who holds the lease, and takes it when nobody does.
func (l *Lease) look(ctx context.Context, asked time.Time) {
	e, rev, err := l.read(ctx)
	if err != nil {
		return
	}
	now := time.Now()
	l.mu.Lock()
	if rev != l.rev || l.seen.IsZero() {
		l.rev, l.seen = rev, now
	}
	mine := e.Holder == l.self && l.term != 0 // a renewal whose answer was lost
	if l.term != 0 && !mine {
		l.term = 0
	}
	l.holder = e.Holder
	free := e.Holder == "" || e.Holder == l.self || now.Sub(l.seen) >= l.life
	if free && e.Holder != "" && e.Holder != l.self {
		l.holder = ""
	}
	l.mu.Unlock()
	if mine {
		l.renewed(rev, asked)
		return
	}
	if !free {
		return
	}
	asked = time.Now()
	got, err := l.put(ctx, rev, l.self)
	if err != nil {
		return // somebody else was faster, or the answer was lost: the next look tells
	}
	l.mu.Lock()
	l.term = got
	l.mu.Unlock()
	l.renewed(got, asked)
}

func (l *Lease) renewed(rev uint64, asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rev, l.seen, l.holder = rev, time.Now(), l.self
	l.until = asked.Add(time.Duration(float64(l.life) * trustPart))
}

func (l *Lease) read(ctx context.Context) (entry, uint64, error) {
	var e entry
	kve, err := l.kv.Get(ctx, l.key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return e, 0, nil
	}
	if err != nil {
		return e, 0, fmt.Errorf("read the lease: %w", err)
	}
	if err := json.Unmarshal(kve.Value(), &e); err != nil {
		return e, 0, fmt.Errorf("read the lease: %w", err)
	}
	return e, kve.Revision(), nil
}

// put writes the holder if the revision is still rev.
func (l *Lease) put(ctx context.Context, rev uint64, holder string) (uint64, error) {
	data, err := json.Marshal(entry{holder})
	if err != nil {
		return 0, err
	}
	if rev == 0 {
		return l.kv.Create(ctx, l.key, data)
	}
	return l.kv.Update(ctx, l.key, data, rev)
}

// giveBack lets the next one take the lease at once.
func (l *Lease) giveBack(ctx context.Context) {
	l.mu.Lock()
	rev, held := l.rev, l.term != 0
	l.term = 0
	l.mu.Unlock()
	if !held {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, l.life)
	defer cancel()
	if _, err := l.put(ctx, rev, ""); err != nil {
		l.log.Debug("a lease was not given back: it runs out", "lease", l.key, "err", err)
	}
}

// Keep stores a note beside the leases, and Kept reads it, nil when there is none. What is written in an older term than
// the last is refused, so that a holder that lost the lease without knowing changes nothing.
func (l *Lease) Keep(ctx context.Context, name string, term uint64, data []byte) error {
	old, rev, err := l.note(ctx, name)
	if err != nil {
		return err
	}
	if old.Term > term {
		return fmt.Errorf("%w: the lease has passed on", ErrRefused)
	}
	out, err := json.Marshal(note{term, data})
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	if rev == 0 {
		_, err = l.kv.Create(ctx, name, out)
	} else {
		_, err = l.kv.Update(ctx, name, out, rev)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

// Kept reads what was kept under a name.
func (l *Lease) Kept(ctx context.Context, name string) ([]byte, error) {
	n, _, err := l.note(ctx, name)
	return n.Data, err
}

type note struct {
	Term uint64 `json:"term"`
	Data []byte `json:"data"`
}

func (l *Lease) note(ctx context.Context, name string) (note, uint64, error) {
	var n note
	e, err := l.kv.Get(ctx, name)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return n, 0, nil
	}
	if err != nil {
		return n, 0, fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(e.Value(), &n); err != nil {
		return n, 0, fmt.Errorf("read %s: %w", name, err)
	}
	return n, e.Revision(), nil
}
