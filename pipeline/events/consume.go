package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	batchSize  = 256
	drainLimit = 3 * time.Second // for what is still unread when ctx ends
	retryPause = 500 * time.Millisecond
)

// Last returns the place of the newest kept event, 0 when there is none.
func (b *Bus) Last(ctx context.Context) (uint64, error) {
	_, state, err := b.kept(ctx)
	if err != nil || state.Msgs == 0 {
		return 0, err
	}
	return state.LastSeq, nil
}

// kept is the stream of kept events, and how it stands.
func (b *Bus) kept(ctx context.Context) (jetstream.Stream, jetstream.StreamState, error) {
	s, err := b.js.Stream(ctx, streamName)
	if err != nil {
		return nil, jetstream.StreamState{}, fmt.Errorf("read event stream: %w", err)
	}
	return s, s.CachedInfo().State, nil
}

// Consume hands every kept event after the place after to handle, in order and in batches. A reader that keeps the place
// of the last event it handled together with what it made of it sees every event exactly once, whatever is killed when;
// one that keeps it elsewhere may see some twice. A batch whose handle failed is handed over again after half a second.
//
// Consume blocks. When ctx ends it hands over what has been published by then (for at most 3 s, with a context that is
// still alive) and returns nil; it returns ErrClosed when the bus is closed under it.
func (b *Bus) Consume(ctx context.Context, after uint64, handle func(context.Context, []call.Event) error) error {
	for {
		err := b.consume(ctx, &after, handle)
		if ctx.Err() != nil {
			if err != nil {
				b.log.Warn("events left for the next start", "after", after, "err", err)
			}
			return nil
		}
		if errors.Is(err, ErrClosed) || b.nc.IsClosed() {
			return ErrClosed
		}
		b.log.Warn("reading events stopped and goes on", "after", after, "err", err)
		pause(ctx, retryPause)
	}
}

// consume reads from one subscription until ctx ends or the subscription breaks, and keeps *after up to date.
func (b *Bus) consume(ctx context.Context, after *uint64, handle func(context.Context, []call.Event) error) error {
	sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTimeout)
	s, err := b.Subscribe(sctx, Filter{AfterPos: *after, keptOnly: true})
	cancel()
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		evs, err := s.batch(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil {
			err = b.retry(ctx, evs, handle)
		}
		if err != nil {
			return b.drain(ctx, s, evs, after, handle)
		}
		*after = evs[len(evs)-1].Pos
	}
}

// drain hands over evs, when there are any, and what else was published before ctx ended.
func (b *Bus) drain(ctx context.Context, s *Subscription, evs []call.Event, after *uint64, handle func(context.Context, []call.Event) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	last, err := b.Last(ctx)
	if err != nil {
		return err
	}
	for *after < last {
		if len(evs) == 0 {
			if evs, err = s.batch(ctx); err != nil {
				return err
			}
		}
		if err := handle(ctx, evs); err != nil {
			return err
		}
		*after, evs = evs[len(evs)-1].Pos, nil
	}
	return nil
}

// retry calls handle until it succeeds or ctx ends. It logs why once a minute: on a full disk the log takes room, too.
func (b *Bus) retry(ctx context.Context, evs []call.Event, handle func(context.Context, []call.Event) error) error {
	began := time.Now()
	for told := (time.Time{}); ; {
		err := handle(ctx, evs)
		if err == nil {
			if !told.IsZero() {
				b.log.Info("events were handed over in the end", "events", len(evs), "after", time.Since(began).Round(time.Second))
			}
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if time.Since(told) >= time.Minute {
			told = time.Now()
			b.log.Error("events will be handed over again", "events", len(evs), "err", err)
		}
		pause(ctx, retryPause)
	}
}

// batch waits for an event and returns it with those that are ready behind it.
func (s *Subscription) batch(ctx context.Context) ([]call.Event, error) {
	e, err := s.Next(ctx)
	if err != nil {
		return nil, err
	}
	evs := []call.Event{e}
	for len(evs) < batchSize {
		select {
		case e := <-s.stored:
			evs = append(evs, e)
		default:
			return evs, nil
		}
	}
	return evs, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
