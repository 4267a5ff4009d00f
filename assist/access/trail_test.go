package access_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/assist/access"
)

// slowTrail writes an entry once it may, or fails.
type slowTrail struct {
	access.Store

	may chan error // what becomes of the next entry

	mu   sync.Mutex
	have []access.Entry
}

func (s *slowTrail) AppendEntry(ctx context.Context, next func(access.Entry) access.Entry) error {
	select {
	case err := <-s.may:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have = append(s.have, next(access.Entry{}))
	return nil
}

// TestLooksAtOnce: a page that asks for several parts of a call at once is one look, which is noted before any part is shown; where
// that fails, the next part notes it.
func TestLooksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trail := &slowTrail{may: make(chan error)}
		g, err := access.New(access.Options{Store: trail, Key: []byte(strings.Repeat("k", 32))})
		if err != nil {
			t.Fatal(err)
		}
		look := access.Entry{Who: "p1", What: access.LookedAtCall, Call: "c1"}
		shown := make(chan error, 3)
		for range cap(shown) { // each ends with its answer below
			go func() { shown <- g.Note(t.Context(), look) }()
		}
		gone, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- g.Note(gone, look) }() // ends when it is left
		synctest.Wait()
		if len(shown) != 0 {
			t.Error("a part is shown before the look is noted")
		}
		leave()
		synctest.Wait()
		broken := errors.New("broken")
		trail.may <- broken
		if err := <-shown; !errors.Is(err, broken) {
			t.Error("the look was not noted, and yet:", err)
		}
		synctest.Wait()
		close(trail.may) // the rest may be written
		for range 2 {
			if err := <-shown; err != nil {
				t.Error(err)
			}
		}
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Error("who left:", err)
		}
		if len(trail.have) != 1 {
			t.Errorf("one look is %d entries", len(trail.have))
		}
	})
}
