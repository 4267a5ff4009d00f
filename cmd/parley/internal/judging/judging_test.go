package judging_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/pipeline/work"
)

func TestIdlyGivesWayAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := work.New(1)
		steps, runs := 0, 0
		done := make(chan error)
		go func() { // ends with the last step
			done <- judging.Idly(q)(t.Context(), func(ctx context.Context) error {
				for runs++; steps < 10; steps++ {
					if ctx.Err() != nil {
						return ctx.Err()
					}
					time.Sleep(time.Second)
				}
				return nil
			})
		}()
		time.Sleep(2500 * time.Millisecond)
		began := time.Now()
		if err := q.Do(t.Context(), work.Final, "", func(context.Context) error { time.Sleep(time.Minute); return nil }); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began) - time.Minute; waited > time.Second {
			t.Errorf("the urgent job waited %v", waited)
		}
		if err := <-done; err != nil || steps != 10 || runs != 2 {
			t.Errorf("%v after %d steps in %d runs, want 10 in 2", err, steps, runs)
		}
	})
}

func TestIdlyEnds(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	q := work.New(1)
	if err := judging.Idly(q)(t.Context(), func(context.Context) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := judging.Idly(q)(ctx, func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	q.Close()
	if err := judging.Idly(q)(t.Context(), func(context.Context) error { return nil }); !errors.Is(err, work.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
