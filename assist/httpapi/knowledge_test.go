package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// rehearsal tries changes in a file of knowledge.
type rehearsal struct{ st *sqlite.Store }

func (r rehearsal) Rehearse(ctx context.Context, e knowledge.Entry) (httpapi.Answerer, error) {
	trial, err := r.st.With(ctx, e)
	if err != nil {
		return nil, err
	}
	return answer.New(nlu.New(nlu.Options{}), trial, answer.Options{}), nil
}

func hideDigits(text, _ string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}, text)
}

func newLibrary(t *testing.T) (admin, know user) {
	t.Helper()
	g := newGuarded(t, func(o *httpapi.Options) {
		st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "knowledge.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		rec, _ := o.Records.(*store.Store)
		o.Knowledge = httpapi.KnowledgeOptions{Store: st, Bot: answer.New(nlu.New(nlu.Options{}), st, answer.Options{}), Gaps: rec, Bar: func() float64 { return answer.DefaultBar }, Learning: rec.Learning(), Goldens: rec.Learning(), Rehearse: rehearsal{st}, Mask: hideDigits}
	})
	admin = g.first(t)
	return admin, admin.join(t, "kay", `"roles":["knowledge"]`)
}

const parking = "/api/knowledge/entries/shop/parking"

func (u user) ask(t *testing.T, text string) (decision, entry string) {
	t.Helper()
	res, body := u.send(t, "POST", "/api/knowledge/test", `{"base":"shop","text":"`+text+`","lang":"en"}`)
	var out struct {
		Decision, Entry string
		Bar             float64
		Hits            []struct {
			ID    string
			Ranks struct{ Lexical int }
		}
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || res.StatusCode != 200 || out.Bar == 0 {
		t.Fatal(res.StatusCode, body, err)
	}
	return out.Decision, out.Entry
}

func TestEntriesOverHTTP(t *testing.T) {
	admin, know := newLibrary(t)
	amy := admin.join(t, "amy", `"roles":["agent"]`)
	amy.status(t, "GET", "/api/knowledge/entries", 403)
	if res, body := know.send(t, "POST", "/api/knowledge/test", `{"base":"nowhere","text":"hello","lang":"en"}`); res.StatusCode != 404 || !strings.Contains(body, "base") {
		t.Error("a base that is not there:", res.StatusCode, body)
	}
	other := `{"question":"When do you open?","answer":"At nine in the morning.","lang":"en"}`
	if res, body := know.send(t, "PUT", "/api/knowledge/entries/shop/hours", other); res.StatusCode != 200 {
		t.Fatal(res.StatusCode, body)
	}
	first := `{"question":"Where can I park my car?","answer":"Behind the building.","similar":["Is there a car park?",""],"lang":"en","state":"draft"}`
	if res, body := know.send(t, "PUT", parking, first); res.StatusCode != 200 || !strings.Contains(body, `"version":1`) || !strings.Contains(body, `"by":"kay"`) {
		t.Fatal(res.StatusCode, body)
	}
	if res, _ := know.send(t, "PUT", parking, first); res.StatusCode != 409 {
		t.Error("a new entry took the place of another:", res.StatusCode)
	}
	if _, entry := know.ask(t, "Where can I park my car?"); entry == "parking" {
		t.Error("a draft is answered")
	}
	if res, body := know.send(t, "POST", parking+"/state", `{"state":"published"}`); res.StatusCode != 200 || !strings.Contains(body, `"version":2`) {
		t.Fatal(res.StatusCode, body)
	}
	if decision, entry := know.ask(t, "Where can I park my car?"); decision != answer.Known || entry != "parking" {
		t.Error("what is published is not answered at once:", decision, entry)
	}
	changed := strings.Replace(strings.Replace(first, "Behind", "Before", 1), `"state":"draft"`, `"version":2`, 1)
	if res, body := know.send(t, "PUT", parking, changed); res.StatusCode != 200 || !strings.Contains(body, `"version":3`) || !strings.Contains(body, `"published"`) {
		t.Fatal(res.StatusCode, body)
	}
	if res, body := know.send(t, "PUT", parking, changed); res.StatusCode != 409 {
		t.Error("a stale change was stored:", res.StatusCode, body)
	}
	if _, body := know.send(t, "GET", parking+"/versions", ""); strings.Count(body, `"version":`) != 3 {
		t.Error(body)
	}
	if res, body := know.send(t, "POST", parking+"/rollback", `{"version":1}`); res.StatusCode != 200 || !strings.Contains(body, "Behind") || !strings.Contains(body, `"version":4`) {
		t.Error(res.StatusCode, body)
	}
	if _, body := know.send(t, "GET", "/api/knowledge/entries?base=shop&q=CAR+park&state=published", ""); !strings.Contains(body, `"total":1`) || !strings.Contains(body, "parking") {
		t.Error(body)
	}
	if _, body := know.send(t, "GET", "/api/knowledge/bases", ""); !strings.Contains(body, `"entries":2`) {
		t.Error(body)
	}
	if res, body := know.send(t, "GET", "/api/knowledge/export?base=shop", ""); res.StatusCode != 200 || strings.Count(body, "\n") != 2 || !strings.Contains(body, `"earlier"`) {
		t.Error(res.StatusCode, body)
	}
	know.status(t, "DELETE", parking, 204)
	know.status(t, "GET", parking, 404)
	know.status(t, "GET", parking+"/versions", 404)
	if res, body := know.send(t, "PUT", parking, `{"question":"x","answer":"y","lang":"en","from":"2026-02-01T00:00:00Z","until":"2026-01-01T00:00:00Z"}`); res.StatusCode != 422 {
		t.Error(res.StatusCode, body)
	}
	if _, body := admin.send(t, "GET", "/api/audit?what="+access.ChangedKnowledge, ""); strings.Count(body, "shop/parking") < 4 {
		t.Error("the trail:", body)
	}
}

func (u user) upload(t *testing.T, name, text string) (id string, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	f, err := w.CreateFormFile("files", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	res, body := u.send(t, "POST", "/api/knowledge/import?base="+url.QueryEscape("商店"), b.String(), "Content-Type", w.FormDataContentType())
	var out struct{ ID string }
	if err := json.Unmarshal([]byte(body), &out); err != nil || res.StatusCode != 200 || out.ID == "" {
		t.Fatal(res.StatusCode, body, err)
	}
	return out.ID, body
}

func TestImportOverHTTP(t *testing.T) {
	admin, know := newLibrary(t)
	id, body := know.upload(t, "faq.csv", "question,answer\nHow do I pay?,By card.\n你们几点开门？,九点。\n")
	if !strings.Contains(body, `"counts":{"new":2,"changed":0,"same":0,"invalid":0}`) {
		t.Error(body)
	}
	if _, list := know.send(t, "GET", "/api/knowledge/entries", ""); !strings.Contains(list, `"total":0`) {
		t.Error("a check stored:", list)
	}
	apply := "/api/knowledge/import/" + id + "/apply"
	if res, body := admin.send(t, "POST", apply, `{}`); res.StatusCode != 404 {
		t.Error("somebody else's import was applied:", res.StatusCode, body)
	}
	if res, body := know.send(t, "POST", apply, `{}`); res.StatusCode != 200 || !strings.Contains(body, `"new":2`) {
		t.Fatal(res.StatusCode, body)
	}
	if res, body := know.send(t, "POST", apply, `{}`); res.StatusCode != 404 {
		t.Error("applied twice:", res.StatusCode, body)
	}
	id, body = know.upload(t, "faq.csv", "question,answer\nHow do I pay?,By card or cash.\n你们几点开门？,九点。\n")
	if !strings.Contains(body, `"counts":{"new":0,"changed":1,"same":1,"invalid":0}`) || !strings.Contains(body, "By card.") || !strings.Contains(body, `"where":"faq.csv row 2","state":"changed"`) {
		t.Error(body)
	}
	if res, body := know.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 200 || !strings.Contains(body, `"changed":1,"same":1`) {
		t.Error(res.StatusCode, body)
	}
	_, body = know.upload(t, "faq.csv", "question,answer,valid_until,audience\nHow do I pay?,By card or cash.,2099-12-31,\nHow do I pay with cards,Never.,2099-12-31,agent\n")
	for _, want := range []string{
		`"state":"changed","question":"How do I pay?","differs":["until"],"before":{"question":"How do I pay?","answer":"By card or cash.","similar":[],"other":{"until":""}}`,
		`"other":{"until":"2100-01-01T00:00:00Z"}`, `"other":{"audience":"agent","until":"2100-01-01T00:00:00Z"}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("not %s in %s", want, body)
		}
	}
	id, body = know.upload(t, "faq.csv", "question,answer\nWhat else?,\n")
	if !strings.Contains(body, `"invalid":1`) || !strings.Contains(body, "row 2") {
		t.Error(body)
	}
	if res, body := know.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 422 {
		t.Error("what is not right was stored:", res.StatusCode, body)
	}
}

// TestCheckedImport: what was checked is stored only as long as it does what was shown; and one row that does not go with the base is one
// row of the check.
func TestCheckedImport(t *testing.T) {
	_, know := newLibrary(t)
	const file = "id,question,answer\n7,How do I pay?,By card.\n9,Do you deliver?,Yes.\n"
	store := func(text string) {
		t.Helper()
		id, _ := know.upload(t, "faq.csv", text)
		if res, body := know.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 200 {
			t.Fatal(res.StatusCode, body)
		}
	}
	store(file)
	id, _ := know.upload(t, "faq.csv", strings.Replace(file, "By card.", "By card or cash.", 1))
	at := "/api/knowledge/entries/" + url.PathEscape("商店") + "/7"
	if res, body := know.send(t, "PUT", at, `{"question":"How do I pay?","answer":"Not at all.","lang":"en","state":"published","version":1}`); res.StatusCode != 200 {
		t.Fatal(res.StatusCode, body)
	}
	if res, body := know.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 409 || !strings.Contains(body, "check the files again") {
		t.Error(res.StatusCode, body)
	}
	if _, body := know.send(t, "GET", at, ""); !strings.Contains(body, "Not at all.") {
		t.Error("what somebody wrote since is gone:", body)
	}
	store("id,question,answer,valid_from\n7,How do I pay?,By card.,2099-01-01\n")
	id, body := know.upload(t, "faq.csv", "id,question,answer,valid_until\n7,How do I pay?,By card.,2098-12-31\n9,Do you deliver?,No.,2098-12-31\n")
	if !strings.Contains(body, `"counts":{"new":0,"changed":1,"same":0,"invalid":1}`) || !strings.Contains(body, `{"where":"faq.csv row 2","state":"invalid","why":"with what the base holds of it: `) {
		t.Error(body)
	}
	if res, body := know.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 422 {
		t.Error(res.StatusCode, body)
	}
}

func TestGapsOverHTTP(t *testing.T) {
	_, know := newLibrary(t)
	for i, q := range []string{"Do you sell kites?", "do you sell kites", "What about boats?"} {
		l := events.NewLog(know.bus, call.NewID(), time.Now())
		emit(t, l, call.KindStarted, call.Started{From: "a", To: "shop", Route: "shop", Base: "shop", Langs: []string{"en"}, At: time.Now()})
		emit(t, l, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: q, Lang: "en", End: 1e9})
		emit(t, l, call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "Shall I get somebody?", Lang: "en", Decision: []string{answer.Offer, answer.Clarify, answer.Known}[i]})
	}
	var body string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && !strings.Contains(body, `"count":2`); time.Sleep(20 * time.Millisecond) {
		_, body = know.send(t, "GET", "/api/knowledge/gaps?base=shop", "")
	}
	if strings.Count(body, `"count":`) != 1 || !strings.Contains(body, `"count":2`) || strings.Contains(body, "boats") || strings.Count(body, `"turn":1`) != 2 {
		t.Error(body)
	}
	if _, body := know.send(t, "GET", "/api/knowledge/gaps?base=bank", ""); !strings.Contains(body, `"items":[]`) {
		t.Error(body)
	}
}

func TestLearningOverHTTP(t *testing.T) {
	_, know := newLibrary(t)
	ok := func(method, path, body string, want ...string) {
		t.Helper()
		res, got := know.send(t, method, path, body)
		if res.StatusCode/100 != 2 {
			t.Fatal(method, path, res.StatusCode, got)
		}
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s %s: %s lacks %s", method, path, got, w)
			}
		}
	}
	ok("PUT", parking, `{"question":"Where can I park my car?","answer":"Behind the building.","lang":"en","state":"published","until":"2099-01-01T00:00:00Z"}`)
	ok("GET", "/api/knowledge/entries", "", `"total":1`)
	ok("PUT", "/api/knowledge/golden", `{"base":"shop","items":[{"query":"Where can I park my car?","relevant":["parking"]},{"query":"Do you sell elephants?","relevant":[]}]}`)
	ok("POST", "/api/knowledge/golden/run", `{"base":"shop"}`, `"state":"done"`, `"n":2`, `"r1":1`)
	ok("GET", "/api/knowledge/golden/runs?base=shop", "", `"n":2`)
	ok("GET", "/api/knowledge/calendar?to=2100-01-01T00:00:00Z", "", `"what":"ends"`, `"parking"`)
	ok("GET", "/api/knowledge/gaps?base=shop", "", `"items":[]`)
	ok("GET", "/api/knowledge/uses?base=shop", "", `"items":[]`)
	ok("GET", "/api/knowledge/watch", "", `"items":[]`)
	ok("POST", "/api/knowledge/gaps/x/draft", `{"base":"shop","lang":"en","question":"Do you gift wrap?","answer":"Yes, for two pounds."}`, `"state":"review"`)
	if res, _ := know.send(t, "POST", "/api/knowledge/gaps/x/draft", `{"base":"shop","lang":"en","question":"Do you gift wrap?","answer":"No."}`); res.StatusCode != 409 {
		t.Error("a draft took the place of an entry:", res.StatusCode)
	}
	if _, entry := know.ask(t, "Do you gift wrap?"); entry != "" && entry != "parking" {
		t.Error("what waits for review is answered:", entry)
	}
}

// waitFor asks until the answer holds want: what happened in a call is on record a moment later.
func (u user) waitFor(t *testing.T, path, want string) string {
	t.Helper()
	var body string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, body = u.send(t, "GET", path, ""); strings.Contains(body, want) {
			return body
		}
	}
	t.Fatalf("%s: %s lacks %s", path, body, want)
	return ""
}

// TestDraftsOverHTTP takes a gap from the calls over a draft, which is sent back and then published, off the list.
func TestDraftsOverHTTP(t *testing.T) {
	_, know := newLibrary(t)
	for range 2 {
		l := events.NewLog(know.bus, call.NewID(), time.Now())
		emit(t, l, call.KindStarted, call.Started{From: "a", To: "shop", Route: "shop", Base: "shop", Langs: []string{"en"}, At: time.Now()})
		emit(t, l, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "Do you sell kites?", Lang: "en", End: 1e9})
		emit(t, l, call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "Shall I get somebody?", Lang: "en", Decision: answer.Offer})
		emit(t, l, call.KindTurn, call.Turn{N: 3, Who: call.Agent, Text: "Yes, we sell kites for 20 pounds, call 5550199.", Lang: "en", End: 3e9})
	}
	var list struct {
		Items []struct {
			ID    string
			Draft *struct{ Base, ID string }
		}
	}
	gaps := know.waitFor(t, "/api/knowledge/gaps?base=shop", `"count":2`)
	if err := json.Unmarshal([]byte(gaps), &list); err != nil || len(list.Items) != 1 {
		t.Fatal(gaps, err)
	}
	gap := "/api/knowledge/gaps/" + list.Items[0].ID
	know.waitFor(t, gap+"/replies?base=shop", "we sell kites for ## pounds, call #######")
	res, body := know.send(t, "POST", gap+"/draft", `{"base":"shop","lang":"en","question":"Do you sell kites?","answer":"Yes, call 5550199.","reply":{"call":"c","turn":3}}`)
	var e struct {
		ID      string
		Version int
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil || res.StatusCode != 200 || !strings.Contains(body, "call #######") {
		t.Fatal(res.StatusCode, body, err)
	}
	know.waitFor(t, "/api/knowledge/gaps?base=shop", `"draft":{"base":"shop","id":"`+e.ID+`"}`)
	if _, body := know.send(t, "GET", "/api/knowledge/drafts?base=shop", ""); !strings.Contains(body, `"count":2`) || strings.Count(body, `"turn":1`) != 2 || !strings.Contains(body, `"by":"kay"`) {
		t.Error(body)
	}
	decide := "/api/knowledge/entries/shop/" + e.ID + "/decide"
	if res, body := know.send(t, "POST", decide, `{"decision":"returned","reason":"how much?","version":1}`); res.StatusCode != 200 || !strings.Contains(body, `"state":"draft"`) || !strings.Contains(body, "how much?") {
		t.Error(res.StatusCode, body)
	}
	if res, body := know.send(t, "POST", decide, `{"decision":"approved","version":1}`); res.StatusCode != 409 {
		t.Error("what was looked at is not what is published:", res.StatusCode, body)
	}
	if res, body := know.send(t, "POST", decide, `{"decision":"approved","version":2}`); res.StatusCode != 200 || !strings.Contains(body, `"published"`) {
		t.Error(res.StatusCode, body)
	}
	if res, _ := know.send(t, "POST", decide, `{"decision":"returned","version":3}`); res.StatusCode != 409 {
		t.Error("what is published was sent back:", res.StatusCode)
	}
	know.waitFor(t, "/api/knowledge/gaps?base=shop", `"items":[]`)
	know.waitFor(t, "/api/knowledge/dismissed?base=shop", "Do you sell kites?")
	if res, body := know.send(t, "POST", "/api/knowledge/dismissed/reopen", `{"base":"shop","question":"Do you sell kites?"}`); res.StatusCode != 204 {
		t.Error(res.StatusCode, body)
	}
	know.waitFor(t, "/api/knowledge/gaps?base=shop", `"count":2`)
	if res, body := know.send(t, "POST", gap+"/dismiss?base=shop", `{"reason":"no toys"}`); res.StatusCode != 204 {
		t.Error(res.StatusCode, body)
	}
	know.waitFor(t, "/api/knowledge/dismissed", `"reason":"no toys","by":"kay"`)
}

func TestPreviewOverHTTP(t *testing.T) {
	_, know := newLibrary(t)
	if res, body := know.send(t, "PUT", parking, `{"question":"Where can I park my car?","answer":"Behind the building.","lang":"en"}`); res.StatusCode != 200 {
		t.Fatal(res.StatusCode, body)
	}
	if res, body := know.send(t, "PUT", "/api/knowledge/golden", `{"base":"shop","items":[{"query":"Where can I park my car?","relevant":["parking"]},{"query":"Do you sell kites?","relevant":["kites"]}]}`); res.StatusCode != 200 || !strings.Contains(body, `"titles":{"parking":"Where can I park my car?"}`) {
		t.Fatal(res.StatusCode, body)
	}
	for _, c := range []struct{ path, body, want string }{
		{"kites", `{"question":"Do you sell kites?","answer":"Yes.","lang":"en"}`, `"gains":1,"losses":0`},
		{"parking", `{"question":"Where can I park my car?","answer":"Behind the building.","lang":"en","state":"draft"}`, `"gains":0,"losses":1`},
		{"parking", `{"question":"Where can I park my car?","answer":"Behind the building.","lang":"en"}`, `"changes":[],"n":2,"golden":2`},
		{"parking", `{"question":"Where can I park my car?","answer":"Nowhere.","lang":"en"}`, `"kind":"changed"`},
	} {
		if res, body := know.send(t, "POST", "/api/knowledge/entries/shop/"+c.path+"/preview", c.body); res.StatusCode != 200 || !strings.Contains(body, `"state":"done"`) || !strings.Contains(body, c.want) {
			t.Errorf("%s %s: %d %s", c.path, c.body, res.StatusCode, body)
		}
	}
	if _, body := know.send(t, "GET", "/api/knowledge/entries", ""); strings.Contains(body, "kites") || !strings.Contains(body, "Behind") {
		t.Error("a preview was stored:", body)
	}
	if _, body := know.send(t, "GET", "/api/knowledge/voices?base=shop", ""); !strings.Contains(body, `"items":[]`) {
		t.Error(body)
	}
}
