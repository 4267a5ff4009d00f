package reach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func get(t *testing.T, o Options, url string) (int, string, error) {
	t.Helper()
	c := Client(o)
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func TestInsideIsRefused(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/secret", http.StatusFound)
		}
	}))
	defer s.Close()
	if _, _, err := get(t, Options{}, s.URL); !errors.Is(err, ErrForbidden) || asked != 0 {
		t.Errorf("loopback: %v, asked %d times", err, asked)
	}
	local := Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	if code, _, err := get(t, local, s.URL); err != nil || code != 200 {
		t.Error(code, err)
	}
	asked = 0
	if code, _, err := get(t, local, s.URL+"/away"); err != nil || code != 302 || asked != 1 {
		t.Errorf("a redirect: %d, %v, asked %d times", code, err, asked)
	}
	local.Hosts = []string{"crm.example"}
	if _, _, err := get(t, local, s.URL); !errors.Is(err, ErrForbidden) {
		t.Errorf("another host: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	o := Options{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for addr, want := range map[string]bool{
		"93.184.216.34:443": true, "[2606:4700::1111]:443": true, "10.1.2.3:80": true, "10.2.2.3:80": false, "127.0.0.1:80": false, "169.254.169.254:80": false, "168.63.129.16:80": false, "100.100.100.200:80": false, "[fd00:ec2::254]:80": false,
		"[::1]:80": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:10.1.2.3]:80": true, "[fe80::1%eth0]:80": false, "[fd00::1]:80": false, "0.0.0.0:80": false,
		"100.64.0.1:80": false, "224.0.0.1:80": false, "255.255.255.255:80": false, "[64:ff9b::7f00:1]:80": false, "[2002:7f00:1::]:80": false, "localhost:80": false, "": false,
	} {
		if err := o.check(addr); (err == nil) != want {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, bad := range []string{"file:///etc/passwd", "javascript:alert(1)", "https://user:pw@host/", "https:///x", "gopher://x", "://"} {
		if Target(bad) == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	b := &Breaker{Now: func() time.Time { return now }}
	calls := 0
	fail := errors.New("down")
	try := func(err error) error {
		return b.Do(t.Context(), func(context.Context) error { calls++; return err })
	}
	for range 3 {
		if err := try(fail); !errors.Is(err, fail) {
			t.Fatal(err)
		}
	}
	if err := try(nil); !errors.Is(err, ErrResting) || calls != 3 {
		t.Fatal(err, calls)
	}
	now = now.Add(rest)
	if err := try(nil); err != nil {
		t.Fatal(err)
	}
	if err := try(nil); err != nil || calls != 5 {
		t.Error(err, calls)
	}
	for range 3 {
		b.Result(fmt.Errorf("asked: %w", context.Canceled))
	}
	if b.Resting() || !b.Allow() {
		t.Error("left alone because whoever asked lost interest")
	}
	for range 3 {
		b.Result(context.DeadlineExceeded)
	}
	if !b.Resting() || b.Allow() {
		t.Error("a server that does not answer is asked again and again")
	}
	now = now.Add(rest)
	if !b.Allow() || b.Allow() {
		t.Error("exactly one must try after the rest")
	}
}
