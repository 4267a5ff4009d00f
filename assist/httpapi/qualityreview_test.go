package httpapi_test

import (
	"encoding/json"
	"fmt"
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

// TestCalibration: nobody sees a result before having answered everything, and then sees everybody's.
func TestCalibration(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.", "No.", "Hm.")
	ids, err := json.Marshal(o.calls)
	if err != nil {
		t.Fatal(err)
	}
	begin := fmt.Sprintf(`{"name":"May","form":"polite","calls":%s}`, ids)
	o.ask(t, o.other, "POST", "/calibrations", begin, 404)
	o.ask(t, o.judge, "POST", "/calibrations", strings.Replace(begin, "polite", "nothing", 1), 404)
	type study struct {
		Calibration struct{ ID string }
		Result      *scoring.Result
		Mine        []scoring.Vote
	}
	var task struct{ Calibration *study }
	if err := json.Unmarshal([]byte(o.ask(t, o.judge, "POST", "/calibrations", begin, 200)), &task); err != nil || task.Calibration == nil || task.Calibration.Result != nil {
		t.Fatal(err, task)
	}
	made := *task.Calibration
	path := "/calibrations/" + made.Calibration.ID
	o.ask(t, o.other, "GET", path, "", 404)
	answer := func(u user, i int, v string, want int) {
		t.Helper()
		o.ask(t, u, "POST", path+"/answers", fmt.Sprintf(`{"call":%q,"answers":[{"question":"thanks","answer":%q}]}`, o.calls[i], v), want)
	}
	answer(o.judge, 0, "yes", 204)
	if body := o.ask(t, o.judge, "GET", path, "", 200); strings.Contains(body, "machine") || strings.Contains(body, "raters") {
		t.Error("the result is shown too early:", body)
	}
	answer(o.judge, 1, "no", 204)
	answer(o.judge, 2, "no", 204)
	answer(o.judge, 2, "yes", 409)
	for i, v := range []string{"yes", "no", "yes"} {
		answer(o.second, i, v, 204)
	}
	if err := json.Unmarshal([]byte(o.ask(t, o.second, "GET", path, "", 200)), &made); err != nil || made.Result == nil {
		t.Fatal(err, made)
	}
	r := made.Result
	if len(r.Raters) != 2 || r.All.People.Items != 3 || r.All.People.Percent < 66 || r.All.People.Percent > 67 || r.All.Machine.Items == 0 || len(made.Mine) != 3 {
		t.Errorf("%+v", r)
	}
	o.ask(t, o.second, "POST", path+"/close", "", 403)
	o.ask(t, o.judge, "POST", path+"/close", "", 204)
	if body := o.ask(t, o.judge, "GET", "/calibrations", "", 200); !strings.Contains(body, `"closed":true`) {
		t.Error(body)
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

// TestBlindEverywhere: whoever takes part in a calibration finds the answers of others nowhere before having given all.
func TestBlindEverywhere(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.", "No.")
	first, form := string(o.calls[0]), `"question":"thanks"`
	o.ask(t, o.second, "PUT", "/calls/"+first+"/answers/thanks", `{"answer":"no","reason":"too cold","expect":1}`, 200)
	ids, err := json.Marshal(o.calls)
	if err != nil {
		t.Fatal(err)
	}
	var task struct {
		Calibration struct{ Calibration struct{ ID string } }
	}
	if err := json.Unmarshal([]byte(o.ask(t, o.judge, "POST", "/calibrations", fmt.Sprintf(`{"name":"May","form":"polite","calls":%s}`, ids), 200)), &task); err != nil {
		t.Fatal(err)
	}
	path := "/calibrations/" + task.Calibration.Calibration.ID
	places := map[string]string{"the call": "/calls/" + first, "the list": "/inbox", "analytics": "/export/" + first + ".contactlens.json", "vCon": "/export/" + first + ".vcon.json", "CSV": "/export.csv?what=answers"}
	sees := func(u user, want bool) {
		t.Helper()
		for place, at := range places {
			body := o.ask(t, u, "GET", at, "", 200)
			told := strings.Contains(body, form) || strings.Contains(body, "too cold") || strings.Contains(body, `"score":0`) || strings.Contains(body, `"score":100`) || strings.Contains(body, "thanks,")
			if told != want {
				t.Errorf("%s tells the answers: %v, want %v: %s", place, told, want, body)
			}
		}
	}
	sees(o.judge, false)
	o.ask(t, o.judge, "PUT", "/calls/"+first+"/answers/thanks", `{"answer":"no","reason":"r","expect":2}`, 403)
	delete(places, "vCon") // its scorecard has other names
	for i, id := range o.calls {
		o.ask(t, o.judge, "POST", path+"/answers", fmt.Sprintf(`{"call":%q,"answers":[{"question":"thanks","answer":"yes"}]}`, id), 204)
		if i == 0 {
			sees(o.judge, false)
		}
	}
	sees(o.judge, true)
	refused := func(problem, body string) {
		t.Helper()
		if !strings.Contains(body, `"urn:parley:problem:`+problem+`"`) {
			t.Errorf("refused as %s, want %s", body, problem)
		}
	}
	refused(httpapi.ProblemShown, o.ask(t, o.judge, "POST", path+"/leave", "", 409))
	delete(places, "the call") // it has what kim wrote herself
	sees(o.second, false)
	o.ask(t, o.second, "POST", path+"/leave", "", 204)
	sees(o.second, true)
	refused(httpapi.ProblemAway, o.ask(t, o.second, "POST", path+"/answers", fmt.Sprintf(`{"call":%q,"answers":[{"question":"thanks","answer":"yes"}]}`, first), 409))
	refused(httpapi.ProblemAnswer, o.ask(t, o.judge, "POST", path+"/answers", fmt.Sprintf(`{"call":%q,"answers":[{"question":"thanks","answer":"perhaps"}]}`, first), 422))
	o.ask(t, o.other, "POST", path+"/leave", "", 404)
	silent := call.NewID()
	put(t, o.st, silent, "en", 2)
	refused(httpapi.ProblemSilent, o.ask(t, o.judge, "POST", "/calibrations", fmt.Sprintf(`{"name":"June","form":"polite","calls":[%q]}`, silent), 200)) // a task that failed
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

// TestFormsOfQueues: a form is tried on past calls and judges them where that is wanted, for the queues of who saves it alone,
// and the trail says who changed it.
func TestFormsOfQueues(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.", "No.")
	line, err := json.Marshal(strings.Replace(politeForm, "version: 1", "queues: [line]", 1))
	if err != nil {
		t.Fatal(err)
	}
	var task struct{ Report *scoring.Report }
	if err := json.Unmarshal([]byte(o.ask(t, o.judge, "POST", "/forms/late/replay", `{"days":7,"yaml":`+string(line)+`}`, 200)), &task); err != nil || task.Report == nil || task.Report.New != 2 || task.Report.After.N != 2 {
		t.Errorf("%+v %v", task.Report, err)
	}
	if err := json.Unmarshal([]byte(o.ask(t, o.other, "POST", "/forms/late/replay", `{"days":7,"yaml":`+string(line)+`}`, 200)), &task); err != nil || task.Report.Calls != 0 {
		t.Errorf("calls of another queue: %+v %v", task.Report, err)
	}
	save := `{"expect":0,"past_days":7,"yaml":` + string(line) + `}`
	o.ask(t, o.other, "PUT", "/forms/late", save, 403)
	o.ask(t, o.other, "PUT", "/forms/polite", strings.Replace(save, "line]", "elsewhere]", 1), 403) // its version before is for all queues
	o.ask(t, o.judge, "PUT", "/forms/late", save, 200)
	if owed, err := o.st.Scores().Owed(t.Context(), 10); err != nil || len(owed) != 2 {
		t.Error(owed, err)
	}
	o.ask(t, o.other, "GET", "/forms/late", "", 404)
	if body := o.ask(t, o.other, "GET", "/forms", "", 200); strings.Contains(body, `"id":"late"`) || !strings.Contains(body, `"id":"polite"`) {
		t.Error(body)
	}
	o.ask(t, o.other, "PUT", "/forms/theirs", strings.NewReplacer("line]", "elsewhere]", `"past_days":7`, `"past_days":0`).Replace(save), 200)
	if res, body := o.judge.send(t, "GET", "/api/audit?what=quality.form", ""); res.StatusCode != 200 || !strings.Contains(body, "late version 1, and 2 calls of 7 days before") {
		t.Error("the trail:", res.StatusCode, body)
	}
}

// TestFormOutOfUse: a form is taken out of use by who may change it, judges nothing more then, and comes back.
func TestFormOutOfUse(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.")
	scores, keeper := o.st.Scores(), &scoring.Keeper{Calls: o.st, Store: o.st.Scores(), Scorer: quality.New(quality.Options{})}
	judges := func(want int) {
		t.Helper()
		id := call.NewID()
		put(t, o.st, id, "en", 2, call.Turn{Who: call.Agent, Text: "Thank you.", End: call.Offset(time.Second)})
		if _, err := keeper.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sheets, err := scores.Sheets(t.Context(), id); err != nil || len(sheets) != want {
			t.Errorf("%+v %v, want %d", sheets, err, want)
		}
	}
	use := func(u user, form string, in bool, expect, want int) {
		t.Helper()
		o.ask(t, u, "PUT", "/forms/"+form+"/use", fmt.Sprintf(`{"in_use":%v,"expect":%d}`, in, expect), want)
	}
	use(o.agent, "polite", false, 1, 403)
	use(o.other, "polite", false, 1, 403)
	use(o.judge, "polite", false, 2, 409)
	use(o.judge, "none", false, 0, 404)
	use(o.judge, "polite", false, 1, 200)
	judges(0)
	for path, want := range map[string]string{"/forms": `"retired":true`, "/forms/polite": `"retired":true`, "/calls/" + string(o.calls[0]): `"form":"polite"`} {
		if body := o.ask(t, o.judge, "GET", path, "", 200); !strings.Contains(body, want) {
			t.Errorf("%s: %s", path, body)
		}
	}
	use(o.judge, "polite", true, 1, 200)
	judges(1)
	use(o.judge, "polite", false, 1, 200)
	o.ask(t, o.judge, "PUT", "/forms/polite", fmt.Sprintf(`{"expect":1,"yaml":%q}`, politeForm), 200) // a version that is saved is in use
	judges(1)
	if res, body := o.judge.send(t, "GET", "/api/audit?what=quality.form", ""); res.StatusCode != 200 || !strings.Contains(body, "polite is out of use") || !strings.Contains(body, "polite is in use again") {
		t.Error("the trail:", res.StatusCode, body)
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

// TestReviewPages: calibrations, and how far people and the machine agree, come in pages.
func TestReviewPages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.")
	sc, ctx := o.st.Scores(), t.Context()
	yaml := "form: long\nversion: 1\nlanguages: [en]\nquestions:\n"
	for i := range 120 {
		k := scoring.Calibration{ID: fmt.Sprintf("k%03d", i), Name: "n", Form: "polite", Version: 1, By: "x", At: time.Now().Add(-time.Duration(i) * time.Minute)}
		if err := sc.AddCalibration(ctx, k, []scoring.Vote{{Call: o.calls[0], Question: "thanks", By: scoring.Machine, Answer: quality.Yes}}); err != nil {
			t.Fatal(err)
		}
		yaml += fmt.Sprintf("  - {id: q%03d, text_en: 'Did the agent thank the caller?'}\n", 119-i)
	}
	if _, err := sc.SaveForm(ctx, "long", yaml, "x", 0); err != nil {
		t.Fatal(err)
	}
	if err := sc.Owe(ctx, "long", o.calls); err != nil {
		t.Fatal(err)
	}
	keeper := &scoring.Keeper{Calls: o.st, Store: sc, Scorer: quality.New(quality.Options{})}
	if _, err := keeper.Pass(ctx); err != nil {
		t.Fatal(err)
	}
	o.ask(t, o.second, "POST", "/calls/"+string(o.calls[0])+"/reviewed", `{}`, 204)

	read := func(path string, one func(json.RawMessage) string) (all []string, pages int) {
		for next := ""; ; pages++ {
			var page struct {
				Items []json.RawMessage `json:"items"`
				Next  any               `json:"next"`
			}
			if err := json.Unmarshal([]byte(o.ask(t, o.second, "GET", path+next, "", 200)), &page); err != nil {
				t.Fatal(err)
			}
			if len(page.Items) > 50 {
				t.Errorf("%s: %d in one page", path, len(page.Items))
			}
			for _, x := range page.Items {
				all = append(all, one(x))
			}
			if page.Next == nil {
				return all, pages + 1
			}
			next = fmt.Sprint("?cursor=", page.Next)
		}
	}
	ids, pages := read("/calibrations", func(x json.RawMessage) string {
		var k scoring.Calibration
		if err := json.Unmarshal(x, &k); err != nil {
			t.Fatal(err)
		}
		return k.ID
	})
	if pages != 6 || len(ids) != 120 || ids[0] != "k000" || ids[119] != "k119" {
		t.Errorf("%d pages: %v", pages, ids)
	}
	// The machine's answers count once somebody went through the call.
	asked, pages := read("/agreement", func(x json.RawMessage) string {
		var k struct{ Form, Question string }
		if err := json.Unmarshal(x, &k); err != nil {
			t.Fatal(err)
		}
		return k.Form + ":" + k.Question
	})
	if pages != 3 || len(asked) != 123 || asked[0] != "long:" || asked[1] != "long:q119" || asked[120] != "long:q000" || asked[121] != "polite:" {
		t.Errorf("%d pages: %v", pages, asked)
	}
	o.ask(t, o.second, "GET", "/calibrations?cursor=99999999999999999-x", "", 422)
}
