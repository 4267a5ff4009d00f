package httpapi_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/tracks"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// oddOffice is a server with a keeper and nothing scored yet.
func oddOffice(t *testing.T, form string) (*guarded, user, *store.Store, *scoring.Keeper) {
	t.Helper()
	var st *store.Store
	var keeper *scoring.Keeper
	g := newGuarded(t, func(o *httpapi.Options) {
		st, _ = o.Records.(*store.Store)
		keeper = &scoring.Keeper{Calls: st, Store: st.Scores(), Scorer: quality.New(quality.Options{})}
		o.Quality = httpapi.QualityOptions{Scores: st.Scores(), Keeper: keeper, AppealTime: time.Hour}
	})
	judge := g.first(t).join(t, "jo", `"roles":["quality"]`)
	if _, err := st.Scores().SaveForm(t.Context(), "odd", form, "x", 0); err != nil {
		t.Fatal(err)
	}
	return g, judge, st, keeper
}

func put(t *testing.T, st *store.Store, id call.ID, lang string, seconds float64, turns ...call.Turn) {
	t.Helper()
	evs := []call.Event{event(t, id, 1, call.KindStarted, call.Started{From: "x", Route: "line", Langs: []string{"en"}, At: time.Now()})}
	for _, x := range turns {
		x.N, x.Lang = len(evs), lang
		evs = append(evs, event(t, id, uint64(len(evs)+1), call.KindTurn, x))
	}
	evs = append(evs, event(t, id, uint64(len(evs)+1), call.KindEnded, call.Ended{By: call.Caller, Duration: seconds}))
	if _, err := st.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
}

type shown struct {
	Turns    []call.Turn
	Sheets   []struct{ Score *float64 }
	Tracks   tracks.Tracks
	PeaksURL string `json:"peaks_url"`
}

func look(t *testing.T, u user, id call.ID) shown {
	t.Helper()
	res, body := u.send(t, "GET", "/api/quality/calls/"+string(id), "")
	var s shown
	if err := json.Unmarshal([]byte(body), &s); err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %.300s %v", res.StatusCode, body, err)
	}
	return s
}

// tape writes raw bytes as the recording of a call.
func tape(t *testing.T, home string, id call.ID, raw []byte) {
	t.Helper()
	dir, err := store.Folder(home, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, store.AudioName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOddCalls: an empty call, one in a third language, one of three hours, damaged sound: each is shown with what there is.
func TestOddCalls(t *testing.T) {
	t.Parallel()
	g, judge, st, keeper := oddOffice(t, politeForm)
	empty, french, long, damaged := call.NewID(), call.NewID(), call.NewID(), call.NewID()
	put(t, st, empty, "en", 3)
	put(t, st, french, "fr", 3, call.Turn{Who: call.Caller, Text: "Bonjour, j'ai perdu ma carte.", End: call.Offset(2 * time.Second)})
	put(t, st, damaged, "en", 3, call.Turn{Who: call.Agent, Text: "Thank you for calling.", End: call.Offset(2 * time.Second)})
	var turns []call.Turn
	const pairs = 1350 // three hours of 4 s each
	for i := range 2 * pairs {
		at := time.Duration(i) * 4 * time.Second
		turns = append(turns, call.Turn{Who: []call.Party{call.Agent, call.Caller}[i%2], Text: fmt.Sprintf("This is what was said as number %d, and it goes on for a while.", i), Start: call.Offset(at), End: call.Offset(at + 3*time.Second)})
	}
	put(t, st, long, "en", 8*pairs, turns...)
	if n, err := keeper.Pass(t.Context()); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	for name, id := range map[string]call.ID{"empty": empty, "in French": french} {
		if s := look(t, judge, id); len(s.Sheets) != 0 || s.Tracks.Silence == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := look(t, judge, long); len(s.Turns) != 2*pairs || len(s.Sheets) != 1 || s.Sheets[0].Score == nil || len(s.Tracks.Sentiment[call.Caller]) != pairs {
		t.Errorf("three hours: %d turns, %d sheets", len(s.Turns), len(s.Sheets))
	}
	judge.status(t, "GET", "/api/quality/calls/"+string(empty)+"/peaks", 404)
	wav, err := audio.WAV(8000, 2, make([]int16, 2*8000*3))
	if err != nil {
		t.Fatal(err)
	}
	peaks := "/api/quality/calls/" + string(damaged) + "/peaks"
	for name, raw := range map[string][]byte{"nothing": {}, "half a header": wav[:20], "no sound": wav[:44], "text": []byte(strings.Repeat("not a sound ", 40))} {
		tape(t, g.home, damaged, raw)
		if res, body := judge.send(t, "GET", peaks, ""); res.StatusCode != 422 || !strings.Contains(body, "damaged") {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	tape(t, g.home, damaged, wav[:len(wav)/2])
	if res, body := judge.send(t, "GET", peaks, ""); res.StatusCode != 200 || !strings.Contains(body, `"duration_s":1.49`) {
		t.Errorf("half of a recording: %d %.100s", res.StatusCode, body)
	}
	if s := look(t, judge, damaged); len(s.Sheets) != 1 || s.PeaksURL == "" {
		t.Errorf("%+v", s)
	}
}

// TestFormThatDividesByNothing has questions of which none applies, weights of which most are 0, and a rule that cannot be
// worked out: a score that there is not, not 0 and not an error.
func TestFormThatDividesByNothing(t *testing.T) {
	t.Parallel()
	_, judge, st, keeper := oddOffice(t, `form: odd
languages: [en]
sections: [{id: a, weight: 10}, {id: b, weight: 0}]
questions:
  - {id: q, section: a, text_en: "Q?", rule: "1 / (call.turns - call.turns) > 0"}
  - {id: r, section: b, weight: 0, text_en: "Did the agent thank the caller?"}
`)
	id := call.NewID()
	put(t, st, id, "en", 3, call.Turn{Who: call.Agent, Text: "Thank you for calling.", End: call.Offset(2 * time.Second)})
	if n, err := keeper.Pass(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if s := look(t, judge, id); len(s.Sheets) != 1 || s.Sheets[0].Score != nil {
		t.Errorf("%+v", s.Sheets)
	}
	if res, body := judge.send(t, "POST", "/api/quality/forms/odd/replay", `{"yaml":"form: odd\nlanguages: [en]\nquestions:\n  - {id: q, weight: 0, text_en: \"Q?\"}\n","days":7}`); res.StatusCode != 422 || !strings.Contains(body, "weights are 0") {
		t.Error(res.StatusCode, body)
	}
}

// TestTwoReviewersAtOnce: of many that save at the same moment one is taken, the others are told, and nothing is mixed.
func TestTwoReviewersAtOnce(t *testing.T) {
	t.Parallel()
	_, judge, st, keeper := oddOffice(t, `form: odd
languages: [en]
questions:
  - {id: tone, type: scale, text_en: "How friendly?", answer_by: person}
  - {id: told, type: several, text_en: "What was told?", answer_by: person, options: [fee, term, phone]}
`)
	id := call.NewID()
	put(t, st, id, "en", 3, call.Turn{Who: call.Agent, Text: "Hello.", End: call.Offset(2 * time.Second)})
	if n, err := keeper.Pass(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	path := "/api/quality/calls/" + string(id) + "/answers/"
	var mu sync.Mutex
	got := map[int]int{}
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			res, _ := judge.send(t, "PUT", path+"tone", fmt.Sprintf(`{"answer":"%d","reason":"r%d","expect":1}`, i%5+1, i))
			mu.Lock()
			defer mu.Unlock()
			got[res.StatusCode]++
		})
	}
	all.Wait()
	if got[200] != 1 || got[409] != 5 {
		t.Errorf("answers by status: %v", got)
	}
	for answer, want := range map[string]int{"6": 422, "fee": 422, "yes": 422, "DROP TABLE": 422} {
		if res, body := judge.send(t, "PUT", path+"tone", `{"answer":"`+answer+`","reason":"r","expect":2}`); res.StatusCode != want {
			t.Errorf("%s: %d %s", answer, res.StatusCode, body)
		}
	}
	res, body := judge.send(t, "PUT", path+"told", `{"answer":"term,fee","reason":"r","expect":2}`)
	if res.StatusCode != 200 || !strings.Contains(body, `"answer":"fee,term"`) || !strings.Contains(body, `"type":"several"`) {
		t.Error(res.StatusCode, body)
	}
}

// TestFormParts: the editor's way there and back.
func TestFormParts(t *testing.T) {
	t.Parallel()
	_, judge, _, _ := oddOffice(t, politeForm)
	in, _ := json.Marshal(map[string]string{"yaml": politeForm})
	res, parts := judge.send(t, "POST", "/api/quality/form-parts", string(in))
	if res.StatusCode != 200 || !strings.Contains(parts, `"id":"thanks"`) {
		t.Fatal(res.StatusCode, parts)
	}
	res, text := judge.send(t, "POST", "/api/quality/form-text", parts)
	if res.StatusCode != 200 || !strings.Contains(text, "Did the agent thank the caller?") {
		t.Error(res.StatusCode, text)
	}
	if res, body := judge.send(t, "POST", "/api/quality/form-reading", string(in)); res.StatusCode != 200 || !strings.Contains(body, `{"id":"thanks","fail_on":"no","asks":"done"}`) {
		t.Error(res.StatusCode, body)
	}
	if res, body := judge.send(t, "POST", "/api/quality/form-reading", `{"yaml":"form: x\nquestions: ["}`); res.StatusCode != 422 {
		t.Error(res.StatusCode, body)
	}
	if res, body := judge.send(t, "POST", "/api/quality/form-parts", `{"yaml":"form: x\nquestions: ["}`); res.StatusCode != 422 || !strings.Contains(body, "line") {
		t.Error(res.StatusCode, body)
	}
	if res, body := judge.send(t, "PUT", "/api/quality/forms/new", `{"yaml":"form: new\nlanguages: [en]\nquestions:\n  - {id: q, text_en: \"Q?\", rule: \"said.nothing > 0\"}\n","expect":0}`); res.StatusCode != 422 || !strings.Contains(body, "line 4") {
		t.Error(res.StatusCode, body)
	}
}

// TestUnreadableForm: a form that this version of the program cannot read keeps nobody from the calls, and can be saved anew.
func TestUnreadableForm(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "Thank you for calling.")
	scores, id := o.st.Scores(), o.calls[0]
	if _, err := scores.SaveForm(t.Context(), "polite", "form: [of another age", "x", 1); err != nil {
		t.Fatal(err)
	}
	k := scoring.Calibration{ID: "k", Name: "old", Form: "polite", Version: 2, By: "x", At: time.Now()}
	if err := scores.AddCalibration(t.Context(), k, []scoring.Vote{{Call: id, Question: "thanks", By: scoring.Machine, Answer: quality.Yes}}); err != nil {
		t.Fatal(err)
	}
	if err := scores.SaveScored(t.Context(), id, []scoring.Sheet{{Call: id, Form: "older", Version: 1, By: scoring.Machine, At: time.Now()}, {Call: id, Form: "polite", Version: 2, By: scoring.Machine, At: time.Now()}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/inbox", "/calls/" + string(id), "/calibrations", "/agreement", "/export.csv?what=answers", "/forms"} {
		o.ask(t, o.judge, "GET", path, "", 200)
	}
	if body := o.ask(t, o.judge, "GET", "/calibrations/k", "", 409); !strings.Contains(body, "version 2 of the form polite cannot be read") {
		t.Error(body)
	}
	save := func(u user, yaml string, want int) {
		t.Helper()
		o.ask(t, u, "PUT", "/forms/polite", fmt.Sprintf(`{"expect":2,"yaml":%q}`, yaml), want)
	}
	save(o.other, strings.Replace(politeForm, "version: 1", "queues: [elsewhere]", 1), 403)
	save(o.judge, politeForm, 200)
}

// TestFaultsOfForms: what is wrong with a form comes with its line and a code for each, for pages in other languages.
func TestFaultsOfForms(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, c := range map[string]struct{ yaml, want string }{
		"fields": {"form: odd\nlanguages: [en]\nquestions:\n  - {id: a, text_en: 'A?', weight: -1, colour: red}\n  - {id: a, text_en: 'A?', type: stars}\n",
			"4 key-unknown [a question colour]; 4 number-low [weight -1 1e+06]; 5 question-twice [a]; 5 type [a stars]"},
		"yaml":  {"form: odd\nquestions: [", "2 not-yaml"},
		"rule":  {"form: odd\nlanguages: [en]\nquestions:\n  - {id: q, text_en: 'Q?', rule: 'said.nothin > 0'}\n", "4 question-rule [q], unknown-name"},
		"empty": {"[]", "1 not-mapping [the form]"},
	} {
		body, err := json.Marshal(map[string]any{"yaml": c.yaml})
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			Type   string `json:"type"`
			Errors []struct {
				Message, Location string
				Value             httpapi.Fault
			} `json:"errors"`
		}
		if err := json.Unmarshal([]byte(o.ask(t, o.judge, "POST", "/form-parts", string(body), 422)), &p); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range p.Errors {
			var said []string
			for _, s := range e.Value.Said {
				said = append(said, strings.TrimSuffix(fmt.Sprint(s.Code, " ", s.Args), " []"))
			}
			got = append(got, fmt.Sprint(e.Value.Line, " ", strings.Join(said, ", ")))
		}
		if all := strings.Join(got, "; "); p.Type != "urn:parley:problem:faults" || !strings.HasPrefix(all, c.want) {
			t.Errorf("%s: %s %s, want %s", name, p.Type, all, c.want)
		}
	}
}
