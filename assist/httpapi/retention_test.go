package httpapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
)

func TestHoldsAndErasures(t *testing.T) {
	var tray *store.Keeping
	g := newGuarded(t, func(o *httpapi.Options) {
		tray = o.Records.(*store.Store).Keeping(nil)
		o.Retention = httpapi.RetentionOptions{Holds: tray, Tray: tray, Reports: tray}
	})
	admin := g.first(t)
	agent := admin.join(t, "bob", `"name":"Bob","roles":["agent"]`)
	for _, path := range []string{"/api/holds", "/api/erasures", "/api/erasures/x"} {
		agent.status(t, http.MethodGet, path, http.StatusForbidden)
	}
	if res, _ := agent.send(t, http.MethodPost, "/api/erasures", `{"caller":"1"}`); res.StatusCode != http.StatusForbidden {
		t.Errorf("an agent may erase: %d", res.StatusCode)
	}
	for body, want := range map[string]int{
		`{"caller":"+442079460000","reason":"court"}`: 200, `{"call":"none","reason":"court"}`: 404, `{"reason":"court"}`: 422, `{"caller":"1","call":"a","reason":"r"}`: 422, `{"caller":"1"}`: 422,
	} {
		if res, got := admin.send(t, http.MethodPost, "/api/holds", body); res.StatusCode != want {
			t.Errorf("%s: %d %s", body, res.StatusCode, got)
		}
	}
	_, body := admin.send(t, http.MethodGet, "/api/holds", "")
	var list struct{ Items []retain.Hold }
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Items) != 1 || list.Items[0].By != admin.id {
		t.Fatal(body, err)
	}
	admin.status(t, http.MethodDelete, "/api/holds/"+list.Items[0].ID, 200)
	admin.status(t, http.MethodDelete, "/api/holds/"+list.Items[0].ID, 404)

	res, body := admin.send(t, http.MethodPost, "/api/erasures", `{"caller":"+442079460000","reason":"request 3"}`)
	var asked struct{ ID, State string }
	if err := json.Unmarshal([]byte(body), &asked); err != nil || res.StatusCode != http.StatusAccepted || asked.State != "wanted" {
		t.Fatal(res.StatusCode, body, err)
	}
	r, ok, err := tray.Take(t.Context(), 0)
	if err != nil || !ok || r.ID != asked.ID || !strings.Contains(string(r.Body), admin.id) {
		t.Errorf("%+v, %v, %v", r, ok, err)
	}
	if err := tray.Finish(t.Context(), r.ID, retain.Report{Proved: true}, nil); err != nil {
		t.Fatal(err)
	}
	if _, body := admin.send(t, http.MethodGet, "/api/erasures/"+asked.ID, ""); !strings.Contains(body, `"proved":true`) {
		t.Error(body)
	}
	if _, body := admin.send(t, http.MethodGet, "/api/erasures?limit=1", ""); !strings.Contains(body, `"id":"`+asked.ID+`"`) || !strings.Contains(body, `"proved":true`) {
		t.Error(body)
	}
	if _, body := admin.send(t, http.MethodGet, "/api/erasures?before=1", ""); strings.Contains(body, asked.ID) {
		t.Error(body)
	}
	_, body = admin.send(t, http.MethodPost, "/api/erasures", `{"call":"nobody"}`)
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		t.Fatal(body)
	}
	if err := tray.Finish(t.Context(), asked.ID, nil, errors.New("unknown call")); err != nil {
		t.Fatal(err)
	}
	if _, body := admin.send(t, http.MethodGet, "/api/erasures/"+asked.ID, ""); !strings.Contains(body, `"failed"`) || !strings.Contains(body, "unknown call") {
		t.Error(body)
	}
	admin.status(t, http.MethodGet, "/api/erasures/nothing", 404)
	if res, body := admin.send(t, http.MethodPost, "/api/erasures", `{}`); res.StatusCode != 422 {
		t.Error(res.StatusCode, body)
	}
}
