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
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/sip/outbound"
)

// openCallbacks readies the calls back to callers who did not want to wait.
func (n *Node) openCallbacks(context.Context) error {
	c := n.cfg.Desk.CallBack
	n.callbacks = callback.New(callback.Options{
		Store: n.store.Callbacks(), Tries: c.Tries, Every: c.Every, Keep: c.Keep, AtOnce: c.AtOnce, Log: n.env.Log,
		Free: n.freeFor, Leads: n.leads, Dial: n.dialBack, GaveUp: n.givenUp,
	})
	return nil
}

// backKey is the key with which callers ask to be called back.
func (n *Node) backKey() rune {
	for _, k := range n.conf().Desk.CallBack.Key { // one
		return k
	}
	return 0
}

// freeFor reports whether somebody is free to talk to a caller who is called back.
func (n *Node) freeFor(w callback.Wish) bool {
	r, ok := n.routeNamed(w.Route)
	return !n.draining.Load() && (!ok || r.Hours.At(time.Now()) && n.desk.Free(w.Route, w.Queue, w.Lang)) // a line that is gone is told by the try
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
	n.dialling.Go(func() { // ends by the deadline; the call does not wait for a database that may be away
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := n.callbacks.Rang(ctx, number); err != nil {
			n.env.Log.Error("a call back was not cancelled", "err", err)
		}
	})
}

// givenUp keeps a wish that is given up as a ticket: what was promised to the caller is not forgotten.
func (n *Node) givenUp(ctx context.Context, w callback.Wish) error {
	err := n.callBackByHand(ctx, desk.View{
		Call: call.ID(w.ID), Channel: "sip", Lang: w.Lang, Route: w.Route, Queue: w.Queue, Reason: w.Reason,
		Caller: desk.Who{ID: w.Customer, Name: w.Name, Number: w.Number},
	})
	if errors.Is(err, ticket.ErrInvalid) || errors.Is(err, ticket.ErrUnknown) { // the company's forms do not take it, now or later
		n.env.Log.Error("a call back that was given up has no ticket", "call", w.ID, "err", err)
		return nil
	}
	return err
}

// callBackByHand keeps the wish as a ticket: a person will ring.
func (n *Node) callBackByHand(ctx context.Context, v desk.View) error {
	t := n.prefilled(v, ticket.Facts{Intent: v.Intent, Reason: "callback", Values: map[string]string{"reason": "callback: " + v.Reason, "lang": v.Lang}})
	soon := time.Now().UTC().Add(time.Hour)
	t.By, t.FollowUp = "rule", &soon
	if _, err := n.business.Tickets.Create(ctx, "callback:"+string(v.Call), t, n.calendar(v.Route)); err != nil {
		return fmt.Errorf("keep the wish to be called back: %w", err)
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
