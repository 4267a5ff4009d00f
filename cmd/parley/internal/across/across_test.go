package across

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// air carries messages in memory.
type air struct {
	mu    sync.Mutex
	heard map[string]func(context.Context, []byte) ([]byte, error)
}

func (a *air) Ask(ctx context.Context, to string, data []byte) ([]byte, error) {
	a.mu.Lock()
	h := a.heard[to]
	a.mu.Unlock()
	if h == nil {
		return nil, errors.New("nobody hears " + to)
	}
	return h(ctx, bytes.Clone(data))
}

func (a *air) Hear(name string, h func(context.Context, []byte) ([]byte, error)) (func(), error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var wg sync.WaitGroup
	a.heard[name] = func(ctx context.Context, data []byte) ([]byte, error) {
		wg.Add(1)
		defer wg.Done()
		return h(ctx, data)
	}
	return func() {
		a.mu.Lock()
		delete(a.heard, name)
		a.mu.Unlock()
		wg.Wait()
	}, nil
}

type viaKey struct{}

func mark(ctx context.Context, from string) context.Context {
	return context.WithValue(ctx, viaKey{}, from)
}

// pair is a server that passes everything to a node with handler h.
func pair(t *testing.T, h http.Handler) (near *Door, url string) {
	t.Helper()
	wire, log := &air{heard: map[string]func(context.Context, []byte) ([]byte, error){}}, slog.New(slog.DiscardHandler)
	far := New(wire, "far", mark, log)
	closeDoor, err := far.Open(h)
	if err != nil {
		t.Fatal(err)
	}
	near = New(wire, "near", mark, log)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := "far"
		if r.URL.Path == "/nowhere" {
			to = "nobody"
		}
		near.Pass(w, r, to, func(w http.ResponseWriter, err error) { http.Error(w, err.Error(), http.StatusServiceUnavailable) })
	}))
	t.Cleanup(func() { s.Close(); closeDoor(); http.DefaultClient.CloseIdleConnections() })
	return near, s.URL
}

func TestRequestsPass(t *testing.T) {
	big := strings.Repeat("0123456789", 50_000)
	_, url := pair(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", fmt.Sprint(r.Method, " ", r.URL.Path, "?", r.URL.RawQuery, " ", r.Header.Get("X-Mine"), " ", string(body), " via ", r.Context().Value(viaKey{})))
		if r.URL.Path == "/empty" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, big)
	}))
	for path, want := range map[string]int{"/a?b=c": http.StatusTeapot, "/empty": http.StatusNoContent, "/nowhere": http.StatusServiceUnavailable} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Mine", "yes")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != want {
			t.Errorf("%s: %d, %v", path, res.StatusCode, err)
		}
		if want == http.StatusTeapot && (string(body) != big || res.Header.Get("X-Seen") != "POST /a?b=c yes hello via near") {
			t.Errorf("%d bytes, seen %q", len(body), res.Header.Get("X-Seen"))
		}
	}
}

func TestTooLargeRequestsDoNotPass(t *testing.T) {
	_, url := pair(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it passed") }))
	res, err := http.Post(url, "text/plain", strings.NewReader(strings.Repeat("x", MostBody+1))) //nolint:noctx // ends by itself
	if err != nil {
		return // the server closed the connection, as it may
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusOK {
		t.Error("status", res.StatusCode)
	}
}

// TestStreamsEndAtBothEnds passes an event stream, and ends it from either side.
func TestStreamsEndAtBothEnds(t *testing.T) {
	ended := make(chan struct{}, 4)
	near, url := pair(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "data: one\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		ended <- struct{}{}
	}))
	open := func() (*http.Response, context.CancelFunc) {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil || line != "data: one\n" {
			t.Fatalf("%q, %v", line, err)
		}
		return res, cancel
	}
	wait := func(what string) {
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Fatal("the handler goes on after", what)
		}
	}
	res, cancel := open()
	cancel() // the reader goes
	wait("the reader left")
	_ = res.Body.Close()

	res, cancel = open()
	defer cancel()
	near.Gone("far") // the other node is gone
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Log("the stream ended with", err)
	}
	_ = res.Body.Close()
	wait("the node was given up")
}
