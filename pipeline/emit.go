package pipeline

import (
	"context"
	"log/slog"

	"github.com/parley-voice/parley/pipeline/call"
)

// emitter writes the events of a call in order without holding up the call. Partials are dropped when it is behind;
// nothing else is.
type emitter struct {
	log   *slog.Logger
	sink  Log
	box   *mailbox[emission]
	ended chan struct{}
}

type emission struct {
	at      call.Offset
	kind    call.Kind
	body    any
	durable bool
}

func newEmitter(sink Log, log *slog.Logger) *emitter {
	return &emitter{log: log, sink: sink, box: newMailbox[emission](), ended: make(chan struct{})}
}

// put queues an event and never blocks.
func (e *emitter) put(at call.Offset, kind call.Kind, body any, durable bool) {
	e.box.post(emission{at, kind, body, durable})
}

// close lets run end once everything put so far is written.
func (e *emitter) close() { close(e.ended) }

// run writes events until close was called and all are written, or ctx ends.
func (e *emitter) run(ctx context.Context) {
	for last := false; !last; {
		select {
		case <-e.box.ready:
		case <-e.ended:
			last = true
		case <-ctx.Done():
			last = true
		}
		items := e.box.take()
		for i, it := range items {
			if it.kind == call.KindPartial && len(items)-i > 32 {
				continue
			}
			if err := e.sink.Emit(ctx, it.at, it.kind, it.body, it.durable); err != nil {
				e.log.Error("event not stored", "kind", string(it.kind), "err", err)
			}
		}
	}
}
