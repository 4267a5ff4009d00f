package events

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/pipeline/call"
)

// Publish sends e and waits until the store has acknowledged it: the event then survives the death of the process. An
// event with the same (Call, Seq) that was sent in the last two minutes is taken as a repetition and acknowledged again.
// It waits until ctx ends, or about 5 s when the store does not answer (while it stays so, 300 ms); ErrUnkept then says
// that nothing is certain: the event is kept in memory and sent again until the store takes it, which Check tells about.
func (b *Bus) Publish(ctx context.Context, e call.Event) error {
	it, err := b.newItem(e, true)
	if err != nil {
		return err
	}
	if err := b.q.push(it, true); err != nil {
		return err
	}
	return b.await(ctx, it)
}

// PublishAsync sends e without waiting and never blocks. It reports false when too many events wait to be sent or e
// cannot be written or sealed: e is then dropped and counted. Events from one goroutine arrive in the order in which they were
// given to Publish and PublishAsync.
func (b *Bus) PublishAsync(e call.Event) bool {
	it, err := b.newItem(e, false)
	if err == nil {
		err = b.q.push(it, false)
	}
	if err != nil {
		b.unkept(string(e.Kind), err)
		return false
	}
	return true
}

// item is one event on its way out. done receives exactly one outcome when a caller waits, and is nil otherwise.
type item struct {
	msg  *nats.Msg
	live bool
	done chan outcome
}

type outcome struct {
	ack jetstream.PubAckFuture
	err error
}

func (b *Bus) newItem(e call.Event, wait bool) (item, error) {
	if !plainToken(string(e.Call)) {
		return item{}, fmt.Errorf("publish event: %q is not a call id", e.Call)
	}
	if !plainKind(string(e.Kind)) {
		return item{}, fmt.Errorf("publish event: %q is not a kind of event", e.Kind)
	}
	if kept(e.Kind) && e.Seq == 0 {
		return item{}, fmt.Errorf("publish event: %s has no number", e.Kind)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return item{}, fmt.Errorf("write event %s: %w", e.Kind, err)
	}
	it := item{live: !kept(e.Kind)}
	prefix := keptPrefix
	if it.live {
		prefix = livePrefix
	}
	it.msg = nats.NewMsg(prefix + string(e.Call) + "." + string(e.Kind))
	it.msg.Data = data
	if !it.live {
		if it.msg.Data, err = b.seal(data, it.msg.Subject); err != nil {
			return item{}, fmt.Errorf("%w: %w", ErrUnkept, err)
		}
		it.msg.Header.Set(jetstream.MsgIDHeader, string(e.Call)+"/"+strconv.FormatUint(e.Seq, 10))
	}
	if wait {
		it.done = make(chan outcome, 1)
	}
	return it, nil
}

// await waits for the acknowledgement of an item that was pushed.
func (b *Bus) await(ctx context.Context, it item) error {
	var o outcome
	select {
	case o = <-it.done:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnkept, context.Cause(ctx))
	}
	if o.err != nil || o.ack == nil {
		return o.err
	}
	var late <-chan time.Time
	if b.failing.Load() { // the store is known to be stuck: a call must not wait for it again and again
		t := time.NewTimer(stuckTimeout)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-o.ack.Ok():
		b.failing.Store(false)
		return nil
	case err := <-o.ack.Err():
		b.failing.Store(true)
		return fmt.Errorf("%w: %w: if the disk is full, free space", ErrUnkept, err)
	case <-late:
		return fmt.Errorf("%w: the event store takes no events: free disk space", ErrUnkept)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnkept, context.Cause(ctx))
	}
}

// send is the sender: the only goroutine that writes events to the connection, so that their order is the queue's.
func (b *Bus) send() {
	defer close(b.sent)
	for {
		it, ok := b.q.pop()
		if ok {
			b.sendOne(it)
			continue
		}
		select {
		case <-b.q.more:
		case <-b.stop:
			if b.q.len() == 0 {
				return
			}
		}
	}
}

func (b *Bus) sendOne(it item) {
	var o outcome
	if it.live {
		o.err = b.nc.PublishMsg(it.msg)
	} else {
		o.ack, o.err = b.js.PublishMsgAsync(it.msg)
	}
	if o.err != nil {
		o.err = fmt.Errorf("%w: %w", ErrUnkept, o.err)
		if it.live {
			b.unkept(it.msg.Subject, o.err)
		} else {
			b.hold(it.msg, o.err)
		}
	} else {
		b.published.Add(1)
	}
	if it.done != nil {
		it.done <- o
	}
}

// queue holds events on their way to the sender. Items nobody waits for are bounded by maxQueued; an item somebody waits
// for is always taken, as its caller adds no second one before it is done.
type queue struct {
	mu     sync.Mutex
	items  []item
	head   int
	closed bool
	more   chan struct{} // holds a token when items may be waiting
}

func (q *queue) push(it item, always bool) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	if !always && len(q.items)-q.head >= maxQueued {
		return fmt.Errorf("%w: %d events are waiting", ErrUnkept, maxQueued)
	}
	q.items = append(q.items, it)
	select {
	case q.more <- struct{}{}:
	default:
	}
	return nil
}

func (q *queue) pop() (item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
		return item{}, false
	}
	it := q.items[q.head]
	q.items[q.head] = item{}
	q.head++
	return it, true
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) - q.head
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// plainToken reports whether s can be one token of a subject: not empty, no dots, wildcards, spaces or control bytes.
func plainToken(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// plainKind reports whether s is tokens joined by dots.
func plainKind(s string) bool {
	for t := range strings.SplitSeq(s, ".") {
		if !plainToken(t) {
			return false
		}
	}
	return true
}
