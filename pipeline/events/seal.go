package events

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors of what is sealed.
var (
	// ErrSealed means that events are sealed and cannot be opened now; the text says why.
	ErrSealed = errors.New("events: the event store is sealed and its key is not here")
	// ErrDamaged means that an event was changed on its way or on the disk, and can never be opened.
	ErrDamaged = errors.New("events: an event was changed or is damaged")
)

// Sealer seals what the store keeps, event by event, so that erasing one overwrites it and a new key needs no new store.
// Call, kind, number and time of an event, by which it is found, are not sealed; neither is what is not kept. Its methods
// may be called from any goroutine.
type Sealer interface {
	// Seal returns data sealed for a place, as something that no JSON begins like; or data itself while nothing is to be
	// sealed. What it fails for is not kept.
	Seal(data []byte, place string) ([]byte, error)
	// Open returns what was sealed for a place. ErrDamaged means never; after any other error it is asked again later.
	Open(data []byte, place string) ([]byte, error)
}

// isSealed tells what a Sealer wrote from JSON, which begins with no such byte.
func isSealed(data []byte) bool { return len(data) > 0 && data[0] < ' ' }

func (b *Bus) seal(data []byte, place string) ([]byte, error) {
	if b.opt.Seal == nil {
		return data, nil
	}
	out, err := b.opt.Seal.Seal(data, place)
	if err != nil {
		return nil, fmt.Errorf("seal event: %w", err)
	}
	return out, nil
}

// open returns data as it was before it was sealed, if it was. The error is ErrDamaged or ErrSealed.
func (b *Bus) open(data []byte, place string) ([]byte, error) {
	if !isSealed(data) {
		return data, nil
	}
	if b.opt.Seal == nil {
		return nil, fmt.Errorf("%w: set security.key_file, and security.seal_records when more is to be sealed", ErrSealed)
	}
	out, err := b.opt.Seal.Open(data, place)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return out, err
}

// checkReadable makes sure that what is in the store can be read, by its oldest and its newest event: nothing is taken for
// an empty store, and nothing is passed over, because a key is missing or a newer program wrote it.
func (b *Bus) checkReadable(ctx context.Context) error {
	s, state, err := b.kept(ctx)
	if err != nil || state.Msgs == 0 {
		return err
	}
	for _, seq := range []uint64{state.FirstSeq, state.LastSeq} {
		m, err := s.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) { // erased
			continue
		}
		if err != nil {
			return fmt.Errorf("read event stream: %w", err)
		}
		data, err := b.open(m.Data, m.Subject)
		if err == nil {
			_, err = read(data)
		}
		if errors.Is(err, ErrSealed) || errors.Is(err, ErrNewer) {
			return err
		}
	}
	return nil
}

// PurgeClear removes all that is kept, at once and with its files, when its oldest event is not sealed; it returns how many
// events there were. It is for a moment in which nobody publishes and everybody has read what is kept.
func (b *Bus) PurgeClear(ctx context.Context) (int, error) {
	s, state, err := b.kept(ctx)
	if err != nil || state.Msgs == 0 {
		return 0, err
	}
	m, err := s.GetMsg(ctx, state.FirstSeq)
	if err != nil {
		return 0, fmt.Errorf("read event stream: %w", err)
	}
	if isSealed(m.Data) {
		return 0, nil
	}
	if err := s.Purge(ctx); err != nil {
		return 0, fmt.Errorf("remove events in the clear: %w", err)
	}
	return int(state.Msgs), b.purged(ctx)
}

const (
	purgeDir  = "__msgs__" // where the server puts files aside that it removes after a purge
	purgeWait = 10 * time.Second
	purgeLook = 5 * time.Millisecond
)

// purged waits until the server inside has removed the files of a purge, which it does after it has answered.
func (b *Bus) purged(ctx context.Context) error {
	if b.srv == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, purgeWait)
	defer cancel()
	for {
		left, err := filepath.Glob(filepath.Join(b.opt.Dir, "jetstream", "*", "streams", streamName, purgeDir))
		if err != nil || len(left) == 0 {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("remove events in the clear: %s is still there: %w", left[0], context.Cause(ctx))
		}
		pause(ctx, purgeLook)
	}
}

// DropClear removes kept events that are not sealed, from the place from on up to the place to, and overwrites what the
// disk holds of them; but not those of calls that over says are still wanted. It returns how many it removed, and the
// place to go on from the next time. After each it removes it waits. It blocks for some milliseconds an event that
// is removed and less for the others, until ctx ends.
func (b *Bus) DropClear(ctx context.Context, from, to uint64, wait time.Duration, over func(context.Context, call.ID) (bool, error)) (n int, next uint64, err error) {
	from = max(from, 1)
	s, state, err := b.kept(ctx)
	if to = min(to, state.LastSeq); err != nil || from > to || state.Msgs == 0 {
		return 0, from, err
	}
	p := &clearing{bus: b, s: s, over: over, known: map[string]bool{}, wait: wait}
	if err := p.walk(ctx, from, to); err != nil {
		return p.n, from, fmt.Errorf("remove events in the clear: %w", err)
	}
	if p.left > 0 {
		return p.n, p.left, nil
	}
	return p.n, to + 1, nil
}

// callOf is the call in the subject of a kept event.
func callOf(subject string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(subject, keptPrefix), ".")
	return id
}

// clearing is one round of DropClear.
type clearing struct {
	bus   *Bus
	s     jetstream.Stream
	over  func(context.Context, call.ID) (bool, error)
	known map[string]bool // by the call's ID
	wait  time.Duration
	n     int
	left  uint64 // the place of the first one that stays
}

func (p *clearing) walk(ctx context.Context, from, to uint64) error {
	c, err := p.bus.js.OrderedConsumer(ctx, streamName, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{keptPrefix + ">"}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	if c.CachedInfo().NumPending == 0 {
		return nil
	}
	it, err := c.Messages(jetstream.PullMaxMessages(readAhead))
	if err != nil {
		return err
	}
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Stream > to {
			return nil
		}
		if !isSealed(m.Data()) {
			if err := p.drop(ctx, m.Subject(), meta.Sequence.Stream); err != nil {
				return err
			}
		}
		if meta.NumPending == 0 {
			return nil
		}
	}
}

// drop removes one event, unless its call is not over.
func (p *clearing) drop(ctx context.Context, subject string, seq uint64) error {
	id := callOf(subject)
	over, known := p.known[id]
	if !known {
		var err error
		if over, err = p.over(ctx, call.ID(id)); err != nil {
			return err
		}
		p.known[id] = over
	}
	if !over {
		if p.left == 0 {
			p.left = seq
		}
		return nil
	}
	if err := p.s.SecureDeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return err
	}
	p.n++
	pause(ctx, p.wait)
	return nil
}
