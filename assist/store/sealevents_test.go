package store_test

import (
	"errors"
	"testing"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
)

// TestSealEvent seals what the event store keeps with the keys of the record.
func TestSealEvent(t *testing.T) {
	t.Parallel()
	s := openAt(t, store.Options{Home: t.TempDir()})
	const data, place = `{"v":1}`, "parley.calls.c.turn"
	if got, err := s.SealEvent([]byte(data), place); err != nil || string(got) != data {
		t.Errorf("in the clear: %q, %v", got, err)
	}
	keys := ring(t, 'a')
	if err := s.SealRecord(t.Context(), keys, true); err != nil {
		t.Fatal(err)
	}
	sealed, err := s.SealEvent([]byte(data), place)
	if err != nil || len(sealed) < len(data)+16 {
		t.Fatalf("%q, %v", sealed, err)
	}
	if _, err := s.Rotate(t.Context(), ring(t, 'b', 'a'), 0); err != nil {
		t.Fatal(err)
	}
	if got, err := s.OpenEvent(sealed, place); err != nil || string(got) != data {
		t.Errorf("with a fresh key: %q, %v", got, err)
	}
	if err := s.SealRecord(t.Context(), ring(t, 'b'), false); err != nil {
		t.Fatal(err)
	}
	if got, err := s.OpenEvent(sealed, place); err != nil || string(got) != data {
		t.Errorf("when nothing more is sealed: %q, %v", got, err)
	}
	if _, err := s.OpenEvent(sealed, "elsewhere"); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("elsewhere: %v", err)
	}
	if _, err := openAt(t, store.Options{Home: t.TempDir()}).OpenEvent(sealed, place); !errors.Is(err, seal.ErrKey) {
		t.Errorf("in another record: %v", err)
	}
}
