package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// faq is what the lines of these tests know: a few entries per language.
const faq = `question,answer,similar,lang
How do I report a lost card?,Call us at any hour and we block the card at once.,my card is gone|somebody stole my card,en
When does the branch open?,We open at nine in the morning.,opening hours|what time do you open,en
What does a transfer abroad cost?,A transfer abroad costs five pounds.,fee for sending money to another country,en
退货的运费由谁承担？,质量问题的退货运费由我们承担。,退货运费谁出|退货要不要我付邮费,zh
多久可以发货？,付款后两天以内发货。,什么时候发货|下单以后几天寄出,zh
怎么申请发票？,在订单页面点击申请发票就可以了。,发票怎么开|我要开发票,zh
`

// settings are a configuration with one line per language on free ports, and with a person's address one more line, whose
// callers can be transferred there.
func settings(person string) *config.Config {
	cfg := config.Default()
	cfg.SIP.UDP, cfg.SIP.TCP, cfg.HTTP.Listen = "127.0.0.1:0", "", "127.0.0.1:0"
	cfg.Limits.Calls, cfg.Limits.Drain = 4, 0
	cfg.TTS.Ahead = false // TestRenderAhead is about that
	yes := true
	cfg.Routes = nil
	lines := []struct{ name, lang, greeting, person string }{{"english", "en", "Hello.", ""}, {"chinese", "zh", "您好。", ""}}
	if person != "" {
		lines = append(lines, lines[0])
		lines[2].name, lines[2].person = "helped", person
	}
	for _, r := range lines {
		cfg.Routes = append(cfg.Routes, config.Route{
			Name: r.name, Match: []string{r.name}, Base: "test", Langs: []string{r.lang}, Record: &yes, Transfer: r.person,
			Voices: map[string]string{"en": "kokoro:af_heart", "zh": "kokoro:zf_xiaoxiao"}, Greeting: map[string]string{r.lang: r.greeting},
		})
	}
	return cfg
}

// environment is a fresh data folder over the installed weights; the test is skipped without them.
func environment(t *testing.T) *cli.Env {
	t.Helper()
	env := cli.New()
	if _, err := os.Stat(filepath.Join(env.Models, "kokoro-82m", "model.onnx")); err != nil {
		t.Skip("weights are not installed: run parley models pull")
	}
	env.Home = t.TempDir()
	if err := os.Symlink(shared, filepath.Join(env.Home, "cache")); err != nil {
		t.Fatal(err)
	}
	env.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return env
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// patient is a caller who does not take a pause before the answer for its end.
var patient = softphone.Script{Linger: 2 * time.Second}

// rig is a running node with a phone beside it.
type rig struct {
	*Node
	t     *testing.T
	phone *softphone.Phone
	stop  func() // returns when the node has ended
}

func start(t *testing.T, cfg *config.Config) *rig {
	t.Helper()
	return startIn(t, environment(t), cfg)
}

func startIn(t *testing.T, env *cli.Env, cfg *config.Config) *rig {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n, err := Open(ctx, env, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if err := n.teach(ctx); err != nil {
		t.Fatal(err)
	}
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { // ends with cancel
		if err := n.Run(ctx); err != nil {
			t.Error("node:", err)
		}
	})
	wg.Go(func() { // ends with cancel
		if err := server.Serve(ctx, nil); err != nil && !errors.Is(err, context.Canceled) {
			t.Error("phone:", err)
		}
	})
	stop := func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return &rig{Node: n, t: t, phone: softphone.New(server), stop: stop}
}

// teach has a node know faq.
func (n *Node) teach(ctx context.Context) error {
	res := ingest.Bytes("test.csv", []byte(faq), ingest.Into{Base: "test"})
	if len(res.Problems) > 0 {
		return fmt.Errorf("the FAQ of the tests: %v", res.Problems) //nolint:err113 // of tests
	}
	_, err := n.brain.Store.Import(ctx, res.Entries, knowledge.ImportOptions{})
	return err
}

// with is the same node and phone in a subtest.
func (r *rig) with(t *testing.T) *rig {
	other := *r
	other.t = t
	return &other
}

// callers have other voices than the bot.
func (r *rig) line(text string) softphone.Line {
	r.t.Helper()
	v := tts.Voice{Name: "kokoro:am_michael", Lang: "en"}
	if text[0] > 127 {
		v = tts.Voice{Name: "kokoro:zm_yunxi", Lang: "zh"}
	}
	pcm, err := r.mouth.Say(r.t.Context(), text, v)
	if err != nil {
		r.t.Fatal(err)
	}
	return softphone.Line{Text: text, Lang: v.Lang, PCM: pcm}
}

// ready makes the sound of what the bot says to asks before anybody calls, as a node does that renders ahead.
func (r *rig) ready(lang string, asks ...string) {
	r.t.Helper()
	texts := []string{answer.Say(answer.SayMoment, lang), answer.Say(answer.SayTransfer, lang), answer.Say(answer.SayService, lang)}
	for _, ask := range asks {
		d, err := r.brain.Engine.Answer(r.t.Context(), answer.Dialogue{}, answer.Query{Text: ask, Lang: lang, Base: "test"})
		if err != nil {
			r.t.Fatal(err)
		}
		texts = append(texts, d.Text)
		r.line(ask)
	}
	for _, text := range texts {
		if err := r.mouth.Render(r.t.Context(), text, tts.Voice{Name: map[string]string{"en": "kokoro:af_heart", "zh": "kokoro:zf_xiaoxiao"}[lang], Lang: lang}, nil); err != nil {
			r.t.Fatal(err)
		}
	}
}

// call phones a line, says texts, and returns the call's record.
func (r *rig) call(to string, script softphone.Script, texts ...string) (softphone.Result, record.Detail) {
	r.t.Helper()
	for _, text := range texts {
		script.Lines = append(script.Lines, r.line(text))
	}
	res := r.phone.Call(r.t.Context(), "sip:"+to+"@"+r.SIP(), script)
	if res.Err != nil {
		r.t.Fatal("call:", res.Err)
	}
	return res, r.recorded(res.CallID)
}

// recorded waits until the record of a call is complete.
func (r *rig) recorded(sipCall string) record.Detail {
	r.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		page, err := r.store.List(r.t.Context(), record.Query{})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, c := range page.Calls {
			if c.SIPCall != sipCall || c.State == record.Running {
				continue
			}
			d, err := r.store.Get(r.t.Context(), c.ID)
			if err != nil {
				r.t.Fatal(err)
			}
			return d
		}
		time.Sleep(50 * time.Millisecond) // polling a record written by another goroutine
	}
	r.t.Fatal("the call has no complete record")
	return record.Detail{}
}

func decisions(d record.Detail) []string {
	var out []string
	for _, a := range d.Answers {
		out = append(out, a.Decision)
	}
	return out
}

// What the callers of TestCalls ask.
const (
	stolen     = "Hello, somebody stole my card."
	helicopter = "Can you teach me how to fly a helicopter?"
	bye        = "Thank you, goodbye."
	invoice    = "怎么申请发票？"
	shipping   = "你好，请问什么时候发货？"
)

// TestCalls makes calls on one node: three callers at the same time, then a call that a person takes over, then more calls
// than there are places.
func TestCalls(t *testing.T) {
	besideAnother(t)
	p := answering(t)
	r := start(t, settings("sip:agent@"+p.addr))
	r.ready("en", stolen, helicopter, bye, "I want to talk to a real person.", "What does a transfer abroad cost?")
	r.ready("zh", invoice, shipping)
	t.Run("callers", func(t *testing.T) {
		t.Run("english", func(t *testing.T) { t.Parallel(); english(t, r) })
		t.Run("chinese", func(t *testing.T) { t.Parallel(); chinese(t, r) })
		t.Run("person", func(t *testing.T) { t.Parallel(); transferred(t, r, p) })
	})
	t.Run("desk", func(t *testing.T) { takenOver(t, r.with(t)) })
	t.Run("full house", func(t *testing.T) { fullHouse(t, r.with(t)) })
}

func english(t *testing.T, r *rig) {
	t.Run("known question", func(t *testing.T) {
		r.with(t).known("english", stolen, "Call us at any hour and we block the card at once.")
	})
	t.Run("unknown question", func(t *testing.T) {
		_, d := r.with(t).call("english", patient, helicopter)
		if slices.Contains(decisions(d), answer.Known) {
			t.Errorf("answered what nobody knows: %+v", d.Answers)
		}
	})
	t.Run("goodbye", func(t *testing.T) {
		res, d := r.with(t).call("english", softphone.Script{}, bye)
		if res.EndedBy != "bot" || d.Why != "goodbye" {
			t.Errorf("ended by %s, %s", res.EndedBy, d.Why)
		}
	})
	t.Run("no such line", func(t *testing.T) {
		res := r.phone.Call(t.Context(), "sip:nobody@"+r.SIP(), softphone.Script{})
		if res.Status != 404 {
			t.Errorf("status %d, %v", res.Status, res.Err)
		}
	})
}

func chinese(t *testing.T, r *rig) {
	t.Run("known question", func(t *testing.T) {
		r.with(t).known("chinese", invoice, "在订单页面点击申请发票就可以了。")
	})
	t.Run("freely worded question", func(t *testing.T) { // answered, or the right entry is asked about: recognition decides
		_, d := r.with(t).call("chinese", patient, shipping)
		if !slices.ContainsFunc(d.Turns, func(u call.Turn) bool {
			return u.Who == call.Bot && (u.Text == "付款后两天以内发货。" || strings.Contains(u.Text, "多久可以发货"))
		}) {
			t.Errorf("turns %+v\nanswers %+v", d.Turns, d.Answers)
		}
	})
}

// known asks what the knowledge has an answer to.
func (r *rig) known(to, ask, want string) {
	r.t.Helper()
	res, d := r.call(to, patient, ask)
	if !slices.Contains(decisions(d), answer.Known) || !slices.ContainsFunc(d.Turns, func(u call.Turn) bool { return u.Who == call.Bot && u.Text == want }) {
		r.t.Errorf("turns %+v\nanswers %+v", d.Turns, d.Answers)
	}
	if len(res.Gaps) != 1 || len(d.Waterfalls) == 0 {
		r.t.Errorf("gaps %v, waterfalls %v", res.Gaps, d.Waterfalls)
	}
	checkRecord(r.t, r, d, res)
}

// checkRecord looks at the files of a call: recording of both sides, transcripts.
func checkRecord(t *testing.T, r *rig, d record.Detail, res softphone.Result) {
	t.Helper()
	dir := filepath.Join(r.env.Home, "calls", string(d.ID))
	for _, f := range []string{"transcript.json", "transcript.vtt", "transcript.txt"} {
		text, err := os.ReadFile(filepath.Join(dir, f))
		for deadline := time.Now().Add(time.Minute); (err != nil || len(text) == 0) && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			text, err = os.ReadFile(filepath.Join(dir, f)) // they are written after the record
		}
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes, %v", f, len(text), err)
		}
	}
	clip, err := audio.Load(filepath.Join(dir, "audio.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if clip.Channels != 2 || clip.Rate != audio.Rate || clip.Seconds() < res.Duration.Seconds()-1.5 {
		t.Errorf("recording has %d channels at %d Hz, %.1f s of %.1f s", clip.Channels, clip.Rate, clip.Seconds(), res.Duration.Seconds())
	}
	for i, name := range []string{"caller", "bot"} {
		if audio.Level(clip.Channel(i)) < -45 {
			t.Errorf("the side of the %s is silent", name)
		}
	}
}

// fullHouse makes six calls at once where there is room for two.
func fullHouse(t *testing.T, r *rig) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		calls, limit := r.gate.count()
		if limit != 4 {
			t.Fatalf("%d places, the configuration says 4", limit)
		}
		if calls == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d calls have not left", calls)
		}
	}
	r.gate.setLimit(2)
	line := r.line(stolen)
	var mu sync.Mutex
	status, replies := map[int]int{}, 0
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			res := r.phone.Call(t.Context(), "sip:english@"+r.SIP(), softphone.Script{Brief: true, Lines: []softphone.Line{line}})
			mu.Lock()
			defer mu.Unlock()
			status[res.Status]++
			replies += len(res.Gaps)
		})
	}
	wg.Wait()
	if status[200] != 2 || status[503] != 4 || replies != 2 {
		t.Errorf("statuses %v and %d replies, want two accepted and answered, and four told to try again", status, replies)
	}
}
