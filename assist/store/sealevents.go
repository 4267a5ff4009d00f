package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// eventPlace begins what events on their way to the record are sealed for.
const eventPlace = "event store"

// SealEvent seals what the event store keeps for a place in it, where what is written here is sealed; else it returns data.
// The error is seal.ErrLocked.
func (s *Store) SealEvent(data []byte, place string) ([]byte, error) {
	v, err := s.sealer()
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return data, nil
	}
	return v.SealBytes(data, eventPlace, place), nil
}

// OpenEvent opens what SealEvent sealed for a place. The error is seal.ErrDamaged for what was changed, else seal.ErrKey.
func (s *Store) OpenEvent(data []byte, place string) ([]byte, error) {
	out, err := s.values().OpenBytes(data, eventPlace, place)
	if errors.Is(err, seal.ErrKey) && s.values() != nil {
		err = fmt.Errorf("%w, a key of another database: bring back the database these events belong to; or empty the event store (move the folder events away; with events.url: nats stream purge PARLEY_CALLS), and what was not recorded from it is lost", err)
	}
	return out, err
}

// Over reports whether a call has ended, or is not known.
func (s *Store) Over(ctx context.Context, id call.ID) (bool, error) {
	var state record.State
	err := s.read.QueryRowContext(ctx, "SELECT state FROM calls WHERE id = ?", id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read state: %w", err)
	}
	return state != record.Running, nil
}
