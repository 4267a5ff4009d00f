package httpapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
)

func newBusiness(t *testing.T) (*guarded, *store.Store) {
	t.Helper()
	var st *store.Store
	g := newGuarded(t, func(o *httpapi.Options) {
		st, _ = o.Records.(*store.Store)
		forms, err := ticket.Load("")
		if err != nil {
			t.Fatal(err)
		}
		o.Customers = &customer.Book{Store: st.Customers(), Countries: []string{"CN"}}
		o.Tickets = &ticket.Desk{Forms: forms, Store: st.Tickets()}
		o.Deliveries = st.Outbox()
		o.Calendar = func(string) ticket.Calendar { return ticket.Calendar{Zone: time.UTC} }
	})
	return g, st
}

func TestCustomersOverHTTP(t *testing.T) {
	g, _ := newBusiness(t)
	admin := g.first(t)
	agent := admin.join(t, "amy", `"roles":["agent"]`)
	know := admin.join(t, "kay", `"roles":["knowledge"]`)
	csv := "id,name,numbers\nC1,王小明 <b>,13800138000\nC2,x,bad number\n"
	if res, body := agent.send(t, "POST", "/api/customers/import", csv, "Content-Type", "text/csv"); res.StatusCode != 403 {
		t.Error(res.StatusCode, body)
	}
	if res, body := admin.send(t, "POST", "/api/customers/import?dry_run=true", csv, "Content-Type", "text/csv"); res.StatusCode != 200 || !strings.Contains(body, `"new":1`) {
		t.Error(res.StatusCode, body)
	}
	if _, body := agent.send(t, "GET", "/api/customers?q=C1", ""); !strings.Contains(body, `"items":[]`) {
		t.Error("a dry run stored:", body)
	}
	if res, body := admin.send(t, "POST", "/api/customers/import", csv, "Content-Type", "text/csv"); res.StatusCode != 200 || !strings.Contains(body, "line 3") {
		t.Error(res.StatusCode, body)
	}
	_, body := agent.send(t, "GET", "/api/customers/who?number=013800138000", "")
	var who struct {
		Number     string
		Candidates []customer.Customer
	}
	if err := json.Unmarshal([]byte(body), &who); err != nil || len(who.Candidates) != 1 || who.Number != "+8613800138000" {
		t.Fatal(body, err)
	}
	id := who.Candidates[0].ID
	if res, body := agent.send(t, "POST", "/api/customers/"+id+"/handles", `{"channel":"web","value":"acc1"}`); res.StatusCode != 200 || !strings.Contains(body, "acc1") || !strings.Contains(body, `"history":[]`) {
		t.Error(res.StatusCode, body)
	}
	know.status(t, "GET", "/api/customers?q=C1", 403)
	agent.status(t, "GET", "/api/customers?q=C", 422)
	agent.status(t, "GET", "/api/customers/none", 404)
	if _, body := admin.send(t, "GET", "/api/audit?what="+access.LookedAtCustomer, ""); !strings.Contains(body, agent.id) || strings.Contains(body, "138001") {
		t.Error("the trail:", body)
	}
}

func TestTicketsOverHTTP(t *testing.T) {
	g, _ := newBusiness(t)
	admin := g.first(t)
	amy := admin.join(t, "amy", `"roles":["agent"]`)
	bob := admin.join(t, "bob", `"roles":["agent"]`)
	lead := admin.join(t, "leo", `"roles":["supervisor"],"queues":["shop"]`)
	body := `{"form":"refund","fields":{"reason":"kettle leaks"},"queue":"bank"}`
	res, text := amy.send(t, "POST", "/api/tickets", body, "Idempotency-Key", "k1")
	var made ticket.Ticket
	if err := json.Unmarshal([]byte(text), &made); err != nil || res.StatusCode != 200 || made.By != amy.id || made.Number != "T-000001" {
		t.Fatal(res.StatusCode, text)
	}
	if _, again := amy.send(t, "POST", "/api/tickets", body, "Idempotency-Key", "k1"); !strings.Contains(again, made.ID) {
		t.Error("made twice:", again)
	}
	if _, other := bob.send(t, "POST", "/api/tickets", body, "Idempotency-Key", "k1"); strings.Contains(other, made.ID) {
		t.Error("another's ticket:", other)
	}
	for who, want := range map[*user]int{&amy: 200, &bob: 404, &lead: 404, &admin: 200} {
		who.status(t, "GET", "/api/tickets/"+made.ID, want)
	}
	if _, list := lead.send(t, "GET", "/api/tickets", ""); !strings.Contains(list, `"items":[]`) {
		t.Error(list)
	}
	if _, list := amy.send(t, "GET", "/api/tickets?status=open", ""); strings.Count(list, `"number"`) != 1 {
		t.Error(list)
	}
	for _, c := range []struct {
		change string
		want   int
	}{{`{"status":"solved","version":7}`, 409}, {`{"status":"gone"}`, 422}, {`{"fields":{"x":"y"}}`, 422}, {`{"status":"solved","version":1}`, 200}, {`{"status":"open","version":1}`, 409}} {
		if res, text := amy.send(t, "PATCH", "/api/tickets/"+made.ID, c.change); res.StatusCode != c.want {
			t.Errorf("%s: %d %s", c.change, res.StatusCode, text)
		}
	}
	if res, text := bob.send(t, "PATCH", "/api/tickets/"+made.ID, `{"status":"closed"}`); res.StatusCode != 404 {
		t.Error(res.StatusCode, text)
	}
	if res, text := amy.send(t, "POST", "/api/tickets", `{"form":"refund","fields":{"reason":"x"},"call":"somebody-elses"}`); res.StatusCode != 404 {
		t.Error(res.StatusCode, text)
	}
	if _, forms := amy.send(t, "GET", "/api/tickets/forms?lang=zh", ""); !strings.Contains(forms, "退款退货") {
		t.Error(forms)
	}
}

func TestDeliveriesOverHTTP(t *testing.T) {
	g, st := newBusiness(t)
	admin := g.first(t)
	agent := admin.join(t, "amy", `"roles":["agent"]`)
	ev := hooks.Event{ID: "e1", Kind: hooks.CardShown, At: time.Now(), Data: json.RawMessage(`{}`)}
	if err := st.Outbox().Enqueue(context.Background(), []hooks.Target{{Name: "crm"}}, []hooks.Event{ev}, nil); err != nil {
		t.Fatal(err)
	}
	d, _, err := st.Outbox().Oldest(t.Context(), "crm")
	if err != nil {
		t.Fatal(err)
	}
	d.State = hooks.GivenUp
	if err := st.Outbox().Mark(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	agent.status(t, "GET", "/api/hooks", 403)
	if _, body := admin.send(t, "GET", "/api/hooks?state=given_up", ""); !strings.Contains(body, `"e1"`) {
		t.Error(body)
	}
	if res, body := admin.send(t, "POST", "/api/hooks/replay", `{"target":"crm"}`); res.StatusCode != 200 || !strings.Contains(body, `"deliveries":1`) {
		t.Error(res.StatusCode, body)
	}
	if _, body := admin.send(t, "GET", "/api/hooks?state=waiting", ""); !strings.Contains(body, `"e1"`) {
		t.Error(body)
	}
}
