package node

import (
	"context"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/work"
)

// keeper scores ended calls where no caller waits for it.
func (n *Node) keeper() *scoring.Keeper {
	opt := quality.Options{}
	if n.brain != nil && n.brain.Writer != nil {
		opt.Model = n.brain.Writer
	}
	return &scoring.Keeper{
		Calls: n.store, Store: n.store.Scores(), Scorer: quality.New(opt), Log: n.env.Log,
		Do: func(ctx context.Context, fn func(context.Context) error) error {
			return n.queue.Do(ctx, work.Background, "", fn)
		},
	}
}

// exports reads calls for other systems.
func (n *Node) exports() *export.Gatherer {
	return &export.Gatherer{Records: n.store, Scores: n.store.Scores(), Imports: n.store.Imports()}
}
