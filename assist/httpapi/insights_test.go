package httpapi_test

import (
	"encoding/csv"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestInsightsOverHTTP(t *testing.T) {
	var st *store.Store
	now := time.Now()
	g := newGuarded(t, func(o *httpapi.Options) {
		st, _ = o.Records.(*store.Store)
		o.Insights = httpapi.InsightsOptions{Store: st.Insights(), Figures: insight.Options{Zone: time.UTC, RepeatDays: 3, Service: 20 * time.Second}, Now: func() time.Time { return now }}
	})
	admin := g.first(t)
	judge := admin.join(t, "jo", `"roles":["quality"]`)
	lead := admin.join(t, "li", `"roles":["supervisor"],"queues":["bank"]`)
	agent := admin.join(t, "amy", `"roles":["agent"]`)
	keeper := &insight.Keeper{Calls: st.Insights(), Groups: st.Insights()}
	secret := "=HYPERLINK the secret recall"
	var ids []call.ID
	for i, c := range [][2]string{{"bank", "I lost my card"}, {"bank", "where is my refund"}, {"claims", secret}} {
		id := call.NewID()
		ids = append(ids, id)
		evs := []call.Event{
			event(t, id, 1, call.KindStarted, call.Started{From: "x", Route: c[0], Langs: []string{"en"}, At: now.Add(-time.Hour)}),
			event(t, id, 2, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: c[1], Lang: "en", End: call.Offset(time.Second)}),
			event(t, id, 3, call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "One moment.", Lang: "en", Decision: []string{"answer", "offer_person"}[i%2], Start: call.Offset(2 * time.Second), End: call.Offset(3 * time.Second)}),
			event(t, id, 4, call.KindEnded, call.Ended{By: call.Caller, Duration: 4}),
		}
		if _, err := st.Record(t.Context(), evs); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := keeper.Pass(t.Context()); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if err := st.Insights().SaveRun(t.Context(), insight.Run{Lang: "en", Topics: []insight.Topic{{ID: "en-1", Lang: "en", Size: 1}, {ID: "en-2", Lang: "en", Size: 1}}, Moved: map[call.ID]string{ids[0]: "en-1", ids[2]: "en-2"}}, now); err != nil {
		t.Fatal(err)
	}
	if res, _ := agent.send(t, "GET", "/api/insights", ""); res.StatusCode != 403 {
		t.Error("an agent sees insights:", res.StatusCode)
	}
	read := func(u user) insight.View {
		res, body := u.send(t, "GET", "/api/insights?by=queue", "")
		var v insight.View
		if err := json.Unmarshal([]byte(body), &v); err != nil || res.StatusCode != 200 {
			t.Fatal(res.StatusCode, body, err)
		}
		return v
	}
	all, some := read(judge), read(lead)
	if all.Figures[0].N != 3 || some.Figures[0].N != 2 || len(all.Topics) != 2 || len(some.Topics) != 1 || len(some.Series) != 1 {
		t.Errorf("%d and %d calls, %d and %d topics", all.Figures[0].N, some.Figures[0].N, len(all.Topics), len(some.Topics))
	}
	for _, path := range []string{"/api/insights?queue=claims", "/api/insights/calls?figure=calls", "/api/insights.csv", "/api/insights/report?day=" + now.UTC().Format(time.DateOnly)} {
		if res, body := lead.send(t, "GET", path, ""); res.StatusCode != 200 || strings.Contains(body, "secret") || strings.Contains(body, string(ids[2])) || strings.Contains(body, "en-2") {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	behindFigures(t, judge, all)
	changeTopics(t, judge, lead)
	for _, bad := range []string{"?from=x", "?zone=Mars/Base", "?zone=Local", "?from=2026-01-02&to=2026-01-01", "?by=mood", "?compare=2999-01-01"} {
		if res, _ := judge.send(t, "GET", "/api/insights"+bad, ""); res.StatusCode != 422 {
			t.Errorf("%s: %d", bad, res.StatusCode)
		}
	}
	res, body := judge.send(t, "GET", "/api/insights.csv", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Error(err, res.Header)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", row)
			}
		}
	}
	res, body = judge.send(t, "GET", "/api/insights/report?lang=zh&day="+now.UTC().Format(time.DateOnly), "")
	if res.StatusCode != 200 || !strings.Contains(body, "来电晨报") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "style-src 'unsafe-inline'") || strings.Contains(res.Header.Get("Content-Security-Policy"), "script") {
		t.Error(res.StatusCode, res.Header, body)
	}
	if _, trail := admin.send(t, "GET", "/api/audit", ""); !strings.Contains(trail, "insights.read") || !strings.Contains(trail, "insights.exported") || !strings.Contains(trail, "topic.changed") {
		t.Error("the trail lacks looks:", trail)
	}
}

// behindFigures follows the address every figure gives for its calls.
func behindFigures(t *testing.T, judge user, v insight.View) {
	t.Helper()
	count := func(query string) int {
		res, body := judge.send(t, "GET", "/api/insights/calls?"+query, "")
		var out struct {
			Items []insight.Row `json:"items"`
			Total int           `json:"total"`
		}
		if err := json.Unmarshal([]byte(body), &out); err != nil || res.StatusCode != 200 || len(out.Items) != out.Total {
			t.Fatal(query, res.StatusCode, body, err)
		}
		return out.Total
	}
	for _, f := range v.Figures {
		if n := count(f.CallsQuery); f.ID != "saved" && n != f.N+f.Unknown {
			t.Errorf("%s: %d calls behind %d and %d unknown", f.ID, n, f.N, f.Unknown)
		}
	}
	for _, o := range v.Outcomes {
		if n := count(o.CallsQuery); n != o.N {
			t.Errorf("%s: %d behind %d", o.ID, n, o.N)
		}
	}
	for _, s := range v.Series {
		if n := count(s.CallsQuery); n != s.Calls {
			t.Errorf("%s: %d behind %d", s.Key, n, s.Calls)
		}
	}
	for _, tp := range v.Topics {
		if n := count(tp.CallsQuery); n != tp.N {
			t.Errorf("%s: %d behind %d", tp.ID, n, tp.N)
		}
	}
	if len(v.Blind) != 1 || v.Blind[0].Question != "where is my refund" || count(v.Blind[0].CallsQuery) != 1 {
		t.Errorf("%+v", v.Blind)
	}
	if n := count(url.Values{"key": {""}, "by": {"agent"}}.Encode()); n != 3 {
		t.Errorf("%d calls without an agent", n)
	}
}

func changeTopics(t *testing.T, judge, lead user) {
	t.Helper()
	if res, body := judge.send(t, "PATCH", "/api/insights/topics/en-1", `{"name":"  Lost   cards ","quiet_days":3}`); res.StatusCode != 204 {
		t.Error(res.StatusCode, body)
	}
	if _, body := lead.send(t, "GET", "/api/insights", ""); !strings.Contains(body, `"name":"Lost cards"`) || !strings.Contains(body, "quiet_until") {
		t.Error(body)
	}
	for path, want := range map[string]int{"en-1": 204, "en-2": 404, "none": 404} { // the second one is of a queue they may not see
		if res, _ := lead.send(t, "PATCH", "/api/insights/topics/"+path, `{"name":"Cards"}`); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}
