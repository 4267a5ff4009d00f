package node

import (
	"context"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/pipeline/events"
)

const (
	sealEvery = time.Minute           // how often is looked whether rows are still to be sealed
	sealPause = 20 * time.Millisecond // between steps, for calls to go on
	dropPause = 10 * time.Millisecond // between events that are removed
	// sealGrace is how long other nodes have for noticing that what is written has another form: what they write meanwhile
	// is not to stay behind a pass over the rows.
	sealGrace = 3 * keyEvery
)

// loadSealing reads the keys of the record, unless the database takes too long.
func (n *Node) loadSealing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, keyEvery)
	defer cancel()
	return n.store.LoadSealing(ctx, n.keys.Load())
}

// sealRows brings the rows that are there to the form that security.seal_records says, until ctx ends. What goes wrong is
// told and tried again.
func (n *Node) sealRows(ctx context.Context) error {
	var from uint64
	form := ""
	for {
		if now := n.store.Form(); n.store.Shared() && now != form {
			form = now
			select {
			case <-time.After(sealGrace):
			case <-ctx.Done():
				return nil
			}
			continue
		}
		changed, err := n.store.SealRows(ctx, false, sealPause)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			n.env.Log.Error("rows of the record are not sealed", "err", err)
		case changed > 0:
			n.env.Log.Info("the rows of the record are as security.seal_records says", "changed", changed)
			if err := n.store.Keeping(nil).Tidy(ctx, n.store.Shared()); err != nil && ctx.Err() == nil {
				n.env.Log.Warn("what was in the clear may still be on the disk", "err", err)
			}
		}
		if n.store.Sealed() {
			if err := keeping.DropTranscripts(n.env.Home); err != nil {
				n.env.Log.Warn("transcripts are still there as files", "err", err)
			}
		}
		from = n.dropClear(ctx, from)
		select {
		case <-time.After(sealEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// eventSealer has the event store sealed as the record is.
func (n *Node) eventSealer() events.Sealer {
	s := keeping.Sealer(n.store, n.cfg.Events.URL)
	if s == nil && n.cfg.Security.SealRecords {
		n.env.Log.Warn("the server of events.url keeps what happens in calls in the clear: nodes without a common database.url have no common key; have that server encrypt its store")
	}
	return s
}

// purgeClear empties the event store inside, before there are calls, when it is to be sealed, is not, and all of it is
// recorded: that is what a node leaves that was stopped in order. What another one leaves is for dropClear.
func (n *Node) purgeClear(ctx context.Context) error {
	if !n.store.Sealed() || n.cfg.Events.URL != "" {
		return nil
	}
	gone, err := keeping.PurgeClear(ctx, n.bus, n.store, len(n.cfg.Webhooks) > 0)
	if gone > 0 {
		n.env.Log.Info("events in the clear were removed from the event store", "events", gone)
	}
	return err
}

// dropClear removes from the event store what was put there before the record was sealed and nobody needs any more. It goes
// on from a place, and returns from where the next time.
func (n *Node) dropClear(ctx context.Context, from uint64) uint64 {
	if !n.store.Sealed() || keeping.Sealer(n.store, n.cfg.Events.URL) == nil {
		return from
	}
	select {
	case <-n.recorder.Ready():
	case <-ctx.Done():
		return from
	}
	gone, next, err := keeping.DropClear(ctx, n.bus, n.store, len(n.cfg.Webhooks) > 0, from, dropPause)
	if err != nil && ctx.Err() == nil {
		n.env.Log.Error("the event store still holds events in the clear", "err", err)
	}
	if gone > 0 {
		n.env.Log.Info("events in the clear were removed from the event store", "events", gone)
	}
	return next
}
