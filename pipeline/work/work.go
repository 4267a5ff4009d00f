// Package work is the one queue for heavy computing in a process. Recognition and synthesis share the same few cores,
// so they share one queue: the most urgent job runs first, a running partial gives way to a waiting final, a job made
// stale by a newer one of the same key never runs, and the measured load decides whether another call is accepted.
//
// Urgent jobs (Final and Speculative) may run beside each other, each then on fewer threads (see Crowd), which costs
// less than passing all cores from one to the next. The others run one at a time and only while nothing urgent does.
// Background jobs also keep away while somebody holds the queue (see Hold), since a reply takes more than its jobs.
package work

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Class orders jobs. Lower runs first.
type Class int

// The classes, most urgent first.
const (
	Final       Class = iota // a caller waits in silence
	Speculative              // a caller probably waits soon
	Partial                  // captions, prefetching
	Background               // files, evaluation, rendering ahead
	classes
)

// Errors callers branch on.
var (
	// ErrStale means a newer job with the same key took this one's place.
	ErrStale = errors.New("work: replaced by a newer job")
	// ErrYield is the cause of the context of a running job that had to give way to a more urgent one.
	ErrYield = errors.New("work: gave way to a more urgent job")
	// ErrClosed means the queue was closed.
	ErrClosed = errors.New("work: queue closed")
)

// Queue runs jobs on a fixed number of slots. The zero value is not usable; call New. All methods may be called from
// any goroutine. It starts no goroutine of its own: a job runs on the goroutine that called Do.
type Queue struct {
	mu      sync.Mutex
	slots   int
	running map[*job]struct{}
	waiting jobs
	holds   int // see Hold
	seq     uint64
	closed  bool
	stats   [classes]classStats
	now     func() time.Time
}

type classStats struct {
	done, stale, yielded uint64
	wait, busy           time.Duration // exponentially smoothed
}

type job struct {
	class   Class
	key     string
	seq     uint64
	queued  time.Time
	start   chan error      // receives nil when the job may run, an error when it never will
	crowd   int             // how many others ran or waited when it came, or when it starts; set before start
	ctx     context.Context //nolint:containedctx // of the work itself: one that was given up crowds nobody
	cancel  context.CancelCauseFunc
	index   int
	yielded bool // asked to give way
	late    bool // runs although the queue is held
}

// New returns a queue that runs at most slots urgent jobs at once.
func New(slots int) *Queue {
	return &Queue{slots: max(1, slots), running: map[*job]struct{}{}, now: time.Now}
}

// Do waits for a slot, runs fn on the calling goroutine and returns its error. A waiting job is dropped with ErrStale
// when a newer one with the same class and a non-empty equal key arrives, and with the context's cause when ctx ends.
// The context given to fn ends with ErrYield when fn is of class Partial or Background and a Final or Speculative job waits for a
// slot, and when it is of class Background and the queue is held; fn should then return soon.
func (q *Queue) Do(ctx context.Context, class Class, key string, fn func(context.Context) error) error {
	if class < 0 || class >= classes {
		return fmt.Errorf("work: class %d does not exist", class)
	}
	jctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j := &job{class: class, key: key, start: make(chan error, 1), ctx: jctx, cancel: cancel}
	q.enqueue(j)
	select {
	case err := <-j.start:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		if !q.abandon(j) { // it was started, or dropped, in the meantime
			if err := <-j.start; err == nil {
				q.finish(j, q.now())
			}
		}
		return context.Cause(ctx)
	}
	began := q.now()
	defer func() { q.finish(j, began) }()
	return fn(context.WithValue(jctx, crowdKey{}, j.crowd))
}

type crowdKey struct{}

// Crowd is, for a context given to a job, how many other urgent jobs ran or waited as it came or as it started, whichever
// were more: if any, it should use one thread and leave the other cores to them.
func Crowd(ctx context.Context) int {
	crowd, _ := ctx.Value(crowdKey{}).(int)
	return crowd
}

// longestHeld is how long a background job waits for a queue that is always held: then it only gives way to urgent jobs, so
// that a line that is never quiet delays it and does not end it.
const longestHeld = time.Minute

// Hold keeps background jobs from starting, and has the one that runs give way, until release is called: somebody speaks or
// waits for a reply, which is in the making between its jobs too. It does not block. Several may hold at once; a second call
// of release does nothing.
func (q *Queue) Hold() (release func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.holds++
	q.clear(func(r *job) bool { return r.class == Background && !r.late })
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.holds--
		q.dispatch()
	})
}

// Close drops every waiting job with ErrClosed and refuses new ones. Running jobs are not touched.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, j := range q.waiting {
		j.start <- ErrClosed
	}
	q.waiting = nil
}

// Load describes the queue at one moment.
type Load struct {
	Slots, Running, Waiting int
	Urgent                  int // of those running and waiting
	// Wait and Busy are smoothed times a job of the class spent waiting and running.
	Wait, Busy           [classes]time.Duration
	Done, Stale, Yielded [classes]uint64
}

// Load returns the present load.
func (q *Queue) Load() Load {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := Load{Slots: q.slots, Running: len(q.running), Waiting: len(q.waiting), Urgent: q.urgent()}
	for c, s := range q.stats {
		l.Wait[c], l.Busy[c], l.Done[c], l.Stale[c], l.Yielded[c] = s.wait, s.busy, s.done, s.stale, s.yielded
	}
	return l
}

func (q *Queue) enqueue(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		j.start <- ErrClosed
		return
	}
	q.seq++
	j.seq, j.queued, j.crowd = q.seq, q.now(), q.urgent()
	if j.key != "" {
		for _, w := range q.waiting {
			if w.key == j.key && w.class == j.class {
				heap.Remove(&q.waiting, w.index)
				q.stats[w.class].stale++
				w.start <- ErrStale
				break
			}
		}
	}
	heap.Push(&q.waiting, j)
	q.dispatch()
}

// dispatch starts what fits, and asks what is not urgent to give way to what is.
func (q *Queue) dispatch() {
	for len(q.waiting) > 0 && q.fits(q.waiting[0]) {
		j := heap.Pop(&q.waiting).(*job)
		j.crowd = max(j.crowd, q.urgent())
		q.running[j] = struct{}{}
		s := &q.stats[j.class]
		s.wait = smooth(s.wait, q.now().Sub(j.queued))
		j.start <- nil
	}
	if len(q.waiting) > 0 && q.waiting[0].class.urgent() {
		q.clear(func(r *job) bool { return !r.class.urgent() })
	}
}

// clear asks those that run and shall to give way.
func (q *Queue) clear(shall func(*job) bool) {
	for r := range q.running {
		if shall(r) && !r.yielded {
			r.yielded = true
			q.stats[r.class].yielded++
			r.cancel(ErrYield)
		}
	}
}

// urgent is how many urgent jobs run, without those given up, and wait.
func (q *Queue) urgent() int {
	n := 0
	for r := range q.running {
		if r.class.urgent() && r.ctx.Err() == nil {
			n++
		}
	}
	for _, w := range q.waiting {
		if w.class.urgent() {
			n++
		}
	}
	return n
}

// fits reports whether j may start beside what runs.
func (q *Queue) fits(j *job) bool {
	switch {
	case j.class == Background && q.holds > 0:
		j.late = q.now().Sub(j.queued) > longestHeld
		return j.late && len(q.running) == 0
	case !j.class.urgent():
		return len(q.running) == 0
	}
	for r := range q.running {
		if !r.class.urgent() {
			return false // it was asked to give way and will in a moment
		}
	}
	return len(q.running) < q.slots
}

func (c Class) urgent() bool { return c <= Speculative }

// abandon takes j out of the waiting list and reports whether it was there.
func (q *Queue) abandon(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.index < 0 || j.index >= len(q.waiting) || q.waiting[j.index] != j {
		return false
	}
	heap.Remove(&q.waiting, j.index)
	return true
}

func (q *Queue) finish(j *job, began time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, j)
	s := &q.stats[j.class]
	s.done++
	s.busy = smooth(s.busy, q.now().Sub(began))
	q.dispatch()
}

// smooth is an exponential average over about the last eight values.
func smooth(old, v time.Duration) time.Duration {
	if old == 0 {
		return v
	}
	return old + (v-old)/8
}

// jobs is a heap ordered by class, then age.
type jobs []*job

func (h jobs) Len() int { return len(h) }
func (h jobs) Less(i, k int) bool {
	if h[i].class != h[k].class {
		return h[i].class < h[k].class
	}
	return h[i].seq < h[k].seq
}
func (h jobs) Swap(i, k int) { h[i], h[k] = h[k], h[i]; h[i].index, h[k].index = i, k }

// Push is for container/heap.
func (h *jobs) Push(x any) { j := x.(*job); j.index = len(*h); *h = append(*h, j) }

// Pop is for container/heap.
func (h *jobs) Pop() any {
	old := *h
	j := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	j.index = -1
	return j
}
