package webrtc

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCapsAndRefusals(t *testing.T) {
	t.Parallel()
	h := newHandler()
	h.admit = func(i Invite) Verdict {
		switch i.Line {
		case "nobody":
			return Verdict{Status: http.StatusNotFound, Reason: "no such line"}
		case "busy":
			return Verdict{RetryAfter: 1500 * time.Millisecond}
		}
		return Verdict{Accept: true}
	}
	_, base := start(t, Config{PerAddress: 1, PerMinute: 6, Origins: []string{"https://shop.example"}}, h)
	b := newBrowser(t)
	b.speak()
	good := b.offer()
	for _, tc := range []struct {
		name, line, body string
		header           http.Header
		status           int
		retry            string
	}{
		{"no line", "nobody", good, nil, 404, ""},
		{"busy", "busy", good, nil, 503, "2"},
		{"other site", "bank", good, http.Header{"Origin": {"https://evil.example"}}, 403, ""},
		{"wrong type", "bank", good, http.Header{"Content-Type": {"text/plain"}}, 415, ""},
		{"too long", "bank", strings.Repeat("a", maxOffer+1), nil, 413, ""},
		{"no SDP", "bank", "hello", nil, 400, ""},
		{"no Opus", "bank", strings.ReplaceAll(good, "opus/48000", "other/48000"), nil, 400, ""},
		{"receives only", "bank", strings.ReplaceAll(good, "a=sendrecv", "a=recvonly"), nil, 400, ""},
		{"video", "bank", strings.ReplaceAll(good, "m=application", "m=video"), nil, 400, ""},
		{"too often", "bank", good, nil, 429, "some"}, // of ten seconds, what has not passed yet
	} {
		res, body := post(t, base+"/whip/"+tc.line, tc.body, tc.header)
		retry := res.Header.Get("Retry-After")
		if n, _ := strconv.Atoi(retry); tc.retry == "some" && 1 <= n && n <= 10 {
			retry = tc.retry
		}
		if res.StatusCode != tc.status || retry != tc.retry {
			t.Errorf("%s: %s, Retry-After %q: %s", tc.name, res.Status, res.Header.Get("Retry-After"), body)
		}
		var p struct{ Detail string }
		if json.Unmarshal([]byte(body), &p) != nil || p.Detail == "" {
			t.Errorf("%s: no reason in %s", tc.name, body)
		}
	}
}

func TestCapsAtOnce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cfg    Config
		status int
	}{{Config{PerAddress: 1}, 429}, {Config{MaxCalls: 1}, 503}} {
		h := newHandler()
		_, base := start(t, tc.cfg, h)
		b := newBrowser(t)
		b.speak()
		b.call(base, "bank")
		l := await(t, "the call", h.legs)
		c := newBrowser(t)
		c.speak()
		if res, _ := post(t, base+"/whip/bank", c.offer(), nil); res.StatusCode != tc.status || res.Header.Get("Retry-After") == "" {
			t.Errorf("second call: %s", res.Status)
		}
		_ = l.Hangup(t.Context())
		d := newBrowser(t)
		d.speak()
		if res := d.call(base, "bank"); res.StatusCode != http.StatusCreated {
			t.Errorf("call after the first: %s", res.Status)
		}
		await(t, "the next call", h.legs)
	}
}

func TestAnswerNamesTheAdvertisedAddress(t *testing.T) {
	t.Parallel()
	_, base := start(t, Config{UDPMin: 41000, UDPMax: 41999, Advertise: []string{"192.0.2.7"}}, newHandler())
	b := newBrowser(t)
	b.speak()
	res, body := post(t, base+"/whip/bank", b.offer(), nil)
	if res.StatusCode != http.StatusCreated || !strings.HasPrefix(res.Header.Get("Location"), "/whip/bank/") {
		t.Fatal(res.Status, res.Header)
	}
	lines := regexp.MustCompile(`a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host`).FindAllStringSubmatch(body, -1)
	if len(lines) == 0 {
		t.Fatalf("no candidates in the answer:\n%s", body)
	}
	for _, c := range lines {
		if c[1] != "192.0.2.7" || c[2] < "41000" || c[2] > "41999" {
			t.Errorf("candidate %s port %s", c[1], c[2])
		}
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	_, base := start(t, Config{Origins: []string{"https://shop.example"}}, newHandler())
	for path, methods := range map[string]string{"/whip/bank": "POST, OPTIONS", "/whip/bank/x": "DELETE, OPTIONS"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, base+path, nil)
		req.Header.Set("Origin", "https://shop.example")
		res, _ := do(t, req)
		if res.StatusCode != http.StatusNoContent || res.Header.Get("Access-Control-Allow-Origin") != "https://shop.example" ||
			res.Header.Get("Access-Control-Allow-Methods") != methods {
			t.Errorf("%s: %s %v", path, res.Status, res.Header)
		}
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/whip/bank", nil)
	if res, _ := do(t, req); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", res.Status)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{UDPMin: 5}, {UDPMin: 9, UDPMax: 5}, {UDPMin: 10, UDPMax: 20, UDPMux: ":0"}, {UDPMux: "x"}, {Advertise: []string{"me"}},
		{Origins: []string{"shop.example"}}, {Origins: []string{"https://shop.example/"}}, {Origins: []string{"*"}},
		{ICEServers: []ICEServer{{URLs: []string{"http://x"}}}}, {ICEServers: []ICEServer{{URLs: []string{"turn:x:1"}}}},
	} {
		if s, err := New(c); err == nil {
			_ = s.Close()
			t.Errorf("%+v is accepted", c)
		}
	}
	s, err := New(Config{UDPMin: 40000, UDPMax: 41000, Advertise: []string{"192.0.2.7"}, Addresses: loopback})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Serve(t.Context(), newHandler()); !errors.Is(err, ErrClosed) {
		t.Errorf("serve after close: %v", err)
	}
}

// TestSpeltHeaders reads what a page says of a caller: no form of it has a line break left, or another control character.
func TestSpeltHeaders(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"Ada": "Ada", "%E9%99%88": "陈", " Ada%20Lee ": "Ada Lee", "a%0d%0aX-Evil:%201": "aX-Evil: 1", "a%0A": "a", "%00a%00": "a", "a%7fb%1b[2J": "ab[2J", "%": "%", "\xff%0a": "",
		"%C2%85a": "a", "abcdefghijklm": "abcdefghij",
	} {
		if got := spelt(s, 10); got != short(want, 10) {
			t.Errorf("%q reads as %q, want %q", s, got, want)
		}
	}
}
