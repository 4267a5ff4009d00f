package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

// till offers what a ledger allows for a call of the bank.
type till struct{ l *allow.Ledger }

func (till) of(id call.ID) allow.Case {
	return allow.Case{Call: id, Queue: "bank", Known: allow.Known{Verified: true}}
}

func (t till) Offer(ctx context.Context, id call.ID, agent string, amount float64, note string) (allow.Grant, error) {
	if id != "c1" {
		return allow.Grant{}, desk.ErrUnknown
	}
	return t.l.Offer(ctx, t.of(id), agent, amount, note)
}

func (t till) Decide(ctx context.Context, id, supervisor string, yes bool, answer string) (allow.Grant, error) {
	return t.l.Decide(ctx, id, t.of("c1"), supervisor, yes, answer)
}

func (t till) Asked() []allow.Grant { return t.l.Asked() }

// rulebook tries rules on no calls.
type rulebook struct{}

func (rulebook) Rules() httpapi.RuleState {
	return httpapi.RuleState{Files: []httpapi.RuleFile{{Name: "escalation", BuiltIn: true}}, Rules: []string{"a"}}
}

func (rulebook) Try(_ context.Context, _ int, text string, calls int) (rules.Change, error) {
	if _, err := rules.Compile([]byte(text)); err != nil {
		return rules.Change{}, fmt.Errorf("%w: %w", httpapi.ErrRules, err)
	}
	return rules.Change{Calls: calls}, nil
}

// lead is an API with people over a ledger and a list of calls to be made.
func lead(t *testing.T) *guarded {
	t.Helper()
	policy, err := allow.Parse([]byte("currency: EUR\napproval: 20\nunverified: 0\nrows: [{calm: 50, upset: 50, angry: 50}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	return newGuarded(t, func(o *httpapi.Options) {
		s, ok := o.Records.(*store.Store)
		if !ok {
			t.Fatal("the rig has another record")
		}
		l := allow.NewLedger(policy, s.Grants(), nil)
		k := callback.New(callback.Options{Store: s.Callbacks()})
		for _, q := range []string{"bank", "shop"} {
			if err := k.Add(t.Context(), callback.Wish{ID: q, Number: "+44" + q, Queue: q}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.Desk = httpapi.DeskOptions{Desk: desk.New(desk.Options{}), Compensations: till{l}, Callbacks: k}
		o.Rules = rulebook{}
	})
}

func TestOffersAboveTheCeiling(t *testing.T) {
	t.Parallel()
	g := lead(t)
	admin := g.first(t)
	ann := admin.join(t, "ann", `"name":"Ann","roles":["agent"]`)
	eve := admin.join(t, "eve", `"name":"Eve","roles":["supervisor"],"queues":["bank"]`)
	sam := admin.join(t, "sam", `"name":"Sam","roles":["supervisor"],"queues":["shop"]`)
	send := func(u user, want int, path, body string) (g allow.Grant) {
		t.Helper()
		res, text := u.send(t, http.MethodPost, path, body)
		if res.StatusCode != want {
			t.Fatalf("%s %s: %d %s, want %d", path, body, res.StatusCode, text, want)
		}
		_ = json.Unmarshal([]byte(text), &g) // a problem has no grant
		return g
	}
	const at = "/api/desk/calls/c1/compensation"
	if g := send(ann, 200, at, `{"amount":15,"note":"late"}`); g.State != allow.Granted || g.By != ann.id {
		t.Errorf("%+v", g)
	}
	send(ann, 409, at, `{"amount":500}`)
	send(ann, 422, at, `{"amount":0.001}`)
	send(ann, 404, "/api/desk/calls/other/compensation", `{"amount":1}`)
	ask := send(ann, 200, at, `{"amount":30}`)
	if ask.State != allow.Asked {
		t.Fatalf("%+v", ask)
	}
	send(ann, 403, "/api/live/approvals/"+ask.ID, `{"grant":true}`)
	send(sam, 404, "/api/live/approvals/"+ask.ID, `{"grant":true}`) // of another queue
	if g := send(eve, 200, "/api/live/approvals/"+ask.ID, `{"grant":true,"note":"fine"}`); g.State != allow.Granted || g.Decided != eve.id {
		t.Errorf("%+v", g)
	}
	send(eve, 404, "/api/live/approvals/"+ask.ID, `{"grant":false}`)
	entries, err := g.gate.Entries(t.Context(), access.TrailQuery{What: access.DecidedMoney})
	if err != nil || len(entries) != 1 || entries[0].Who != eve.id || entries[0].Call != "c1" || !strings.Contains(entries[0].Detail, "granted EUR 30") {
		t.Errorf("the trail of decisions: %+v, %v", entries, err)
	}
	if entries, err = g.gate.Entries(t.Context(), access.TrailQuery{What: access.OfferedMoney}); err != nil || len(entries) < 2 {
		t.Errorf("the trail of offers: %+v, %v", entries, err)
	}
}

func TestCallsBackAreTakenBack(t *testing.T) {
	t.Parallel()
	g := lead(t)
	admin := g.first(t)
	eve := admin.join(t, "eve", `"name":"Eve","roles":["supervisor"],"queues":["bank"]`)
	ann := admin.join(t, "ann", `"name":"Ann","roles":["agent"]`)
	for _, x := range []struct {
		who  user
		id   string
		want int
	}{{ann, "bank", 403}, {eve, "shop", 404}, {eve, "bank", 204}, {eve, "bank", 404}} {
		if res, body := x.who.send(t, http.MethodPost, "/api/live/callbacks/"+x.id+"/cancel", "{}"); res.StatusCode != x.want {
			t.Errorf("%s cancels %s: %d %s, want %d", x.who.id, x.id, res.StatusCode, body, x.want)
		}
	}
}

func TestRulesAreTried(t *testing.T) {
	t.Parallel()
	g := lead(t)
	admin := g.first(t)
	eve := admin.join(t, "eve", `"name":"Eve","roles":["supervisor"]`)
	ann := admin.join(t, "ann", `"name":"Ann","roles":["agent"]`)
	if res, _ := ann.send(t, http.MethodGet, "/api/rules", ""); res.StatusCode != http.StatusForbidden {
		t.Errorf("an agent reads the rules: %d", res.StatusCode)
	}
	if res, body := eve.send(t, http.MethodGet, "/api/rules", ""); res.StatusCode != 200 || !strings.Contains(body, "escalation") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	try := func(text string) (*http.Response, string) {
		body, err := json.Marshal(map[string]any{"file": 5, "text": text, "calls": 20})
		if err != nil {
			t.Fatal(err)
		}
		return eve.send(t, http.MethodPost, "/api/rules/try", string(body))
	}
	if res, body := try("version: 1\nrules:\n  - {id: x, text_en: a, when: turn.words >, do: [{tag: {name: a}}]}\n"); res.StatusCode != 422 || !strings.Contains(body, "line 3") {
		t.Errorf("a mistake: %d %s", res.StatusCode, body)
	}
	if res, body := try("version: 1\nrules: []\n"); res.StatusCode != 200 || !strings.Contains(body, `"calls":20`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
