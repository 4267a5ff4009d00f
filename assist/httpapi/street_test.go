package httpapi_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/httpapi"
)

// certificate makes one for 127.0.0.1.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, pool
}

// TestOverTLS signs in over TLS: HTTP/2, a cookie that never leaves it, and the order to come back so.
func TestOverTLS(t *testing.T) {
	conf, pool := certificate(t)
	g := newGuarded(t, func(o *httpapi.Options) { o.TLS, o.HSTS = conf, 180*24*time.Hour })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	link, err := g.gate.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base := strings.Replace(g.url, "http://", "https://", 1)
	res, err := client.Post(base+"/api/session/first", "application/json", strings.NewReader(`{"token":"`+link+`","login":"ada","name":"Ada","password":"`+secret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if c := res.Cookies(); res.StatusCode != 200 || len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || res.ProtoMajor != 2 {
		t.Fatalf("%s %s %v", res.Proto, res.Status, c)
	}
	if h := res.Header.Get("Strict-Transport-Security"); h != "max-age=15552000" {
		t.Errorf("HSTS %q", h)
	}
	// An event stream lives on over HTTP/2 and can be left.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(res.Cookies()[0])
	stream, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	for n := 0; n < 3 && lines.Scan(); {
		if lines.Text() == "event: beat" {
			n++
		}
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	// Plain HTTP on the port that speaks TLS gets nothing of the API.
	plain, err := http.Get(g.url + "/api/session")
	if err == nil {
		body, _ := io.ReadAll(plain.Body)
		_ = plain.Body.Close()
		if plain.StatusCode != http.StatusBadRequest || strings.Contains(string(body), "person") {
			t.Errorf("plain: %d %s", plain.StatusCode, body)
		}
	}
}

// TestHeadersOnEveryPath asks for every path of the description, with and without rights, in every method, and for some that
// are not there.
func TestHeadersOnEveryPath(t *testing.T) {
	g := newGuarded(t, func(o *httpapi.Options) {
		o.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic("boom at /usr/lib/secret.go:12")
			}
			fmt.Fprint(w, "page")
		})
		o.Strangers = strangers{}
	})
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	admin := g.first(t)
	_, text := admin.send(t, http.MethodGet, "/openapi.json", "")
	var api struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &api); err != nil || len(api.Paths) < 10 {
		t.Fatal(err, len(api.Paths))
	}
	paths := []string{"/", "/live", "/panic", "/nothing", "/api/nothing", "/api/", "/metrics", "/healthz", "/openapi.json", "/%2e%2e/%2e%2e/etc/passwd", "/api/calls/%00", "/" + strings.Repeat("a", 4000)}
	for p := range api.Paths {
		if !strings.HasSuffix(p, "/events") {
			paths = append(paths, strings.NewReplacer("{id}", "x", "{base}", "x", "{address}", "192.0.2.1", "{question}", "x", "{call}", "x", "{card}", "x", "{item}", "x").Replace(p))
		}
	}
	for _, who := range []user{{guarded: g}, admin} {
		for _, p := range paths {
			for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodOptions, "TRACE", "FLY"} {
				if strings.HasPrefix(p, "/api/session") && m == http.MethodDelete { // signs out
					continue
				}
				res, body := who.send(t, m, p, "", "X-CSRF-Token", who.csrf)
				h := res.Header
				if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" ||
					h.Get("Referrer-Policy") != "no-referrer" || h.Get("Permissions-Policy") == "" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
					t.Errorf("%s %.40s: %d without %v", m, p, res.StatusCode, h)
				}
				if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Server") != "" || h.Get("X-Powered-By") != "" {
					t.Errorf("%s %.40s says too much: %v", m, p, h)
				}
				for _, no := range []string{"goroutine ", ".go:", "boom", "runtime.", here, home + "/", "panic"} {
					if strings.Contains(body, no) && p != "/panic/x" {
						t.Errorf("%s %.40s shows %q: %.200s", m, p, no, body)
					}
				}
				if strings.Contains(p, "etc/passwd") && strings.Contains(body, "root:") {
					t.Error("a file of the machine")
				}
			}
		}
	}
}

// strangers has one ban.
type strangers struct{}

func (strangers) Bans() []httpapi.Ban {
	return []httpapi.Ban{{Address: "192.0.2.66", Why: "is a scanner", Times: 1}}
}
func (strangers) Lift(ip netip.Addr) bool {
	return ip == netip.MustParseAddr("192.0.2.66")
}

func TestBansAreForAdmins(t *testing.T) {
	g := newGuarded(t, func(o *httpapi.Options) { o.Strangers = strangers{} })
	admin := g.first(t)
	agent := admin.join(t, "sam", `"name":"Sam","roles":["agent","supervisor","quality","knowledge"]`)
	agent.status(t, http.MethodGet, "/api/bans", http.StatusForbidden)
	agent.status(t, http.MethodDelete, "/api/bans/192.0.2.66", http.StatusForbidden)
	if _, body := admin.send(t, http.MethodGet, "/api/bans", ""); !strings.Contains(body, `"address":"192.0.2.66"`) {
		t.Error(body)
	}
	admin.status(t, http.MethodDelete, "/api/bans/192.0.2.1", http.StatusNotFound)
	admin.status(t, http.MethodDelete, "/api/bans/everybody", http.StatusUnprocessableEntity)
	admin.status(t, http.MethodDelete, "/api/bans/192.0.2.66", http.StatusNoContent)
}

// TestSlowAndLarge: headers that never end, headers and bodies that are too large.
func TestSlowAndLarge(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	host := strings.TrimPrefix(r.url, "http://")
	ask := func(text string) string {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(c, text)
		status, _ := bufio.NewReader(c).ReadString('\n')
		return strings.TrimSpace(status)
	}
	if s := ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n"); !strings.Contains(s, "431") {
		t.Errorf("large headers: %q", s)
	}
	if s := ask("POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{"); strings.Contains(s, "200") {
		t.Errorf("a large body: %q", s)
	}
	if s := ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"); strings.Contains(s, "200") {
		t.Logf("two lengths: %q", s) // the standard library takes chunked and closes
	}
	if s := ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\x00\r\n\r\n"); !strings.Contains(s, "400") {
		t.Errorf("control characters in a header: %q", s)
	}
	if s := ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"); !strings.Contains(s, "400") {
		t.Errorf("two hosts: %q", s)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	// Ends with cancel.
	go func() {
		done <- httpapi.ServeRedirect(ctx, ln, httpapi.Redirect([]string{"parley.example", "localhost"}, "8443"), nil)
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct{ host, path, to string }{
		{"parley.example", "/call?line=bank", "https://parley.example:8443/call?line=bank"},
		{"PARLEY.example:80", "/", "https://parley.example:8443/"},
		{"localhost:8080", "/live", "https://localhost:8443/live"},
		{"evil.example", "/live", "https://parley.example:8443/live"},
		{"parley.example.evil.example", "//evil.example/x", "https://parley.example:8443//evil.example/x"},
		{"parley.example@evil.example", "/", "https://parley.example:8443/"},
		{"parley.example", "/%0d%0aX-Evil:%201?a=%0d%0aX-Evil:1", "https://parley.example:8443/%0D%0AX-Evil:%201?a=%0d%0aX-Evil:1"},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+ln.Addr().String()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = c.host
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusPermanentRedirect || got != c.to {
			if res.StatusCode == http.StatusBadRequest { // no host at all
				continue
			}
			t.Errorf("%s%s: %d to %q, want %q", c.host, c.path, res.StatusCode, got, c.to)
		}
		if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Set-Cookie") != "" {
			t.Errorf("headers %v", res.Header)
		}
	}
	res, err := client.Post("http://"+ln.Addr().String()+"/api/session", "application/json", strings.NewReader(`{"login":"ada","password":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a password without TLS: %d", res.StatusCode)
	}
}
