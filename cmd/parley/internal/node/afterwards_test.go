package node

import (
	"log/slog"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestWhatIsProposedAfterACall has callers of the page handed on: a ticket is proposed where it is known what about, never with the way
// they came as their number, and whoever passed the call on finds that as its outcome.
func TestWhatIsProposedAfterACall(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	forms, err := ticket.Parse([]byte("forms: [{id: question, sla: 24h, fields: [{name: what, required: true, from: reason}, {name: number, from: number}]}]"))
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{store: st, env: &cli.Env{Log: log}, brain: &brain.Brain{}, business: &Business{
		Customers: &customer.Book{Store: st.Customers()}, Tickets: &ticket.Desk{Forms: forms, Store: st.Tickets(), Log: log},
	}}
	n.live.Store(settings(""))
	said := func(who call.Party, text string) desk.Spoken {
		return desk.Spoken{Turn: call.Turn{Who: who, Text: text, Lang: "en"}}
	}
	for _, c := range []struct {
		text    string
		passed  bool
		outcome string
		ticket  bool
	}{
		{"[0]", true, "transferred", false},
		{"[0]", false, "silent", false},
		{"I lost my card on the train.", true, "transferred", true},
	} {
		v := desk.View{Call: call.NewID(), Started: time.Now(), Channel: "web", Lang: "en", Route: "english", PassedOn: c.passed, Ended: !c.passed,
			Caller: desk.Who{Number: "web", Identity: desk.Identity{State: "unknown"}}, Turns: []desk.Spoken{said(call.Caller, c.text), said(call.Agent, "Hello.")}}
		for i := range v.Turns {
			v.Turns[i].N = i + 1
		}
		out, err := n.wrapUp(t.Context(), "ann", v)
		if err != nil {
			t.Fatal(err)
		}
		w, ok := out.(written)
		if !ok || w.Disposition != c.outcome || (w.Ticket != nil) != c.ticket {
			t.Errorf("%s, passed on %v: %+v", c.text, c.passed, out)
		}
		if w.Ticket != nil && (w.Ticket.Fields["number"] != "" || w.Ticket.Fields["what"] == "") {
			t.Errorf("the ticket says %v", w.Ticket.Fields)
		}
	}
	hidden := desk.View{Channel: "sip", Caller: desk.Who{Number: "anonymous"}}
	if got := n.prefilled(hidden, ticket.Facts{Values: map[string]string{"reason": "a card"}}); got.Fields["number"] != "" || got.Fields["what"] != "a card" {
		t.Errorf("the ticket of who is not to be shown says %v", got.Fields)
	}
}

// TestContactsWithoutAPerson has the history of a customer tell of calls that no person had: one that the bot answered and one whose
// caller waited and hung up, and neither one that was called back in vain nor, twice, one that an agent writes down.
func TestContactsWithoutAPerson(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Customers().Put(t.Context(), []customer.Customer{{ID: "k1", Ref: "1", Name: "Mei Lin"}}); err != nil {
		t.Fatal(err)
	}
	n := &Node{store: st, env: &cli.Env{Log: log}, brain: &brain.Brain{}, business: &Business{}, running: t.Context()}
	said := func(who call.Party, text string) desk.Spoken {
		return desk.Spoken{Turn: call.Turn{Who: who, Text: text, Lang: "en"}}
	}
	asks, answers := said(call.Caller, "Where is my new card?"), said(call.Bot, "It arrives within five days.")
	now := time.Now()
	for i, v := range []desk.View{
		{Call: "answered", Channel: "sip", With: "bot", Turns: []desk.Spoken{asks, answers}},
		{Call: "waited", Channel: "web", With: "queue", Turns: []desk.Spoken{said(call.Caller, "[0]")}},
		{Call: "unreached", Channel: "sip", With: "agent"},
		{Call: "talked", Channel: "sip", With: "bot", Turns: []desk.Spoken{asks, said(call.Agent, "Hello.")}},
	} {
		v.Caller, v.Lang, v.Started = desk.Who{ID: "k1", Identity: desk.Identity{State: "unknown"}}, "en", now.Add(time.Duration(i)*time.Minute)
		n.over(v)
	}
	n.over(desk.View{Call: "stranger", Channel: "sip", With: "bot", Turns: []desk.Spoken{asks}, Started: now})
	n.dialling.Wait()
	got, err := st.Customers().History(t.Context(), "k1", 10)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v: %+v", err, got)
	}
	if got[0].Call != "waited" || got[0].Channel != customer.Web || got[1].Call != "answered" || got[1].Summary != "Where is my new card?" || got[0].Outcome+got[1].Outcome != "" {
		t.Errorf("contacts %+v", got)
	}
}
