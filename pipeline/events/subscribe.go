package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/pipeline/call"
)

// Filter says which events a reader wants. The zero Filter is every event that is still kept and all that follow.
type Filter struct {
	Call call.ID // "" for all calls
	// AfterSeq skips the events of Call up to and including that number. Only with Call.
	AfterSeq uint64
	// AfterPos skips events up to and including that place on the bus (call.Event.Pos). Only without Call. A place the
	// bus has not reached (its folder was made anew) counts as the present end.
	AfterPos uint64
	// New skips everything published before the subscription.
	New bool
	// Kinds are the kinds wanted, empty for all, those that are not kept included.
	Kinds []call.Kind

	keptOnly bool
}

const (
	readAhead  = 256 // kept events fetched ahead of a reader
	liveBuffer = 256 // events that are not kept, waiting for a reader; more are dropped and counted
)

// Subscription delivers events. Kept events come in order, once each, however slow the reader is: what it has not read
// waits on disk and costs nobody anything. Events that are not kept come as they happen and are dropped when the reader
// is slow. One goroutine at a time may call Next.
type Subscription struct {
	bus    *Bus
	f      Filter
	iter   jetstream.MessagesContext
	name   string
	stored chan call.Event
	live   chan *nats.Msg // nil when not wanted
	sub    *nats.Subscription
	ended  chan struct{} // closed when the pump has ended
	stop   chan struct{}
	once   sync.Once
	err    error // why the pump ended; set before ended is closed
}

// Subscribe opens a subscription. ctx bounds the opening only; the caller must Close the subscription.
func (b *Bus) Subscribe(ctx context.Context, f Filter) (*Subscription, error) {
	if f.Call != "" && !plainToken(string(f.Call)) {
		return nil, fmt.Errorf("subscribe: %q is not a call id", f.Call)
	}
	s := &Subscription{
		bus: b, f: f,
		stored: make(chan call.Event, readAhead), ended: make(chan struct{}), stop: make(chan struct{}),
	}
	if err := s.openLive(); err != nil {
		return nil, err
	}
	if f.AfterPos > 0 {
		last, err := b.Last(ctx)
		if err != nil {
			s.closeLive()
			return nil, fmt.Errorf("subscribe: %w", err)
		}
		f.AfterPos = min(f.AfterPos, last)
	}
	cons, err := b.js.OrderedConsumer(ctx, streamName, f.consumer())
	if err == nil {
		s.name = cons.CachedInfo().Name
		s.iter, err = cons.Messages(jetstream.PullMaxMessages(readAhead))
	}
	if err != nil {
		s.closeLive()
		return nil, fmt.Errorf("subscribe to events: %w", err)
	}
	// The pump ends when Close stops the iterator and closes s.stop, or when the connection is gone; Close waits for it.
	go s.pump()
	return s, nil
}

// consumer is the JetStream side of the filter.
func (f Filter) consumer() jetstream.OrderedConsumerConfig {
	c := jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{keptPrefix + f.token() + ".>"},
		DeliverPolicy:  jetstream.DeliverAllPolicy, InactiveThreshold: time.Minute,
	}
	switch {
	case f.New:
		c.DeliverPolicy = jetstream.DeliverNewPolicy
	case f.Call == "" && f.AfterPos > 0:
		c.DeliverPolicy = jetstream.DeliverByStartSequencePolicy
		c.OptStartSeq = f.AfterPos + 1
	}
	return c
}

func (f Filter) token() string {
	if f.Call == "" {
		return "*"
	}
	return string(f.Call)
}

func (f Filter) wants(e call.Event) bool {
	if f.Call != "" && e.Seq != 0 && e.Seq <= f.AfterSeq {
		return false
	}
	return len(f.Kinds) == 0 || slices.Contains(f.Kinds, e.Kind)
}

// openLive subscribes to what is not kept, when the filter wants it.
func (s *Subscription) openLive() error {
	if s.f.keptOnly || len(s.f.Kinds) > 0 && !slices.ContainsFunc(s.f.Kinds, func(k call.Kind) bool { return !kept(k) }) {
		return nil
	}
	s.live = make(chan *nats.Msg, liveBuffer)
	sub, err := s.bus.nc.ChanSubscribe(livePrefix+s.f.token()+".>", s.live)
	if err != nil {
		return fmt.Errorf("subscribe to live events: %w", err)
	}
	s.sub = sub
	return nil
}

func (s *Subscription) closeLive() {
	if s.sub != nil {
		_ = s.sub.Unsubscribe() // fails only when the connection is gone, and the subscription with it
	}
}

// pump moves kept events from the server to s.stored.
func (s *Subscription) pump() {
	defer close(s.ended)
	for {
		m, err := s.iter.Next()
		if err != nil {
			if s.err = err; errors.Is(err, jetstream.ErrMsgIteratorClosed) {
				s.err = ErrClosed
			}
			return
		}
		e, err := s.bus.decode(m)
		if errors.Is(err, ErrSealed) || errors.Is(err, ErrNewer) { // it is not passed over: who can read it goes on here
			s.err = err
			return
		}
		if err != nil {
			s.bus.log.Warn("event skipped", "err", err)
			continue
		}
		if !s.f.wants(e) {
			continue
		}
		select {
		case s.stored <- e:
		case <-s.stop:
			s.err = ErrClosed
			return
		}
	}
}

// Next returns the next event. It blocks until there is one, ctx ends, the subscription or bus is closed (ErrClosed), or an
// event is sealed by a key that is not here (ErrSealed) or of a newer program (ErrNewer).
func (s *Subscription) Next(ctx context.Context) (call.Event, error) {
	for {
		select {
		case e := <-s.stored: // what is kept goes first, so that a partial never overtakes the event before it
			return e, nil
		default:
		}
		select {
		case e := <-s.stored:
			return e, nil
		case m := <-s.live:
			e, err := decodeLive(m)
			if err == nil && s.f.wants(e) {
				return e, nil
			}
		case <-s.ended:
			return call.Event{}, s.err
		case <-ctx.Done():
			return call.Event{}, context.Cause(ctx)
		}
	}
}

// Close ends the subscription and waits for its goroutine. It may be called more than once.
func (s *Subscription) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.iter.Stop()
		s.closeLive()
		<-s.ended
	})
}

// Watch yields the events of one call after the number after, those that are not kept included, until ctx ends, the
// loop is left or the bus is closed. The error is the last thing yielded; io.EOF stands for a closed bus.
func (b *Bus) Watch(ctx context.Context, id call.ID, after uint64) iter.Seq2[call.Event, error] {
	return b.watch(ctx, Filter{Call: id, AfterSeq: after})
}

// WatchAll yields the events of all calls after the place pos on the bus, and otherwise does as Watch.
func (b *Bus) WatchAll(ctx context.Context, pos uint64) iter.Seq2[call.Event, error] {
	return b.watch(ctx, Filter{AfterPos: pos})
}

func (b *Bus) watch(ctx context.Context, f Filter) iter.Seq2[call.Event, error] {
	return func(yield func(call.Event, error) bool) {
		s, err := b.Subscribe(ctx, f)
		if err != nil {
			yield(call.Event{}, err)
			return
		}
		defer s.Close()
		for {
			e, err := s.Next(ctx)
			if errors.Is(err, ErrClosed) {
				err = io.EOF
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (b *Bus) decode(m jetstream.Msg) (call.Event, error) {
	data, err := b.open(m.Data(), m.Subject())
	if err != nil {
		return call.Event{}, err
	}
	e, err := read(data)
	if err != nil {
		if errors.Is(err, ErrNewer) {
			b.meet(err)
		}
		return e, err
	}
	meta, err := m.Metadata()
	if err != nil {
		return e, fmt.Errorf("read event place: %w", err)
	}
	e.Pos = meta.Sequence.Stream
	return e, nil
}

func decodeLive(m *nats.Msg) (call.Event, error) {
	if m == nil {
		return call.Event{}, ErrClosed
	}
	return read(m.Data)
}

func read(data []byte) (call.Event, error) {
	var e call.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	if e.V > call.Version {
		return e, fmt.Errorf("%w (version %d, this program reads %d): upgrade this node", ErrNewer, e.V, call.Version)
	}
	return e, nil
}
