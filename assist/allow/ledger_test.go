package allow

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// pages is a book in memory.
type pages struct {
	mu   sync.Mutex
	all  []Grant
	fail error
}

func (p *pages) PutGrant(_ context.Context, g Grant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	for i := range p.all {
		if p.all[i].ID == g.ID {
			p.all[i] = g
			return nil
		}
	}
	p.all = append(p.all, g)
	return nil
}

func (p *pages) pick(ok func(Grant) bool) (out []Grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.all {
		if ok(g) {
			out = append(out, g)
		}
	}
	return out
}

func (p *pages) Spent(_ context.Context, day string) (sum float64, _ error) {
	for _, g := range p.pick(func(g Grant) bool { return g.Day == day && g.State == Granted }) {
		sum += g.Amount
	}
	return sum, nil
}

func (p *pages) Claims(_ context.Context, customer string, since time.Time) (out []float64, _ error) {
	for _, g := range p.pick(func(g Grant) bool { return g.Customer == customer && g.State == Granted && !g.At.Before(since) }) {
		out = append(out, g.Amount)
	}
	return out, nil
}

func (p *pages) GrantsOf(_ context.Context, id call.ID) ([]Grant, error) {
	return p.pick(func(g Grant) bool { return g.Call == id }), nil
}

func (p *pages) AskedGrants(context.Context) ([]Grant, error) {
	return p.pick(func(g Grant) bool { return g.State == Asked }), nil
}

const generous = `currency: EUR
daily: 100
approval: 20
unverified: 10
claims: {days: 30, amount: 80, count: 4}
rows: [{calm: 50, upset: 50, angry: 50}]
`

func ledger(t *testing.T, text string) (*Ledger, *pages, *time.Time) {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	book := &pages{}
	l := NewLedger(p, book, func() time.Time { return now })
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l, book, &now
}

func verified(id, customer string) Case {
	return Case{Call: call.ID(id), Customer: customer, Known: Known{Verified: true}}
}

func TestOfferAskDecide(t *testing.T) {
	t.Parallel()
	l, book, _ := ledger(t, generous)
	ctx, c := t.Context(), verified("c1", "k1")
	g, err := l.Offer(ctx, c, "ann", 15, "late parcel")
	if err != nil || g.State != Granted || g.Day != "2026-03-01" || g.Ceiling != 20 {
		t.Fatalf("%+v, %v", g, err)
	}
	if d := l.Now(c); d.Ceiling != 5 || d.WithMore != 35 { // the agent's line and the table hold for the call as a whole
		t.Errorf("after 15: %+v", d)
	}
	if _, err := l.Offer(ctx, c, "ann", 36, ""); !errors.Is(err, ErrMuch) {
		t.Errorf("36 more: %v", err)
	}
	ask, err := l.Offer(ctx, c, "ann", 30, "again")
	if err != nil || ask.State != Asked || len(l.Asked()) != 1 {
		t.Fatalf("%+v, %v", ask, err)
	}
	if d := l.Now(c); d.WithMore != 35 {
		t.Errorf("what is asked for counts as given: %+v", d)
	}
	if _, err := l.Decide(ctx, ask.ID, c, "ann", true, ""); !errors.Is(err, ErrOwn) {
		t.Errorf("decides about her own: %v", err)
	}
	if got, err := l.Decide(ctx, ask.ID, c, "eve", true, "fine"); err != nil || got.State != Granted || got.Decided != "eve" || got.Answer != "fine" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := l.Decide(ctx, ask.ID, c, "eve", true, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("decides twice: %v", err)
	}
	no, err := l.Offer(ctx, c, "ann", 5, "")
	if err != nil || no.State != Asked {
		t.Fatalf("%+v, %v", no, err)
	}
	if got, err := l.Decide(ctx, no.ID, c, "eve", false, "enough"); err != nil || got.State != Refused {
		t.Fatalf("%+v, %v", got, err)
	}
	if given := l.Of("c1"); len(given) != 2 || len(book.all) != 3 {
		t.Errorf("given %+v, kept %d", given, len(book.all))
	}
	if err := l.Over(ctx, "c1"); err != nil {
		t.Error(err)
	}
	// The customer's next call knows what they got.
	if err := l.Meet(ctx, "k1"); err != nil {
		t.Fatal(err)
	}
	if d := l.Now(verified("c2", "k1")); d.WithMore != 35 { // 80 in 30 days less 45
		t.Errorf("in the next call: %+v", d)
	}
}

func TestBudgetIsSpentOnce(t *testing.T) {
	t.Parallel()
	l, book, now := ledger(t, generous)
	var granted atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { // ends with the offer
			g, err := l.Offer(context.WithoutCancel(t.Context()), verified("c"+string(rune('a'+i)), ""), "ann", 20, "")
			if err == nil && g.State == Granted {
				granted.Add(1)
			} else if !errors.Is(err, ErrMuch) {
				t.Errorf("%+v, %v", g, err)
			}
		})
	}
	wg.Wait()
	if granted.Load() != 5 {
		t.Errorf("%d grants of 20 from a budget of 100", granted.Load())
	}
	*now = now.Add(24 * time.Hour)
	if g, err := l.Offer(t.Context(), verified("next", ""), "ann", 20, ""); err != nil || g.State != Granted {
		t.Errorf("the next day: %+v, %v", g, err)
	}
	again := NewLedger(l.policy, book, l.now)
	if err := again.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := again.Now(verified("z", "")); d.Ceiling != 20 || again.spent != 20 {
		t.Errorf("after a restart: %+v, spent %v", d, again.spent)
	}
}

func TestRequestsEndWithTheCall(t *testing.T) {
	t.Parallel()
	l, book, _ := ledger(t, generous)
	c := verified("c1", "")
	ask, err := l.Offer(t.Context(), c, "ann", 40, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Over(t.Context(), "c1"); err != nil || len(l.Asked()) != 0 {
		t.Error(err, l.Asked())
	}
	if book.all[0].State != Withdrawn {
		t.Errorf("%+v", book.all[0])
	}
	if _, err := l.Decide(t.Context(), ask.ID, c, "eve", true, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("decided after the call: %v", err)
	}
	// One that a dead process left behind.
	ask.State = Asked
	_ = book.PutGrant(t.Context(), ask)
	if err := l.Open(t.Context()); err != nil || book.all[0].State != Withdrawn {
		t.Errorf("%+v, %v", book.all[0], err)
	}
	// One whose end the store does not take: nobody is asked about it any more, and Open withdraws it.
	if _, err = l.Offer(t.Context(), verified("c2", ""), "ann", 40, ""); err != nil {
		t.Fatal(err)
	}
	book.fail = errors.New("the database is away")
	if err := l.Over(t.Context(), "c2"); err == nil || len(l.Asked()) != 0 {
		t.Errorf("%v, asked: %+v", err, l.Asked())
	}
	book.fail = nil
	if err := l.Open(t.Context()); err != nil || book.all[1].State != Withdrawn {
		t.Errorf("%+v, %v", book.all[1], err)
	}
}

// TestTwoCallsOfOneCustomer knows what they were granted as long as either goes on, as a chat beside a call.
func TestTwoCallsOfOneCustomer(t *testing.T) {
	t.Parallel()
	l, book, now := ledger(t, generous)
	_ = book.PutGrant(t.Context(), Grant{ID: "before", Customer: "k1", Amount: 78, State: Granted, At: now.AddDate(0, 0, -1)})
	for range 2 { // the call and the chat
		if err := l.Meet(t.Context(), "k1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Over(t.Context(), "chat"); err != nil {
		t.Fatal(err)
	}
	if d := l.Now(verified("call", "k1")); d.WithMore != 2 { // 80 in 30 days less 78
		t.Errorf("in the call that goes on: %+v", d)
	}
	for i := range mostMet { // others call meanwhile
		if err := l.Meet(t.Context(), strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if d := l.Now(verified("call", "k1")); d.WithMore != 2 {
		t.Errorf("after many other calls: %+v", d)
	}
	l.claims, l.older = map[string][]float64{}, nil
	if _, err := l.Offer(t.Context(), verified("call", "k1"), "ann", 3, ""); !errors.Is(err, ErrMuch) {
		t.Errorf("an offer rests on less than what is on record: %v", err)
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	l, book, _ := ledger(t, generous)
	for _, bad := range []float64{0, -5, 0.001, 1e12, 3.333} {
		if _, err := l.Offer(t.Context(), verified("c", ""), "ann", bad, ""); !errors.Is(err, ErrAmount) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	for _, good := range []float64{0.01, 4.35, 1.1} {
		if _, err := l.Offer(t.Context(), verified("c", ""), "ann", good, ""); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	if _, err := l.Offer(t.Context(), Case{Call: "u"}, "ann", 11, ""); !errors.Is(err, ErrMuch) {
		t.Errorf("11 for a caller who is not verified: %v", err)
	}
	book.fail = errors.New("disk")
	if _, err := l.Offer(t.Context(), verified("d", ""), "ann", 1, ""); err == nil || len(l.Of("d")) != 0 {
		t.Errorf("what is not stored counts as given: %v", err)
	}
}
