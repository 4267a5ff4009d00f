package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
)

// housekeeping is a configuration file with sealed recordings and a line where callers may refuse to be recorded.
const housekeeping = `
sip: {udp: "127.0.0.1:0", tcp: ""}
http: {listen: "127.0.0.1:0"}
tts: {ahead: false}
limits: {calls: 4, drain: 2s}
security: {key_file: KEYS}
routes:
  - {name: english, greeting: {en: "Hello."}, opt_out: "9"}
  - {name: secret, greeting: {en: "Hello."}, record: false}
`

// house is a node that runs from a configuration file.
type house struct {
	*rig

	file string
	stop context.CancelFunc
	done chan error
}

func openHouse(t *testing.T) *house {
	t.Helper()
	env := environment(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	if _, err := seal.AddKey(keys); err != nil {
		t.Fatal(err)
	}
	env.Config = filepath.Join(dir, "parley.yaml")
	write(t, env.Config, strings.Replace(housekeeping, "KEYS", keys, 1))
	cfg, err := config.Load(env.Config)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Open(t.Context(), env, cfg)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{rig: &rig{Node: n, t: t, phone: softphone.New(server)}, file: env.Config, done: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.done <- n.Run(ctx) }() // ends with stop
	phone, hang := context.WithCancel(context.Background())
	hung := make(chan struct{})
	go func() { defer close(hung); _ = server.Serve(phone, nil) }() // ends with hang
	t.Cleanup(func() { stop(); hang(); <-hung })
	return h
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHousekeeping makes calls on a node whose configuration changes under it and which is stopped at last.
func TestHousekeeping(t *testing.T) {
	besideAnother(t)
	h := openHouse(t)
	h.ready("en", bye)
	r := h.conf().Routes[0]
	if err := h.mouth.Render(t.Context(), r.OptedOut["en"], voicesOf(r)["en"], nil); err != nil {
		t.Fatal(err)
	}
	t.Run("recordings", func(t *testing.T) {
		t.Run("sealed", func(t *testing.T) { t.Parallel(); h.sealed(t) })
		t.Run("refused", func(t *testing.T) { t.Parallel(); h.refused(t) })
		t.Run("never made", func(t *testing.T) {
			t.Parallel()
			_, d := h.with(t).call("secret", softphone.Script{}, bye)
			if d.Audio || d.Recorded {
				t.Errorf("recorded: %+v", d.Call)
			}
		})
	})
	t.Run("configuration", func(t *testing.T) { h.reload(t) })
	t.Run("figures", func(t *testing.T) { h.figures(t) })
	t.Run("stopping", func(t *testing.T) { h.stopping(t) })
}

func (h *house) sealed(t *testing.T) {
	_, d := h.with(t).call("english", softphone.Script{}, bye)
	dir, err := store.Folder(h.env.Home, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, store.AudioName))
	if err != nil || bytes.Contains(raw, []byte("RIFF")) {
		t.Errorf("the recording can be read: %v", err)
	}
	res, err := http.Get("http://" + h.Web() + "/api/calls/" + string(d.ID) + "/audio") //nolint:noctx // bounded by the test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	sound, err := io.ReadAll(res.Body)
	if err != nil || !bytes.HasPrefix(sound, []byte("RIFF")) {
		t.Fatalf("status %d, %d bytes, %v", res.StatusCode, len(sound), err)
	}
	clip, err := audio.Decode(sound)
	if err != nil || clip.Seconds() < d.Duration-1.5 || audio.Level(clip.Channel(0)) < -45 {
		t.Errorf("the recording is %v, %v", clip, err)
	}
}

func (h *house) refused(t *testing.T) {
	_, d := h.with(t).call("english", softphone.Script{Lines: []softphone.Line{{Keys: "9"}, h.with(t).line(bye)}})
	if d.Audio || d.Recorded {
		t.Errorf("recorded: %+v", d.Call)
	}
	if !slices.ContainsFunc(d.Turns, func(u call.Turn) bool { return strings.Contains(u.Text, "This call is not recorded") }) {
		t.Errorf("it was not said: %+v", d.Turns)
	}
	evs, _, err := h.store.Events(t.Context(), d.ID, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	consent := 0
	for _, e := range evs {
		if e.Kind == call.KindConsent {
			consent++
		}
	}
	if consent != 1 {
		t.Errorf("%d events of consent", consent)
	}
}

func (h *house) reload(t *testing.T) {
	h.t = t
	text, err := os.ReadFile(h.file)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"unknown key": string(text) + "rutes: []\n", "no YAML": "routes: [", "unknown pack": string(text) + "desk: {packs: [zoo]}\n",
	} {
		write(t, h.file, bad)
		if _, err := h.Reload(t.Context()); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, ok := h.conf().Find("english"); !ok {
			t.Errorf("%s: half of it was taken", name)
		}
	}
	write(t, h.file, strings.Replace(string(text), "name: secret", "name: fresh", 1)+"  - {name: third, langs: [zh]}\nlog: {level: debug}\nretention: {audio: 7}\nanswer: {bar: 0.875}\n")
	restart, err := h.Reload(t.Context())
	if err != nil || !slices.Equal(restart, []string{"log.level"}) {
		t.Errorf("needs a restart: %v, %v", restart, err)
	}
	if res := h.phone.Call(t.Context(), "sip:secret@"+h.SIP(), softphone.Script{}); res.Status != http.StatusNotFound {
		t.Errorf("a line that is gone: %d", res.Status)
	}
	if _, d := h.call("fresh", softphone.Script{}, bye); d.Route != "fresh" {
		t.Errorf("route %q", d.Route)
	}
	if h.conf().Retention.Audio != 7 || h.conf().Retention.Text != 365 {
		t.Errorf("retention %+v", h.conf().Retention)
	}
	if err := h.teach(t.Context()); err != nil {
		t.Fatal(err)
	}
	res, err := http.Post("http://"+h.Web()+"/api/knowledge/test", "application/json", strings.NewReader(`{"base":"test","text":"hello","lang":"en"}`)) //nolint:noctx // bounded by the test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if page, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(page), `"bar":0.875`) {
		t.Errorf("the page of the knowledge does not know the new bar: %s, %v", page, err)
	}
}

func (h *house) figures(t *testing.T) {
	res, err := http.Get("http://" + h.Web() + "/metrics") //nolint:noctx // bounded by the test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`parley_reply_gap_seconds_count{route="english"} `, `parley_calls_contained_total{route="english"} 2`, `parley_recordings_refused_total{route="english"} 1`,
		`parley_calls_refused_total{why="no_route"} 1`, `parley_asr_wait_seconds{class="final"} `, "parley_events_lost_total 0", "parley_calls_limit 4", "parley_calls_running 0",
		`parley_part_works{part="record"} 1`,
	} {
		if !strings.Contains(string(page), "\n"+want) {
			t.Errorf("%s is not in the figures", want)
		}
	}
}

// stopping ends the node during a call: it may go on, another is refused, and it is asked to call again at last.
func (h *house) stopping(t *testing.T) {
	h.t = t
	began := make(chan struct{}, 1)
	res := make(chan softphone.Result, 1)
	script := softphone.Script{Patience: 30 * time.Second, Lines: []softphone.Line{{PCM: make([]int16, audio.Rate*30)}}, Watch: func(what string, _ time.Duration) {
		if what == "bot finished" {
			select {
			case began <- struct{}{}:
			default:
			}
		}
	}}
	go func() { res <- h.phone.Call(context.Background(), "sip:english@"+h.SIP(), script) }() // ends with the node
	<-began
	writer := httpapi.Arrival{Route: "english", From: netip.MustParseAddr("127.0.0.1")}
	if _, _, err := (typing{h.Node}).Open(writer); err != nil {
		t.Error("a chat:", err)
	}
	h.stop()
	for !h.draining.Load() {
		time.Sleep(10 * time.Millisecond) // polling what another goroutine does
	}
	if second := h.phone.Call(t.Context(), "sip:english@"+h.SIP(), softphone.Script{}); second.Status != http.StatusServiceUnavailable {
		t.Errorf("a new call: %d", second.Status)
	}
	if _, _, err := (typing{h.Node}).Open(writer); !errors.Is(err, chat.ErrFull) {
		t.Errorf("a new chat: %v", err)
	}
	if ready, err := http.Get("http://" + h.Web() + "/readyz"); err != nil || ready.StatusCode != http.StatusServiceUnavailable { //nolint:noctx // bounded by the test
		t.Errorf("readiness: %v, %v", ready, err)
	} else {
		_ = ready.Body.Close()
	}
	first := <-res
	if err := <-h.done; err != nil {
		t.Error("node:", err)
	}
	if first.EndedBy != "bot" {
		t.Errorf("ended by %s, %v", first.EndedBy, first.Err)
	}
	s, err := store.Open(t.Context(), h.env.Home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	page, err := s.List(t.Context(), record.Query{Limit: 2})
	if err != nil || len(page.Calls) != 2 {
		t.Fatal(page, err)
	}
	for _, c := range page.Calls { // the call and the chat
		if c.Why != "maintenance" || !strings.Contains(c.LastText, "call again") {
			t.Errorf("%s ended as %q with %q", c.Codec, c.Why, c.LastText)
		}
	}
}
