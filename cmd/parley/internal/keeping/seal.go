package keeping

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/events"
)

// Sealer has the event store sealed as the record is. It is nil where nodes share an event server (url) and no database:
// the keys are in the database, and no node could read the events of another.
func Sealer(s *store.Store, url string) events.Sealer {
	if url != "" && !s.Shared() {
		return nil
	}
	return sealer{s}
}

type sealer struct{ s *store.Store }

// Seal implements events.Sealer.
func (x sealer) Seal(data []byte, place string) ([]byte, error) { return x.s.SealEvent(data, place) }

// Open implements events.Sealer.
func (x sealer) Open(data []byte, place string) ([]byte, error) {
	out, err := x.s.OpenEvent(data, place)
	if errors.Is(err, seal.ErrDamaged) {
		err = fmt.Errorf("%w: %w", events.ErrDamaged, err)
	}
	return out, err
}

// PurgeClear empties an event store that is to be sealed and has something in the clear, when the record and the receivers
// of webhooks (told) have all of it. Nobody may publish meanwhile. It returns how many events it removed.
func PurgeClear(ctx context.Context, b *events.Bus, s *store.Store, told bool) (int, error) {
	to, last, err := had(ctx, b, s, told)
	if err != nil || to < last {
		return 0, err
	}
	return b.PurgeClear(ctx)
}

// DropClear removes from an event store that is sealed what was put there in the clear before, when the record has it,
// the receivers of webhooks (told) have it, and its call is over. It begins at the place from, waits after each, and returns
// how many events it removed and where to begin the next time.
func DropClear(ctx context.Context, b *events.Bus, s *store.Store, told bool, from uint64, wait time.Duration) (n int, next uint64, err error) {
	to, _, err := had(ctx, b, s, told)
	if err != nil {
		return 0, from, err
	}
	return b.DropClear(ctx, from, to, wait, s.Over)
}

// had is the place in the event store up to which nobody needs it any more, and the last one. Who claims to have read more
// than there is has read another store, which was there before.
func had(ctx context.Context, b *events.Bus, s *store.Store, told bool) (to, last uint64, err error) {
	read := make([]uint64, 1, 2)
	if read[0], err = s.Position(ctx); err != nil {
		return 0, 0, err
	}
	if told {
		pos, begun, err := s.Outbox().Position(ctx)
		if err != nil {
			return 0, 0, err
		}
		if begun {
			read = append(read, pos)
		}
	}
	if last, err = b.Last(ctx); err != nil {
		return 0, 0, err
	}
	to = last
	for _, pos := range read {
		if pos > last {
			pos = 0
		}
		to = min(to, pos)
	}
	return to, last, nil
}
