package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/sip/outbound"
)

// openCallbacks readies the calls back to callers who did not want to wait.
func (n *Node) openCallbacks(context.Context) error {
	c := n.cfg.Desk.CallBack
	n.callbacks = callback.New(callback.Options{
		Store: n.store.Callbacks(), Tries: c.Tries, Every: c.Every, Keep: c.Keep, AtOnce: c.AtOnce, Log: n.env.Log,
		Free: n.freeFor, Leads: n.leads, Dial: n.dialBack,
	})
	return nil
}

// freeFor reports whether somebody is free to talk to a caller who is called back.
func (n *Node) freeFor(w callback.Wish) bool {
	r, ok := n.routeNamed(w.Route)
	return !ok || r.Hours.At(time.Now()) && n.desk.Free(w.Route, w.Queue, w.Lang) // a line that is gone is told by the try
}

// callBack keeps the wish of a waiting caller to be called back. The number is the one the network delivered with this
// call (call.Started.From, in its international form): nothing that was said or typed.
func (n *Node) callBack(ctx context.Context, v desk.View) error {
	number := n.networkNumber(v.Parties[0].Name)
	if t := n.cfg.Desk.CallBack.Trunk; t == "" || number == "" || !n.trunks.Allows(t, number) {
		return n.callBackByHand(ctx, v)
	}
	return n.callbacks.Add(ctx, callback.Wish{
		ID: string(v.Call), Number: number, Name: v.Caller.Name, Customer: v.Caller.ID, Lang: v.Lang, Route: v.Route, Queue: v.Queue, Reason: v.Reason,
	})
}

// networkNumber is a signalled number in its international form, "" where there is none.
func (n *Node) networkNumber(from string) string {
	if number, ok := customer.Normalise(from, n.cfg.Customers.Countries...); ok {
		return number
	}
	if number, ok := outbound.Number(from); ok { // an extension of one's own exchange
		return number
	}
	return ""
}

// rang notes that somebody calls: they need not be called back any more.
func (n *Node) rang(ctx context.Context, from string) {
	number := n.networkNumber(from)
	if number == "" {
		return
	}
	if err := n.callbacks.Rang(ctx, number); err != nil {
		n.env.Log.Error("a call back was not cancelled", "err", err)
	}
}

// callBackByHand keeps the wish as a ticket: a person will ring.
func (n *Node) callBackByHand(ctx context.Context, v desk.View) error {
	facts := ticket.Facts{Lang: v.Lang, Intent: v.Intent, Reason: "callback", Values: map[string]string{"reason": "callback: " + v.Reason, "number": v.Caller.Number, "name": v.Caller.Name, "tier": v.Caller.Tier, "lang": v.Lang}}
	t := n.business.Tickets.Forms.Prefill(facts)
	soon := time.Now().UTC().Add(time.Hour)
	t.Call, t.Customer, t.Queue, t.By, t.FollowUp = v.Call, v.Caller.ID, v.Queue, "rule", &soon
	if _, err := n.business.Tickets.Create(ctx, "callback:"+string(v.Call), t, n.calendar(v.Route)); err != nil {
		return fmt.Errorf("keep the wish to be called back: %w", err)
	}
	return nil
}

// ringBack is how long somebody is rung who is called back.
const ringBack = 40 * time.Second

// errNoTalk means that they answered and talked with nobody.
var errNoTalk = errors.New("nobody talked with them")

// dialBack calls somebody back and has a person sought as soon as they answer. It implements callback.Options.Dial.
func (n *Node) dialBack(ctx context.Context, w callback.Wish) error {
	r, ok := n.routeNamed(w.Route)
	if !ok {
		return fmt.Errorf("%w: the line %s is gone", callback.ErrNever, w.Route)
	}
	trunk := n.cfg.Desk.CallBack.Trunk
	if !n.trunks.Allows(trunk, w.Number) {
		return fmt.Errorf("%w: the trunk does not allow it", callback.ErrNever)
	}
	if _, ok := n.gate.enter(); !ok {
		return fmt.Errorf("%w: as many calls run as this node can take", callback.ErrNotNow)
	}
	defer n.gate.leave()
	permit, err := n.trunks.Ask(trunk, w.Number)
	if err != nil {
		return fmt.Errorf("%w: %w", callback.ErrNotNow, err)
	}
	defer permit.Done()
	rctx, cancel := context.WithTimeout(ctx, ringBack)
	defer cancel()
	leg, err := n.sip.Dial(rctx, permit.URI, sip.DialOptions{From: permit.Trunk.From, User: permit.Trunk.User, Password: permit.Trunk.Password})
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer func() {
		hctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		_ = leg.Hangup(hctx) // the call is over either way
	}()
	r.Greeting = map[string]string{"en": "Hello, you asked us to call you back. One moment please, I am connecting you.", "zh": "您好，您之前请我们给您回电。请稍等，正在为您接通人工同事。"}
	r.Langs = langFirst(r.Langs, w.Lang)
	met := false
	n.converse(ctx, called{leg}, conversation{
		route: r, channel: "sip", first: &pipeline.Seek{Why: "callback", Aim: pipeline.Aim{Queue: w.Queue}}, met: func() { met = true },
		begun:   func(id call.ID) { n.front.Recall(id, w.Reason) },
		started: call.Started{From: w.Number, To: r.Name, Codec: leg.Codec(), SIPCall: leg.ID(), Back: w.ID},
	})
	if !met {
		return errNoTalk
	}
	return nil
}

// langFirst puts a language first.
func langFirst(langs []string, lang string) []string {
	out := []string{lang}
	for _, l := range langs {
		if l != lang {
			out = append(out, l)
		}
	}
	if lang == "" {
		return langs
	}
	return out
}

// called is a leg that this side placed to a caller: who hangs up at the other end is the caller.
type called struct{ *sip.Leg }

// Why implements pipeline.Leg.
func (c called) Why() (call.Party, string) {
	by, why := c.Leg.Why()
	switch by {
	case call.Bot:
		by = call.Caller
	case call.Caller:
		by = call.Bot
	}
	return by, why
}
