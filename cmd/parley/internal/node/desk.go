package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/webrtc"
)

// openDesk readies the desk where people take calls.
func (n *Node) openDesk(ctx context.Context) error {
	if err := n.openRules(); err != nil {
		return err
	}
	o := desk.Options{
		Times: desk.Times{Ring: n.cfg.Desk.Ring, Grace: n.cfg.Desk.Grace},
		Queue: n.queueOf, Queues: n.queues, Log: n.env.Log,
		Customers: acquaintance{n}, Codes: n.cfg.Customers.CodeKey != "", WrapUp: n.wrapUp, CallBack: n.callBack, BackKey: n.backKey, Callbacks: func() []callback.Wish { return n.callbacks.Open() }, Ceiling: n.ceiling, Asked: n.asked, Over: n.over, Obey: n.obey,
		Phones: n.phones, Phone: n.dialPhone,
		ICE:   n.browserICE,
		Rules: n.rulesOf, Judge: n.meaning,
		Search: func(base, queue string) cards.Searcher {
			return finder{n.brain.Store, knowledge.View{Desk: true, Queue: queue}, base}
		},
	}
	if n.sharesDesk() {
		return n.openOneDesk(ctx, o)
	}
	n.desk = desk.New(o)
	n.front = n.desk
	return nil
}

// finder searches one base for the agents of a queue.
type finder struct {
	store knowledge.Searcher
	view  knowledge.View
	base  string
}

// Search implements cards.Searcher.
func (f finder) Search(ctx context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	a.View, a.Base = f.view, f.base
	return f.store.Search(ctx, a)
}

// counter is the desk as the calls of the pipeline see it.
type counter struct{ n *Node }

// Seek implements pipeline.Desk.
func (c counter) Seek(ctx context.Context, s pipeline.Seek, tell func(pipeline.Waiting)) (pipeline.Person, error) {
	w := desk.Wish{Call: s.Call, Why: s.Why, Lang: s.Lang, Agent: s.Aim.Agent, Queue: s.Aim.Queue, Former: s.Former}
	if s.Back {
		w.Why = desk.WishBack
	}
	t, err := c.n.front.Seek(ctx, w, func(text string) { tell(pipeline.Waiting{Text: text, Lang: s.Lang}) })
	if nobody := (*desk.NobodyError)(nil); errors.As(err, &nobody) {
		return pipeline.Person{}, &pipeline.Unavailable{Why: nobody.Why, Text: nobody.Text, Bye: nobody.Bye, Key: nobody.Key}
	}
	if err != nil {
		return pipeline.Person{}, err
	}
	p, ok := t.Leg.(pipeline.Person)
	if !ok {
		return pipeline.Person{}, fmt.Errorf("the leg of %s is a %T", t.Agent.ID, t.Leg)
	}
	return p, nil
}

// Lost implements pipeline.Desk.
func (c counter) Lost(id call.ID, person string) { c.n.front.Lost(id, person) }

// Key implements pipeline.Desk.
func (c counter) Key(id call.ID, digit rune) string {
	return c.n.front.Key(context.Background(), id, digit)
}

// pending is a running call in the desk's hands. Before it has begun there is nothing to be done to it.
type pending struct {
	n  *Node
	id call.ID
}

func (p pending) control() (*pipeline.Control, bool) {
	c, ok := p.n.controls.Load(p.id)
	if !ok {
		return nil, false
	}
	return c.(*pipeline.Control), true //nolint:forcetypeassert // nothing else is stored
}

// Emit implements desk.Line.
func (p pending) Emit(kind call.Kind, body any) {
	if c, ok := p.control(); ok {
		c.Emit(kind, body, false)
	}
}

// Do implements desk.Line.
func (p pending) Do(c desk.Command) {
	ctl, ok := p.control()
	switch {
	case !ok:
	case c.Do == "code":
		p.n.checkCode(p.id, ctl, c)
	default:
		handle{ctl}.Do(c)
	}
}

// handle does to a call what the desk commands.
type handle struct{ c *pipeline.Control }

// Do carries a command out.
func (h handle) Do(c desk.Command) {
	aim := pipeline.Aim{Agent: c.Agent, Queue: c.Queue}
	switch c.Do {
	case "hand_over":
		h.c.HandOver(c.Why, aim)
	case "transfer":
		h.c.Transfer(aim)
	case "hold":
		h.c.Hold(c.On)
	case "mute":
		h.c.Mute(c.Person, c.On)
	case "whisper":
		h.c.Whisper(c.Person, c.On)
	case "record":
		h.c.Record(c.On)
	case "role":
		h.c.SetRole(c.Person, pipeline.Role(c.Role))
	case "leave":
		h.c.Leave(c.Person)
	case "dtmf":
		h.c.Press(c.Text)
	case "end":
		h.c.End(call.Agent, "bye")
	case "to_bot":
		h.c.ToBot()
	}
}

// watched is the log of a call that the desk follows.
type watched struct {
	pipeline.Log

	desk front
	id   call.ID
}

// Emit passes the event on, and shows it to the desk.
func (w watched) Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error {
	switch b := body.(type) {
	case call.Turn, call.Part, call.Transfer, call.Trouble:
		w.desk.Event(w.id, at, kind, b)
	case asr.Transcript:
		w.desk.Event(w.id, at, kind, b)
	case call.Ended:
		w.desk.End(w.id, b)
	}
	return w.Log.Emit(ctx, at, kind, body, durable)
}

// media carries the sound of people at the desk.
type media struct{ n *Node }

// Talk implements httpapi.Media.
func (m media) Talk(ctx context.Context, id call.ID, agent desk.Agent, sdp string) (string, error) {
	if err := m.n.access.Took(ctx, id, agent.ID); err != nil { // so that they may look at it later
		return "", err
	}
	colleague := m.n.desk.Joins(id, agent.ID)
	if m.n.one != nil {
		return m.n.one.talk(ctx, id, pipeline.RoleAgent, colleague, agent, sdp)
	}
	return m.talk(ctx, id, agent, colleague, sdp)
}

// talk connects the leg of an agent to a call of this node.
func (m media) talk(ctx context.Context, id call.ID, agent desk.Agent, colleague bool, sdp string) (string, error) {
	return m.join(ctx, sdp, agent, pipeline.RoleAgent, func(p pipeline.Person) error {
		if !colleague {
			return m.n.arrive(id, agent, p)
		}
		p.Role = pipeline.RoleColleague
		return m.n.letIn(id, p)
	})
}

// Listen implements httpapi.Media.
func (m media) Listen(ctx context.Context, id call.ID, person desk.Agent, sdp string) (string, error) {
	if m.n.one != nil {
		return m.n.one.talk(ctx, id, pipeline.RoleSupervisor, false, person, sdp)
	}
	return m.listen(ctx, id, person, sdp)
}

// listen lets a supervisor into a call of this node.
func (m media) listen(ctx context.Context, id call.ID, person desk.Agent, sdp string) (string, error) {
	return m.join(ctx, sdp, person, pipeline.RoleSupervisor, func(p pipeline.Person) error { return m.n.letIn(id, p) })
}

// join answers an offer; once sound can flow, enter brings the person into the call. The leg lives until they leave it.
func (m media) join(ctx context.Context, sdp string, a desk.Agent, role pipeline.Role, enter func(pipeline.Person) error) (string, error) {
	if m.n.webcalls == nil {
		return "", fmt.Errorf("%w: calls from pages are switched off (web_calls.off)", httpapi.ErrOffer)
	}
	answer, err := m.n.webcalls.Join(ctx, sdp, func(ctx context.Context, leg *webrtc.Leg) {
		if role == pipeline.RoleSupervisor { // opens a microphone to whisper, or not at all
			leg.Listens()
		}
		left := make(chan struct{})
		p := pipeline.Person{ID: a.ID, Name: a.Name, Role: role, Leg: leg, Voices: m.n.vad.NewStream(), Leave: sync.OnceFunc(func() { close(left) })}
		if err := enter(p); err != nil {
			m.n.env.Log.Warn("somebody came too late to a call", "person", a.ID, "err", err)
			return
		}
		select {
		case <-left:
		case <-ctx.Done():
		}
	})
	if errors.Is(err, webrtc.ErrOffer) {
		err = fmt.Errorf("%w: %s", httpapi.ErrOffer, err.Error())
	}
	return answer, err
}

// letIn lets a person into a running call.
func (n *Node) letIn(id call.ID, p pipeline.Person) error {
	c, ok := n.controls.Load(id)
	if !ok {
		return desk.ErrUnknown
	}
	c.(*pipeline.Control).Join(p) //nolint:forcetypeassert // nothing else is stored
	return nil
}

// Desk is where people take the node's calls.
func (n *Node) Desk() *desk.Desk { return n.desk }

// Talk connects the leg of an agent who has accepted a call; see httpapi.Media.
func (n *Node) Talk(ctx context.Context, id call.ID, agent desk.Agent, sdp string) (string, error) {
	return media{n}.Talk(ctx, id, agent, sdp)
}
