package events

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	mendEvery    = time.Second
	restartAgain = 10 * time.Second // between attempts to start the store inside anew
	heldBytes    = 64 << 20         // of events that wait for the store; more are lost
	roomBytes    = 1 << 20          // that must fit on the disk before the store is started anew
)

// held are events that the store did not take. They are sent to it again, oldest first, when it takes events: a full disk
// or an event server that was away costs time and nothing else, as long as this process lives.
type held struct {
	mu    sync.Mutex
	msgs  []*nats.Msg
	bytes int
}

// add keeps m and reports false when there is no room for it.
func (h *held) add(m *nats.Msg) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bytes+len(m.Data) > heldBytes {
		return false
	}
	h.msgs = append(h.msgs, m)
	h.bytes += len(m.Data)
	return true
}

// first returns the oldest one, nil when there is none. It stays until drop.
func (h *held) first() *nats.Msg {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.msgs) == 0 {
		return nil
	}
	return h.msgs[0]
}

func (h *held) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes -= len(h.msgs[0].Data)
	h.msgs[0] = nil
	h.msgs = h.msgs[1:]
}

func (h *held) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.msgs)
}

// hold keeps an event the store did not take for later. It may be called under locks of the client and does not call it.
func (b *Bus) hold(m *nats.Msg, err error) {
	b.failing.Store(true)
	if !b.held.add(m) {
		b.unkept(m.Subject, err)
		return
	}
	if b.seldom() {
		b.log.Warn("events wait until the store takes them", "waiting", b.held.len(), "err", err)
	}
}

// mend sends what waits again, and starts a store inside anew that a full disk has stopped. It ends with Close.
func (b *Bus) mend() {
	defer close(b.mended)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Ends with Close.
	go func() { <-b.stop; cancel() }()
	t := time.NewTicker(mendEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			b.again(ctx)
		case <-b.stop:
			return
		}
	}
}

// again makes one attempt.
func (b *Bus) again(ctx context.Context) {
	if b.held.len() == 0 {
		if b.failing.Load() && b.js.PublishAsyncPending() == 0 { // what was slow has come
			b.failing.Store(false)
		}
		return
	}
	err := b.resend(ctx)
	if err != nil && b.srv != nil && ctx.Err() == nil && b.restart() {
		err = b.resend(ctx)
	}
	if err == nil {
		b.failing.Store(false)
		b.log.Info("the event store takes events again")
	}
}

// resend sends what waits, until the first failure. The store knows by their numbers which ones it has.
func (b *Bus) resend(ctx context.Context) error {
	for {
		m := b.held.first()
		if m == nil {
			return nil
		}
		limited, cancel := context.WithTimeout(ctx, ackTimeout)
		_, err := b.js.PublishMsg(limited, &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data})
		cancel()
		if err != nil {
			return err
		}
		b.held.drop()
	}
}

// restart starts the store inside anew, which does not go on by itself after it could not write. What it had acknowledged
// is on the disk. It reports false while there is no room, or when it has just been tried.
func (b *Bus) restart() bool {
	if time.Since(b.restarted) < restartAgain || !roomy(b.opt.Dir) {
		return false
	}
	b.restarted = time.Now()
	if b.srv.JetStreamEnabled() {
		if err := b.srv.ShutdownJetStream(); err != nil {
			b.log.Warn("the event store does not stop", "err", err)
			return false
		}
	}
	err := b.srv.EnableJetStream(&server.JetStreamConfig{StoreDir: b.opt.Dir, SyncInterval: b.opt.SyncInterval, MaxStore: b.opt.MaxBytes + b.opt.MaxBytes/4, MaxMemory: memoryLimit, Strict: true})
	if err != nil {
		b.log.Warn("the event store does not start again", "err", err)
		return false
	}
	b.log.Info("the event store was started anew")
	return true
}

// roomy finds out whether something can be written to dir.
func roomy(dir string) bool {
	f, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return false
	}
	_, err = f.Write(make([]byte, roomBytes))
	_ = f.Close()
	_ = os.Remove(f.Name()) // a file for this moment
	return err == nil
}

// giveUp counts what still waits as lost, at the end.
func (b *Bus) giveUp() {
	for m := b.held.first(); m != nil; m = b.held.first() {
		b.unkept(m.Subject, fmt.Errorf("%w: the bus was closed before the store took it", ErrUnkept))
		b.held.drop()
	}
}
