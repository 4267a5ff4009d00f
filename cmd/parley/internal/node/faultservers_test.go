package node

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline/call"
)

// mouthServer is a speech server that can be told to fail.
type mouthServer struct {
	mode atomic.Value // "" works, "fail", "hang", "cut" in the middle of the sound
	said atomic.Int64
}

func (m *mouthServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	tone := make([]byte, 2*24000)
	for i := range len(tone) / 2 {
		binary.LittleEndian.PutUint16(tone[2*i:], uint16(int16(6000*math.Sin(float64(i)/10)))) //nolint:gosec // a tone
	}
	switch m.mode.Load() {
	case "fail":
		http.Error(w, "out of order", http.StatusInternalServerError)
	case "hang":
		<-r.Context().Done()
	case "cut":
		w.Header().Set("Content-Length", "48000")
		_, _ = w.Write(tone[:9000])
		panic(http.ErrAbortHandler)
	default:
		m.said.Add(1)
		_, _ = w.Write(tone)
	}
}

// TestFaultsSpeech has the speech server break off in the middle of a sentence, hang and fail: another voice says the rest,
// what was said before is said from the cache, and the server is used again once it works.
func TestFaultsSpeech(t *testing.T) {
	faulty(t)
	env := environment(t)
	m := &mouthServer{}
	m.mode.Store("")
	srv := httptest.NewServer(m)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	cfg := settings("")
	cfg.TTS.Engine, cfg.TTS.URL = "openai", srv.URL+"/v1"
	lines := callersVoice(t, env, stolen, abroad, "When does the branch open?", stolen, bye)
	r := startIn(t, env, cfg)
	if r.mouth.Check(t.Context()) != nil {
		t.Fatal("the voice does not work to begin with")
	}
	res := r.under("english", map[int]func(){
		1: func() { m.mode.Store("cut") },
		2: func() {
			r.says("speech", true)
			if _, ready := r.missing(); !ready {
				t.Error("no calls are taken with the voice of last resort")
			}
			m.mode.Store("hang")
		},
		3: func() { m.mode.Store("fail") },
		4: func() { m.mode.Store("") },
	}, lines...)
	d := r.whole(res.CallID)
	t.Logf("%d turns, %d clauses by the server; troubles %v", len(d.Turns), m.said.Load(), r.troubles(d.ID))
	r.sound(d)
	for _, want := range []string{blocks, costs, "We open at nine in the morning."} {
		if heard(d, want) == 0 {
			t.Errorf("%q was not said to its end: %+v", want, d.Turns)
		}
	}
	if n := slices.Contains(r.troubles(d.ID), "tts"); !n {
		t.Error("nobody was told that another voice speaks")
	}
	before := m.said.Load()
	for deadline := time.Now().Add(60 * time.Second); m.said.Load() == before && time.Now().Before(deadline); time.Sleep(time.Second) { // until the server has been left alone for long enough
		for range r.mouth.Speak(t.Context(), "Is anybody there at "+time.Now().Format("15:04:05")+"?", voicesOf(cfg.Routes[0])["en"], 0) {
		}
	}
	r.says("speech", false)
}

// nameServer answers with this machine's own address, or not at all.
type nameServer struct {
	pc     net.PacketConn
	silent atomic.Bool
	asked  sync.Map // names
}

// openNameServer makes all names of this process be looked up there.
func openNameServer(t *testing.T) *nameServer {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{pc: pc}
	done := make(chan struct{})
	go func() { defer close(done); s.serve() }() // ends when the socket is closed
	old := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = old; _ = pc.Close(); <-done })
	return s
}

func (s *nameServer) serve() {
	for b := make([]byte, 1500); ; {
		n, from, err := s.pc.ReadFrom(b)
		if err != nil {
			return
		}
		q := b[:n]
		if n < 17 {
			continue
		}
		name, at := "", 12
		for at < n && q[at] != 0 && at+1+int(q[at]) < n {
			name += string(q[at+1:at+1+int(q[at])]) + "."
			at += 1 + int(q[at])
		}
		s.asked.Store(strings.TrimSuffix(name, "."), true)
		if s.silent.Load() || at+5 > n {
			continue
		}
		kind := binary.BigEndian.Uint16(q[at+1:])
		out := slices.Concat(q[:2], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:at+5])
		if kind == 1 {
			out[7] = 1
			out = append(out, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
		}
		_, _ = s.pc.WriteTo(out, from)
	}
}

// receiver counts what is told by webhook.
type receiver struct {
	mu   sync.Mutex
	seen map[string]int // by the ID of the event
	of   map[hooks.Kind]int
}

func (c *receiver) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var e hooks.Event
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[e.ID]++
	c.of[e.Kind]++
}

// once waits until the end of one call and its turns have been told, and looks that nothing was told twice.
func (c *receiver) once(t *testing.T, turns int) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(250 * time.Millisecond) { // polling another goroutine's work
		c.mu.Lock()
		ended, told := c.of[hooks.CallEnded], c.of[hooks.TranscriptFinal]
		c.mu.Unlock()
		if ended == 1 && told == turns {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("told: %d ends, %d of %d turns", ended, told, turns)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, n := range c.seen {
		if n > 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
	t.Logf("told once each: %v", c.of)
}

// TestFaultsNames has a name server that never answers, for the language model, the receiver of webhooks and the exchange:
// calls are answered all the same, and everything is told once, when names are known again.
func TestFaultsNames(t *testing.T) {
	faulty(t)
	names := openNameServer(t)
	names.silent.Store(true)
	model := httptest.NewServer(&servant{})
	told := &receiver{seen: map[string]int{}, of: map[hooks.Kind]int{}}
	hook := httptest.NewServer(told)
	t.Cleanup(func() { model.Close(); hook.Close() })
	named := func(url, host string) string { return strings.Replace(url, "127.0.0.1", host, 1) }
	cfg := settings("")
	cfg.LLM.URL, cfg.LLM.Model = named(model.URL, "llm.parley.test")+"/v1", "servant"
	cfg.Webhooks = []config.Webhook{{Name: "crm", URL: named(hook.URL, "crm.parley.test"), Networks: []string{"127.0.0.0/8"}}}
	cfg.SIP.Register = []config.Register{{Server: "sip:pbx.parley.test", User: "parley", Password: "x", Expires: time.Minute}}
	r := start(t, cfg)
	r.ready("en", stolen, bye)
	res := r.under("english", nil, r.line(stolen), r.line(abroad), r.line("Can I send money to my aunt in Canada?"), r.line(bye))
	d := r.whole(res.CallID)
	t.Logf("%d turns, answers %v", len(d.Turns), decisions(d))
	r.sound(d)
	if heard(d, blocks) != 1 || heard(d, costs) < 1 {
		t.Errorf("turns %+v", d.Turns)
	}
	for i := range 6 { // the model is asked for what is not known for sure, until it is left alone
		if _, err := r.brain.Engine.Answer(t.Context(), answer.Dialogue{}, answer.Query{Text: "fee for money " + strings.Repeat("abroad ", i+1), Lang: "en", Base: "test"}); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"crm.parley.test", "pbx.parley.test", "llm.parley.test"} {
		if _, asked := names.asked.Load(name); !asked {
			t.Errorf("%s was not looked for, so this shows nothing", name)
		}
	}
	told.mu.Lock()
	early := len(told.seen)
	told.mu.Unlock()
	if early > 0 {
		t.Fatalf("%d events were told without a name server", early)
	}
	names.silent.Store(false)
	told.once(t, len(d.Turns))
	var by []call.Party
	for _, u := range d.Turns {
		by = append(by, u.Who)
	}
	t.Logf("spoken by %v", by)
}
