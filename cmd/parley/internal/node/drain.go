package node

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// farewellTime is how long the sentence takes that ends calls which outlast the drain.
const farewellTime = 15 * time.Second

var errDraining = errors.New("the node is being stopped and takes no new calls")

// taking says whether new calls are taken, for the readiness probe.
func (n *Node) taking(context.Context) error {
	if n.draining.Load() {
		return errDraining
	}
	return nil
}

// Cut ends a drain: running calls end at once. It may be called any time after Run.
func (n *Node) Cut() {
	if n.draining.Load() {
		n.cut()
	}
}

// drain waits until stopped ends, refuses new calls from then on, and returns when the running ones have ended: by
// themselves within limits.drain, then by a sentence. It ends with ctx.
func (n *Node) drain(stopped, ctx context.Context) {
	select {
	case <-stopped.Done():
	case <-ctx.Done():
		return
	}
	n.draining.Store(true)
	limit := n.conf().Limits.Drain
	if calls, _ := n.gate.count(); calls == 0 || limit <= 0 {
		return
	}
	n.env.Log.Info("stopping: running calls may go on, new ones are refused", "for", limit)
	if n.quiet(ctx, limit) {
		return
	}
	n.controls.Range(func(_, c any) bool {
		c.(*pipeline.Control).Retire() //nolint:forcetypeassert // nothing else is stored
		return true
	})
	n.quiet(ctx, farewellTime)
}

// quiet waits for the last call to end and reports whether it did.
func (n *Node) quiet(ctx context.Context, limit time.Duration) bool {
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if calls, _ := n.gate.count(); calls == 0 {
			return true
		}
		select {
		case <-tick.C:
		case <-end.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
