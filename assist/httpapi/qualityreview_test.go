package httpapi_test

import (
	"encoding/csv"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

// office is a server with scored calls of the queue "line" and reviewers.
type office struct {
	st                          *store.Store
	judge, second, other, agent user
	calls                       []call.ID
}

func newOffice(t *testing.T, said ...string) *office {
	t.Helper()
	o := &office{}
	var keeper *scoring.Keeper
	g := newGuarded(t, func(opt *httpapi.Options) {
		o.st, _ = opt.Records.(*store.Store)
		keeper = &scoring.Keeper{Calls: o.st, Store: o.st.Scores(), Scorer: quality.New(quality.Options{})}
		opt.Quality = httpapi.QualityOptions{Scores: o.st.Scores(), Keeper: keeper, Export: &export.Gatherer{Records: o.st, Scores: o.st.Scores(), Imports: o.st.Imports()}}
	})
	admin := g.first(t)
	o.judge, o.second = admin.join(t, "jo", `"roles":["quality"]`), admin.join(t, "kim", `"roles":["quality"]`)
	o.other, o.agent = admin.join(t, "ola", `"roles":["quality"],"queues":["elsewhere"]`), admin.join(t, "amy", `"roles":["agent"]`)
	if _, err := o.st.Scores().SaveForm(t.Context(), "polite", politeForm, "x", 0); err != nil {
		t.Fatal(err)
	}
	for _, text := range said {
		id := call.NewID()
		o.calls = append(o.calls, id)
		evs := []call.Event{
			event(t, id, 1, call.KindStarted, call.Started{From: "=x", Route: "line", Langs: []string{"en"}, At: time.Now()}),
			event(t, id, 2, call.KindTurn, call.Turn{N: 1, Who: call.Agent, Text: text, Lang: "en", End: call.Offset(time.Second)}),
			event(t, id, 3, call.KindEnded, call.Ended{By: call.Caller, Duration: 2}),
		}
		if strings.Contains(text, "!") {
			evs = append(evs, event(t, id, 4, call.KindAlert, export.Alert{Rule: "anger", Severity: "critical", Turn: 1}))
		}
		if _, err := o.st.Record(t.Context(), evs); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keeper.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) ask(t *testing.T, u user, method, path, body string, want int) string {
	t.Helper()
	res, got := u.send(t, method, "/api/quality"+path, body)
	if res.StatusCode != want {
		t.Errorf("%s %s: %d %s, want %d", method, path, res.StatusCode, got, want)
	}
	return got
}

func TestExportOverHTTP(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.", "Go away!")
	for _, ext := range []string{".contactlens.json", ".vcon.json", ".vtt"} {
		path := "/export/" + string(o.calls[0]) + ext
		if body := o.ask(t, o.judge, "GET", path, "", 200); !strings.Contains(body, "Thank you for calling.") {
			t.Error(ext, body)
		}
		o.ask(t, o.other, "GET", path, "", 404)
		o.ask(t, o.agent, "GET", path, "", 403)
	}
	o.ask(t, o.judge, "GET", "/export/..%2f.vtt", "", 422)
	if body := o.ask(t, o.judge, "GET", "/export.csv?what=answers", "", 200); strings.Count(body, "polite") != 2 || strings.Contains(body, "\n=") {
		t.Error(body)
	}
	if body := o.ask(t, o.judge, "GET", "/export.csv?kind=alert", "", 200); strings.Count(body, "\n") != 2 || !strings.Contains(body, "'=x") || !strings.Contains(body, "anger") {
		t.Error("calls with alerts:", body)
	}
	if body := o.ask(t, o.other, "GET", "/export.csv", "", 200); strings.Count(body, "\n") != 1 {
		t.Error("another queue's calls:", body)
	}
	second := scoring.Sheet{Call: o.calls[0], Form: "second", Version: 1, By: scoring.Machine, At: time.Now()}
	if err := o.st.Scores().SaveScored(t.Context(), o.calls[0], []scoring.Sheet{second}, nil); err != nil {
		t.Fatal(err)
	}
	if body := o.ask(t, o.judge, "GET", "/export.csv", "", 200); strings.Count(body, string(o.calls[0])) != 2 {
		t.Error("a line for each call and form:", body)
	}
	if res, body := o.judge.send(t, "GET", "/api/audit?what=calls.exported", ""); res.StatusCode != 200 || !strings.Contains(body, string(o.calls[0])) || !strings.Contains(body, "csv of answers, 2 calls") {
		t.Error("the trail:", res.StatusCode, body)
	}
}

func TestListsOfReviewers(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.", "Go away!")
	first := string(o.calls[0])
	for query, want := range map[string]int{"kind=alert": 1, "kind=sample&each=1": 1, "kind=sample&each=5&seed=x": 2, "kind=disagreement": 0, "alert=anger": 1, "alert=joy": 0, "agent=nobody": 0, "silence_min=1": 2, "silence_min=9": 0, "emotion=upset": 0, "intent=x": 0} {
		if body := o.ask(t, o.judge, "GET", "/inbox?"+query, "", 200); strings.Count(body, `"form":"polite"`) != want {
			t.Errorf("%s: %s, want %d", query, body, want)
		}
	}
	o.ask(t, o.judge, "PUT", "/calls/"+first+"/answers/thanks", `{"answer":"no","reason":"not meant","expect":1}`, 200)
	if body := o.ask(t, o.judge, "GET", "/inbox?kind=disagreement", "", 200); !strings.Contains(body, first) {
		t.Error("a disagreement is missing:", body)
	}
	if body := o.ask(t, o.judge, "GET", "/agreement", "", 200); !strings.Contains(body, `"percent":0`) || !strings.Contains(body, "Did the agent thank the caller?") {
		t.Error(body)
	}
	o.ask(t, o.judge, "POST", "/calls/"+string(o.calls[1])+"/reviewed", `{}`, 204)
	if body := o.ask(t, o.judge, "GET", "/agreement", "", 200); !strings.Contains(body, `"percent":50`) || !strings.Contains(body, `"items":2`) {
		t.Error("an answer that a reviewer left:", body)
	}
	for query, want := range map[string]string{"state=open": first, "state=reviewed": string(o.calls[1])} {
		if body := o.ask(t, o.judge, "GET", "/inbox?"+query, "", 200); strings.Count(body, `"form":"polite"`) != 1 || !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s alone", query, body, want)
		}
	}
	o.ask(t, o.judge, "POST", "/searches", `{"name":"angry","query":"kind=alert"}`, 204)
	if body := o.ask(t, o.second, "GET", "/searches", "", 200); strings.Contains(body, "angry") {
		t.Error("somebody else's search:", body)
	}
	o.ask(t, o.judge, "DELETE", "/searches?name=angry", "", 204)
	clip := `{"agent":"a1","call":"` + first + `","from_s":1,"to_s":2,"text":"listen"}`
	o.ask(t, o.other, "POST", "/coaching", clip, 404)
	o.ask(t, o.agent, "POST", "/coaching", clip, 403)
	o.ask(t, o.judge, "POST", "/coaching", clip, 200)
	if body := o.ask(t, o.agent, "GET", "/coaching?agent=a1", "", 200); strings.Contains(body, "listen") {
		t.Error("an agent sees another's list:", body)
	}
	if body := o.ask(t, o.judge, "GET", "/coaching", "", 200); !strings.Contains(body, "listen") {
		t.Error(body)
	}
}

// TestExportNames: what is exported names who took part in a call and who answered its form, not only by their ids.
func TestExportNames(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.")
	o.taken(t)
	first := string(o.calls[0])
	o.ask(t, o.judge, "PUT", "/calls/"+first+"/answers/thanks", `{"answer":"no","reason":"not meant","expect":1}`, 200)
	for _, what := range []string{"calls", "answers"} {
		rows, err := csv.NewReader(strings.NewReader(o.ask(t, o.judge, "GET", "/export.csv?what="+what, "", 200))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		for column, want := range map[string]string{"agents": "amy", "answered_by_name": "jo"} {
			if i := slices.Index(rows[0], column); i < 0 || rows[1][i] != want {
				t.Errorf("CSV of %s: no %s %s: %v", what, column, want, rows)
			}
		}
	}
	for ext, want := range map[string]string{".vcon.json": `"name":"amy"`, ".contactlens.json": `"AgentNames":["amy"]`} {
		body := strings.NewReplacer(" ", "", "\n", "").Replace(o.ask(t, o.judge, "GET", "/export/"+first+ext, "", 200))
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %s: %s", ext, want, body)
		}
	}
}

// TestOwnScores: agents see in a list how the calls were scored that they took part in, and no others.
func TestOwnScores(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.", "Go away!")
	none := func(u user) {
		t.Helper()
		if body := o.ask(t, u, "GET", "/own", "", 200); strings.Contains(body, `"call"`) {
			t.Error("scores of others' calls:", body)
		}
	}
	none(o.agent)
	o.taken(t)
	if body := o.ask(t, o.agent, "GET", "/own", "", 200); strings.Count(body, `"call"`) != 1 || !strings.Contains(body, string(o.calls[0])) || !strings.Contains(body, `"score":100`) || !strings.Contains(body, `"state":"open"`) {
		t.Error(body)
	}
	if body := o.ask(t, o.agent, "GET", "/own?from="+url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339)), "", 200); strings.Contains(body, `"call"`) {
		t.Error("calls before:", body)
	}
	none(o.judge)
	o.ask(t, o.agent, "GET", "/inbox", "", 403)
}

// TestWhoseScore: who took part acknowledges and appeals, nobody in their place; a score that changes is open again; a
// decision with an answer that there is not changes nothing.
func TestWhoseScore(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.")
	path := "/calls/" + string(o.calls[0])
	o.ask(t, o.judge, "POST", path+"/acknowledge", `{}`, 403)
	o.ask(t, o.judge, "POST", path+"/appeal", `{"text":"unfair"}`, 403)
	o.taken(t)
	o.ask(t, o.agent, "POST", path+"/acknowledge", `{}`, 204)
	o.ask(t, o.agent, "POST", path+"/appeal", `{"text":"unfair"}`, 409)
	o.ask(t, o.judge, "PUT", path+"/answers/thanks", `{"answer":"no","reason":"not meant","expect":1}`, 200)
	o.ask(t, o.agent, "POST", path+"/appeal", `{"text":"unfair"}`, 204)
	for answers, want := range map[string]int{`{"form":"polite","question":"thanks","answer":"perhaps"}`: 422, `{"form":"polite","question":"tone","answer":"yes"}`: 404, `{"form":"other","question":"thanks","answer":"yes"}`: 404} {
		o.ask(t, o.second, "POST", path+"/decide", `{"text":"right","answers":[`+answers+`]}`, want)
	}
	if body := o.ask(t, o.second, "GET", path, "", 200); !strings.Contains(body, `"state":"appealed"`) {
		t.Error("half a decision was stored:", body)
	}
	o.ask(t, o.second, "POST", path+"/decide", `{"text":"right","answers":[{"form":"polite","question":"thanks","answer":"yes"}]}`, 204)
	if body := o.ask(t, o.second, "GET", path, "", 200); !strings.Contains(body, `"state":"decided"`) || !strings.Contains(body, `"answer":"yes"`) {
		t.Error(body)
	}
	o.ask(t, o.judge, "POST", path+"/corrections", `{"turn":7,"word":"call","text":"Whirlpool"}`, 422)
	o.ask(t, o.judge, "POST", path+"/corrections", `{"turn":1,"word":"call","text":"  "}`, 422)
	o.ask(t, o.judge, "POST", path+"/corrections", `{"turn":1,"word":"calling","text":"Whirlpool"}`, 204)
	for _, words := range []string{"whirlpool", "calling"} {
		if body := o.ask(t, o.judge, "GET", "/inbox?words="+words, "", 200); !strings.Contains(body, string(o.calls[0])) {
			t.Errorf("%s is not found: %s", words, body)
		}
	}
}

// taken has the agent have taken the first call.
func (o *office) taken(t *testing.T) {
	t.Helper()
	var me struct{ Person struct{ ID string } }
	if _, body := o.agent.send(t, "GET", "/api/session", ""); json.Unmarshal([]byte(body), &me) != nil {
		t.Fatal(body)
	}
	if err := o.st.People().AddTaken(t.Context(), o.calls[0], me.Person.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// TestFailures: who may see a call is told that it could not be scored, and why.
func TestFailures(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.")
	if err := o.st.Scores().Failed(t.Context(), scoring.Owed{Call: o.calls[0], Form: "late"}, scoring.FailedModel, "no such model"); err != nil {
		t.Fatal(err)
	}
	if body := o.ask(t, o.judge, "GET", "/failures", "", 200); !strings.Contains(body, "no such model") || !strings.Contains(body, `"code":"model"`) || !strings.Contains(body, `"tries":1`) || !strings.Contains(body, `"total":1`) {
		t.Error(body)
	}
	if body := o.ask(t, o.other, "GET", "/failures", "", 200); strings.Contains(body, "no such model") || !strings.Contains(body, `"total":0`) {
		t.Error("another queue's:", body)
	}
	o.ask(t, o.agent, "GET", "/failures", "", 403)
	o.taken(t)
	for who, told := range map[*user]bool{&o.judge: true, &o.agent: false} {
		if body := o.ask(t, *who, "GET", "/calls/"+string(o.calls[0]), "", 200); strings.Contains(body, "no such model") != told {
			t.Errorf("with the call it is to be told: %v: %s", told, body)
		}
	}
	id := call.NewID()
	put(t, o.st, id, "en", 2, call.Turn{Who: call.Agent, Text: "Thank you.", End: call.Offset(time.Second)})
	if body := o.ask(t, o.judge, "GET", "/calls/"+string(id), "", 200); !strings.Contains(body, `"state":"open"`) || !strings.Contains(body, `"sheets":[]`) {
		t.Error("a call that is not scored yet:", body)
	}
}
