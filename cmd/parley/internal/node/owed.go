package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	// obeyTime bounds how long a ticket or a webhook takes to be kept.
	obeyTime = 10 * time.Second
	// owedFor is how old a call may be whose rules are still obeyed after a crash.
	owedFor = 24 * time.Hour
	// owedAgain is when it is tried again after a failure.
	owedAgain = time.Minute
)

// obey has done what a rule wants beside showing it.
func (n *Node) obey(v desk.View, f rules.Firing, do rules.Do) {
	n.dialling.Go(func() { // ends by the deadline
		ctx, cancel := context.WithTimeout(context.WithoutCancel(n.running), obeyTime)
		defer cancel()
		if err := n.carryOut(ctx, v, f, do); err != nil {
			n.env.Log.Error("what a rule wanted was not done", "call", string(v.Call), "rule", f.Rule, "do", do.Kind, "err", err)
		}
	})
}

// carryOut opens a ticket, once a call and form, whichever rules ask for it, or tells of a webhook with its reasons.
func (n *Node) carryOut(ctx context.Context, v desk.View, f rules.Firing, do rules.Do) error {
	switch do.Kind {
	case rules.Ticket:
		why := f.Text(v.Lang)
		t := n.prefilled(v, ticket.Facts{Intent: do.Params["category"], Reason: why, Values: map[string]string{"reason": why, "lang": v.Lang}})
		t.By = byRule
		_, err := n.business.Tickets.Create(ctx, "rule:"+t.Form+":"+string(v.Call), t, n.calendar(v.Route))
		return err
	case rules.Webhook:
		data, err := json.Marshal(map[string]any{"name": do.Params["name"], "firing": f})
		if err != nil {
			return fmt.Errorf("tell of a rule: %w", err)
		}
		id := fmt.Sprintf("rule:%s:%s:%d", f.Rule, v.Call, f.Turn) // each firing once, however often it is told
		return n.business.Post(ctx, hooks.Event{ID: id, Kind: hooks.RuleAlert, At: time.Now().UTC(), Call: v.Call, Data: data})
	}
	return nil
}

// byRule is who made a ticket that a rule asked for.
const byRule = "rule"

// settle does what rules wanted and a process that died has not done: once the record is up to date, and whenever a node died,
// until ctx ends.
func (n *Node) settle(ctx context.Context) error {
	select {
	case <-n.recorder.Ready():
	case <-ctx.Done():
		return nil
	}
	for {
		var again <-chan time.Time
		if err := n.carryOver(ctx); err != nil && ctx.Err() == nil {
			n.env.Log.Error("what rules wanted before a crash is not done yet", "err", err)
			again = time.After(owedAgain)
		}
		select {
		case <-again:
		case <-n.owing:
		case <-ctx.Done():
			return nil
		}
	}
}

// died has settle look again.
func (n *Node) died() {
	select {
	case n.owing <- struct{}{}:
	default: // it will
	}
}

// carryOver does once what is on record as owed and was not done. What cannot be read or done is in nobody's way; the error says
// that it is worth trying again.
func (n *Node) carryOver(ctx context.Context) error {
	all, err := n.store.Owed(ctx, time.Now().Add(-owedFor))
	if err != nil {
		return err
	}
	for _, e := range all {
		var o desk.Owed
		if json.Unmarshal(e.Body, &o) != nil {
			continue // of another version
		}
		one := n.makeUp(ctx, e.Call, o)
		switch {
		case one == nil, errors.Is(one, record.ErrUnknown): // it was erased meanwhile
		case errors.Is(one, ticket.ErrInvalid), errors.Is(one, ticket.ErrUnknown): // and will not be taken the next time
			n.env.Log.Error("what a rule wanted was not done", "call", string(e.Call), "rule", o.Rule, "err", one)
		default:
			err = fmt.Errorf("rule %s in call %s: %w", o.Rule, e.Call, one)
		}
	}
	return err
}

// makeUp does what is owed in a call.
func (n *Node) makeUp(ctx context.Context, id call.ID, o desk.Owed) error {
	d, err := n.store.Get(ctx, id)
	if err != nil {
		return err
	}
	v := desk.View{Call: id, Route: d.Route, Queue: o.Queue, Lang: o.Lang, Caller: desk.Who{ID: o.Customer, Number: d.From}}
	if o.Customer != "" {
		c, err := n.business.Customers.Store.Customer(ctx, o.Customer)
		if err != nil && !errors.Is(err, customer.ErrUnknown) {
			return err
		}
		v.Caller.Name, v.Caller.Tier = c.Name, c.Tier
	}
	made, err := n.business.Tickets.Store.Tickets(ctx, ticket.Query{Call: id})
	if err != nil {
		return err
	}
	fired := d.StartedAt.Add(time.Duration(o.End))
	for _, do := range o.Do {
		// The forms may be others by now, and so the key of a ticket that was made.
		if do.Kind == rules.Ticket && slices.ContainsFunc(made, func(t ticket.Ticket) bool { return t.By == byRule && !t.Created.Before(fired) }) {
			continue
		}
		if err := n.carryOut(ctx, v, o.Firing, do); err != nil {
			return err
		}
	}
	return nil
}
