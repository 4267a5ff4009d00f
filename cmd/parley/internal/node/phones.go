package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/sip/outbound"
)

// ringPhone is how long a telephone rings.
const ringPhone = 30 * time.Second

// openTrunks readies the ways out. Only numbers of the configuration are ever dialled: none that a caller, an agent or a
// model said or typed.
func (n *Node) openTrunks(context.Context) error {
	var trunks []outbound.Trunk
	for _, t := range n.cfg.Trunks {
		trunks = append(trunks, outbound.Trunk{
			Name: t.Name, URI: t.URI, User: t.User, Password: t.Password, From: t.From, Prefixes: t.Prefixes, Except: t.Except,
			AtOnce: t.AtOnce, Minute: t.PerMinute, Minutes: t.Minutes,
		})
	}
	var err error
	n.trunks, err = outbound.New(trunks, nil)
	return err
}

// phones are the telephones calls can be sent to.
func (n *Node) phones() []desk.Place {
	var out []desk.Place
	for _, p := range n.conf().Desk.Phones {
		out = append(out, desk.Place{ID: p.Name, Name: p.Title, Kind: "phone"})
	}
	return out
}

// dialPhone rings at a telephone of the configuration and lets whoever answers into the call. It implements
// desk.Options.Phone: it returns at once, as the desk's lock is held, and calls failed, with why, from another goroutine.
func (n *Node) dialPhone(ctx context.Context, id call.ID, name string, failed func(why string)) {
	n.dialling.Go(func() { // ends when the telephone has not answered or is called off, or with its leg
		if why := n.callPhone(ctx, id, name); why != "" {
			failed(why)
		}
	})
}

// callPhone rings at a telephone and stays until the person has left the call; it returns why nobody came, "" when somebody did.
func (n *Node) callPhone(ctx context.Context, id call.ID, name string) (why string) {
	phones := n.conf().Desk.Phones
	i := slices.IndexFunc(phones, func(p config.Phone) bool { return p.Name == name })
	if i < 0 {
		return "unknown"
	}
	permit, err := n.trunks.Ask(phones[i].Trunk, phones[i].Number)
	if err != nil {
		n.env.Log.Warn("a telephone may not be dialled", "phone", name, "err", err)
		return "not allowed now"
	}
	defer permit.Done()
	if err := n.ring(ctx, id, name, phones[i].Title, permit); err != nil {
		n.env.Log.Info("a telephone was not reached", "phone", name, "err", err)
		return "no answer"
	}
	return ""
}

// ring dials, until ctx ends, and stays until the person has left the call.
func (n *Node) ring(ctx context.Context, id call.ID, name, title string, permit *outbound.Permit) error {
	leg, err := n.dialOut(ctx, id, permit)
	if err != nil {
		return err
	}
	left := make(chan struct{})
	err = n.letIn(id, n.atPhone(name, title, leg, left))
	if err == nil {
		n.stay(left, leg.Ended(), permit)
	}
	n.hangUp(leg)
	return err
}

// dialOut rings at the number of a permit until ctx ends. Whoever waits in the call hears what is sent before somebody answers.
func (n *Node) dialOut(ctx context.Context, id call.ID, permit *outbound.Permit) (*sip.Leg, error) {
	ctx, cancel := context.WithTimeout(ctx, ringPhone)
	defer cancel()
	defer context.AfterFunc(n.running, cancel)()
	t := permit.Trunk
	leg, err := n.sip.Dial(ctx, permit.URI, sip.DialOptions{From: t.From, User: t.User, Password: t.Password, OnEarly: func(l *sip.Leg) {
		if c, ok := n.controls.Load(id); ok {
			c.(*pipeline.Control).Hear(l) //nolint:forcetypeassert // nothing else is stored
		}
	}})
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return leg, nil
}

// atPhone is who answers a telephone; left is closed when they are let go.
func (n *Node) atPhone(name, title string, leg *sip.Leg, left chan<- struct{}) pipeline.Person {
	return pipeline.Person{ID: desk.PhonePerson + name, Name: title, Role: pipeline.RoleColleague, Leg: leg, Voices: n.vad.NewStream(), Deliberate: true, Leave: sync.OnceFunc(func() { close(left) })}
}

func (n *Node) hangUp(leg *sip.Leg) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(n.running), 5*time.Second)
	defer stop()
	if err := leg.Hangup(ctx); err != nil {
		n.env.Log.Debug("hang up a telephone", "err", err)
	}
}

// transferPhone rings at the telephone of the configuration that has the number a transfer of a call goes to, which lasts
// until over ends. It implements pipeline.Call.Phone: no other number is dialled.
func (n *Node) transferPhone(over context.Context, id call.ID) func(ctx context.Context, target string) (pipeline.Person, error) {
	return func(ctx context.Context, target string) (pipeline.Person, error) {
		p, ok := n.phoneAt(target)
		if !ok {
			return pipeline.Person{}, pipeline.ErrNoPhone
		}
		permit, err := n.trunks.Ask(p.Trunk, p.Number)
		if err != nil {
			n.env.Log.Warn("a telephone may not be dialled for a transfer", "phone", p.Name, "err", err)
			return pipeline.Person{}, pipeline.ErrNoPhone
		}
		leg, err := n.dialOut(ctx, id, permit)
		if err != nil {
			permit.Done()
			return pipeline.Person{}, err
		}
		left := make(chan struct{})
		person := n.atPhone(p.Name, p.Title, leg, left)
		stop := context.AfterFunc(over, person.Leave)
		n.dialling.Go(func() { // ends when the person or the caller has left
			defer permit.Done()
			defer stop()
			n.stay(left, leg.Ended(), permit)
			n.hangUp(leg)
		})
		return person, nil
	}
}

// phoneAt is the telephone of the configuration with the number that a URI names.
func (n *Node) phoneAt(target string) (config.Phone, bool) {
	number := n.networkNumber(target)
	if number == "" { // an extension of one's own exchange
		_, user, _ := strings.Cut(target, ":")
		user, _, _ = strings.Cut(user, "@")
		number = n.networkNumber(user)
	}
	for _, p := range n.conf().Desk.Phones {
		if number != "" && n.networkNumber(p.Number) == number {
			return p, true
		}
	}
	return config.Phone{}, false
}

// stay returns when the person has left, the telephone was put down, the node stops, or the minutes of the trunk are used up.
func (n *Node) stay(left, ended <-chan struct{}, permit *outbound.Permit) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-left:
			return
		case <-ended:
			return
		case <-n.running.Done():
			return
		case <-tick.C:
			if permit.Left() <= 0 {
				n.env.Log.Warn("a call through a trunk was ended: its minutes of the day are used up", "trunk", permit.Trunk.Name)
				return
			}
		}
	}
}
