package node

import (
	"context"
	"os"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline/call"
)

// openCluster makes the node known to those that share its database.
func (n *Node) openCluster(ctx context.Context) error {
	if !n.store.Shared() {
		return nil
	}
	n.others = n.store.Nodes()
	if err := n.others.Join(ctx, n.self()); err != nil {
		return err
	}
	n.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return n.others.Leave(ctx)
	})
	return nil
}

// self describes this node.
func (n *Node) self() record.Node {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	calls, limit := n.gate.count()
	now := time.Now().UTC()
	return record.Node{ID: n.id, Name: name, Version: config.Version(), SIP: n.reached(), HTTP: n.public(), Started: n.began, Seen: now, Alive: true, Calls: calls, Limit: limit, Self: true}
}

// nodes lists those that share the record, this one alone when nobody does.
func (n *Node) nodes(ctx context.Context) ([]record.Node, error) {
	if n.others == nil {
		return []record.Node{n.self()}, nil
	}
	return n.others.List(ctx)
}

// beat gives signs of life until ctx ends, and tells what follows the calls of the ends of those whose node has died.
func (n *Node) beat(ctx context.Context) {
	if n.others == nil {
		return
	}
	n.others.Run(ctx, func() int { c, _ := n.gate.count(); return c }, func(_ context.Context, ends []call.Event) {
		for _, e := range ends {
			n.bus.PublishAsync(e) // pages and receivers learn of it; the record has it
		}
		n.died()
	})
}
