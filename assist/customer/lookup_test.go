package customer_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/reach"
)

func TestLookUp(t *testing.T) {
	var mu sync.Mutex // of what the server says and was asked
	answer, status, asked := "", 200, []string{}
	say := func(code int, text string) {
		mu.Lock()
		defer mu.Unlock()
		status, answer = code, text
	}
	questions := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(asked)
	}
	slow := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		code, text := status, answer
		mu.Unlock()
		if text == "slow" {
			select {
			case <-slow:
			case <-r.Context().Done():
			}
			return
		}
		w.WriteHeader(code)
		fmt.Fprint(w, text)
	}))
	defer s.Close()
	defer close(slow)
	pop, err := customer.ParsePop(s.URL + "/find?phone={number}")
	if err != nil {
		t.Fatal(err)
	}
	hc := reach.Client(reach.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer hc.CloseIdleConnections()
	b := newBook(t)
	now := time.Unix(1_000_000, 0)
	b.Now = func() time.Time { return now }
	seek := &customer.HTTP{Pop: pop, Client: hc, Token: "tok", Countries: b.Countries, Limit: 20 * time.Second}
	b.Seek = seek
	say(200, `{"customers":[{"id":17,"name":"Ann\u0000 <b>","numbers":["13800138000","x"],"tier":"gold","lang":"zh-CN","links":[{"title":"a","url":"javascript:alert(1)"},{"title":"b","url":"https://crm.example/17"}]},{"name":"no id"}]}`)
	c, ok := mustCaller(t, b, "13800138000").One()
	if !ok || c.Ref != "17" || c.Name != "Ann <b>" || c.Lang != "zh" || len(c.Links) != 1 || len(c.Numbers()) != 1 {
		t.Errorf("%+v", c)
	}
	if q := questions(); len(q) != 1 || q[0] != "/find?phone=%2B8613800138000 Bearer tok" {
		t.Error(q)
	}
	mustCaller(t, b, "13800138000")
	if q := questions(); len(q) != 1 {
		t.Error("asked again for what is fresh:", q)
	}
	now = now.Add(2 * time.Hour)
	say(200, `{"id":"17","name":"Ann Lee"}`)
	if again, _ := mustCaller(t, b, "13800138000").One(); again.ID != c.ID || again.Name != "Ann Lee" || len(questions()) != 2 {
		t.Errorf("%+v %v", again, questions())
	}
	say(404, "")
	if m := mustCaller(t, b, "13800138001"); len(m.Candidates) != 0 || m.Why != "unknown" {
		t.Errorf("%+v", m)
	}
	for _, bad := range []string{"<html>", `{"customers":[` + strings.Repeat(`{"id":"1"},`, 40000) + `{}]}`, "slow"} {
		say(200, bad)
		if bad == "slow" {
			seek.Limit = 100 * time.Millisecond
		}
		if m := mustCaller(t, b, "13800138002"); len(m.Candidates) != 0 || m.Why != customer.LookupFailed || m.Err == nil {
			t.Errorf("%.20s: %+v", bad, m)
		}
	}
	seek.Limit = 20 * time.Second
	say(200, `{"id":"18"}`)
	if m := mustCaller(t, b, "13800138002"); m.Why != customer.LookupFailed || m.Err == nil {
		t.Errorf("asked a system that failed three times: %+v", m)
	}
}

func TestPop(t *testing.T) {
	t.Parallel()
	evil := map[string]string{"number": "+86 138&admin=1#x", "name": "王\" onload=\"x", "ref": "../../etc?x=1", "id": "..", "call": "c1"}
	for template, want := range map[string]string{
		"https://crm.example/find?phone={number}&c={call}": "https://crm.example/find?phone=%2B86%20138%26admin%3D1%23x&c=c1",
		"https://crm.example/c/{ref}/show":                 "https://crm.example/c/..%2F..%2Fetc%3Fx=1/show",
		"https://crm.example/c/{id}/show":                  "https://crm.example/c/%2E%2E/show",
		"https://crm.example/#/find/{name}":                "https://crm.example/#/find/%E7%8E%8B%22%20onload%3D%22x",
		"https://crm.example/plain":                        "https://crm.example/plain",
		"https://crm.example/?t={tier}":                    "https://crm.example/?t=",
	} {
		p, err := customer.ParsePop(template)
		if err != nil {
			t.Error(template, err)
			continue
		}
		got := p.URL(evil)
		if got != want {
			t.Errorf("%s: %s", template, got)
		}
		if u, err := url.Parse(got); err != nil || u.Host != "crm.example" {
			t.Error(got, err)
		}
	}
	for _, bad := range []string{
		"javascript:alert({number})", "JavaScript:alert(1)", "https://{name}.example/", "https://{number}", "{number}", "data:text/html,x", "https://u:p@crm.example/", "/find",
		"https://crm.example/{secret}", "https://crm.example/{", "https://crm.example/ x", "https://crm.example/\"", "", "https://crm.example{number}/", "ftp://crm.example/{number}",
	} {
		if _, err := customer.ParsePop(bad); !errors.Is(err, customer.ErrInvalid) {
			t.Errorf("%s was taken", bad)
		}
	}
}

// TestLookUpInjection asks with values, and with a token, that would break out of the address or of a header.
func TestLookUpInjection(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.WriteHeader(http.StatusNotFound)
	}))
	defer s.Close()
	hc := reach.Client(reach.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer hc.CloseIdleConnections()
	for _, template := range []string{"/find?phone={number}", "/c/{id}/show", "/c#{number}"} {
		pop, err := customer.ParsePop(s.URL + template)
		if err != nil {
			t.Fatal(err)
		}
		for _, evil := range []string{"1 HTTP/1.1\r\nX-Evil: 1\r\n\r\n", "\nX-Evil: 1", "\r\n", "\x00", "\u560d\u560aX-Evil: 1"} {
			if got := pop.URL(map[string]string{"number": evil, "id": evil, "name": evil}); strings.ContainsAny(got, "\r\n\x00 ") {
				t.Errorf("%s with %q: %q", template, evil, got)
			}
			seek := &customer.HTTP{Pop: pop, Client: hc, Token: "tok"}
			if _, err := seek.Seek(t.Context(), customer.Handle{Channel: customer.Phone, Value: evil}); err != nil {
				t.Errorf("%s with %q: %v", template, evil, err)
			}
			if r := <-asked; len(r.Header) != 4 || r.Header.Get("X-Evil") != "" || r.Header.Get("Authorization") != "Bearer tok" {
				t.Errorf("%s with %q was asked with %v", template, evil, r.Header)
			}
			seek.Token = evil
			if _, err := seek.Seek(t.Context(), customer.Handle{Channel: customer.Phone, Value: "1"}); err == nil && evil[0] < ' ' {
				t.Errorf("the token %q was sent", evil)
			} else if err == nil {
				if r := <-asked; r.Header.Get("X-Evil") != "" {
					t.Errorf("the token %q was sent as %v", evil, r.Header)
				}
			}
		}
	}
}
