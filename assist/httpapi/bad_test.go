package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestBadBodies posts what no program of ours would: each gets an answer of the 400s that says why, nothing is made, and
// the next good request works.
func TestBadBodies(t *testing.T) {
	g, _ := newBusiness(t)
	admin := g.first(t)
	for name, c := range map[string]struct {
		path, body string
		header     []string
		want       int
	}{
		"not JSON":          {path: "/api/tickets", body: "form=refund", want: 400},
		"half of JSON":      {path: "/api/tickets", body: `{"form":"refund","fields":{`, want: 400},
		"list":              {path: "/api/tickets", body: `[1,2]`, want: 422},
		"null":              {path: "/api/tickets", body: `null`, want: 422},
		"empty":             {path: "/api/tickets", body: ``, want: 400},
		"number for text":   {path: "/api/tickets", body: `{"form":7,"fields":{"reason":"x"}}`, want: 422},
		"unknown field":     {path: "/api/tickets", body: `{"form":"refund","fields":{"reason":"x"},"sql":"drop"}`, want: 422},
		"unknown form":      {path: "/api/tickets", body: `{"form":"../../etc/passwd","fields":{"reason":"x"}}`, want: 404},
		"not UTF-8":         {path: "/api/tickets", body: "{\"form\":\"\xff\xfe\",\"fields\":{\"reason\":\"x\"}}", want: 404},
		"deeply nested":     {path: "/api/tickets", body: strings.Repeat("[", 20_000), want: 400},
		"another media":     {path: "/api/tickets", body: `<form/>`, header: []string{"Content-Type", "application/xml"}, want: 415},
		"far too large":     {path: "/api/tickets", body: `{"form":"` + strings.Repeat("x", 20<<20) + `"}`, want: 413},
		"roles that aren't": {path: "/api/people", body: `{"login":"eve","roles":["king"]}`, want: 422},
		"login with a path": {path: "/api/people", body: `{"login":"../eve","roles":["agent"]}`, want: 422},
	} {
		res, body := admin.send(t, http.MethodPost, c.path, c.body, c.header...)
		if res.StatusCode != c.want || res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"detail"`) {
			t.Errorf("%s: %d %s %.300s, want %d", name, res.StatusCode, res.Header.Get("Content-Type"), body, c.want)
		}
		if strings.Contains(body, "goroutine") || strings.Contains(body, g.home) || strings.Contains(body, "SQL logic") {
			t.Errorf("%s tells too much: %s", name, body)
		}
	}
	if _, list := admin.send(t, http.MethodGet, "/api/tickets", ""); !strings.Contains(list, `"items":[]`) {
		t.Error("made something:", list)
	}
	if res, body := admin.send(t, http.MethodPost, "/api/tickets", `{"form":"refund","fields":{"reason":"kettle leaks"}}`); res.StatusCode != 200 {
		t.Error("afterwards:", res.StatusCode, body)
	}
}
