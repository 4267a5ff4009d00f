package llm

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
)

// against returns a Phraser over a server that answers with f.
func against(t *testing.T, f http.HandlerFunc) *Phraser {
	t.Helper()
	srv := httptest.NewServer(f)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close(); client.CloseIdleConnections() })
	m, err := NewModel(Config{URL: srv.URL + "/v1", Model: "small", HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	return newPhraser(m, nil, time.Minute)
}

// say writes pieces as a stream.
func say(w http.ResponseWriter, pieces ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, p := range pieces {
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", quoteJSON(p))
		w.(http.Flusher).Flush()
	}
}

func stopWith(w http.ResponseWriter, why string) {
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\ndata: [DONE]\n\n", why)
}

func hearAll(t *testing.T, p *Phraser) (text string, err error) {
	t.Helper()
	var said []string
	for s, e := range p.Sentences(t.Context(), "en", "how much", passages) {
		if e != nil {
			err = e
			break
		}
		said = append(said, s.Text)
	}
	return strings.Join(said, " "), err
}

// TestFaults: whatever the server does, only whole, supported sentences are handed on.
func TestFaults(t *testing.T) {
	whole := "We add 1.5 percent [1]. "
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		said  string
		end   string
	}{
		"dies in mid-sentence": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, whole, "It takes three")
			panic(http.ErrAbortHandler)
		}, "We add 1.5 percent.", endedCut},
		"ends early, cleanly": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, whole, "It takes three to five days [1]")
		}, "We add 1.5 percent.", endedCut},
		"out of room": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, whole, "It takes three to five days [1]")
			stopWith(w, "length")
		}, "We add 1.5 percent.", endedWell},
		"last sentence without a full stop": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, whole, "It takes three to five days [1]")
			stopWith(w, "stop")
		}, "We add 1.5 percent. It takes three to five days", endedWell},
		"a page in place of a stream": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html><body>"+strings.Repeat("<p>We add 1.5 percent [1].\n", 500)+"</body></html>")
		}, "", endedFailed},
		"broken JSON": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, whole)
			fmt.Fprint(w, "data: {\"choices\":[{\n\n")
		}, "", endedFailed}, // nobody knows whether a citation would have followed
		"nothing at all": {func(http.ResponseWriter, *http.Request) {}, "", endedFailed},
		"500":            {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusInternalServerError) }, "", endedFailed},
		"429":            {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "busy", http.StatusTooManyRequests) }, "", endedFailed},
		"words without end": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, strings.Split(strings.Repeat("and so on ", 4000), "s")...)
			stopWith(w, "stop")
		}, "", endedFailed},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, "<think>hm. 42 [1].</think> ### [[1]] {\"a\": 1}. \ufffd\x00. [1]. ![x](y) [2].")
			stopWith(w, "stop")
		}, "", endedNothing},
	} {
		t.Run(name, func(t *testing.T) {
			p := against(t, c.serve)
			text, err := hearAll(t, p)
			if text != c.said || (err == nil) != (c.end == endedWell) {
				t.Errorf("said %q, %v", text, err)
			}
			if n := p.Counts(); n.Replies[c.end] != 1 {
				t.Errorf("counted as %+v, want %s", n, c.end)
			}
		})
	}
}

// TestHanging: a server that stops talking is given up on; what it said whole stands.
func TestHanging(t *testing.T) {
	for name, c := range map[string]struct {
		pieces []string
		want   error
	}{"from the start": {nil, ErrLate}, "before the first sentence": {[]string{"We add"}, ErrLate}, "after it": {[]string{"We add 1.5 percent [1]. It"}, nil}} {
		t.Run(name, func(t *testing.T) {
			p := against(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that the client has gone
				if c.pieces != nil {
					say(w, c.pieces...)
				}
				<-r.Context().Done()
			})
			p.first, p.whole = 50*time.Millisecond, 100*time.Millisecond
			if c.want == nil {
				p.first = time.Minute
			}
			text, err := hearAll(t, p)
			if c.want != nil && !errors.Is(err, c.want) || c.want == nil && (err == nil || text != "We add 1.5 percent.") {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// TestBreakerOpens: a server that fails is left alone, so that callers do not wait for it.
func TestBreakerOpens(t *testing.T) {
	asked := 0
	p := against(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		http.Error(w, "down", http.StatusBadGateway)
	})
	for range failuresMax + 2 {
		if _, err := hearAll(t, p); err == nil {
			t.Fatal("no error")
		}
	}
	if n := p.Counts(); asked != failuresMax || n.Replies[endedResting] != 2 || n.Replies[endedFailed] != failuresMax {
		t.Errorf("asked %d times, %+v", asked, n)
	}
}

// TestCounts: what is dropped is counted with the reason.
func TestCounts(t *testing.T) {
	p := against(t, func(w http.ResponseWriter, _ *http.Request) {
		say(w, "We add 1.5 percent [1]. ", "We add 9 percent [1]. ", "Hello. ", "It does not take three to five days [1]. ", "See Acme for it [1].")
		stopWith(w, "stop")
	})
	if _, err := hearAll(t, p); err != nil {
		t.Fatal(err)
	}
	n := p.Counts()
	if n.Said != 1 || n.Dropped[whyNumber] != 1 || n.Dropped[whyCitation] != 1 || n.Dropped[whyNegation] != 1 || n.Dropped[whyName] != 1 || n.Replies[endedWell] != 1 {
		t.Errorf("%+v", n)
	}
	if _, ok := any(p).(answer.Streamer); !ok {
		t.Error("not a streamer")
	}
}
