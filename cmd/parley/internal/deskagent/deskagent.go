// Package deskagent is somebody at the desk of a running node without a browser, for the demo and for measurements.
package deskagent

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/pipeline/webrtc"
)

// Agent takes the calls that ring.
type Agent struct {
	Headset *webrtc.Headset
	Began   time.Time // of the headset: the time of its first sample

	node *node.Node
	who  desk.Agent
}

// New returns an agent who is not at work yet. It must be closed.
func New(n *node.Node, who desk.Agent) (*Agent, error) {
	h, err := webrtc.NewHeadset()
	if err != nil {
		return nil, err
	}
	return &Agent{Headset: h, Began: time.Now(), node: n, who: who}, nil
}

// Close hangs up.
func (a *Agent) Close() error { return a.Headset.Close() }

// Work is ready, takes what rings, and passes on what the desk tells until ctx ends. see is called from one goroutine.
func (a *Agent) Work(ctx context.Context, see func(desk.Message)) error {
	d := a.node.Desk()
	w := d.Open(a.who)
	defer w.Close()
	if err := d.Set(a.who.ID, desk.Ready, ""); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case m, ok := <-w.C:
			if !ok {
				return errors.New("the agent's window fell behind")
			}
			if b, ok := m.Data.(desk.Board); ok && b.Offer != nil {
				if err := a.accept(ctx, b.Offer.ID); err != nil {
					return err
				}
			}
			see(m)
		}
	}
}

// accept takes a call and connects the headset. An offer that is gone is no fault: the same one is told more than once.
func (a *Agent) accept(ctx context.Context, offer string) error {
	id, err := a.node.Desk().Accept(offer, a.who.ID)
	if errors.Is(err, desk.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	sdp, err := a.Headset.Offer()
	if err != nil {
		return err
	}
	if sdp, err = a.node.Talk(ctx, id, a.who, sdp); err != nil {
		return err
	}
	return a.Headset.Answer(sdp)
}
