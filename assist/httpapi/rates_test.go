package httpapi_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/httpapi"
)

// TestRates asks too often: each address and each account has bounds of its own, and is told how long to wait.
func TestRates(t *testing.T) {
	g := newGuarded(t, func(o *httpapi.Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.Rates = httpapi.Rates{Requests: 80, Account: 60, SignIn: 8, Streams: 20, Uploads: 12}
	})
	admin := g.first(t)
	began := time.Now()
	slow := func() int { return int(time.Since(began).Seconds() * 80 / 60) } // come back while a busy machine asks, at most
	// burst asks until it is refused and returns how often it was not.
	burst := func(u user, from, method, path, body string) int {
		for n := range 200 {
			res, _ := u.send(t, method, path, body, "X-Forwarded-For", from, "X-CSRF-Token", u.csrf)
			if res.StatusCode != http.StatusTooManyRequests {
				continue
			}
			if wait, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
				t.Errorf("%s %s: Retry-After %q", method, path, res.Header.Get("Retry-After"))
			}
			if res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s %s: headers %v", method, path, res.Header)
			}
			return n
		}
		return 200
	}
	nobody := user{guarded: g}
	for _, c := range []struct {
		what, from, method, path, body string
		who                            user
		most                           int
	}{
		{"requests of an address", "192.0.2.1", "GET", "/healthz", "", nobody, 20},
		{"another address is not refused for that", "192.0.2.2", "GET", "/healthz", "", nobody, 20},
		{"a network of addresses", "2001:db8:0:1::1", "GET", "/healthz", "", nobody, 20},
		{"signing in", "192.0.2.3", "POST", "/api/session", `{"login":"nobody","password":"x"}`, nobody, 5},
		{"one-time links", "192.0.2.4", "POST", "/api/session/first", `{"token":"x","password":"y"}`, nobody, 5},
		{"event streams", "192.0.2.5", "GET", "/api/calls/none/events", "", nobody, 5},
		{"conversations", "192.0.2.6", "POST", "/api/chat", `{"route":"none"}`, nobody, 5},
		{"imports", "192.0.2.7", "POST", "/api/customers/import", "x", nobody, 5},
	} {
		if n := burst(c.who, c.from, c.method, c.path, c.body); n < c.most || n > c.most+2+slow() {
			t.Errorf("%s: %d before the first refusal, want %d", c.what, n, c.most)
		}
	}
	if n := burst(nobody, "2001:db8:0:1::2", "GET", "/healthz", ""); n > 1+slow() {
		t.Errorf("the neighbour in the same network: %d", n)
	}
	// An account is bounded from wherever it asks.
	n := 0
	for ; n < 100; n++ {
		res, _ := admin.send(t, http.MethodGet, "/api/people", "", "X-Forwarded-For", "198.51.100."+strconv.Itoa(n))
		if res.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if n < 10 || n > 20+slow() {
		t.Errorf("an account from many addresses: %d", n)
	}
	// An address that is not a proxy's cannot name another one; loopback is not bounded without a proxy before it.
	free := newGuarded(t, func(o *httpapi.Options) { o.Rates = httpapi.Rates{Requests: 20, SignIn: 8} })
	for range 50 {
		res, _ := user{guarded: free}.send(t, http.MethodGet, "/healthz", "")
		if res.StatusCode != http.StatusOK {
			t.Fatal("this machine is refused", res.Status)
		}
	}
}

// TestBehindAProxy: a proxy on this machine does not make strangers people of this machine.
func TestBehindAProxy(t *testing.T) {
	g := newGuarded(t, nil)
	u := user{guarded: g}
	if res, _ := u.send(t, http.MethodGet, "/api/people", ""); res.StatusCode != http.StatusOK {
		t.Errorf("this machine before the first admin: %s", res.Status)
	}
	for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP"} {
		if res, _ := u.send(t, http.MethodGet, "/api/people", "", h, "for=203.0.113.9"); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %s: %s", h, res.Status)
		}
	}
}
