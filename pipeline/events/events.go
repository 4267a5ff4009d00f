// Package events is the bus of the calls' events: every step of a call is published here, kept on disk by NATS
// JetStream and read by whoever needs it: the recorder, live pages, metrics. By default the NATS server runs inside the
// process and opens no port; a URL makes the bus use a server or cluster somewhere else instead.
//
// Kept events travel as parley.calls.<call>.<kind>. An event that is only of interest while it happens (a partial
// transcript) travels as parley.live.<call>.<kind>: it is not kept, has no number and may be lost when a reader is slow.
package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrClosed means the bus was closed.
	ErrClosed = errors.New("events: bus closed")
	// ErrInUse means another process uses the folder.
	ErrInUse = errors.New("events: the folder is in use by another process")
	// ErrUnkept means the store did not take an event.
	ErrUnkept = errors.New("events: event not kept")
	// ErrNewer means that an event was written by a newer Parley, in a form this one does not know.
	ErrNewer = errors.New("events: an event was written by a newer Parley")
)

const (
	streamName = "PARLEY_CALLS"
	keptPrefix = "parley.calls."
	livePrefix = "parley.live."
	maxQueued  = 8192 // events waiting to be sent before events without a waiting caller are dropped
	ackTimeout = 5 * time.Second
	// stuckTimeout is the wait for an acknowledgement after one has failed, until one comes again.
	stuckTimeout = 300 * time.Millisecond
	closeLimit   = 5 * time.Second
	openTimeout  = 20 * time.Second
	// newerFor is how long the bus fails Check after it met something of a newer program. Who consumes events meets one that is
	// still there twice a second; what is gone, with the node that wrote it, is forgotten.
	newerFor = time.Minute
)

// Options say where the events are kept and for how long.
type Options struct {
	// Dir is the folder of the server inside the process. Ignored with a URL.
	Dir string
	// URL is the address of a NATS server with JetStream, such as nats://user:secret@host:4222; "" runs one inside.
	URL string
	// MaxAge is how long events are kept, 0 for 7 days. The recorder has read them long before.
	MaxAge time.Duration
	// MaxBytes is how much disk the events may take, 0 for 1 GiB. The oldest go first.
	MaxBytes int64
	// SyncInterval is how often written events are forced to the disk (against loss of power; a killed process loses
	// nothing), 0 for 1 s.
	SyncInterval time.Duration
	// Seal seals what is kept; nil keeps it in the clear, and what is sealed is ErrSealed.
	Seal Sealer
	Log  *slog.Logger // nil discards
}

// Bus publishes and delivers events. All methods may be called from any goroutine.
type Bus struct {
	log  *slog.Logger
	srv  *server.Server // nil with a URL
	lock *dirLock       // nil with a URL
	nc   *nats.Conn
	js   jetstream.JetStream

	q      queue
	stop   chan struct{} // closed by Close
	sent   chan struct{} // closed when the sender has ended
	once   sync.Once
	closed error

	opt       Options
	held      held
	mended    chan struct{} // closed when mend has ended
	restarted time.Time     // the store inside; mend only

	published, lost, liveLost atomic.Uint64
	lastWarn                  atomic.Int64
	failing                   atomic.Bool             // the last acknowledgement that was waited for did not come
	newer                     atomic.Pointer[meeting] // nil: nothing of a newer program was met
	newerFor                  time.Duration
}

// meeting is when something was met that only a newer program can read, and the ErrNewer for it.
type meeting struct {
	err error
	at  time.Time
}

// Open starts the server inside the process, or connects to the one at URL, and makes sure the stream of events exists and
// can be read; the error is ErrSealed when a key is missing for that, and ErrNewer when it takes a newer program. The caller must Close the bus.
func Open(ctx context.Context, o Options) (*Bus, error) {
	o = o.withDefaults()
	b := &Bus{log: o.Log, opt: o, stop: make(chan struct{}), sent: make(chan struct{}), mended: make(chan struct{}), newerFor: newerFor}
	b.q.more = make(chan struct{}, 1)
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := b.connect(ctx, o); err != nil {
		b.shutdown()
		return nil, err
	}
	err := b.prepare(ctx, o)
	if err == nil {
		err = b.checkReadable(ctx)
	}
	if err != nil {
		b.shutdown()
		return nil, err
	}
	// The sender ends when Close closes b.stop and the queue is empty; Close waits for b.sent.
	go b.send()
	// Ends when Close closes b.stop, after an attempt under way.
	go b.mend()
	return b, nil
}

func (o Options) withDefaults() Options {
	if o.MaxAge == 0 {
		o.MaxAge = 7 * 24 * time.Hour
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.SyncInterval == 0 {
		o.SyncInterval = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// connect sets b.nc, and b.srv and b.lock when the server is inside.
func (b *Bus) connect(ctx context.Context, o Options) error {
	opts := []nats.Option{
		nats.Name("parley"),
		nats.MaxReconnects(-1),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrSlowConsumer) && s != nil {
				b.liveLost.Add(1)
				return
			}
			b.log.Warn("event bus", "err", err)
		}),
	}
	if o.URL == "" {
		if err := b.startServer(ctx, o); err != nil {
			return err
		}
		opts = append(opts, nats.InProcessServer(b.srv))
	}
	nc, err := nats.Connect(o.URL, opts...)
	if err != nil {
		return fmt.Errorf("connect to the event server: %w: check events.url", err)
	}
	b.nc = nc
	return nil
}

// prepare makes the stream.
func (b *Bus) prepare(ctx context.Context, o Options) error {
	js, err := jetstream.New(b.nc,
		jetstream.WithPublishAsyncMaxPending(maxQueued),
		jetstream.WithPublishAsyncTimeout(ackTimeout),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) { b.hold(m, err) }),
	)
	if err != nil {
		return fmt.Errorf("open event stream: %w", err)
	}
	b.js = js
	_, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{keptPrefix + ">"}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxAge: o.MaxAge, MaxBytes: o.MaxBytes, Duplicates: 2 * time.Minute, AllowDirect: true,
	})
	if err != nil {
		return fmt.Errorf("open event stream: %w: check free disk space and the rights on the events folder", err)
	}
	return nil
}

// Check reports whether the bus takes events and they can be read, for a readiness probe.
func (b *Bus) Check(ctx context.Context) error {
	if n := b.newer.Load(); n != nil && time.Since(n.at) < b.newerFor {
		return n.err
	}
	if _, err := b.js.Stream(ctx, streamName); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	if b.failing.Load() || b.held.len() > 0 {
		return fmt.Errorf("%w: the event store takes no events: free disk space", ErrUnkept)
	}
	return nil
}

// Stats are counts since Open.
type Stats struct {
	Published uint64 // events kept or passed on
	Lost      uint64 // kept events the store never took, and events dropped because too many waited
	LiveLost  uint64 // events that are not kept and a slow reader missed (counted once a burst)
	Queued    int    // events waiting to be sent
	Held      int    // events waiting until the store takes events again
}

// Stats returns the present counts.
func (b *Bus) Stats() Stats {
	return Stats{Published: b.published.Load(), Lost: b.lost.Load(), LiveLost: b.liveLost.Load(), Queued: b.q.len(), Held: b.held.len()}
}

// Close sends what waits, disconnects, stops the server and waits until all of that has ended, at most a few seconds.
// It may be called more than once.
func (b *Bus) Close() error {
	b.once.Do(func() {
		b.q.close()
		close(b.stop)
		<-b.sent
		select {
		case <-b.js.PublishAsyncComplete():
		case <-time.After(closeLimit):
			b.closed = fmt.Errorf("close event bus: %d events not acknowledged", b.js.PublishAsyncPending())
		}
		select {
		case <-b.mended:
			if b.held.len() > 0 && b.nc.IsConnected() {
				_ = b.resend(context.Background()) // the last chance; what fails is counted next
			}
		case <-time.After(2 * closeLimit): // the disk hangs
		}
		b.giveUp()
		b.shutdown()
	})
	return b.closed
}

// shutdown takes down whatever was set up.
func (b *Bus) shutdown() {
	if b.nc != nil {
		b.nc.Close()
	}
	if b.srv != nil {
		b.srv.Shutdown()
		b.srv.WaitForShutdown()
	}
	if b.lock != nil {
		b.lock.release()
	}
}

// unkept counts and, at most once a second, logs an event the store did not take.
func (b *Bus) unkept(subject string, err error) {
	n := b.lost.Add(1)
	if b.seldom() {
		b.log.Error("event not kept", "subject", subject, "lost", n, "err", err)
	}
}

// seldom is true once a second.
func (b *Bus) seldom() bool {
	now := time.Now().Unix()
	last := b.lastWarn.Load()
	return last != now && b.lastWarn.CompareAndSwap(last, now)
}

// kept reports whether events of the kind are stored.
func kept(k call.Kind) bool { return k != call.KindPartial }
