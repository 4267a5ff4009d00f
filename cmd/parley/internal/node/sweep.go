package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	sweepEvery = 10 * time.Minute
	sweepStep  = 500
)

// sweepOn removes from this node, at once and then each ten minutes, what another one has erased or forgotten: the files
// of a call and its events are where the call was. It ends with ctx.
func (n *Node) sweepOn(ctx context.Context) error {
	if !n.store.Shared() {
		return nil
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := n.sweep(ctx); err != nil && ctx.Err() == nil {
			n.env.Log.Error("what other nodes erased is not all gone here; it is tried again", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (n *Node) sweep(ctx context.Context) error {
	keep := n.store.Keeping(n.same())
	dirs, err := os.ReadDir(n.home("calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var errs []error
	for chunk := range slices.Chunk(dirs, sweepStep) {
		ids := make([]call.ID, len(chunk))
		for i, d := range chunk {
			ids[i] = call.ID(d.Name())
		}
		gone, done, err := keep.Over(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range gone {
			_, err := n.bus.Erase(ctx, id)
			errs = append(errs, err, keeping.Forget(n.env.Home, id, "*"))
		}
		for _, thing := range []retain.Thing{retain.Audio, retain.Text} {
			for _, pattern := range filesOf(thing) {
				for _, id := range done[thing] {
					if found, _ := filepath.Glob(n.home("calls", string(id), pattern)); len(found) > 0 { // constant patterns
						errs = append(errs, keeping.Forget(n.env.Home, id, pattern))
					}
				}
			}
		}
	}
	return errors.Join(errs...)
}
