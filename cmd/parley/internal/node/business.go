package node

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/customer/site"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/reach"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// Business is what the desk works with besides the call itself.
type Business struct {
	Customers *customer.Book
	Sites     *site.Sites
	Pop       *customer.Pop // nil = none
	Tickets   *ticket.Desk
	Hooks     *hooks.Courier // nil = nobody is told
	Policy    *allow.Policy  // nil = no compensation
	Ledger    *allow.Ledger  // nil = no compensation

	clients []*http.Client
}

// Post tells the programs that want it what happened. It keeps the event and returns; an event with the same ID again does
// nothing.
func (b *Business) Post(ctx context.Context, e hooks.Event) error {
	if b.Hooks == nil {
		return nil
	}
	return b.Hooks.Post(ctx, e)
}

// openBusiness readies customers, tickets and webhooks.
func (n *Node) openBusiness(ctx context.Context) error {
	b := &Business{}
	n.business = b
	n.onClose(func() error {
		for _, c := range b.clients {
			c.CloseIdleConnections()
		}
		return nil
	})
	if err := b.openCustomers(n.cfg.Customers, n.store.Customers()); err != nil {
		return err
	}
	forms, err := ticket.Load(n.cfg.Tickets.Forms)
	if err != nil {
		return err
	}
	targets := n.openHooks()
	b.Tickets = &ticket.Desk{Forms: forms, Store: n.store.Tickets(targets...), Told: b.nudge, Log: n.env.Log}
	if n.cfg.Compensation.Policy != "" {
		if b.Policy, err = allow.Load(n.cfg.Compensation.Policy); err != nil {
			return err
		}
		b.Ledger = allow.NewLedger(b.Policy, n.store.Grants(), nil)
		if !n.sharesDesk() { // else the node that comes to lead the desk opens it
			if err := b.Ledger.Open(ctx); err != nil {
				return err
			}
		}
	}
	if c := b.Hooks; c != nil {
		return c.Begin(ctx, n.bus)
	}
	return nil
}

// openCustomers readies the book of customers, and from where it is filled.
func (b *Business) openCustomers(c config.Customers, kept *store.Customers) error {
	b.Customers = &customer.Book{Store: kept, Countries: c.Countries, Codes: kept, CodeKey: []byte(c.CodeKey)}
	if c.Pop != "" {
		pop, err := customer.ParsePop(c.Pop)
		if err != nil {
			return err
		}
		b.Pop = &pop
	}
	if l := c.Lookup; l.URL != "" {
		pop, err := customer.ParsePop(l.URL)
		if err != nil {
			return err
		}
		b.Customers.Seek = &customer.HTTP{
			Pop: pop, Client: b.client(reach.Options{Timeout: l.Timeout, Networks: config.Prefixes(l.Networks), Hosts: l.Hosts}), Token: l.Token,
			Countries: c.Countries, Limit: l.Timeout,
		}
	}
	var keys []site.Key
	for _, s := range c.Sites {
		keys = append(keys, site.Key{Site: s.Name, Key: s.Key})
	}
	var err error
	if b.Sites, err = site.New(keys); err != nil {
		return fmt.Errorf("customers.sites: %w", err)
	}
	return nil
}

func (b *Business) client(o reach.Options) *http.Client {
	c := reach.Client(o)
	b.clients = append(b.clients, c)
	return c
}

const hookTimeout = 10 * time.Second

// openHooks makes one courier for all receivers, and returns those; what may be reached is the receiver's own.
func (n *Node) openHooks() (targets []hooks.Target) {
	networks := map[string][]netip.Prefix{}
	for _, w := range n.cfg.Webhooks {
		t := hooks.Target{Name: w.Name, URL: w.URL, Secret: w.Secret}
		for _, k := range w.Events {
			t.Kinds = append(t.Kinds, hooks.Kind(k))
		}
		targets = append(targets, t)
		networks[w.Name] = config.Prefixes(w.Networks)
	}
	if len(targets) == 0 {
		return nil
	}
	clients := map[string]*http.Client{}
	for name, nets := range networks {
		clients[name] = n.business.client(reach.Options{Timeout: hookTimeout, Networks: nets})
	}
	n.business.Hooks = hooks.New(hooks.Options{Outbox: n.store.Outbox(), Targets: targets, Clients: clients, Log: n.env.Log})
	return targets
}

// nudge has what was put into the outbox sent at once.
func (b *Business) nudge() {
	if b.Hooks != nil {
		b.Hooks.Nudge()
	}
}

// runBusiness delivers events and follows the calls until ctx ends.
func (n *Node) runBusiness(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return n.keeper().Run(ctx) }) // ends with ctx
	n.runInsights(ctx, g)
	c := n.business.Hooks
	if c == nil {
		return
	}
	g.Go(func() error { return c.Run(ctx) })           // ends with ctx
	g.Go(func() error { return c.Follow(ctx, n.bus) }) // ends with ctx
}

// Business is what the desk works with.
func (n *Node) Business() *Business { return n.business }

// paths adds to the options of the API customers, tickets and webhooks.
func (n *Node) paths(o httpapi.Options) httpapi.Options {
	o.Customers, o.Tickets, o.Deliveries, o.Calendar = n.business.Customers, n.business.Tickets, n.store.Outbox(), n.calendar
	o.Quality = httpapi.QualityOptions{Scores: n.store.Scores(), Keeper: n.keeper(), Export: n.exports(), AppealTime: time.Duration(n.cfg.Quality.AppealDays) * 24 * time.Hour}
	o.Knowledge, o.Retention = n.library(), n.retention()
	o.Insights = n.insights()
	o.Rules = rulebook{n}
	return o
}

// calendar is the opening hours and zone of a route.
func (n *Node) calendar(queue string) ticket.Calendar {
	for _, r := range n.conf().Routes {
		if r.Name != queue {
			continue
		}
		zone, err := time.LoadLocation(r.Hours.Zone)
		if err != nil { // validated with the configuration
			zone = time.UTC
		}
		c := ticket.Calendar{Zone: zone}
		if len(r.Hours.Open) > 0 {
			c.Open = r.Hours.At
		}
		return c
	}
	return ticket.Calendar{}
}
