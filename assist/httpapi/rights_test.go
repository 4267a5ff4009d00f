package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

const secret = "a long enough secret"

func TestOpenOnThisMachineUntilSomebodyExists(t *testing.T) {
	g := newGuarded(t, nil)
	anyone := user{guarded: g}
	anyone.status(t, "GET", "/api/calls", 200)
	anyone.status(t, "GET", "/metrics", 200)
	_, body := anyone.send(t, "GET", "/api/session", "")
	if !strings.Contains(body, `"insecure":true`) || !strings.Contains(body, `"first_start":true`) || !strings.Contains(body, `"person":null`) {
		t.Error(body)
	}
	// A page of another site cannot use that.
	if res, body := anyone.send(t, "POST", "/api/people", `{"login":"eve","roles":["admin"]}`, "Sec-Fetch-Site", "cross-site"); res.StatusCode != 403 {
		t.Error(res.StatusCode, body)
	}
	if res, body := anyone.send(t, "POST", "/api/people", `{"login":"eve","roles":["admin"]}`, "Origin", "http://evil.example"); res.StatusCode != 403 {
		t.Error(res.StatusCode, body)
	}
	admin := g.first(t)
	admin.status(t, "GET", "/api/calls", 200)
	for _, path := range []string{"/api/calls", "/api/calls/x", "/api/events", "/api/people", "/openapi.json", "/config.json", "/api/nothing", "/api//calls/x"} {
		if res, body := anyone.send(t, "GET", path, ""); res.StatusCode != 401 && res.StatusCode/100 != 3 {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/api/session", "/metrics"} {
		anyone.status(t, "GET", path, 200)
	}
	_, body = anyone.send(t, "GET", "/api/session", "")
	if strings.Contains(body, `"insecure":true`) || !strings.Contains(body, `"first_start":false`) {
		t.Error(body)
	}
}

func TestSignInAndOut(t *testing.T) {
	g := newGuarded(t, nil)
	g.first(t)
	u := user{guarded: g}
	if res, body := u.send(t, "POST", "/api/session", `{"login":"ada","password":"nope"}`); res.StatusCode != 401 || strings.Contains(body, "ada") {
		t.Error(res.StatusCode, body)
	}
	res, body := u.send(t, "POST", "/api/session", `{"login":"ADA","password":"`+secret+`"}`)
	u = u.enter(t, res, body)
	if strings.Contains(body, "argon") {
		t.Error("the answer has a hash in it")
	}
	if res, body := u.send(t, "DELETE", "/api/session", "", "X-CSRF-Token", "x"); res.StatusCode != 403 {
		t.Error("signed out without the CSRF value", res.StatusCode, body)
	}
	u.status(t, "DELETE", "/api/session", 200)
	u.status(t, "GET", "/api/people", 401)
	for i := range 12 {
		res, _ := u.send(t, "POST", "/api/session", `{"login":"ada","password":"nope"}`)
		if res.StatusCode == 429 {
			if res.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
		if i == 11 {
			t.Error("twelve wrong passwords were tried")
		}
	}
}

func TestUnsafeMethodsNeedTheCSRFValue(t *testing.T) {
	g := newGuarded(t, nil)
	admin := g.first(t)
	for _, csrf := range []string{"", "x", admin.cookie} {
		u := admin
		u.csrf = csrf
		u.status(t, "GET", "/api/people", 200)
		if res, body := u.send(t, "POST", "/api/people", `{"login":"eve","roles":["admin"]}`); res.StatusCode != 403 {
			t.Errorf("%q: %d %s", csrf, res.StatusCode, body)
		}
	}
}

func TestRolesAndQueues(t *testing.T) {
	g := newGuarded(t, nil)
	admin := g.first(t)
	bank := say(t, g.rig)
	shop := events.NewLog(g.bus, call.NewID(), time.Now())
	emit(t, shop, call.KindStarted, call.Started{From: "li", To: "shop", Route: "shop", Langs: []string{"zh"}, At: time.Now()})
	emit(t, shop, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "shop words", Lang: "zh", End: 1e9})
	deadline := time.Now().Add(30 * time.Second)
	for {
		if _, body := admin.send(t, "GET", "/api/calls/"+string(shop.ID())+"/transcript.txt", ""); strings.Contains(body, "shop words") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("not recorded")
		}
		time.Sleep(5 * time.Millisecond)
	}
	agent := admin.join(t, "amy", `"roles":["agent"]`)
	lead := admin.join(t, "leo", `"roles":["supervisor"],"queues":["shop"]`)
	judge := admin.join(t, "joy", `"roles":["quality"]`)
	know := admin.join(t, "kay", `"roles":["knowledge"]`)
	b, s := "/api/calls/"+string(bank.ID()), "/api/calls/"+string(shop.ID())
	for _, c := range []struct {
		who                     user
		bank, shop, list, watch int
		people, audit           int
	}{
		{admin, 200, 200, 200, 200, 200, 200},
		{agent, 404, 404, 200, 403, 403, 403},
		{lead, 404, 200, 200, 200, 403, 403},
		{judge, 200, 200, 200, 200, 403, 200},
		{know, 403, 403, 403, 403, 403, 403},
	} {
		for path, want := range map[string]int{b: c.bank, b + "/transcript.txt": c.bank, s: c.shop, s + "/transcript.json": c.shop, "/api/calls": c.list, "/api/people": c.people, "/api/audit": c.audit} {
			c.who.status(t, "GET", path, want)
		}
		if want := c.bank; want != 200 { // also not by another way
			c.who.status(t, "GET", b+"/audio", want)
			c.who.status(t, "GET", b+"/events", want)
		}
		if c.watch != 200 {
			c.who.status(t, "GET", "/api/events", c.watch)
		}
	}
	if _, body := lead.send(t, "GET", "/api/calls", ""); strings.Contains(body, string(bank.ID())) || !strings.Contains(body, string(shop.ID())) {
		t.Error("the list of one queue:", body)
	}
	if _, body := agent.send(t, "GET", "/api/calls", ""); strings.Contains(body, "shop words") {
		t.Error("an agent sees calls of others:", body)
	}
	if err := g.gate.Took(t.Context(), bank.ID(), agent.id); err != nil {
		t.Fatal(err)
	}
	agent.status(t, "GET", b, 200)
	if _, body := agent.send(t, "GET", "/api/calls", ""); !strings.Contains(body, string(bank.ID())) || strings.Contains(body, string(shop.ID())) {
		t.Error("an agent's list:", body)
	}
	_, body := admin.send(t, "GET", "/api/audit?call="+string(bank.ID()), "")
	for _, want := range []string{access.LookedAtCall, access.ReadTranscript, access.RefusedCall, agent.id, judge.id} {
		if !strings.Contains(body, want) {
			t.Errorf("the trail lacks %s: %s", want, body)
		}
	}
	if _, err := g.gate.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStreamOfOneQueueAndItsEnd(t *testing.T) {
	g := newGuarded(t, nil)
	admin := g.first(t)
	lead := admin.join(t, "leo", `"roles":["supervisor"],"queues":["shop"]`)
	say(t, g.rig)
	shop := events.NewLog(g.bus, call.NewID(), time.Now())
	emit(t, shop, call.KindStarted, call.Started{From: "li", To: "shop", Route: "shop", Langs: []string{"zh"}, At: time.Now()})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "parley_session", Value: lead.cookie})
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var seen strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(seen.String(), `"shop"`) {
		n, err := res.Body.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			t.Fatal(err, seen.String())
		}
	}
	if strings.Contains(seen.String(), "lost my card") || strings.Contains(seen.String(), "bank") {
		t.Error("another queue's call is in the stream:", seen.String())
	}
	off := true
	if _, err := g.gate.Set(t.Context(), lead.id, access.Change{Disabled: &off}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil { // ends with the session, at the next sign of life
		t.Log(err)
	}
}

func TestTokenStaysForPrograms(t *testing.T) {
	g := newGuarded(t, func(o *httpapi.Options) { o.Token, o.Loopback = "s3cret", false })
	anyone := user{guarded: g}
	anyone.status(t, "GET", "/api/calls", 401)
	anyone.status(t, "GET", "/metrics", 401)
	for _, h := range [][]string{{"Authorization", "Bearer s3cret"}} {
		if res, body := anyone.send(t, "GET", "/api/calls", "", h...); res.StatusCode != 200 {
			t.Error(res.StatusCode, body)
		}
		if res, body := anyone.send(t, "POST", "/api/people", `{"login":"bob","roles":["agent"]}`, h...); res.StatusCode != 200 {
			t.Error(res.StatusCode, body)
		}
	}
	anyone.status(t, "GET", "/api/calls?token=s3cret", 200)
	anyone.status(t, "GET", "/metrics?token=s3cret", 200)
	anyone.status(t, "GET", "/api/calls?token=wrong", 401)
}

func TestPeopleOverHTTP(t *testing.T) {
	g := newGuarded(t, nil)
	admin := g.first(t)
	for body, want := range map[string]int{
		`{"login":"ADA","roles":["agent"]}`: 409, `{"login":"x y","roles":["agent"]}`: 422, `{"login":"x","roles":["king"]}`: 422,
		`{"login":"x","roles":[]}`: 422, `{"login":"x","roles":["agent"],"hash":"y"}`: 422, `{"login":"小王","name":"<b>王</b>","roles":["agent"]}`: 200,
	} {
		if res, got := admin.send(t, "POST", "/api/people", body); res.StatusCode != want {
			t.Errorf("%s: %d %s", body, res.StatusCode, got)
		}
	}
	if res, body := admin.send(t, "PATCH", "/api/people/"+admin.id, `{"roles":["agent"]}`); res.StatusCode != 409 {
		t.Error(res.StatusCode, body)
	}
	if res, body := admin.send(t, "PATCH", "/api/people/"+admin.id, `{"name":"Ada L.","queues":["bank"]}`); res.StatusCode != 200 || !strings.Contains(body, "Ada L.") {
		t.Error(res.StatusCode, body)
	}
	if res, body := admin.send(t, "PUT", "/api/session/password", `{"old":"wrong","new":"another long one"}`); res.StatusCode != 401 {
		t.Error(res.StatusCode, body)
	}
	res, body := admin.send(t, "PUT", "/api/session/password", `{"old":"`+secret+`","new":"another long one"}`)
	again := admin.enter(t, res, body)
	admin.status(t, "GET", "/api/people", 401)
	again.status(t, "GET", "/api/people", 200)
	big := `{"login":"` + strings.Repeat("x", 100<<10) + `"}`
	if res, _ := again.send(t, "POST", "/api/people", big); res.StatusCode != 413 && res.StatusCode != 422 {
		t.Errorf("a large body: %d", res.StatusCode)
	}
}

func TestSecureCookieBehindTLS(t *testing.T) {
	g := newGuarded(t, func(o *httpapi.Options) {
		o.Public = "https://parley.example"
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	g.first(t)
	u := user{guarded: g}
	res, _ := u.send(t, "POST", "/api/session", `{"login":"ada","password":"`+secret+`"}`, "X-Forwarded-For", "198.51.100.1, 203.0.113.9", "Origin", "https://parley.example")
	if c := res.Cookies(); len(c) != 1 || !c[0].Secure {
		t.Errorf("%d %v", res.StatusCode, c)
	}
	all, err := g.gate.Entries(t.Context(), access.TrailQuery{What: access.SignedIn, Limit: 1})
	if err != nil || len(all) != 1 || all[0].From != "203.0.113.9" {
		t.Error(all, err) // what the proxy says, not what the client claims
	}
}

// TestDisabledPeopleAreGoneAtOnce has no signs of life: what ends, ends by the act.
func TestDisabledPeopleAreGoneAtOnce(t *testing.T) {
	d := desk.New(desk.Options{})
	g := newGuarded(t, func(o *httpapi.Options) {
		o.Desk, o.Beat = httpapi.DeskOptions{Desk: d}, time.Hour
		o.OIDC = door{access.Claims{Issuer: "https://id.example", Subject: "7", Email: "wei@example.com", EmailVerified: true}}
	})
	admin := g.first(t)
	wei := admin.join(t, "wei@example.com", `"roles":["agent","supervisor"]`)
	var open []io.Reader
	for _, path := range []string{"/api/desk/events", "/api/live/events"} {
		open = append(open, wei.follow(t, path, "event: "))
	}
	if err := d.Set(wei.id, desk.Ready, ""); err != nil {
		t.Fatal(err)
	}
	change := func(who, body string, want int) {
		t.Helper()
		if res, got := admin.send(t, "PATCH", "/api/people/"+who, body); res.StatusCode != want {
			t.Errorf("%s: %d %s", body, res.StatusCode, got)
		}
	}
	change(admin.id, `{"disabled":true}`, 409)
	change(wei.id, `{"disabled":true}`, 200)
	for _, body := range open {
		if rest, err := io.ReadAll(body); err != nil || !strings.HasSuffix(string(rest), "event: barred\ndata: {}\n\n") {
			t.Errorf("the page is not told to leave: %q, %v", rest, err)
		}
	}
	if s := d.Board(wei.id).Me.State; s != desk.Offline {
		t.Errorf("still %s at the desk", s)
	}
	wei.status(t, "GET", "/api/desk", 401)
	res, body := wei.send(t, "POST", "/api/session", `{"login":"wei@example.com","password":"`+secret+`"}`)
	if res.StatusCode != 403 || !strings.Contains(body, "disabled") {
		t.Error(res.StatusCode, body)
	}
	sso := func(want string) {
		t.Helper()
		if res, _ := wei.send(t, "GET", "/api/session/oidc/callback?state=s&code=c", ""); res.Header.Get("Location") != want {
			t.Errorf("the single sign-on leads to %s, want %s", res.Header.Get("Location"), want)
		}
	}
	sso("/signin?failed=disabled")
	change(wei.id, `{"disabled":false}`, 200)
	sso("/")
	res, body = wei.send(t, "POST", "/api/session", `{"login":"wei@example.com","password":"`+secret+`"}`)
	wei.enter(t, res, body)
}

// door is a single sign-on that vouches for one person.
type door struct{ claims access.Claims }

func (door) Start(context.Context) (string, string, error) { return "https://id.example", "kept", nil }
func (d door) Finish(context.Context, string, string, string) (access.Claims, error) {
	return d.claims, nil
}

// TestDisabledElsewhere disables somebody as the terminal and other nodes do: they are gone with the next sign of life.
func TestDisabledElsewhere(t *testing.T) {
	d := desk.New(desk.Options{})
	g := newGuarded(t, func(o *httpapi.Options) { o.Desk = httpapi.DeskOptions{Desk: d} })
	admin := g.first(t)
	wei := admin.join(t, "wei", `"roles":["agent"]`)
	w := &wire{}
	d.Begin(t.Context(), "c1", call.Started{Route: "bank", At: time.Now()}, "sip", w)
	stream := wei.follow(t, "/api/desk/events", "event: ")
	d.Event("c1", 0, call.KindParty, call.Part{Action: "joined", ID: wei.id, Role: "agent"})
	off := true
	if _, err := g.gate.Set(t.Context(), wei.id, access.Change{Disabled: &off}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(stream); err != nil || !strings.HasSuffix(string(rest), "event: barred\ndata: {}\n\n") {
		t.Errorf("the page is not told to leave: %q, %v", rest, err)
	}
	if c := w.last(); c.Do != "leave" || c.Person != wei.id {
		t.Errorf("the caller is still with them: %+v", c)
	}
	d.End("c1", call.Ended{})
}
