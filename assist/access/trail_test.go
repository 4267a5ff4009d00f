package access_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
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

func TestTrailShowsTampering(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	r.admin(t)
	for i := range 5 {
		if err := r.Note(ctx, access.Entry{Who: "p1", Name: "a", What: access.HeardCall, Call: call.ID(fmt.Sprint("c", i)), From: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // a player that asks for parts
		if err := r.Note(ctx, access.Entry{Who: "p1", Name: "a", What: access.HeardCall, Call: "c1", From: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	head, err := r.Verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.Entries(ctx, access.TrailQuery{Call: "c1"})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	r.clock.pass(6 * time.Minute)
	if err := r.Note(ctx, access.Entry{Who: "p1", Name: "a", What: access.HeardCall, Call: "c1", From: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Verify(ctx, head); err != nil {
		t.Errorf("a longer trail: %v", err)
	}
	for _, forge := range []string{
		"UPDATE people_audit SET call = 'c9' WHERE call = 'c3'",
		"UPDATE people_audit SET who = '', name = 'p1a' WHERE call = 'c3'",
		"DELETE FROM people_audit WHERE call = 'c3'",
		"UPDATE people_audit SET at_ms = at_ms + 1 WHERE n = 1",
		"DELETE FROM people_audit WHERE n >= (SELECT max(n) - 1 FROM people_audit)", // the end: only the noted head tells
	} {
		undo := change(t, r.home, forge)
		if _, err := r.Verify(ctx, head); !errors.Is(err, access.ErrTampered) {
			t.Errorf("%s: %v", forge, err)
		}
		undo()
		if _, err := r.Verify(ctx, head); err != nil {
			t.Fatalf("undone: %v", err)
		}
	}
}

// change runs SQL behind the store's back and returns what takes it back.
func change(t *testing.T, home, query string) func() {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+store.Path(home)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, q := range []string{"CREATE TABLE kept AS SELECT * FROM people_audit", query} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, q := range []string{"DELETE FROM people_audit", "INSERT INTO people_audit SELECT * FROM kept", "DROP TABLE kept"} {
			if _, err := db.ExecContext(context.Background(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTrailWrittenByMany(t *testing.T) {
	r := newRig(t, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				if err := r.Note(t.Context(), access.Entry{What: access.SignedIn, Detail: fmt.Sprint(i, j)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if head, err := r.Verify(t.Context()); err != nil || head.N != 80 {
		t.Error(head, err)
	}
}
