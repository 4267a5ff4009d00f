package allow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrMuch means that an offer is above what even a supervisor may grant.
	ErrMuch = errors.New("allow: more than the policy has for this case")
	// ErrUnknown means that there is no such open request.
	ErrUnknown = errors.New("allow: there is no such request")
	// ErrOwn means that somebody would decide about their own request.
	ErrOwn = errors.New("allow: a request is decided by somebody else than who made it")
	// ErrAmount means that an amount is none.
	ErrAmount = errors.New("allow: the amount must be above 0 and have at most two decimals")
)

// GrantState says how far an offer is.
type GrantState string

// The states of an offer. Only what is granted was promised to a customer and counts.
const (
	Asked     GrantState = "asked" // a supervisor decides
	Granted   GrantState = "granted"
	Refused   GrantState = "refused"
	Withdrawn GrantState = "withdrawn" // the call ended first
)

// Grant is what an agent offers a customer, or asks to.
type Grant struct {
	ID       string     `json:"id"`
	Call     call.ID    `json:"call"`
	Customer string     `json:"customer,omitempty"`
	Queue    string     `json:"queue"`
	Amount   float64    `json:"amount"` // main units of the currency
	Currency string     `json:"currency"`
	Note     string     `json:"note"` // the agent's reason
	State    GrantState `json:"state"`
	Ceiling  float64    `json:"ceiling"` // what the agent could have offered alone at that moment
	By       string     `json:"by"`      // the agent
	Decided  string     `json:"decided_by,omitempty"`
	Answer   string     `json:"answer,omitempty"` // the supervisor's words
	Day      string     `json:"day"`              // of the budget
	At       time.Time  `json:"at"`
}

// Book keeps grants.
type Book interface {
	PutGrant(ctx context.Context, g Grant) error
	// Spent is the sum granted on a day of the budget.
	Spent(ctx context.Context, day string) (float64, error)
	// Claims are the amounts granted to a customer since a time, oldest first.
	Claims(ctx context.Context, customer string, since time.Time) ([]float64, error)
	// GrantsOf are those of a call, oldest first; AskedGrants those that wait for a decision.
	GrantsOf(ctx context.Context, id call.ID) ([]Grant, error)
	AskedGrants(ctx context.Context) ([]Grant, error)
}

// Case is what is known of the call an offer is made in.
type Case struct {
	Call     call.ID
	Customer string // "" unknown
	Queue    string
	Known    Known // without Claimed, Spent and Given, which the ledger knows
}

// Ledger decides about offers and counts them: one at a time, so that a budget cannot be spent twice. Its methods may be
// called from any goroutine; Now, Asked and Of block for nothing but each other.
type Ledger struct {
	policy *Policy
	book   Book
	now    func() time.Time
	deal   sync.Mutex // held while an offer is decided and stored

	mu     sync.Mutex
	day    string
	spent  float64
	claims map[string][]float64 // of the customers who called last
	older  map[string][]float64 // of those before them
	given  map[call.ID][]Grant
	asked  []Grant
}

// NewLedger returns the ledger of a policy; a nil now is time.Now. Open it before the first use.
func NewLedger(p *Policy, b Book, now func() time.Time) *Ledger {
	if now == nil {
		now = time.Now
	}
	return &Ledger{policy: p, book: b, now: now, claims: map[string][]float64{}, given: map[call.ID][]Grant{}}
}

// Open reads what was spent today, and gives up the requests whose calls ended with the process before.
func (l *Ledger) Open(ctx context.Context) error {
	l.deal.Lock()
	defer l.deal.Unlock()
	left, err := l.book.AskedGrants(ctx)
	if err != nil {
		return fmt.Errorf("read requests: %w", err)
	}
	for _, g := range left {
		g.State = Withdrawn
		if err := l.book.PutGrant(ctx, g); err != nil {
			return fmt.Errorf("withdraw a request: %w", err)
		}
	}
	l.mu.Lock()
	l.day, l.asked = "", nil // read again: another process may have spent of it
	l.mu.Unlock()
	return l.today(ctx)
}

// today makes sure that spent is that of the running day. deal is held.
func (l *Ledger) today(ctx context.Context) error {
	day := l.policy.Day(l.now())
	l.mu.Lock()
	same := l.day == day
	l.mu.Unlock()
	if same {
		return nil
	}
	spent, err := l.book.Spent(ctx, day)
	if err != nil {
		return fmt.Errorf("read the budget: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.day, l.spent = day, spent
	return nil
}

// fresh reads again what an offer to a customer rests on. deal is held.
func (l *Ledger) fresh(ctx context.Context, customer string) error {
	if err := l.today(ctx); err != nil {
		return err
	}
	return l.Meet(ctx, customer)
}

// mostMet is from how many customers on those before them are forgotten once so many more have called: far more than are in calls. An
// offer to one who was forgotten is decided as well.
const mostMet = 10_000

// Meet reads what a customer was granted before, when they call.
func (l *Ledger) Meet(ctx context.Context, customer string) error {
	if customer == "" {
		return nil
	}
	got, err := l.book.Claims(ctx, customer, l.now().AddDate(0, 0, -l.policy.Claims.Days))
	if err != nil {
		return fmt.Errorf("read earlier claims: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.claims) >= mostMet {
		l.older, l.claims = l.claims, map[string][]float64{}
	}
	l.claims[customer] = got
	return nil
}

// claimed is what a customer was granted before, as far as is known. mu is held.
func (l *Ledger) claimed(customer string) []float64 {
	if got, ok := l.claims[customer]; ok {
		return got
	}
	return l.older[customer]
}

// Now decides how far an agent may go in a call at this moment; what was granted in it is taken off.
func (l *Ledger) Now(c Case) Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.decide(c)
}

// decide is Now. mu is held.
func (l *Ledger) decide(c Case) Decision {
	k := c.Known
	k.Claimed, k.Spent, k.Given = nil, 0, 0
	for _, g := range l.given[c.Call] {
		k.Given += g.Amount
	}
	if c.Customer != "" {
		k.Claimed = l.claimed(c.Customer)
	}
	if l.day == l.policy.Day(l.now()) {
		k.Spent = l.spent
	}
	return l.policy.Decide(k)
}

// Offer makes an offer: granted at once up to the agent's ceiling, asked for above it, ErrMuch above what a supervisor may
// grant.
func (l *Ledger) Offer(ctx context.Context, c Case, agent string, amount float64, note string) (Grant, error) {
	if cents := amount * 100; !(amount > 0) || amount > 1e9 || math.Abs(cents-math.Round(cents)) > 1e-6 {
		return Grant{}, ErrAmount
	}
	l.deal.Lock()
	defer l.deal.Unlock()
	if err := l.fresh(ctx, c.Customer); err != nil {
		return Grant{}, err
	}
	l.mu.Lock()
	d := l.decide(c)
	day := l.day
	l.mu.Unlock()
	g := Grant{ID: string(call.NewID()), Call: c.Call, Customer: c.Customer, Queue: c.Queue, Amount: amount, Currency: d.Currency, Note: note,
		State: Granted, Ceiling: d.Ceiling, By: agent, Day: day, At: l.now().UTC()}
	switch {
	case amount > d.WithMore:
		return Grant{}, fmt.Errorf("%w: at most %s %g", ErrMuch, d.Currency, d.WithMore)
	case amount > d.Ceiling:
		g.State = Asked
	}
	return g, l.put(ctx, g)
}

// put stores a grant and counts it. deal is held.
func (l *Ledger) put(ctx context.Context, g Grant) error {
	if err := l.book.PutGrant(ctx, g); err != nil {
		return fmt.Errorf("keep an offer: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = slices.DeleteFunc(l.asked, func(o Grant) bool { return o.ID == g.ID })
	switch g.State {
	case Asked:
		l.asked = append(l.asked, g)
	case Granted:
		l.spent += g.Amount
		l.given[g.Call] = append(l.given[g.Call], g)
		if g.Customer != "" {
			l.claims[g.Customer] = append(l.claimed(g.Customer), g.Amount)
		}
	}
	return nil
}

// Asked are the requests that wait for a supervisor, oldest first.
func (l *Ledger) Asked() []Grant {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

// Decide grants or refuses a request. It is granted only within what the policy has at this moment, as c is by now.
func (l *Ledger) Decide(ctx context.Context, id string, c Case, supervisor string, yes bool, answer string) (Grant, error) {
	l.deal.Lock()
	defer l.deal.Unlock()
	if err := l.fresh(ctx, c.Customer); err != nil {
		return Grant{}, err
	}
	l.mu.Lock()
	i := slices.IndexFunc(l.asked, func(g Grant) bool { return g.ID == id })
	if i < 0 {
		l.mu.Unlock()
		return Grant{}, ErrUnknown
	}
	g, d := l.asked[i], l.decide(c)
	g.Day = l.day
	l.mu.Unlock()
	switch {
	case supervisor == g.By:
		return Grant{}, ErrOwn
	case yes && g.Amount > d.WithMore:
		return Grant{}, fmt.Errorf("%w: at most %s %g by now", ErrMuch, d.Currency, d.WithMore)
	}
	g.State, g.Decided, g.Answer = Refused, supervisor, answer
	if yes {
		g.State = Granted
	}
	return g, l.put(ctx, g)
}

// Over tells that a call has ended: its open requests are withdrawn. Nobody can decide about them even after an error, which
// says that they are not stored as withdrawn; Open does that.
func (l *Ledger) Over(ctx context.Context, id call.ID) error {
	l.deal.Lock()
	defer l.deal.Unlock()
	var err error
	for _, g := range l.Asked() {
		if g.Call == id {
			g.State = Withdrawn
			err = errors.Join(err, l.put(ctx, g))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = slices.DeleteFunc(l.asked, func(g Grant) bool { return g.Call == id })
	delete(l.given, id)
	return err
}

// Of are the grants of a running call.
func (l *Ledger) Of(id call.ID) []Grant {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.given[id])
}
