package web_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
)

// described returns a file with the OpenAPI description of the whole API, as the server gives it.
func described(t *testing.T) string {
	t.Helper()
	const token = "a token for the description"
	r := newRig(t, token, library(t), whole(t))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/openapi.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	doc, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.Status, err)
	}
	name := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(name, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// whole adds every part of the API that has paths of its own. None of them is ever asked.
func whole(t *testing.T) func(*httpapi.Options) {
	t.Helper()
	return func(o *httpapi.Options) {
		s, _ := o.Records.(*store.Store)
		gate, err := access.New(access.Options{Store: s.People(), Key: []byte(strings.Repeat("k", 32))})
		if err != nil {
			t.Fatal(err)
		}
		o.Access = gate
		o.OIDC = struct{ httpapi.OIDC }{}
		o.Chats = struct{ httpapi.Chats }{}
		o.Originals = s
		o.Rules = struct{ httpapi.Rulebook }{}
		o.Strangers = struct{ httpapi.Strangers }{}
		o.Customers, o.Tickets, o.Deliveries = &customer.Book{}, &ticket.Desk{}, s.Outbox()
		o.Desk = httpapi.DeskOptions{
			Desk: desk.New(desk.Options{}), Media: struct{ httpapi.Media }{}, Finder: struct{ httpapi.Finder }{}, WrapUps: struct{ httpapi.WrapUps }{}, Writings: struct{ httpapi.Writings }{},
			Callbacks: callback.New(callback.Options{Store: s.Callbacks()}), Compensations: struct{ httpapi.Compensations }{},
		}
		o.Quality = httpapi.QualityOptions{Scores: s.Scores(), Keeper: &scoring.Keeper{}, Export: &export.Gatherer{Imports: s.Imports()}}
		o.Insights.Store = s.Insights()
		o.Retention = httpapi.RetentionOptions{Holds: s.Keeping(nil), Tray: s.Keeping(nil), Reports: s.Keeping(nil)}
		o.Knowledge.Voice = struct{ httpapi.Voice }{}
		o.Knowledge.Watch = struct{ httpapi.Watched }{}
	}
}
