package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// must fails the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// moment is a time as the store keeps it.
func moment() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func account(id, login string, roles ...access.Role) access.Account {
	return access.Account{Person: access.Person{ID: id, Login: login, Name: "N " + login, Roles: roles, Queues: []string{"bank"}, Langs: []string{"zh"}, Skills: []string{}}, Created: moment()}
}

func TestPeople(t *testing.T) { onBoth(t, testPeople) }

func testPeople(t *testing.T, at place) {
	t.Helper()
	p, ctx := openAt(t, at(t, t.TempDir())).People(), t.Context()
	root, amy := account("1", "root", access.Admin), account("2", "amy", access.Agent)
	amy.Subject = "issuer amy"
	for _, a := range []access.Account{root, amy} {
		if err := p.AddAccount(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.AddAccount(ctx, account("3", "amy")); !errors.Is(err, access.ErrTaken) {
		t.Errorf("a login taken twice: %v", err)
	}
	got := must[access.Account](t)(p.Account(ctx, access.BySubject, "issuer amy"))
	if got.Login != "amy" || got.Disabled || !got.Created.Equal(amy.Created) || !slices.Equal(got.Queues, amy.Queues) {
		t.Errorf("%+v", got)
	}
	got.Disabled, got.Name = true, "A\x00m\xffy"
	if err := p.SetAccount(ctx, got); err != nil {
		t.Error("odd bytes in a name:", err)
	}
	if all := must[[]access.Account](t)(p.Accounts(ctx)); len(all) != 2 || !all[0].Disabled || all[1].Disabled {
		t.Errorf("%+v", all)
	}
	root.Disabled = true
	if err := p.SetAccount(ctx, root); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("the last admin was disabled: %v", err)
	}
	if err := p.RemoveAccount(ctx, "1"); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("the last admin was removed: %v", err)
	}
	testSessions(t, p)
	if err := p.RemoveAccount(ctx, "2"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Account(ctx, access.ByID, "2"); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("a removed account: %v", err)
	}
	id := call.NewID()
	for range 2 {
		if err := p.AddTaken(ctx, id, "2", moment()); err != nil {
			t.Fatal(err)
		}
	}
	if took := must[bool](t)(p.Taken(ctx, id, "2")); !took {
		t.Error("who took the call was forgotten")
	}
}

func testSessions(t *testing.T, p *store.People) {
	t.Helper()
	ctx, now, hash := t.Context(), moment(), []byte{1, 2, 0xff}
	s := access.Session{Person: "2", Created: now, Seen: now, Expires: now.Add(time.Hour)}
	if err := errors.Join(p.AddSession(ctx, hash, s), p.SeenSession(ctx, hash, now.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	got, a, err := p.Session(ctx, hash)
	if err != nil || a.Login != "amy" || !got.Seen.Equal(now.Add(time.Minute)) || !got.Expires.Equal(s.Expires) {
		t.Errorf("%+v %+v %v", got, a, err)
	}
	if err := p.EndSessions(ctx, nil, "2"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Session(ctx, hash); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("an ended session: %v", err)
	}
	if err := p.AddLink(ctx, hash, access.Link{Person: "2", Expires: now}); err != nil {
		t.Fatal(err)
	}
	if l := must[access.Link](t)(p.Link(ctx, hash)); l.Person != "2" || !l.Expires.Equal(now) {
		t.Errorf("%+v", l)
	}
	if err := p.UseLink(ctx, hash, a); err != nil {
		t.Fatal(err)
	}
	if err := p.UseLink(ctx, hash, a); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("a link was used twice: %v", err)
	}
}

// TestTrailIsOneChain writes to the trail from two nodes at once: each line must follow the one before.
func TestTrailIsOneChain(t *testing.T) { onBoth(t, testTrailIsOneChain) }

func testTrailIsOneChain(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	stores := []*store.Store{openAt(t, at(t, home)), openAt(t, at(t, home))}
	const each = 20
	var wg sync.WaitGroup // ends with the lines below
	for i, s := range stores {
		wg.Go(func() {
			for range each {
				err := s.People().AppendEntry(t.Context(), func(last access.Entry) access.Entry {
					return access.Entry{N: last.N + 1, At: moment(), Who: fmt.Sprint("node", i), What: "looked", Call: "c", Hash: last.Hash + "."}
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	err := stores[0].People().WalkEntries(t.Context(), func(e access.Entry) error {
		if n++; e.N != int64(n) || len(e.Hash) != n {
			t.Errorf("line %d has number %d and follows %d", n, e.N, len(e.Hash)-1)
		}
		return nil
	})
	if err != nil || n != 2*each {
		t.Errorf("%d lines, %v", n, err)
	}
	got := must[[]access.Entry](t)(stores[1].People().Entries(t.Context(), access.TrailQuery{Who: "node1", Call: "c", Before: 2*each + 1, Limit: 5}))
	if len(got) != 5 || got[0].N < got[4].N {
		t.Errorf("%+v", got)
	}
}

func TestOutbox(t *testing.T) { onBoth(t, testOutbox) }

func testOutbox(t *testing.T, at place) {
	t.Helper()
	o, ctx := openAt(t, at(t, t.TempDir())).Outbox(), t.Context()
	if _, begun, err := o.Position(ctx); begun || err != nil {
		t.Fatal(begun, err)
	}
	targets := []hooks.Target{{Name: "a"}, {Name: "b", Kinds: []hooks.Kind{hooks.CallEnded}}}
	pos, now := uint64(1<<40), moment()
	evs := []hooks.Event{
		{ID: "1", Kind: hooks.TicketCreated, At: now.Add(-time.Hour), Data: []byte(`{"x":"\u0000"}`)},
		{ID: "2", Kind: hooks.CallEnded, At: now, Data: []byte(`{}`)},
	}
	for range 2 { // again changes nothing
		if err := o.Enqueue(ctx, targets, evs, &pos); err != nil {
			t.Fatal(err)
		}
	}
	if got, begun, err := o.Position(ctx); !begun || err != nil || got != pos {
		t.Errorf("position %d %v %v", got, begun, err)
	}
	d, ok, err := o.Oldest(ctx, "a")
	if !ok || err != nil || d.Event.ID != "1" || d.State != hooks.Waiting {
		t.Fatalf("%+v %v %v", d, ok, err)
	}
	d.State, d.Tries, d.Next, d.Why = hooks.Delivered, 3, now, "it was slow"
	if err := o.Mark(ctx, d); err != nil {
		t.Fatal(err)
	}
	if all := must[[]hooks.Delivery](t)(o.Deliveries(ctx, hooks.Query{Target: "a", From: now.Add(-2 * time.Hour), To: now.Add(time.Second)})); len(all) != 2 || all[1].Tries != 3 || !all[1].Next.Equal(now) {
		t.Errorf("%+v", all)
	}
	if n := must[int](t)(o.Replay(ctx, hooks.Query{Target: "a", State: hooks.Delivered})); n != 1 {
		t.Errorf("%d replayed", n)
	}
	d.State = hooks.Delivered
	if err := errors.Join(o.Mark(ctx, d), o.Sweep(ctx, now)); err != nil {
		t.Fatal(err)
	}
	if all := must[[]hooks.Delivery](t)(o.Deliveries(ctx, hooks.Query{})); len(all) != 2 {
		t.Errorf("%+v", all)
	}
	if _, ok, err := o.Oldest(ctx, "nobody"); ok || err != nil {
		t.Error(ok, err)
	}
}

func TestTickets(t *testing.T) { onBoth(t, testTickets) }

func testTickets(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	stores := []*store.Tickets{openAt(t, at(t, home)).Tickets(), openAt(t, at(t, home)).Tickets()}
	s, ctx, now := stores[0], t.Context(), moment()
	const each = 10
	var wg sync.WaitGroup // ends with the tickets below
	for i, s := range stores {
		wg.Go(func() {
			for k := range each { // half of the occasions are the same for both
				key := fmt.Sprint("both", k)
				if k%2 == 0 {
					key = fmt.Sprint(i, "own", k)
				}
				_, _, err := s.AddTicket(ctx, key, ticket.Ticket{ID: fmt.Sprint(i, "-", k), Form: "f", Fields: map[string]string{"a": key}, Status: ticket.Open, Due: now, Queue: "q", By: "rule", Created: now, Updated: now, Version: 1})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all := must[[]ticket.Ticket](t)(s.Tickets(ctx, ticket.Query{Status: ticket.Open, Queues: []string{"q", "r"}}))
	if len(all) != each+each/2 || all[0].Number != fmt.Sprintf("T-%06d", len(all)) {
		t.Fatalf("%d tickets, the newest is %s", len(all), all[0].Number)
	}
	one := all[3]
	one.Status, one.Version, one.FollowUp = ticket.Solved, 2, &now
	if err := s.SetTicket(ctx, one); err != nil {
		t.Fatal(err)
	}
	if err := s.SetTicket(ctx, one); !errors.Is(err, ticket.ErrStale) {
		t.Errorf("an old version was stored: %v", err)
	}
	if got := must[ticket.Ticket](t)(s.Ticket(ctx, one.ID)); got.Status != ticket.Solved || !got.FollowUp.Equal(now) || got.Fields["a"] != one.Fields["a"] {
		t.Errorf("%+v", got)
	}
	if page := must[[]ticket.Ticket](t)(s.Tickets(ctx, ticket.Query{Before: all[3].Number, Limit: 2})); len(page) != 2 || page[0].ID != all[4].ID {
		t.Errorf("%+v", page)
	}
	if _, err := s.Ticket(ctx, "none"); !errors.Is(err, ticket.ErrUnknown) {
		t.Error(err)
	}
}

func TestCustomers(t *testing.T) { onBoth(t, testCustomers) }

func testCustomers(t *testing.T, at place) {
	t.Helper()
	s, ctx, now := openAt(t, at(t, t.TempDir())).Customers(), t.Context(), moment()
	li := customer.Customer{ID: "1", Ref: "K-1", Name: "李Ann", Tier: "gold", Lang: "zh", Links: []customer.Link{{Title: "CRM", URL: "https://crm.example/1"}}, Updated: now,
		Handles: []customer.Handle{{Channel: customer.Phone, Value: "+8613800138000"}, {Channel: customer.Phone, Value: "+862100000000"}}}
	bo := customer.Customer{Name: "Bo 100%", Updated: now.Add(time.Second), Handles: li.Handles[:1]}
	for range 2 {
		if err := s.Put(ctx, []customer.Customer{li}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put(ctx, []customer.Customer{bo}); err != nil {
		t.Fatal(err)
	}
	found := must[[]customer.Customer](t)(s.Find(ctx, li.Handles[0]))
	if len(found) != 2 || found[0].Name != bo.Name || !slices.Equal(found[1].Handles, li.Handles) || !slices.Equal(found[1].Links, li.Links) {
		t.Fatalf("%+v", found)
	}
	if got := must[customer.Customer](t)(s.ByRef(ctx, "K-1")); got.ID != "1" {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]int{"ann": 1, "李": 1, "100%": 1, "5555": 0, "0013": 2, "k-1": 1, "_": 0, `\`: 0} {
		if got := must[[]customer.Customer](t)(s.Search(ctx, text, 10)); len(got) != want {
			t.Errorf("%q: %d found, want %d", text, len(got), want)
		}
	}
	v := customer.Visit{Contact: customer.Contact{Call: "c", At: now, Channel: customer.Phone, Outcome: "solved", Summary: "card", Queue: "q"}, Customer: "1"}
	i := customer.Identity{State: customer.Verified, How: "pin", By: "amy", At: now}
	if err := errors.Join(s.SetIdentity(ctx, "c", i), s.PutVisit(ctx, v)); err != nil {
		t.Fatal(err)
	}
	v.Outcome, v.Summary = "", ""
	if err := s.PutVisit(ctx, v); err != nil {
		t.Fatal(err)
	}
	if got := must[customer.Visit](t)(s.Visit(ctx, "c")); got.Outcome != "solved" || got.Identity != i {
		t.Errorf("%+v", got)
	}
	if h := must[[]customer.Contact](t)(s.History(ctx, "1", 5)); len(h) != 1 || h[0].Summary != "card" {
		t.Errorf("%+v", h)
	}
	if err := s.Remove(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Customer(ctx, "1"); !errors.Is(err, customer.ErrUnknown) {
		t.Error(err)
	}
}

func TestWrapups(t *testing.T) { onBoth(t, testWrapups) }

func testWrapups(t *testing.T, at place) {
	t.Helper()
	w, ctx, now := openAt(t, at(t, t.TempDir())).Wrapups(), t.Context(), moment()
	if err := w.Finish(ctx, "c"); !errors.Is(err, wrapup.ErrUnknown) {
		t.Error(err)
	}
	if err := errors.Join(
		w.SaveOriginal(ctx, "c", "amy", wrapup.Summary{Disposition: "a"}, now),
		w.SaveEdit(ctx, "c", wrapup.Summary{Disposition: "b"}, "T", "amy", now),
		w.SaveOriginal(ctx, "c", "amy", wrapup.Summary{Disposition: "a2"}, now),
		w.Finish(ctx, "c"),
	); err != nil {
		t.Fatal(err)
	}
	if got := must[wrapup.Saved](t)(w.Wrapup(ctx, "c")); !got.Done || got.Original.Disposition != "a2" || got.Edited.Disposition != "b" || got.Ticket != "T" || !got.At.Equal(now) {
		t.Errorf("%+v", got)
	}
}

// TestEachVersionIsKept has two agents in one call write, in either order and again: each one's version stays as they wrote it, beside their
// original, and what counts is that of the last who had the call with the lines of the other.
func TestEachVersionIsKept(t *testing.T) { onBoth(t, testVersions) }

func testVersions(t *testing.T, at place) {
	t.Helper()
	w, ctx, now := openAt(t, at(t, t.TempDir())).Wrapups(), t.Context(), moment()
	sum := func(reason string, promised ...string) (s wrapup.Summary) {
		s.Reason.Text, s.Notes = reason, reason+" notes"
		for _, x := range promised {
			s.Promised = append(s.Promised, wrapup.Line{Text: x})
		}
		return s
	}
	edits := map[string]wrapup.Summary{"ann": sum("ann's", "We refund it.", "We ring."), "bob": sum("bob's", "We refund it.", "We write.")}
	for _, order := range [][]string{{"ann", "bob"}, {"bob", "ann"}, {"ann", "bob", "bob"}, {"bob", "ann", "bob", "ann"}} {
		id := call.ID(strings.Join(order, "-"))
		for i, who := range []string{"ann", "bob"} { // ann passes the call on
			if err := w.SaveOriginal(ctx, id, who, sum("made for "+who), now.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		for i, who := range order {
			if err := w.SaveEdit(ctx, id, edits[who], "", who, now.Add(time.Duration(i)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := w.Wrapup(ctx, id)
		if err != nil || len(got.Versions) != 2 || got.By != "bob" || got.Original.Reason.Text != "made for bob" {
			t.Fatalf("%v: %+v, %v", order, got, err)
		}
		for i, who := range []string{"ann", "bob"} {
			v := got.Versions[i]
			if v.Person != who || v.Original.Reason.Text != "made for "+who || v.Edited == nil || !reflect.DeepEqual(*v.Edited, edits[who]) || !v.Made.Equal(now.Add(time.Duration(i)*time.Minute)) {
				t.Errorf("%v: %s has %+v", order, who, v)
			}
		}
		var promised []string
		for _, l := range got.Current().Promised {
			promised = append(promised, l.Text)
		}
		if got.Current().Reason.Text != "bob's" || got.Current().Notes != "ann's notes\nbob's notes" || !slices.Equal(promised, []string{"We refund it.", "We ring.", "We write."}) {
			t.Errorf("%v: what counts is %+v", order, got.Current())
		}
	}
}

func TestUnanswered(t *testing.T) { onBoth(t, testUnanswered) }

func testUnanswered(t *testing.T, at place) {
	t.Helper()
	s, id := openAt(t, at(t, t.TempDir())), call.NewID()
	evs := script(id, "alice", "en", "Can I pay in shells?", true)
	evs = append(evs, call.Event{Call: id, Seq: 6, At: sec(6), Kind: call.KindTurn, Body: []byte(`{"n":3,"who":"bot","text":"?","decision":"clarify","start_s":5,"end_s":6}`)},
		call.Event{Call: id, Seq: 7, At: sec(7), Kind: call.KindTurn, Body: []byte(`{"n":4,"who":"caller","text":"Shells!","lang":"en","start_s":6,"end_s":7}`)},
		call.Event{Call: id, Seq: 8, At: sec(8), Kind: call.KindTurn, Body: []byte(`{"n":5,"who":"bot","text":"?","decision":"offer_person","start_s":7,"end_s":8}`)})
	mustRecord(t, s, evs)
	for base, want := range map[string]int{"": 1, "bank": 1, "shop": 0} {
		got := must[[]record.Unanswered](t)(s.Unanswered(t.Context(), base, time.Now().Add(-2*time.Hour), 10))
		if len(got) != want || want > 0 && (got[0].Text != "Shells!" || got[0].Decision != "offer_person") {
			t.Errorf("base %q: %+v", base, got)
		}
	}
}

// TestScope lists the calls that somebody may see.
func TestScope(t *testing.T) { onBoth(t, testScope) }

func testScope(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	en, zh := call.NewID(), call.NewID()
	mustRecord(t, s, script(en, "alice", "en", "hello", false))
	mustRecord(t, s, script(zh, "bob", "zh", "你好", false))
	if err := s.People().AddTaken(t.Context(), zh, "amy", moment()); err != nil {
		t.Fatal(err)
	}
	for want, scope := range map[int]record.Scope{0: {Person: "bo"}, 1: {Person: "amy"}, 2: {Person: "amy", Routes: []string{"bank-en"}}} {
		if p := must[record.Page](t)(s.List(t.Context(), record.Query{Scope: &scope})); len(p.Calls) != want {
			t.Errorf("%+v sees %d calls", scope, len(p.Calls))
		}
	}
}
