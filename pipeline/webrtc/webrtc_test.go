package webrtc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handler takes every call and lends it to the test.
type handler struct {
	legs  chan *Leg
	calls chan struct{} // closed to let Call return
	admit func(Invite) Verdict
}

func newHandler() *handler {
	return &handler{legs: make(chan *Leg, 8), calls: make(chan struct{}), admit: func(Invite) Verdict { return Verdict{Accept: true} }}
}

func (h *handler) Admit(i Invite) Verdict { return h.admit(i) }

func (h *handler) Call(ctx context.Context, l *Leg) {
	h.legs <- l
	select {
	case <-ctx.Done():
	case <-h.calls:
	}
}

var loopback = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

// start runs a server until the test ends.
func start(t *testing.T, cfg Config, h Handler) (*Server, string) {
	t.Helper()
	if cfg.Addresses == nil {
		cfg.Addresses = loopback
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	running := make(chan struct{})
	// Ends with Close.
	go func() {
		close(running)
		done <- s.Serve(context.Background(), h)
	}()
	<-running
	for {
		s.mu.Lock()
		up := s.handler != nil
		s.mu.Unlock()
		if up {
			break
		}
	}
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, serveHTTP(t, s)
}

// strength returns how much of a sound is one frequency, 0 to 1.
func strength(pcm []int16, freq float64) float64 {
	var re, im, all float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * freq * float64(i) / audio.Rate)
		re, im, all = re+float64(v)*c, im+float64(v)*s, all+float64(v)*float64(v)
	}
	if all == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / float64(len(pcm)) / all
}

// purity is the median strength of a frequency over windows of 100 ms: a machine that was busy for a moment breaks the
// tone of the test, not the sound of the call.
func purity(pcm []int16, freq float64) float64 {
	var all []float64
	for w := range slices.Chunk(pcm, audio.Rate/10) {
		all = append(all, strength(w, freq))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// listen reads n frames, one every 20 ms, and writes a tone of 1 kHz.
func listen(t *testing.T, l *Leg, n int) (heard []int16, good int) {
	t.Helper()
	tone := audio.Sine(1000, -15, time.Second)
	tk := time.NewTicker(audio.FrameTime)
	defer tk.Stop()
	for i := range n {
		<-tk.C
		frame := make([]int16, audio.FrameLen)
		a, err := l.ReadFrame(frame)
		if err != nil {
			t.Fatal(err)
		}
		if !a.Concealed && !a.Silent && !a.At.IsZero() {
			good++
		}
		heard = append(heard, frame...)
		at := i * audio.FrameLen % audio.Rate
		if _, err := l.WriteFrame(tone[at : at+audio.FrameLen]); err != nil {
			t.Fatal(err)
		}
	}
	return heard, good
}

func TestCallCarriesSoundBothWays(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{"any port": {}, "one port": {UDPMux: "127.0.0.1:0"}, "one port everywhere": {UDPMux: freePort(t)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHandler()
			_, base := start(t, cfg, h)
			b := newBrowser(t)
			b.speak()
			if res := b.call(base, "bank"); res.StatusCode != http.StatusCreated || res.Header.Get("Content-Type") != "application/sdp" {
				t.Fatalf("answer: %s", res.Status)
			}
			l := await(t, "the call", h.legs)
			if l.Invite().Line != "bank" || l.Codec() != "opus" || l.ID() == "" || !l.Invite().Remote.IsLoopback() {
				t.Errorf("invite: %+v", l.Invite())
			}
			heard, good := listen(t, l, 150)
			if s := purity(heard[audio.Rate:3*audio.Rate], 440); s < 0.95 {
				t.Errorf("440 Hz makes up %.3f of what the bot heard", s)
			}
			if good < 100 {
				t.Errorf("%d of 150 frames came from packets", good)
			}
			b.mu.Lock()
			back := b.heard
			b.mu.Unlock()
			if len(back) < 2*audio.Rate {
				t.Fatalf("the page heard %d samples", len(back))
			}
			if s := purity(back[audio.Rate/2:2*audio.Rate], 1000); s < 0.95 {
				t.Errorf("1 kHz makes up %.3f of what the page heard", s)
			}
			st := l.Stats()
			if st.Packets < 100 || st.Sent < 100 || st.Lost > 5 || st.Invalid > 0 {
				t.Errorf("stats: %+v", st)
			}
			t.Logf("stats: %+v", st)
		})
	}
}

func TestHangup(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, h *handler, b *browser, l *Leg)
		by   call.Party
		why  string
	}{
		{"page says DELETE", func(t *testing.T, _ *handler, b *browser, _ *Leg) {
			t.Helper()
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodDelete, b.base+b.location, nil)
			if res, _ := do(t, req); res.StatusCode != http.StatusOK {
				t.Errorf("DELETE: %s", res.Status)
			}
		}, call.Caller, "bye"},
		{"page closes", func(_ *testing.T, _ *handler, b *browser, _ *Leg) { b.close() }, call.Caller, "bye"},
		{"bot returns", func(_ *testing.T, h *handler, _ *browser, _ *Leg) { close(h.calls) }, call.Bot, "hangup"},
		{"bot hangs up", func(t *testing.T, _ *handler, _ *browser, l *Leg) {
			t.Helper()
			if err := l.Hangup(t.Context()); err != nil {
				t.Error(err)
			}
		}, call.Bot, "hangup"},
		{"server stops", func(_ *testing.T, _ *handler, _ *browser, l *Leg) { _ = l.s.Close() }, "", "shutdown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := newHandler()
			s, base := start(t, Config{}, h)
			b := newBrowser(t)
			b.speak()
			b.call(base, "bank")
			l := await(t, "the call", h.legs)
			await(t, "the channel", b.opened)
			tc.do(t, h, b, l)
			await(t, "the end", l.Ended())
			await(t, "the close", l.gone)
			if by, why := l.Why(); by != tc.by || why != tc.why {
				t.Errorf("ended by %q: %q", by, why)
			}
			if _, err := l.ReadFrame(make([]int16, audio.FrameLen)); !errors.Is(err, io.EOF) {
				t.Errorf("read after the end: %v", err)
			}
			if _, err := l.WriteFrame(make([]int16, audio.FrameLen)); !errors.Is(err, io.EOF) {
				t.Errorf("write after the end: %v", err)
			}
			if err := l.Send(t.Context(), []byte("{}")); !errors.Is(err, io.EOF) {
				t.Errorf("send after the end: %v", err)
			}
			if _, ok := <-l.Signals(); ok {
				t.Error("signals are not closed")
			}
			if n := s.Calls(); n != 0 {
				t.Errorf("%d calls are left", n)
			}
			if tc.by != call.Caller { // a page that has hung up waits for no words
				if m := await(t, "the last words", b.msgs); m != `{"type":"end","why":"`+tc.why+`"}` {
					t.Errorf("last words: %s", m)
				}
			}
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodDelete, b.base+b.location, nil)
			if res, _ := do(t, req); res.StatusCode != http.StatusNotFound {
				t.Errorf("DELETE after the end: %s", res.Status)
			}
		})
	}
}

func TestKeysAndCaptions(t *testing.T) {
	t.Parallel()
	h := newHandler()
	_, base := start(t, Config{}, h)
	b := newBrowser(t)
	b.speak()
	b.call(base, "bank")
	l := await(t, "the call", h.legs)
	if err := l.Send(t.Context(), []byte(`{"type":"caption","text":"您好"}`)); err != nil {
		t.Fatal(err)
	}
	await(t, "the channel", b.opened)
	if m := await(t, "a caption", b.msgs); m != `{"type":"caption","text":"您好"}` {
		t.Errorf("caption: %s", m)
	}
	for _, k := range []string{`{"key":"5"}`, `{"key":"55"}`, `nonsense`, `{"key":"#"}`, `{"key":""}`, `{"key":"d"}`} {
		if err := b.captions.SendText(k); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range "5#D" {
		if s := await(t, "a key", l.Signals()); s.Kind != call.SignalKey || s.Digit != want || s.Via != "data" {
			t.Errorf("signal %+v, want %c", s, want)
		}
	}
	if err := l.Send(t.Context(), make([]byte, maxDatagram+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("long message: %v", err)
	}
}

func TestSendDropsTheOldestWithoutAPage(t *testing.T) {
	t.Parallel()
	b := newBoard()
	for i := range maxMessages + 10 {
		if err := b.post(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if b.lost() != 10 || len(b.waiting) != maxMessages || b.waiting[0] != "10" {
		t.Errorf("%d lost, %d wait, first %s", b.lost(), len(b.waiting), b.waiting[0])
	}
}

func TestVanishedPageEndsTheCall(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why string
		cfg Config
		cut bool
	}{
		{"lost", Config{Lost: 3 * time.Second, RTPTimeout: -1}, true},
		{"rtp-timeout", Config{RTPTimeout: time.Second}, true},
		{"rtp-timeout", Config{RTPTimeout: time.Second}, false}, // never says a word
	} {
		t.Run(fmt.Sprint(tc.why, tc.cut), func(t *testing.T) {
			t.Parallel()
			h := newHandler()
			_, base := start(t, tc.cfg, h)
			b := newBrowser(t)
			if tc.cut {
				b.speak()
			} else if _, err := b.pc.AddTransceiverFromKind(1); err != nil {
				t.Fatal(err)
			}
			b.call(base, "bank")
			l := await(t, "the call", h.legs)
			b.deaf.cut.Store(tc.cut)
			await(t, "the end", l.Ended())
			if by, why := l.Why(); by != "" || why != tc.why {
				t.Errorf("ended by %q: %q", by, why)
			}
		})
	}
}

// TestWhoOnlyListensIsNotSilent has a page without a microphone listen for longer than a caller may be silent: what it reports of what it
// hears is enough, and once it reports nothing it is gone.
func TestWhoOnlyListensIsNotSilent(t *testing.T) {
	t.Parallel()
	h := newHandler()
	_, base := start(t, Config{RTPTimeout: 2 * time.Second}, h)
	b := newBrowser(t)
	if _, err := b.pc.AddTransceiverFromKind(1); err != nil {
		t.Fatal(err)
	}
	b.call(base, "bank")
	l := await(t, "the call", h.legs)
	l.Listens()
	listen(t, l, 200) // 4 s; fails when the leg has ended
	b.deaf.cut.Store(true)
	await(t, "the end", l.Ended())
	if _, why := l.Why(); why != "rtp-timeout" {
		t.Errorf("ended by %q", why)
	}
}

func TestNeverConnected(t *testing.T) {
	t.Parallel()
	h := newHandler()
	s, base := start(t, Config{Setup: 300 * time.Millisecond}, h)
	b := newBrowser(t)
	b.speak()
	b.deaf.cut.Store(true)
	if res := b.call(base, "bank"); res.StatusCode != http.StatusCreated {
		t.Fatal(res.Status)
	}
	for deadline := time.Now().Add(10 * time.Second); s.Calls() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the call stays")
		}
	}
	if len(h.legs) > 0 {
		t.Error("the handler was called")
	}
}
