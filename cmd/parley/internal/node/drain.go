package node

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// farewellTime is how long the sentence takes that ends calls which outlast the drain.
const farewellTime = 15 * time.Second

const (
	chatPause = time.Minute // how long nobody writes in a chat that keeps no node from stopping
	ever      = time.Duration(1 << 62)
)

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
	if limit <= 0 {
		return
	}
	if n.inUse(chatPause) {
		n.env.Log.Info("stopping: running calls may go on, new ones are refused", "for", limit)
		n.quiet(ctx, limit, chatPause)
	}
	n.chats.Retire() // also those in which nobody writes just now
	n.controls.Range(func(_, c any) bool {
		c.(*pipeline.Control).Retire() //nolint:forcetypeassert // nothing else is stored
		return true
	})
	n.quiet(ctx, farewellTime, ever)
}

// inUse reports whether there are calls, or chats in which somebody has written since a pause.
func (n *Node) inUse(pause time.Duration) bool {
	calls, _ := n.gate.count()
	return calls > 0 || n.chats.Lively(pause) > 0
}

// quiet waits for the last call to end, and for chats to end or to pause, but not longer than limit.
func (n *Node) quiet(ctx context.Context, limit, pause time.Duration) {
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if !n.inUse(pause) {
			return
		}
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
