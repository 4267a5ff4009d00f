package httpapi_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/parley-voice/parley/assist/scoring"
)

// What reviewers correct becomes a figure and hot words of the route, for those who may see its calls.
func TestHeardFromCorrections(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling Havenbrook.", "Where is heaven brook, please?")
	o.ask(t, o.judge, "POST", "/calls/"+string(o.calls[1])+"/corrections", `{"turn":1,"word":"heaven brook","text":"Havenbrook"}`, 204)
	o.ask(t, o.judge, "POST", "/calls/"+string(o.calls[0])+"/reviewed", `{}`, 204)
	var got struct{ Items []scoring.Heard }
	if err := json.Unmarshal([]byte(o.ask(t, o.judge, "GET", "/heard", "", 200)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != 1 || got.Items[0].Route != "line" || got.Items[0].Calls != 2 || got.Items[0].Errors != 2 || got.Items[0].Words != 9 {
		t.Errorf("got %+v", got.Items)
	}
	if hot := got.Items[0].Hot; len(hot) != 1 || hot[0].Word != "Havenbrook" || hot[0].Calls != 1 {
		t.Errorf("hot words %+v", hot)
	}
	if body := o.ask(t, o.other, "GET", "/heard", "", 200); strings.Contains(body, "Havenbrook") {
		t.Errorf("a reviewer of another queue sees %s", body)
	}
	o.ask(t, o.agent, "GET", "/heard", "", 403)
}

// The inbox and a call name questions in the words of the version that asked them, whatever the newest version says.
func TestNamesOfTheVersion(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Go away!")
	changed := strings.NewReplacer("thank the caller", "show friendly thanks", "version: 1", "version: 2").Replace(politeForm)
	if _, err := o.st.Scores().SaveForm(t.Context(), "polite", changed, "x", 1); err != nil {
		t.Fatal(err)
	}
	stored, err := o.st.Scores().Form(t.Context(), "polite", 1)
	if err != nil || stored.YAML != politeForm {
		t.Fatalf("version 1: %v", err)
	}
	body := o.ask(t, o.judge, "GET", "/calls/"+string(o.calls[0]), "", 200)
	if strings.Contains(body, "friendly") || !strings.Contains(body, `"text_en":"`) {
		t.Errorf("the call shows another version's questions: %s", body)
	}
	var inbox struct {
		Items []scoring.Item
		Names map[string]struct{ En, Zh string }
	}
	if err := json.Unmarshal([]byte(o.ask(t, o.judge, "GET", "/inbox", "", 200)), &inbox); err != nil {
		t.Fatal(err)
	}
	for _, x := range inbox.Items {
		for _, id := range x.Fails {
			if n := inbox.Names["polite/1/"+id]; n.En == "" || strings.Contains(n.En, "friendly") {
				t.Errorf("%s is called %q", id, n.En)
			}
		}
	}
}

// Of two reviewers who save the same answer at once one is told to look again, and what the other saved stays.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Go away!")
	var sheet struct {
		Sheets []struct {
			Rev     int
			Answers []struct{ Question string }
		}
	}
	if err := json.Unmarshal([]byte(o.ask(t, o.judge, "GET", "/calls/"+string(o.calls[0]), "", 200)), &sheet); err != nil {
		t.Fatal(err)
	}
	path := "/api/quality/calls/" + string(o.calls[0]) + "/answers/" + sheet.Sheets[0].Answers[0].Question
	rev, _ := json.Marshal(sheet.Sheets[0].Rev)
	var wait sync.WaitGroup
	codes := make([]int, 2)
	for i, u := range []user{o.judge, o.second} { // both end before the test goes on
		wait.Go(func() {
			res, _ := u.send(t, "PUT", path, `{"answer":"`+[]string{"yes", "na"}[i]+`","reason":"heard it","expect":`+string(rev)+`}`)
			codes[i] = res.StatusCode
		})
	}
	wait.Wait()
	if codes[0]+codes[1] != 200+409 {
		t.Errorf("two at once got %v", codes)
	}
}
