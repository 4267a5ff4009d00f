package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/sip/outbound"
)

const (
	// ringBack is how long somebody is rung who is called back.
	ringBack = 40 * time.Second
	// acceptBack is how long somebody is sought for them beside the ringing at one agent.
	acceptBack = 15 * time.Second
)

// Why a call back was given up while it rang.
var (
	errAgentGone  = errors.New("the agent was cut off")
	errAgentEnded = errors.New("the agent ended it")
)

// dialBack has somebody called back: an agent is offered the call first, and once they have accepted and can be heard,
// the number is dialled. So nobody who answers has to wait. It implements callback.Options.Dial.
func (n *Node) dialBack(ctx context.Context, w callback.Wish, reached func()) error {
	r, ok := n.routeNamed(w.Route)
	if !ok {
		return fmt.Errorf("%w: the line %s is gone", callback.ErrNever, w.Route)
	}
	if !n.trunks.Allows(n.cfg.Desk.CallBack.Trunk, w.Number) {
		return fmt.Errorf("%w: the trunk does not allow it", callback.ErrNever)
	}
	if n.draining.Load() {
		return fmt.Errorf("%w: this node is about to stop", callback.ErrNotNow)
	}
	if _, ok := n.gate.enter(); !ok {
		return fmt.Errorf("%w: as many calls run as this node can take", callback.ErrNotNow)
	}
	defer n.gate.leave()
	r.Greeting = map[string]string{"en": "Hello, this is the call you asked for.", "zh": "您好，这是您之前预约的回电。"}
	r.Langs = langFirst(r.Langs, w.Lang)
	ctx, hang := context.WithCancelCause(ctx)
	defer hang(nil)
	b := back{n: n, wish: w, route: r, id: call.NewID(), began: time.Now(), hang: hang, reached: reached}
	return b.run(ctx)
}

// back is one call back.
type back struct {
	n       *Node
	wish    callback.Wish
	route   config.Route
	id      call.ID
	began   time.Time
	hang    context.CancelCauseFunc
	reached func()
}

// run finds an agent, dials and has them talk. It returns when the call is over.
func (b *back) run(ctx context.Context) error {
	n := b.n
	started := call.Started{From: b.wish.Number, To: b.route.Name, Route: b.route.Name, Base: b.route.Base, Langs: b.route.Langs, At: b.began.UTC(), Recorded: *b.route.Record, Back: b.wish.ID}
	n.front.Begin(ctx, b.id, started, "sip", ringing{pending{n, b.id}, b.hang})
	defer n.front.End(b.id, call.Ended{Why: "cut"}) // does nothing after the end of the call
	n.front.Recall(b.id, b.wish.Reason)
	agent, err := b.agent(ctx)
	if err != nil {
		n.desk.Unreached(b.id, "")
		return err
	}
	leg, permit, err := b.dial(ctx, agent)
	if err != nil {
		n.desk.Unreached(b.id, unreached(err))
		agent.Leave()
		return err
	}
	defer permit.Done()
	defer func() {
		hctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		_ = leg.Hangup(hctx) // the call is over either way
	}()
	b.reached()
	n.desk.Reached(b.id, time.Now().UTC())
	cctx, end := b.bounded(ctx, permit)
	defer end()
	started.Codec, started.SIPCall = leg.Codec(), leg.ID()
	n.converse(cctx, called{leg}, conversation{id: b.id, route: b.route, channel: "sip", there: &agent, started: started})
	return nil
}

// agent waits until somebody has accepted the call and can be heard.
func (b *back) agent(ctx context.Context) (pipeline.Person, error) {
	sctx, cancel := context.WithTimeout(ctx, b.n.cfg.Desk.Ring+acceptBack)
	defer cancel()
	t, err := b.n.front.Seek(sctx, desk.Wish{Call: b.id, Why: desk.Called, Lang: b.wish.Lang, Queue: b.wish.Queue}, func(string) {}) // nobody is on the line
	if err != nil {
		return pipeline.Person{}, fmt.Errorf("%w: nobody took it", callback.ErrNotNow)
	}
	p, ok := t.Leg.(pipeline.Person)
	if !ok {
		return pipeline.Person{}, fmt.Errorf("the leg of %s is a %T", t.Agent.ID, t.Leg)
	}
	b.n.desk.Rings(b.id, t.Agent)
	return p, nil
}

// dial rings at the number while the agent hears it ring. The permit is done when it fails.
func (b *back) dial(ctx context.Context, agent pipeline.Person) (*sip.Leg, *outbound.Permit, error) {
	permit, err := b.n.trunks.Ask(b.n.cfg.Desk.CallBack.Trunk, b.wish.Number)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", callback.ErrNotNow, err)
	}
	rctx, cancel := context.WithTimeout(ctx, ringBack)
	defer cancel()
	var wg sync.WaitGroup
	stop, early := make(chan struct{}), make(chan pipeline.Leg, 1)
	wg.Go(func() { // ends with stop, below
		if !ringTone(agent.Leg, early, stop) {
			b.hang(errAgentGone)
		}
	})
	t := permit.Trunk
	leg, err := b.n.sip.Dial(rctx, permit.URI, sip.DialOptions{From: t.From, User: t.User, Password: t.Password, OnEarly: func(l *sip.Leg) {
		select {
		case <-early: // of a host that was left
		default:
		}
		early <- called{l}
	}})
	close(stop)
	wg.Wait()
	if err == nil && ctx.Err() != nil { // answered as it was given up
		hctx, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		_ = leg.Hangup(hctx)
		done()
		err = context.Cause(ctx)
	}
	if err == nil {
		return leg, permit, nil
	}
	permit.Done()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, errAgentGone) {
		err = fmt.Errorf("%w: %w", callback.ErrNotNow, err)
	}
	return nil, nil, err
}

// bounded ends a call when the minutes of its trunk are used up.
func (b *back) bounded(ctx context.Context, permit *outbound.Permit) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); b.n.stay(ctx.Done(), nil, permit); cancel() }() // ends with ctx
	return ctx, func() { cancel(); <-done }
}

// ringTone lets a leg hear that it rings at the other end until stop is closed; false when the leg ended before. Once the other end
// sends something, ringing of its own or an announcement, that is heard.
func ringTone(leg pipeline.Leg, early <-chan pipeline.Leg, stop <-chan struct{}) bool {
	tone := audio.Ringback(5 * time.Second)
	in, out := make([]int16, audio.FrameLen), make([]int16, audio.FrameLen)
	var other farRing
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	for at := 0; ; at = (at + audio.FrameLen) % len(tone) {
		select {
		case <-stop:
			return true
		case l := <-early:
			other = farRing{leg: l}
			continue
		case <-tick.C:
		}
		if _, err := leg.ReadFrame(in); errors.Is(err, io.EOF) {
			return false
		}
		if !other.next(out) {
			copy(out, tone[at:])
		}
		_, _ = leg.WriteFrame(out) // a leg that has ended tells by the next read
	}
}

// farRing is somebody who is called and has not answered yet; the zero value is nobody.
type farRing struct {
	leg   pipeline.Leg
	sends bool // has sent something
}

// next fills dst with what is heard of them; false until something is, and when they are gone.
func (f *farRing) next(dst []int16) bool {
	if f.leg == nil {
		return false
	}
	a, err := f.leg.ReadFrame(dst)
	if err != nil {
		*f = farRing{}
		return false
	}
	f.sends = f.sends || !a.Silent
	nothing := make([]int16, audio.FrameLen)
	_, _ = f.leg.WriteFrame(nothing) // whoever translates addresses on the way lets in what is sent back
	return f.sends
}

// unreached tells an agent why nobody answered, in one or two words.
func unreached(err error) string {
	st := (*sip.StatusError)(nil)
	switch {
	case errors.Is(err, callback.ErrRang):
		return "rings"
	case errors.Is(err, errAgentEnded), errors.Is(err, errAgentGone):
		return ""
	case errors.As(err, &st) && (st.Code == 486 || st.Code == 600):
		return "busy"
	case errors.As(err, &st) && st.Code == 603:
		return "declined"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &st) && (st.Code == 480 || st.Code == 408 || st.Code == 487):
		return "no answer"
	}
	return "not reached"
}

// ringing is a call back in the desk's hands. Until somebody answers, all that can be done is to give it up.
type ringing struct {
	pending

	hang context.CancelCauseFunc
}

// Do implements desk.Line.
func (r ringing) Do(c desk.Command) {
	if _, ok := r.control(); !ok {
		if c.Do == "end" || c.Do == "leave" {
			r.hang(errAgentEnded)
		}
		return
	}
	r.pending.Do(c)
}
