package node

import (
	"context"
	"fmt"
	"iter"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// Events yields what happens in all calls from now on, until ctx ends.
func (n *Node) Events(ctx context.Context) iter.Seq2[call.Event, error] {
	last, err := n.bus.Last(ctx)
	if err != nil {
		return func(yield func(call.Event, error) bool) { yield(call.Event{}, err) }
	}
	return n.bus.WatchAll(ctx, last)
}

// Entries lists what a base holds.
func (n *Node) Entries(ctx context.Context, base string) ([]knowledge.Entry, error) {
	return n.brain.Store.Entries(ctx, base)
}

// Render makes the sound of text as the route of base says it, now.
func (n *Node) Render(ctx context.Context, base, text, lang string) error {
	for _, r := range n.conf().Routes {
		if r.Base == base {
			return n.mouth.Render(ctx, text, voicesOf(r)[lang], nil)
		}
	}
	return fmt.Errorf("no route answers from base %s", base)
}
