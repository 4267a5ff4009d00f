package callpage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/parley-voice/parley/assist/web/callpage"
)

// desk is the chat API with an assistant that repeats what it is told.
type desk struct {
	mu     sync.Mutex
	log    []string // events, as they are sent
	news   chan struct{}
	opened []map[string]string
	carry  []string // X-Parley-Chat of calls
	ended  bool
}

func (d *desk) say(event string, data any) {
	b, _ := json.Marshal(data)
	d.mu.Lock()
	d.log = append(d.log, fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", len(d.log)+1, event, b))
	close(d.news)
	d.news = make(chan struct{})
	d.mu.Unlock()
}

func (d *desk) serve(t *testing.T) string {
	t.Helper()
	page, err := callpage.Handler(callpage.Options{Lines: []callpage.Line{bankLine}, Chat: "/api/chat", Contact: true})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		_ = json.NewDecoder(r.Body).Decode(&body)
		d.mu.Lock()
		d.opened = append(d.opened, body)
		d.mu.Unlock()
		_, _ = fmt.Fprint(w, `{"id":"c1","token":"t1"}`)
	})
	known := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer t1" {
				http.Error(w, "", http.StatusUnauthorized)
				return
			}
			h(w, r)
		}
	}
	mux.HandleFunc("POST /api/chat/c1/messages", known(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Text string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		d.say("message", map[string]any{"who": "caller", "text": body.Text, "at_s": 1})
		d.say("typing", map[string]any{})
		d.say("message", map[string]any{"who": "bot", "text": "You said: " + body.Text, "at_s": 2})
	}))
	mux.HandleFunc("GET /api/chat/c1/events", known(d.events))
	mux.HandleFunc("DELETE /api/chat/c1", known(func(http.ResponseWriter, *http.Request) { d.mu.Lock(); d.ended = true; d.mu.Unlock() }))
	mux.HandleFunc("POST /whip/", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.carry = append(d.carry, r.Header.Get("X-Parley-Chat"))
		d.mu.Unlock()
		http.Error(w, "", http.StatusServiceUnavailable)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
}

func (d *desk) events(w http.ResponseWriter, r *http.Request) {
	var at int
	_, _ = fmt.Sscan(r.Header.Get("Last-Event-ID"), &at)
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		d.mu.Lock()
		more, news := d.log[min(at, len(d.log)):], d.news
		d.mu.Unlock()
		for _, e := range more {
			_, _ = fmt.Fprint(w, e)
			at++
		}
		w.(http.Flusher).Flush()
		select {
		case <-news:
		case <-r.Context().Done():
			return
		}
	}
}

func (d *desk) heard(f func() bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return f()
}

// TestChatInABrowser writes, reads the answer, loads the page again, calls in the same conversation, and ends it.
func TestChatInABrowser(t *testing.T) {
	d := &desk{news: make(chan struct{})}
	base := d.serve(t)
	ctx := chromium(t, true)
	run(t, ctx, "write", chromedp.Navigate(base+"/call?lang=en"), chromedp.Click("#about summary"), chromedp.SendKeys("#name", "Bo"), chromedp.SendKeys("#contact", "bo@mail.example"), chromedp.SendKeys("#text", "I lost my card\r"),
		truth("document.querySelector('#rows').innerText.includes('You said: I lost my card')"),
		truth("document.querySelectorAll('#rows li').length === 2 && document.querySelector('#text').value === ''"),
		truth("document.querySelector('#status').textContent === 'Chat' && document.documentElement.scrollWidth <= innerWidth"))
	look(t, ctx, "chat")
	run(t, ctx, "load the page again", chromedp.Reload(), truth("document.querySelectorAll('#rows li').length === 2"),
		chromedp.SendKeys("#text", "<b>second</b>\r"), truth("document.querySelectorAll('#rows li').length === 4 && !document.querySelector('#rows b')"))
	if !d.heard(func() bool {
		return len(d.opened) == 1 && d.opened[0]["route"] == "bank" && d.opened[0]["lang"] == "en" && d.opened[0]["name"] == "Bo" && d.opened[0]["contact"] == "bo@mail.example"
	}) {
		t.Errorf("conversations opened: %v", d.opened)
	}
	run(t, ctx, "call from the chat", chromedp.Click("#call"), truth("document.body.dataset.state === 'busy'"), truth("document.querySelectorAll('#rows li').length === 4"))
	if !d.heard(func() bool { return len(d.carry) == 1 && d.carry[0] == "c1 t1" }) {
		t.Errorf("the call does not go on from the chat: %v", d.carry)
	}
	run(t, ctx, "end it", chromedp.Click("#leave"), truth("document.querySelector('#writeNote').textContent.includes('ended') && document.querySelector('#leave').hidden"))
	if !d.heard(func() bool { return d.ended }) {
		t.Error("the service was not told that the chat ended")
	}
}
