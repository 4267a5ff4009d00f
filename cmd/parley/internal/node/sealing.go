package node

import (
	"context"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
)

const (
	sealEvery = time.Minute           // how often is looked whether rows are still to be sealed
	sealPause = 20 * time.Millisecond // between steps, for calls to go on
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
	for {
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
		select {
		case <-time.After(sealEvery):
		case <-ctx.Done():
			return nil
		}
	}
}
