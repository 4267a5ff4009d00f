package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

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
