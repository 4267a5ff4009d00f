package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
)

// FuzzBody sends every operation that takes a body something else: it is refused in an orderly way.
func FuzzBody(f *testing.F) {
	s, err := store.Open(context.Background(), f.TempDir(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	forms, err := ticket.Load("")
	if err != nil {
		f.Fatal(err)
	}
	house := &chat.House{}
	api, err := httpapi.New(httpapi.Options{
		Records: s, Loopback: true, Chats: parlour{house, &httpapi.Arrival{}}, Rules: rulebook{},
		Customers: &customer.Book{Store: s.Customers(), Countries: []string{"CN"}}, Tickets: &ticket.Desk{Forms: forms, Store: s.Tickets()}, Deliveries: s.Outbox(),
		Calendar:  func(string) ticket.Calendar { return ticket.Calendar{Zone: time.UTC} },
		Desk:      httpapi.DeskOptions{Desk: desk.New(desk.Options{}), Finder: shelf{}, WrapUps: drawer{}, Writings: s.Wrapups(), Callbacks: callback.New(callback.Options{Store: s.Callbacks()})},
		Retention: httpapi.RetentionOptions{Holds: s.Keeping(nil), Tray: s.Keeping(nil), Reports: s.Keeping(nil)},
	})
	if err != nil {
		f.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		f.Fatal(err)
	}
	var ways [][2]string
	for path, methods := range doc.Paths {
		for m := range methods {
			if m != "get" && !strings.HasPrefix(m, "x-") && m != "parameters" {
				ways = append(ways, [2]string{strings.ToUpper(m), strings.NewReplacer("{", "", "}", "").Replace(path)})
			}
		}
	}
	if len(ways) == 0 {
		f.Fatal("no operation takes a body")
	}
	slices.SortFunc(ways, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	for i := range ways {
		f.Add(uint(i), "application/json", []byte(`{"login":"a","password":"b","text":"c","n":1}`))
	}
	f.Add(uint(0), "text/plain", []byte("\xff\x00"))
	f.Add(uint(1), "application/json", []byte("[[[[{"))
	f.Fuzz(func(t *testing.T, which uint, kind string, body []byte) {
		way := ways[which%uint(len(ways))]
		req := httptest.NewRequest(way[0], "http://localhost"+way[1], bytes.NewReader(body))
		req.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, req)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s %q: %d %s", way[0], way[1], body, w.Code, w.Body)
		}
	})
}
