package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"encoding/json"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

const politeForm = `form: polite
version: 1
languages: [en]
questions:
  - {id: thanks, text_en: "Did the agent thank the caller?"}
`

func event(t *testing.T, id call.ID, seq uint64, kind call.Kind, body any) call.Event {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return call.Event{V: 1, Call: id, Seq: seq, Kind: kind, Body: raw}
}

func TestQualityOverHTTP(t *testing.T) {
	var st *store.Store
	var keeper *scoring.Keeper
	g := newGuarded(t, func(o *httpapi.Options) {
		st, _ = o.Records.(*store.Store)
		keeper = &scoring.Keeper{Calls: st, Store: st.Scores(), Scorer: quality.New(quality.Options{})}
		o.Quality = httpapi.QualityOptions{Scores: st.Scores(), Keeper: keeper}
	})
	admin := g.first(t)
	judge := admin.join(t, "jo", `"roles":["quality"]`)
	other := admin.join(t, "ola", `"roles":["quality"],"queues":["elsewhere"]`)
	second := admin.join(t, "kim", `"roles":["quality"]`)
	agent := admin.join(t, "amy", `"roles":["agent"]`)

	save := func(yaml string, expect string) string {
		text, err := json.Marshal(yaml)
		if err != nil {
			t.Fatal(err)
		}
		return `{"yaml":` + string(text) + `,"expect":` + expect + `}`
	}
	if res, body := judge.send(t, "PUT", "/api/quality/forms/polite", save("form: x\nquestions: 7\n", "0")); res.StatusCode != 422 || !strings.Contains(body, "line ") {
		t.Error("a wrong form:", res.StatusCode, body)
	}
	if res, body := judge.send(t, "PUT", "/api/quality/forms/polite", save(politeForm, "0")); res.StatusCode != 200 {
		t.Fatal(res.StatusCode, body)
	}
	if res, _ := judge.send(t, "PUT", "/api/quality/forms/polite", save(politeForm, "0")); res.StatusCode != 409 {
		t.Error("an old version was overwritten:", res.StatusCode)
	}
	id := call.NewID()
	evs := []call.Event{
		event(t, id, 1, call.KindStarted, call.Started{From: "x", Route: "line", Langs: []string{"en"}, At: time.Now()}),
		event(t, id, 2, call.KindTurn, call.Turn{N: 1, Who: call.Bot, Text: "Here is your parcel number.", Lang: "en", End: call.Offset(time.Second)}),
		event(t, id, 3, call.KindEnded, call.Ended{By: call.Caller, Duration: 2}),
	}
	if _, err := st.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, body := judge.send(t, "GET", "/api/quality/inbox?words=parcel", ""); !strings.Contains(body, string(id)) {
		t.Error("inbox:", body)
	}
	if _, body := other.send(t, "GET", "/api/quality/inbox?words=parcel", ""); strings.Contains(body, string(id)) {
		t.Error("a reviewer of another queue sees it:", body)
	}
	path := "/api/quality/calls/" + string(id)
	if res, _ := other.send(t, "GET", path, ""); res.StatusCode != 404 && res.StatusCode != 403 {
		t.Error("a reviewer of another queue reads it:", res.StatusCode)
	}
	if res, _ := agent.send(t, "GET", "/api/quality/inbox", ""); res.StatusCode != 403 {
		t.Error("an agent reads the inbox:", res.StatusCode)
	}
	var me struct{ Person struct{ ID string } }
	if _, body := agent.send(t, "GET", "/api/session", ""); json.Unmarshal([]byte(body), &me) != nil {
		t.Fatal(body)
	}
	if err := st.People().AddTaken(t.Context(), id, me.Person.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer := `{"answer":"yes","reason":"I heard it","expect":1}`
	if res, body := judge.send(t, "PUT", path+"/answers/thanks", answer); res.StatusCode != 200 || !strings.Contains(body, `"rev":2`) {
		t.Error(res.StatusCode, body)
	}
	if res, body := judge.send(t, "PUT", path+"/answers/thanks", answer); res.StatusCode != 409 || !strings.Contains(body, `"type":"urn:parley:problem:changed"`) {
		t.Error("a stale answer was taken:", res.StatusCode)
	}
	for _, c := range []struct {
		who        user
		what, body string
		want       int
	}{
		{second, "decide", `{"text":"no appeal yet"}`, 409}, {judge, "comments", `{"text":"hm","at_s":1}`, 204}, {judge, "comments", `{}`, 422},
		{agent, "appeal", `{"text":"unfair"}`, 204}, {judge, "decide", `{"text":"my own"}`, 403}, {agent, "decide", `{"text":"no"}`, 403},
		{second, "decide", `{"text":"it was a no","answers":[{"form":"polite","question":"thanks","answer":"no"}]}`, 204}, {second, "decide", `{"text":"again"}`, 403},
	} {
		if res, body := c.who.send(t, "POST", path+"/"+c.what, c.body); res.StatusCode != c.want {
			t.Error(c.what, res.StatusCode, body)
		}
	}
	if _, body := judge.send(t, "GET", path, ""); !strings.Contains(body, `"state":"decided"`) || !strings.Contains(body, `"answer":"no"`) || !strings.Contains(body, "I heard it") || !strings.Contains(body, `"text_en":"Did the agent thank the caller?"`) {
		t.Error(body)
	}
	replay := strings.Replace(save(politeForm, "1"), `"expect":1`, `"days":30`, 1)
	if res, body := judge.send(t, "POST", "/api/quality/forms/polite/replay", replay); res.StatusCode != 200 || !strings.Contains(body, `"changed":0`) {
		t.Error(res.StatusCode, body)
	}
}
