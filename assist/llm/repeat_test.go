package llm

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestIdleConnectionCloses: a server that closes a connection it has kept while the next request is under way there is asked once more.
// Only then: the requests are counted, and on the wire they look like others.
func TestIdleConnectionCloses(t *testing.T) {
	const answer = `{"choices":[{"message":{"role":"assistant","content":"nine"},"finish_reason":"stop"}]}`
	var came atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, marked := r.Header["Idempotency-Key"]; marked {
			t.Error("the mark was sent")
		}
		if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 {
			t.Errorf("request %d: %d bytes, %v", came.Load(), len(body), err)
		}
		if came.Add(1) == 2 {
			panic(http.ErrAbortHandler) // closes the connection without a word
		}
		fmt.Fprint(w, answer)
	}))
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() { client.CloseIdleConnections(); srv.Close() })
	m, err := NewModel(Config{URL: srv.URL + "/v1", Model: "small", HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if said, err := m.Call(t.Context(), "when?"); err != nil || said != "nine" {
			t.Errorf("ask %d: %q, %v", i, said, err)
		}
	}
	if n := came.Load(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	if _, wrapped := client.Transport.(repeatable); wrapped {
		t.Error("the client that was given has changed")
	}
}
