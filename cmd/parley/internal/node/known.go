package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/pipeline/call"
)

// acquaintance tells the desk who calls.
type acquaintance struct{ n *Node }

// historyShown is how many earlier contacts an agent sees.
const historyShown = 5

// Lookup implements desk.Customers.
func (a acquaintance) Lookup(ctx context.Context, at desk.Occasion, started call.Started, channel string) (desk.Who, []desk.Contact, error) {
	who := desk.Who{Number: started.From, Links: []desk.Link{}}
	if started.Name != "" || started.Contact != "" {
		who.Given = &desk.Given{Name: started.Name, Contact: started.Contact}
	}
	var m customer.Match
	var err error
	book := a.n.business.Customers
	switch {
	case channel == "sip" && started.Withheld != "":
		m, err = book.Hidden(ctx, started.Withheld)
	case channel == "sip":
		m, err = book.Caller(ctx, started.From)
	case started.Site != "":
		m, err = book.Vouched(ctx, started.From)
		who.Identity = desk.Identity{State: "verified", How: "site " + started.Site, By: "site:" + started.Site}
	case started.Contact != "":
		who.Number = started.Contact
		m, err = book.Claims(ctx, started.Contact)
	default:
		return who, nil, nil
	}
	if err != nil {
		return who, nil, fmt.Errorf("look up the caller: %w", err)
	}
	if m.Why == customer.LookupFailed {
		who.Unasked = true
		a.n.env.Log.Warn("the system that knows customers could not be asked who calls", "call", string(at.Call), "err", m.Err)
	}
	if m.Handle.Value != "" && started.Site == "" {
		who.Number = m.Handle.Value
	}
	one, ok := m.One()
	if !ok || started.Contact != "" && started.Site == "" { // several, or only their word for it: all are offered, none is assumed
		for _, c := range m.Candidates {
			who.Maybe = append(who.Maybe, desk.Maybe{ID: c.ID, Name: c.Name})
		}
		a.pop(&who, at, customer.Customer{})
		return who, nil, nil
	}
	return a.known(ctx, at, who, one)
}

// Person implements desk.Customers.
func (a acquaintance) Person(ctx context.Context, at desk.Occasion, id string) (desk.Who, []desk.Contact, error) {
	one, err := a.n.business.Customers.Store.Customer(ctx, id)
	if err != nil {
		return desk.Who{}, nil, err
	}
	return a.known(ctx, at, desk.Who{Links: []desk.Link{}}, one)
}

// known fills in what is known of a customer, with the last contacts.
func (a acquaintance) known(ctx context.Context, at desk.Occasion, who desk.Who, one customer.Customer) (desk.Who, []desk.Contact, error) {
	who.ID, who.Name, who.Tier, who.Lang, who.Value = one.ID, one.Name, one.Tier, one.Lang, valueOf(one.Tier)
	for _, l := range one.Links {
		who.Links = append(who.Links, desk.Link{Title: l.Title, URL: l.URL})
	}
	a.pop(&who, at, one)
	if l := a.n.business.Ledger; l != nil {
		if err := l.Meet(ctx, one.ID); err != nil {
			return who, nil, err
		}
	}
	past, err := a.n.store.Customers().History(ctx, one.ID, historyShown)
	if err != nil {
		return who, nil, fmt.Errorf("look up earlier contacts: %w", err)
	}
	var history []desk.Contact
	for _, c := range past {
		history = append(history, desk.Contact{Call: c.Call, At: c.At, Channel: string(c.Channel), Outcome: c.Outcome, Summary: c.Summary})
	}
	return who, history, nil
}

// pop adds the page of the CRM.
func (a acquaintance) pop(who *desk.Who, at desk.Occasion, one customer.Customer) {
	if p := a.n.business.Pop; p != nil {
		who.Links = append(who.Links, desk.Link{Title: "CRM", URL: p.URL(map[string]string{
			"number": cmp.Or(who.Number, at.Number), "id": one.ID, "ref": one.Ref, "name": one.Name, "tier": one.Tier, "lang": one.Lang, "call": string(at.Call), "queue": at.Queue,
		})})
	}
}

// vouch takes into a call that begins what its page says of who calls: the customer, when a site vouches for them with a
// token that is accepted; else only what they gave themselves.
func (n *Node) vouch(started *call.Started, token, name, contact string) {
	if token != "" {
		c, err := n.business.Sites.Read(token, time.Now())
		if err == nil {
			started.From, started.Site = c.Customer, c.Site
			return
		}
		n.env.Log.Info("a site's word for its visitor was not accepted", "err", err)
	}
	started.Name, started.Contact = name, contact
}

// valueOf is how much a tier moves a customer forward, 0..1. Tiers with other names count as none.
func valueOf(tier string) float64 {
	switch strings.ToLower(tier) {
	case "platinum", "diamond", "vip", "白金", "钻石":
		return 1
	case "gold", "金卡", "黄金":
		return 0.7
	case "silver", "银卡", "白银":
		return 0.4
	}
	return 0
}

// identify keeps who was verified, how and by whom, with the contact.
func (n *Node) identify(ctx context.Context, v desk.View) error {
	i := v.Caller.Identity
	err := n.store.Customers().SetIdentity(ctx, v.Call, customer.Identity{State: customer.State(i.State), How: i.How, By: i.By, At: time.Now().UTC()})
	if err != nil && !errors.Is(err, customer.ErrUnknown) {
		return fmt.Errorf("keep the identity: %w", err)
	}
	return nil
}
