package node

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestOwedAfterACrash finds on record what rules wanted of a process that died before it was done: it is done once, also when it
// was done already, and again under other forms; what a caller wanted days ago is left.
func TestOwedAfterACrash(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	forms, err := ticket.Load("")
	if err != nil {
		t.Fatal(err)
	}
	crm := []hooks.Target{{Name: "crm", Kinds: []hooks.Kind{hooks.RuleAlert}}}
	log := slog.New(slog.DiscardHandler)
	n := &Node{store: st, env: &cli.Env{Log: log}, business: &Business{
		Customers: &customer.Book{Store: st.Customers()}, Tickets: &ticket.Desk{Forms: forms, Store: st.Tickets(), Log: log},
		Hooks: hooks.New(hooks.Options{Outbox: st.Outbox(), Targets: crm}),
	}}
	n.live.Store(settings(""))
	if err := st.Customers().Put(t.Context(), []customer.Customer{{Ref: "C-1", Name: "Wu", Handles: []customer.Handle{{Channel: customer.Phone, Value: "+442079460000"}}}}); err != nil {
		t.Fatal(err)
	}
	wu, err := st.Customers().Find(t.Context(), customer.Handle{Channel: customer.Phone, Value: "+442079460000"})
	if err != nil || len(wu) != 1 {
		t.Fatal(wu, err)
	}
	body := func(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
	begin := func(id call.ID, at time.Time) {
		owed := desk.Owed{Lang: "en", Queue: "cards", Customer: wu[0].ID, Firing: rules.Firing{
			Rule: "refund", TextEn: "The caller wants their money back.", Turn: 2, End: call.Offset(8 * time.Second),
			Do: []rules.Do{{Kind: rules.Alert}, {Kind: rules.Ticket, Params: map[string]string{"category": "refund"}}, {Kind: rules.Webhook, Params: map[string]string{"name": "refund"}}},
		}}
		if _, err := st.Record(t.Context(), []call.Event{
			{Call: id, Seq: 1, Kind: call.KindStarted, Body: body(call.Started{From: "+442079460000", Route: "english", At: at})},
			{Call: id, Seq: 2, Kind: call.KindOwed, Body: body(owed)},
			{Call: id, Seq: 3, Kind: call.KindAlert, Body: body(desk.Alert{ID: "r1"})},
		}); err != nil {
			t.Fatal(err)
		}
	}
	const cut = call.ID("c1")
	begin(cut, time.Now().Add(-time.Minute))
	begin("old", time.Now().Add(-3*owedFor))
	tickets := func() []ticket.Ticket {
		t.Helper()
		all, err := st.Tickets().Tickets(t.Context(), ticket.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for range 2 { // as at two starts
		if err := n.carryOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := tickets()
		if len(all) != 1 || all[0].Call != cut || all[0].By != byRule || all[0].Queue != "cards" || all[0].Customer != wu[0].ID {
			t.Fatalf("tickets: %+v", all)
		}
		sent, err := st.Outbox().Deliveries(t.Context(), hooks.Query{})
		if err != nil || len(sent) != 1 || sent[0].Event.ID != "rule:refund:c1:2" {
			t.Fatalf("webhooks: %+v, %v", sent, err)
		}
	}
	if n.business.Tickets.Forms, err = ticket.Parse([]byte("forms: [{id: other, sla: 24h}]")); err != nil {
		t.Fatal(err)
	}
	if err := n.carryOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := tickets(); len(all) != 1 {
		t.Errorf("under other forms: %+v", all)
	}
}
