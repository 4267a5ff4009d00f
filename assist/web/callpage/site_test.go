package callpage_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/webrtc"
)

// bot answers with a tone and tells the test what it hears.
type bot struct {
	calls  atomic.Int32
	busy   atomic.Bool
	levels chan float64
	keys   chan rune
	ended  chan string
	hangup chan struct{}
	tell   chan callpage.Message
	begun  chan webrtc.Invite
}

func newBot() *bot {
	return &bot{levels: make(chan float64, 1000), keys: make(chan rune, 100), ended: make(chan string, 10), hangup: make(chan struct{}, 1),
		tell: make(chan callpage.Message, 4), begun: make(chan webrtc.Invite, 10)}
}

func (b *bot) Admit(i webrtc.Invite) webrtc.Verdict {
	switch {
	case b.busy.Load():
		return webrtc.Verdict{Status: http.StatusServiceUnavailable, RetryAfter: 12 * time.Second}
	case i.Line != "bank" && i.Line != "shop":
		return webrtc.Verdict{Status: http.StatusNotFound}
	}
	return webrtc.Verdict{Accept: true}
}

func (b *bot) Call(ctx context.Context, l *webrtc.Leg) {
	b.calls.Add(1)
	b.begun <- l.Invite()
	defer func() {
		<-ctx.Done()
		by, why := l.Why()
		b.ended <- string(by) + " " + why
	}()
	for _, m := range []callpage.Message{
		{Type: "caption", Who: "bot", Text: "Welcome to Harbour Bank. How can I help you today?", Lang: "en", Final: true},
		{Type: "caption", Who: "caller", Text: "I lost my card on the", Lang: "en"},
		{Type: "caption", Who: "caller", Text: "I lost my card on the train this morning.", Lang: "en", Final: true},
		{Type: "caption", Who: "bot", Text: "Let me block it for you. 我马上为您挂失这张银行卡。", Lang: "en", At: call.Offset(9 * time.Second)},
		// Known in full only when the answer is on its way.
		{Type: "caption", Who: "caller", Text: "Please.", Lang: "en", Final: true, At: call.Offset(8 * time.Second)},
	} {
		_ = l.Send(ctx, m.JSON())
	}
	tone := audio.Sine(600, -20, time.Second)
	frame := make([]int16, audio.FrameLen)
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-b.hangup:
			hctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
			_ = l.Hangup(hctx)
			stop()
			return
		case m := <-b.tell:
			_ = l.Send(ctx, m.JSON())
			continue
		case s := <-l.Signals():
			if s.Kind == call.SignalKey {
				b.keys <- s.Digit
			}
			continue
		case <-tick.C:
		}
		if _, err := l.ReadFrame(frame); err != nil {
			return
		}
		select {
		case b.levels <- audio.Level(frame):
		default:
		}
		at := i * audio.FrameLen % audio.Rate
		if _, err := l.WriteFrame(tone[at : at+audio.FrameLen]); err != nil {
			return
		}
	}
}

// site is a running service with the page.
type site struct {
	bot   *bot
	base  string
	port  string
	lines []callpage.Line
	page  atomic.Pointer[http.Handler]
	ran   atomic.Int64 // scripts that were sent to pages, of which each has four, embed.js apart
}

// allow puts other sites on the list of those that may embed the page.
func (s *site) allow(t *testing.T, origins ...string) {
	t.Helper()
	page, err := callpage.Handler(callpage.Options{Lines: s.lines, Recorded: true, Contact: true, Origins: origins, Title: map[string]string{"en": "Harbour Bank", "zh": "海港银行"}})
	if err != nil {
		t.Fatal(err)
	}
	s.page.Store(&page)
}

func serve(t *testing.T, listen string, lines ...callpage.Line) *site {
	t.Helper()
	b := newBot()
	s, err := webrtc.New(webrtc.Config{Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, PerMinute: 1000, RTPTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	st := &site{bot: b, lines: lines}
	st.allow(t)
	mux := http.NewServeMux()
	mux.Handle("/whip/", s.Handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		(*st.page.Load()).ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, ".js") && r.URL.Path != "/embed.js" {
			st.ran.Add(1)
		}
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", listen)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(mux)
	_ = web.Listener.Close()
	web.Listener = l
	web.Start()
	var wg sync.WaitGroup
	// Ends with Close.
	wg.Go(func() { _ = s.Serve(context.Background(), b) })
	t.Cleanup(func() {
		_ = s.Close()
		wg.Wait()
		web.Close()
	})
	_, st.port, _ = net.SplitHostPort(l.Addr().String())
	st.base = "http://localhost:" + st.port
	return st
}
