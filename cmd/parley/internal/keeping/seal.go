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

// DropClear removes from an event store that is sealed what was put there in the clear before, when the record has it,
// the receivers of webhooks (told) have it, and its call is over. It begins at the place from, waits after each, and returns
// how many events it removed and where to begin the next time.
func DropClear(ctx context.Context, b *events.Bus, s *store.Store, told bool, from uint64, wait time.Duration) (n int, next uint64, err error) {
	to, err := s.Position(ctx)
	if err != nil {
		return 0, from, err
	}
	if told {
		pos, begun, err := s.Outbox().Position(ctx)
		if err != nil {
			return 0, from, err
		}
		if begun {
			to = min(to, pos)
		}
	}
	return b.DropClear(ctx, from, to, wait, s.Over)
}
