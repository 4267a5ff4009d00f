package events

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/pipeline/call"
)

// Erase removes the kept events of a call and overwrites what the disk holds of them; it returns how many there were. Other
// events keep their places. It blocks for about a millisecond an event, more when the store is large.
func (b *Bus) Erase(ctx context.Context, id call.ID) (int, error) {
	subject, s, err := b.ofCall(ctx, id)
	if err != nil {
		return 0, err
	}
	n := 0
	for next := uint64(1); ; {
		m, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("erase events: %w", err)
		}
		if err := s.SecureDeleteMsg(ctx, m.Sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return n, fmt.Errorf("erase events: %w", err)
		}
		n, next = n+1, m.Sequence+1
	}
}

// Count returns how many events of a call are kept.
func (b *Bus) Count(ctx context.Context, id call.ID) (int, error) {
	subject, s, err := b.ofCall(ctx, id)
	if err != nil {
		return 0, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	n := 0
	for _, of := range info.State.Subjects {
		n += int(of)
	}
	return n, nil
}

func (b *Bus) ofCall(ctx context.Context, id call.ID) (string, jetstream.Stream, error) {
	if !plainToken(string(id)) {
		return "", nil, fmt.Errorf("events of a call: %q is not a call id", id)
	}
	s, _, err := b.kept(ctx)
	return keptPrefix + string(id) + ".>", s, err
}

// Lock keeps every bus with a server of its own away from the folder, until release is called or the process ends. It is
// ErrInUse when one runs. A folder that does not exist is made.
func Lock(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the events folder: %w", err)
	}
	l, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	return l.release, nil
}
