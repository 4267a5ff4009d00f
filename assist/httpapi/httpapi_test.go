package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is an API over a real bus, store and recorder, served on a port of its own.
type rig struct {
	home string
	bus  *events.Bus
	url  string
	api  *httpapi.API
}

func newRig(t *testing.T, change func(*httpapi.Options)) *rig {
	t.Helper()
	home := t.TempDir()
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(home, "events")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := httpapi.Options{Records: s, Live: bus, Loopback: true, Beat: 50 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	api, err := httpapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served, recorded := make(chan error, 1), make(chan error, 1)
	rec := store.NewRecorder(s, nil)
	// Both end when ctx is cancelled in the clean-up, which waits for them.
	go func() { served <- api.Serve(ctx, ln) }()
	go func() { recorded <- rec.Run(ctx, bus) }()
	<-rec.Ready()
	t.Cleanup(func() {
		cancel()
		for _, err := range []error{<-served, <-recorded, bus.Close(), s.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return &rig{home: home, bus: bus, url: "http://" + ln.Addr().String(), api: api}
}

func (r *rig) get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
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

// say runs the events of a call up to and without its end.
func say(t *testing.T, r *rig) *events.Log {
	t.Helper()
	l := events.NewLog(r.bus, call.NewID(), time.Now())
	emit(t, l, call.KindStarted, call.Started{From: "alice", To: "bank", Route: "bank", Langs: []string{"en"}, At: time.Now()})
	emit(t, l, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "I lost my card", Lang: "en", End: 1e9})
	return l
}

func emit(t *testing.T, l *events.Log, k call.Kind, body any) {
	t.Helper()
	if err := l.Emit(t.Context(), l.Offset(time.Now()), k, body, true); err != nil {
		t.Fatal(err)
	}
}

// eventually asks for path until the answer has want in it.
func (r *rig) eventually(t *testing.T, path, want string) string {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		_, body := r.get(t, path)
		if strings.Contains(body, want) {
			return body
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s never had %q: %s", path, want, body)
		}
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if _, body := r.get(t, "/api/calls"); body != `{"calls":[],"position":0}`+"\n" {
		t.Errorf("empty list: %s", body)
	}
	l := say(t, r)
	path := "/api/calls/" + string(l.ID())
	r.eventually(t, path, "I lost my card")
	emit(t, l, call.KindEnded, call.Ended{By: call.Caller, Why: "bye", Duration: 2})
	body := r.eventually(t, path, `"state":"ended"`)
	var d record.Detail
	if err := json.Unmarshal([]byte(body), &d); err != nil || d.Duration != 2 || len(d.Turns) != 1 || d.Audio {
		t.Errorf("%+v, %v", d, err)
	}
	for path, want := range map[string]string{
		"/api/calls?q=lost":              string(l.ID()),
		"/api/calls?state=running":       `"calls":[]`,
		path + "/transcript.txt":         "0:00  caller  I lost my card",
		path + "/transcript.vtt":         "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n<v caller>I lost my card",
		path + "/transcript.json":        `"text": "I lost my card"`,
		"/openapi.json":                  `"openapi":"3.1.0"`,
		"/healthz":                       `{"status":"ok"}`,
		"/metrics":                       `parley_http_requests_total{code="200",route="GET /api/calls/{id}"}`,
		"/api/calls?limit=1&lang=en":     string(l.ID()),
		"/api/calls?limit=200&q=%25":     `"calls":[]`,
		"/api/calls?after=1.x&state=cut": `"calls":[]`,
	} {
		if res, body := r.get(t, path); res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, res.StatusCode, body, want)
		}
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := string(call.NewID())
	for path, want := range map[string]int{
		"/api/calls/" + id:                                404,
		"/api/calls/" + id + "/audio":                     404,
		"/api/calls/" + id + "/events":                    404,
		"/api/calls/" + id + "/transcript.vtt":            404,
		"/api/calls/" + id + "/transcript.exe":            404,
		"/api/calls/%2e%2e%2f%2e%2e%2fetc%2fpasswd":       422,
		"/api/calls/%2e%2e%2f%2e%2e%2fetc%2fpasswd/audio": 422,
		"/api/calls/..%5c..%5cwindows/audio":              422,
		"/api/calls/a%00b/audio":                          422,
		"/api/calls/" + strings.Repeat("a", 500):          422,
		"/api/calls?limit=0":                              422,
		"/api/calls?limit=abc":                            422,
		"/api/calls?state=gone":                           422,
		"/api/calls?after=x":                              400,
		"/api/calls?from=yesterday":                       422,
		"/api/calls?q=" + strings.Repeat("x", 300):        422,
		"/api/calls/" + id + "/events?after=-1":           422,
		"/api/nothing":                                    404,
		"/nothing":                                        404,
	} {
		res, body := r.get(t, path)
		if res.StatusCode != want || res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"detail"`) {
			t.Errorf("%s: %d %s %s, want %d", path, res.StatusCode, res.Header.Get("Content-Type"), body, want)
		}
		if strings.Contains(body, "goroutine") || strings.Contains(body, r.home) {
			t.Errorf("%s tells too much: %s", path, body)
		}
	}
	res, err := http.Post(r.url+"/api/calls", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("post: %d, %v", res.StatusCode, err)
	}
}

func TestAudioRanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := call.NewID()
	dir, err := store.Folder(r.home, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "audio.wav"), []byte("RIFF0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	res, body := r.get(t, "/api/calls/"+string(id)+"/audio", "Range", "bytes=4-7")
	if res.StatusCode != http.StatusPartialContent || body != "0123" || res.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("range: %d %q %s", res.StatusCode, body, res.Header.Get("Content-Type"))
	}
	if res, body := r.get(t, "/api/calls/"+string(id)+"/audio"); res.StatusCode != 200 || body != "RIFF0123456789" {
		t.Errorf("whole: %d %q", res.StatusCode, body)
	}
	if res, _ := r.get(t, "/api/calls/"+string(id)+"/audio", "Range", "bytes=99-"); res.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", res.StatusCode)
	}
}

func TestTokenAndHost(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *httpapi.Options) {
		o.Token, o.Hosts = "secret", []string{"parley.example"}
		o.Pages = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "page") })
	})
	for _, c := range []struct {
		path   string
		header []string
		want   int
	}{
		{"/api/calls", nil, 401},
		{"/api/calls", []string{"Authorization", "Bearer wrong"}, 401},
		{"/api/calls", []string{"Authorization", "Bearer secret"}, 200},
		{"/api/calls?token=secret", nil, 200},
		{"/api/calls?token=", nil, 401},
		{"/api/", nil, 401},
		{"/openapi.json", nil, 401},
		{"/openapi.yaml", nil, 401},
		{"/metrics", nil, 401},
		{"/healthz", nil, 200},
		{"/readyz", nil, 200},
		{"/", nil, 200},
		{"/", []string{"Host", "evil.example"}, 403},
		{"/healthz", []string{"Host", "127.0.0.1.evil.example:80"}, 403},
		{"/healthz", []string{"Host", "[::1]:8080"}, 200},
		{"/healthz", []string{"Host", "localhost:8080"}, 200},
		{"/healthz", []string{"Host", "Parley.Example"}, 200},
	} {
		res, body := r.get(t, c.path, c.header...)
		if res.StatusCode != c.want {
			t.Errorf("%s %v: %d, want %d: %s", c.path, c.header, res.StatusCode, c.want, body)
		}
		for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
			if res.Header.Get(h) == "" {
				t.Errorf("%s: no %s", c.path, h)
			}
		}
	}
	if _, err := httpapi.New(httpapi.Options{}); !errors.Is(err, httpapi.ErrOpen) {
		t.Errorf("open to the network without a token: %v", err)
	}
}

func TestReadinessAndPanics(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *httpapi.Options) {
		o.Checks = []httpapi.Check{
			{Name: "events", Run: func(context.Context) error { return nil }},
			{Name: "speech", Run: func(context.Context) error { return errors.New("slow") }, Optional: true},
			{Name: "voice", Run: func(context.Context) error { return errors.New("weights missing in /secret") }},
		}
		o.Pages = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	})
	res, body := r.get(t, "/readyz")
	if res.StatusCode != 503 || body != `{"ready":false,"checks":{"events":"ok","speech":"degraded","voice":"failed"}}`+"\n" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := r.get(t, "/"); res.StatusCode != 500 || strings.Contains(body, "boom") {
		t.Errorf("panic: %d %s", res.StatusCode, body)
	}
}

// FuzzPath looks for a request that gets anything but an orderly answer.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"/api/calls", "/api/calls/../../x", "/api/calls/a/audio", "//", "/api/calls?after=9.9", "/api/calls/a/events?after=1"} {
		f.Add(p)
	}
	s, err := store.Open(context.Background(), f.TempDir(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	api, err := httpapi.New(httpapi.Options{Records: s, Loopback: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		req, err := http.NewRequest(http.MethodGet, "http://localhost/"+strings.TrimPrefix(path, "/"), nil)
		if err != nil || req.URL.Path == "/api/events" {
			return
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, req)
		if w.Code >= 500 {
			t.Errorf("%q: %d %s", path, w.Code, w.Body)
		}
	})
}
