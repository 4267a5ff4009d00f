package work

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// busy occupies the only slot of q until its context ends or d has passed.
func busy(q *Queue, class Class, d time.Duration) (done chan error) {
	done = make(chan error, 1)
	go func() { // ends with the job
		done <- q.Do(context.Background(), class, "", func(ctx context.Context) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}()
	return done
}

func TestUrgentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		first := busy(q, Final, time.Second)
		synctest.Wait()
		var mu sync.Mutex
		var order []Class
		var wg sync.WaitGroup
		for _, c := range []Class{Background, Partial, Final, Speculative} {
			wg.Go(func() {
				if err := q.Do(context.Background(), c, "", func(context.Context) error {
					mu.Lock()
					defer mu.Unlock()
					order = append(order, c)
					return nil
				}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		<-first
		for i := range order[1:] {
			if order[i] > order[i+1] {
				t.Fatalf("order %v", order)
			}
		}
	})
}

func TestPartialGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		partial := busy(q, Partial, time.Hour)
		synctest.Wait()
		began := time.Now()
		if err := q.Do(context.Background(), Final, "", func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := <-partial; !errors.Is(err, ErrYield) {
			t.Fatalf("partial ended with %v", err)
		}
		if d := time.Since(began); d > time.Second {
			t.Fatalf("the final waited %v", d)
		}
	})
}

func TestFinalDoesNotGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		first := busy(q, Speculative, time.Second)
		second := busy(q, Final, time.Second)
		if err := errors.Join(<-first, <-second); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStaleAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		first := busy(q, Final, time.Second)
		synctest.Wait()
		old := make(chan error, 1)
		go func() { // ends when replaced
			old <- q.Do(context.Background(), Partial, "call", func(context.Context) error { return nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if err := q.Do(ctx, Partial, "call", func(context.Context) error { t.Error("ran"); return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("cancelled while waiting: %v", err)
		}
		if err := <-old; !errors.Is(err, ErrStale) {
			t.Fatalf("replaced: %v", err)
		}
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		if l := q.Load(); l.Running != 0 || l.Waiting != 0 || l.Stale[Partial] != 1 {
			t.Fatalf("load %+v", l)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		first := busy(q, Final, time.Second)
		synctest.Wait()
		waiting := busy(q, Final, time.Second)
		synctest.Wait()
		q.Close()
		if err := <-waiting; !errors.Is(err, ErrClosed) {
			t.Fatalf("waiting: %v", err)
		}
		if err := q.Do(context.Background(), Final, "", func(context.Context) error { return nil }); !errors.Is(err, ErrClosed) {
			t.Fatalf("new: %v", err)
		}
		if err := <-first; err != nil {
			t.Fatal(err)
		}
	})
}

func TestUrgentJobsShareAndTheOthersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(2)
		crowd := make(chan int, 3)
		run := func(class Class) (done chan struct{}) {
			done = make(chan struct{})
			go func() { // ends with the job
				defer close(done)
				if err := q.Do(context.Background(), class, "", func(ctx context.Context) error {
					crowd <- Crowd(ctx)
					<-time.After(time.Second)
					return nil
				}); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
			return done
		}
		first, second, partial := run(Final), run(Speculative), run(Partial)
		if l := q.Load(); l.Running != 2 || l.Waiting != 1 {
			t.Fatalf("load %+v: two urgent jobs should run and the partial wait", l)
		}
		<-first
		<-second
		<-partial
		if a, b, c := <-crowd, <-crowd, <-crowd; a != 0 || b != 1 || c != 2 {
			t.Fatalf("others beside each: %d %d %d, want one beside the second and two when the partial came", a, b, c)
		}
	})
}

func TestAJobGivenUpCrowdsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(2)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { // ends a second after it was given up
			ended <- q.Do(ctx, Speculative, "", func(ctx context.Context) error {
				<-ctx.Done()
				<-time.After(time.Second)
				return context.Cause(ctx)
			})
		}()
		synctest.Wait()
		if l := q.Load(); l.Urgent != 1 {
			t.Fatalf("load %+v, want one urgent job", l)
		}
		cancel()
		if l := q.Load(); l.Urgent != 0 || l.Running != 1 {
			t.Fatalf("load %+v, want one running job that nobody wants", l)
		}
		if err := q.Do(context.Background(), Speculative, "", func(ctx context.Context) error {
			if Crowd(ctx) > 0 {
				t.Error("crowded by a job that was given up")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Fatalf("the job given up: %v", err)
		}
	})
}

// TestHold has background work give way to somebody who holds the queue, and the others run meanwhile.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		background := busy(q, Background, time.Hour)
		synctest.Wait()
		release, other := q.Hold(), q.Hold()
		if err := <-background; !errors.Is(err, ErrYield) {
			t.Fatalf("background work ended with %v", err)
		}
		again := busy(q, Background, time.Second)
		for _, c := range []Class{Partial, Speculative, Final} {
			if err := q.Do(t.Context(), c, "", func(context.Context) error { return nil }); err != nil {
				t.Fatalf("class %d: %v", c, err)
			}
		}
		release()
		release()
		time.Sleep(longestHeld / 2)
		if l := q.Load(); l.Running != 0 || l.Waiting != 1 {
			t.Fatalf("load %+v while somebody holds the queue", l)
		}
		other()
		if err := <-again; err != nil {
			t.Fatal(err)
		}
	})
}

// TestHeldForLong has background work run at last on a line that is never quiet, and give way to urgent jobs alone.
func TestHeldForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		defer q.Hold()()
		background := busy(q, Background, time.Hour)
		time.Sleep(longestHeld + time.Second)
		q.Hold()()
		if l := q.Load(); l.Running != 1 {
			t.Fatalf("load %+v after a long time", l)
		}
		if err := q.Do(t.Context(), Speculative, "", func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := <-background; !errors.Is(err, ErrYield) {
			t.Fatalf("background work ended with %v", err)
		}
	})
}
