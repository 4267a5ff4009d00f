package events

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Log writes the events of one call: it numbers them 1, 2, 3 … and turns clock times into offsets from the call's start.
// All methods may be called from any goroutine; events get their numbers in the order in which Emit was entered.
type Log struct {
	bus   *Bus
	id    call.ID
	start time.Time

	mu  sync.Mutex
	seq uint64
}

// NewLog returns the log of a call that started at start, which should carry a monotonic clock reading (time.Now()).
func NewLog(bus *Bus, id call.ID, start time.Time) *Log {
	return &Log{bus: bus, id: id, start: start}
}

// ID returns the call's ID.
func (l *Log) ID() call.ID { return l.id }

// Offset returns t as an offset from the call's start; a time before the start, or the zero time, is 0.
func (l *Log) Offset(t time.Time) call.Offset {
	if t.IsZero() {
		return 0
	}
	return call.Offset(max(0, t.Sub(l.start)))
}

// Emit publishes an event that happened at the offset at, with body written as JSON. With durable it waits until the
// event is sure to survive the death of the process (see Bus.Publish), otherwise it never blocks. A kind that is not
// kept is never waited for and gets no number. When Emit fails the call can go on: the event may be missing from the
// record, and an event that is dropped before it was sent gives its number to the next one.
func (l *Log) Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error {
	e := call.Event{V: call.Version, Call: l.id, At: at, Kind: kind}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write body of %s: %w", kind, err)
		}
		e.Body = b
	}
	durable = durable && kept(kind)
	it, err := l.enqueue(e, durable)
	if err != nil {
		l.bus.unkept(string(kind), err)
		return err
	}
	if !durable {
		return nil
	}
	return l.bus.await(ctx, it)
}

// enqueue numbers e and hands it to the bus in one step, so that the bus sees a call's events in the order of their
// numbers.
func (l *Log) enqueue(e call.Event, durable bool) (item, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kept(e.Kind) {
		e.Seq = l.seq + 1
	}
	it, err := l.bus.newItem(e, durable)
	if err != nil {
		return item{}, err
	}
	if err := l.bus.q.push(it, durable); err != nil {
		return item{}, err
	}
	if kept(e.Kind) {
		l.seq++
	}
	return it, nil
}
