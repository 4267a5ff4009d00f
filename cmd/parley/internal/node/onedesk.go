package node

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/cmd/parley/internal/across"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// front is the desk as the calls of this node see it: the desk itself, or a branch of the one that all nodes have.
type front interface {
	Begin(ctx context.Context, id call.ID, started call.Started, channel string, l desk.Line)
	Event(id call.ID, at call.Offset, kind call.Kind, body any)
	End(id call.ID, e call.Ended)
	Seek(ctx context.Context, w desk.Wish, tell func(text string)) (desk.Taken, error)
	Key(ctx context.Context, id call.ID, digit rune) string
	Lost(id call.ID, agent string)
	Recall(id call.ID, reason string)
	Coded(id call.ID, c desk.Coded)
}

var (
	_ front = (*desk.Desk)(nil)
	_ front = (*desk.Branch)(nil)
)

// deskLife is how long a leader that died is still believed in.
const deskLife = 1200 * time.Millisecond

// Names under which nodes hear each other.
const (
	hearDesk    = "desk"      // the leader: reports
	hearPartial = "desklive"  // the leader: what is just being said
	hearPoke    = "deskpoke." // + node: report at once
	hearPokeAll = "deskpoke"
	hearTalk    = "talk." // + node: legs of people
)

// oneDesk is this node's part in the desk of all nodes.
type oneDesk struct {
	n      *Node
	lease  *events.Lease
	host   *desk.Host
	branch *desk.Branch
	door   *across.Door
	stops  []func() // of what is heard
}

// sharesDesk reports whether the desk is one with that of other nodes.
func (n *Node) sharesDesk() bool { return n.store.Shared() && n.cfg.Events.URL != "" }

// openOneDesk makes the desk of this node one with those of the others that share database and events.
func (n *Node) openOneDesk(ctx context.Context, o desk.Options) error {
	one := &oneDesk{n: n}
	boot := time.Now().UnixNano()
	var err error
	if one.lease, err = n.bus.Lease(ctx, "desk", n.id+"/"+strconv.FormatInt(boot, 10), deskLife); err != nil {
		return err
	}
	one.branch = desk.NewBranch(desk.BranchOptions{Node: n.id, Boot: boot, Post: one, Desk: o, Log: n.env.Log})
	o.Leads = func() bool { return one.host.Leads() }
	o.Phone = func(ctx context.Context, id call.ID, name string, failed func(string)) {
		one.host.Phone(ctx, id, name, failed)
	}
	n.desk = desk.New(o)
	one.host = desk.NewHost(desk.HostOptions{
		Desk: n.desk, Held: one.lease.Held, Log: n.env.Log,
		Poke: func(node string) {
			if node == "" {
				n.bus.Tell(hearPokeAll, nil)
				return
			}
			n.bus.Tell(hearPoke+node, nil)
		},
		Keep: func(ctx context.Context, term uint64, data []byte) error {
			return one.lease.Keep(ctx, "presence", term, data)
		},
		Kept: func(ctx context.Context) ([]byte, error) { return one.lease.Kept(ctx, "presence") },
		Begun: func(s call.Started, channel string) {
			if channel == "sip" && s.Back == "" {
				n.dialling.Go(func() { // ends by the deadline
					ctx, cancel := context.WithTimeout(context.WithoutCancel(n.running), 10*time.Second)
					defer cancel()
					n.rang(ctx, s.From)
				})
			}
		},
		Gone: func(node string) { one.door.Gone(node) },
	})
	one.door = across.New(n.bus, n.id, desk.WithVia, n.env.Log)
	n.front, n.one = one.branch, one
	return nil
}

// hear takes what other nodes say, until stop.
func (o *oneDesk) hear() (stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	poke := func(context.Context, []byte) ([]byte, error) { o.branch.Poke(); return nil, nil }
	for name, handle := range map[string]func(context.Context, []byte) ([]byte, error){
		hearPokeAll: poke, hearPoke + o.n.id: poke, hearTalk + o.n.id: o.talked,
	} {
		one, err := o.n.bus.Hear(name, handle)
		if err != nil {
			stop()
			return nil, err
		}
		stops = append(stops, one)
	}
	return stop, nil
}

// Report implements desk.Post.
func (o *oneDesk) Report(ctx context.Context, data []byte) ([]byte, error) {
	return o.n.bus.Ask(ctx, hearDesk, data)
}

// Partial implements desk.Post.
func (o *oneDesk) Partial(data []byte) { o.n.bus.Tell(hearPartial, data) }

// run takes part in the desk until ctx ends. From the end of stopped on, another node leads where there is one.
func (o *oneDesk) run(ctx, stopped context.Context, g *errgroup.Group) {
	g.Go(func() error { return o.host.Run(ctx) })   // ends with ctx
	g.Go(func() error { return o.branch.Run(ctx) }) // ends with ctx
	g.Go(func() error {                             // ends with ctx
		deaf, err := o.hear()
		if err != nil {
			return err
		}
		defer deaf()
		closeDoor, err := o.door.Open(o.n.api)
		if err != nil {
			return err
		}
		defer closeDoor()
		lctx, resign := context.WithCancel(ctx)
		defer resign()
		stop := context.AfterFunc(stopped, func() {
			if o.accompanied(ctx) {
				resign()
			}
		})
		defer stop()
		news := make(chan uint64, 1)
		followed := make(chan struct{})
		go func() { // ends with news: the lease is renewed meanwhile
			defer close(followed)
			for term := range news {
				o.changed(ctx, term)
			}
			o.changed(ctx, 0)
		}()
		o.lease.Run(lctx, func(term uint64, _ string) {
			select {
			case <-news: // what was to be done is out of date
			default:
			}
			news <- term
		})
		close(news)
		<-followed
		<-ctx.Done() // requests go on to the node that leads
		return nil
	})
}

// accompanied reports whether another node is there that takes calls.
func (o *oneDesk) accompanied(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	all, err := o.n.nodes(ctx)
	if err != nil {
		return false
	}
	for _, x := range all {
		if x.Alive && !x.Self {
			return true
		}
	}
	return false
}

// changed begins or ends to lead, and lets go of pages that another node no longer answers for.
func (o *oneDesk) changed(ctx context.Context, term uint64) {
	o.unhear()
	o.door.Gone("")
	o.host.Drop()
	if term == 0 {
		return
	}
	lctx, cancel := context.WithTimeout(ctx, 2*deskLife)
	defer cancel()
	if l := o.n.business.Ledger; l != nil {
		if err := l.Open(lctx); err != nil {
			o.n.env.Log.Error("what was offered to callers is not known", "err", err)
		}
	}
	for name, handle := range map[string]func(context.Context, []byte) ([]byte, error){
		hearDesk:    o.host.Report,
		hearPartial: func(_ context.Context, data []byte) ([]byte, error) { o.host.Partial(data); return nil, nil },
	} {
		stop, err := o.n.bus.Hear(name, handle)
		if err != nil {
			o.n.env.Log.Error("this node cannot lead the desk", "err", err)
			return
		}
		o.stops = append(o.stops, stop)
	}
	o.host.Lead(lctx, term)
	o.n.died() // the desk that led may have; its calls go on
}

func (o *oneDesk) unhear() {
	for _, stop := range o.stops {
		stop()
	}
	o.stops = nil
}

// leads reports whether this node decides for all.
func (n *Node) leads() bool { return n.one == nil || n.one.host.Leads() }

// leading reports whether this node leads, also while it still listens to the others.
func (o *oneDesk) leading() bool {
	term, ok := o.lease.Held()
	return ok && o.host.Term() == term
}

// holder is the node that leads, "" when none is known to.
func (o *oneDesk) holder() string {
	node, _, _ := strings.Cut(o.lease.Holder(), "/")
	return node
}

// talking asks the node of a call to connect somebody's leg.
type talking struct {
	Term      uint64        `json:"term"`
	Call      call.ID       `json:"call"`
	Role      pipeline.Role `json:"role"`
	Colleague bool          `json:"colleague,omitempty"`
	Agent     desk.Agent    `json:"agent"`
	SDP       string        `json:"sdp"`
}

// talkWithin bounds how long the node of a call takes to answer an offer of sound.
const talkWithin = 6 * time.Second

// talk has the node of a call answer the offer of a person.
func (o *oneDesk) talk(ctx context.Context, id call.ID, role pipeline.Role, colleague bool, a desk.Agent, sdp string) (string, error) {
	owner := o.host.Owner(id)
	if owner == "" {
		return "", desk.ErrUnknown
	}
	data, err := json.Marshal(talking{Term: o.host.Term(), Call: id, Role: role, Colleague: colleague, Agent: a, SDP: sdp})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, talkWithin)
	defer cancel()
	out, err := o.n.bus.Ask(ctx, hearTalk+owner, data)
	if err != nil {
		return "", fmt.Errorf("%w: %w", httpapi.ErrOffer, err)
	}
	return string(out), nil
}

// talked connects the leg of somebody to a call of this node.
func (o *oneDesk) talked(_ context.Context, data []byte) ([]byte, error) {
	var t talking
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("read an offer of sound: %w", err)
	}
	if !o.branch.Admits(t.Term) {
		return nil, desk.ErrGone
	}
	m := media{o.n}
	// The leg outlives this request.
	ctx, cancel := context.WithTimeout(o.n.running, talkWithin)
	defer cancel()
	var out string
	var err error
	if t.Role == pipeline.RoleSupervisor {
		out, err = m.listen(ctx, t.Call, t.Agent, t.SDP)
	} else {
		out, err = m.talk(ctx, t.Call, t.Agent, t.Colleague, t.SDP)
	}
	return []byte(out), err
}

// arrive brings the leg of somebody who accepted to the caller.
func (n *Node) arrive(id call.ID, a desk.Agent, p pipeline.Person) error {
	if n.one != nil {
		return n.one.branch.Arrive(id, a, p)
	}
	return n.desk.Arrive(id, a.ID, p)
}
