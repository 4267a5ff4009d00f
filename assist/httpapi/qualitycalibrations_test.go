package httpapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

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
		Votes       []scoring.Vote
		Names       map[string]string
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
	by := map[string]int{}
	for _, v := range made.Votes {
		if by[made.Names[v.By]]++; v.By == scoring.Machine {
			continue
		}
		if want := map[string][]quality.Value{"jo": {"yes", "no", "no"}, "kim": {"yes", "no", "yes"}}[made.Names[v.By]]; want == nil || v.Answer != want[slices.Index(o.calls, v.Call)] {
			t.Errorf("%+v of %v", v, made.Names)
		}
	}
	if by["jo"] != 3 || by["kim"] != 3 || by[""] != 3 {
		t.Errorf("who answered what is not told: %v", by)
	}
	if len(r.Raters) != 2 || r.All.People.Items != 3 || r.All.People.Percent < 66 || r.All.People.Percent > 67 || r.All.Machine.Items == 0 || len(made.Mine) != 3 {
		t.Errorf("%+v", r)
	}
	o.ask(t, o.second, "POST", path+"/close", "", 403)
	o.ask(t, o.judge, "POST", path+"/close", "", 204)
	if body := o.ask(t, o.judge, "GET", "/calibrations", "", 200); !strings.Contains(body, `"closed":true`) {
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
