package node

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/pipeline/call"
)

// same says whether two callers are one.
func (n *Node) same() func(a, b string) bool { return keeping.Same(n.conf().Customers.Countries) }

// runKeeping forgets what has been kept for its days, and does what commands and the API ask for, until ctx ends.
func (n *Node) runKeeping(ctx context.Context, g *errgroup.Group) {
	tray := n.store.Keeping(n.same())
	clerk := &retain.Clerk{Tray: tray, Eraser: n.eraser(), Log: n.env.Log, Settle: func(ctx context.Context) (retain.Settled, error) {
		last, err := n.bus.Last(ctx)
		return retain.Settled{Last: last, Node: n.id, Config: n.env.Config}, err
	}}
	keeper := n.forgetter(tray)
	g.Go(func() error { return clerk.Run(ctx) })    // ends with ctx
	g.Go(func() error { return keeper.Run(ctx) })   // ends with ctx
	g.Go(func() error { return n.followKeys(ctx) }) // ends with ctx
	g.Go(func() error { return n.sealRows(ctx) })   // ends with ctx
	g.Go(func() error { return n.sweepOn(ctx) })    // ends with ctx
}

// forgetter forgets what has been kept for its days.
func (n *Node) forgetter(shelf retain.Shelf) *retain.Keeper {
	return &retain.Keeper{
		Shelf: shelf, Same: n.same(), Log: n.env.Log,
		Days: func() retain.Days {
			r := n.conf().Retention
			return retain.Days{Audio: r.Audio, Text: r.Text, Events: r.Events}
		},
		Files: func(id call.ID) error { return n.forgetFiles(id, retain.Audio) },
		Notes: func(id call.ID) error { return n.forgetFiles(id, retain.Text) },
	}
}

// filesOf are the files of a call that go with a thing. What was masked goes with whichever goes first.
func filesOf(t retain.Thing) []string {
	switch t {
	case retain.Audio:
		return []string{store.AudioName, store.OriginalsName}
	case retain.Text:
		return []string{"transcript.*", store.OriginalsName}
	case retain.Events:
	}
	return nil
}

func (n *Node) forgetFiles(id call.ID, t retain.Thing) error {
	var errs []error
	for _, pattern := range filesOf(t) {
		errs = append(errs, keeping.Forget(n.env.Home, id, pattern))
	}
	return errors.Join(errs...)
}

func (n *Node) eraser() *retain.Eraser {
	return keeping.Eraser(keeping.Parts{
		Home: n.env.Home, Store: n.store, Gate: n.access, Bus: n.bus, Library: n.brain.Store, Same: n.same(), Log: n.env.Log,
	})
}

// retention is what the API works with.
func (n *Node) retention() httpapi.RetentionOptions {
	k := n.store.Keeping(n.same())
	return httpapi.RetentionOptions{Holds: k, Tray: k, Reports: k}
}
