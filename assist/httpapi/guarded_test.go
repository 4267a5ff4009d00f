package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
)

// guarded is a rig with people.
type guarded struct {
	*rig

	gate *access.Gate
}

func newGuarded(t *testing.T, change func(*httpapi.Options)) *guarded {
	t.Helper()
	g := &guarded{}
	g.rig = newRig(t, func(o *httpapi.Options) {
		s, ok := o.Records.(*store.Store)
		if !ok {
			t.Fatal("the rig has another record")
		}
		var err error
		if g.gate, err = access.New(access.Options{Store: s.People(), Key: []byte(strings.Repeat("k", 32))}); err != nil {
			t.Fatal(err)
		}
		o.Access = g.gate
		if change != nil {
			change(o)
		}
	})
	return g
}

// user is somebody's browser.
type user struct {
	*guarded

	cookie, csrf string
	id           string
}

// send makes a request; headers are pairs.
func (u user) send(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, u.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if u.cookie != "" {
		req.AddCookie(&http.Cookie{Name: "parley_session", Value: u.cookie})
	}
	if u.csrf != "" {
		req.Header.Set("X-CSRF-Token", u.csrf)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: http.DefaultTransport}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// enter takes the session of an answer.
func (u user) enter(t *testing.T, res *http.Response, body string) user {
	t.Helper()
	var s struct {
		CSRF   string
		Person *access.Person
	}
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Person == nil {
		t.Fatalf("not signed in: %d %s", res.StatusCode, body)
	}
	u.csrf, u.id = s.CSRF, s.Person.ID
	for _, c := range res.Cookies() {
		if c.Name == "parley_session" {
			u.cookie = c.Value
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge < 60 {
				t.Errorf("cookie %v", c)
			}
		}
	}
	return u
}

// first makes the first admin over HTTP.
func (g *guarded) first(t *testing.T) user {
	t.Helper()
	link, err := g.gate.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u := user{guarded: g}
	res, body := u.send(t, http.MethodPost, "/api/session/first", `{"token":"`+link+`","login":"ada","name":"Ada","password":"`+secret+`"}`)
	return u.enter(t, res, body)
}

// join adds somebody through the admin and signs them in by their invitation.
func (u user) join(t *testing.T, login, rest string) user {
	t.Helper()
	res, body := u.send(t, http.MethodPost, "/api/people", `{"login":"`+login+`",`+rest+`}`)
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode, body)
	}
	var p struct{ ID string }
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatal(err)
	}
	_, body = u.send(t, http.MethodPost, "/api/people/"+p.ID+"/invite", "")
	_, token, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(body), `"}`), "token=")
	if !ok {
		t.Fatal(body)
	}
	fresh := user{guarded: u.guarded}
	res, body = fresh.send(t, http.MethodPost, "/api/session/first", `{"token":"`+token+`","password":"`+secret+`"}`)
	return fresh.enter(t, res, body)
}

func (u user) status(t *testing.T, method, path string, want int) {
	t.Helper()
	if res, body := u.send(t, method, path, ""); res.StatusCode != want {
		t.Errorf("%s %s: %d, want %d: %.200s", method, path, res.StatusCode, want, body)
	}
}

// follow opens an event stream and reads until it says something; the test closes it.
func (u user) follow(t *testing.T, path, until string) io.Reader {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "parley_session", Value: u.cookie})
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	seen, buf := "", make([]byte, 4096)
	for !strings.Contains(seen, until) {
		n, err := res.Body.Read(buf)
		if seen += string(buf[:n]); err != nil {
			t.Fatal(err, seen)
		}
	}
	return res.Body
}
